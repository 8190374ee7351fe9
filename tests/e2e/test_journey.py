"""One journey, gone in every way: find a film, play it, mark a claim, judge it, take an edit back.

`Journey` says once what is done and what is seen; each test says who goes and how.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils.translation import gettext, override
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.e2e.drivers import Keys, Pointer
from tests.e2e.stage import session_of
from tests.e2e.test_main_path import CLIP, STUB
from tests.makers import PASSWORD, make_transcript, make_user, make_video

Visiting = Callable[..., Visit]
LINES = ((10, "It was a hard winter."), (20, "The river ran north,"), (30, "and nobody was asked."))
STATEMENT = "The river ran north that spring."
SOURCE = "Report of the river commission"
YOUTUBE = "https://www.youtube-nocookie.com/**"


@dataclass
class Journey:
    """Somebody with a window, a way of using it, and a language."""

    visit: Visit
    by: Pointer | Keys
    language: str = "en"
    has_scripts: bool = True

    @property
    def page(self) -> Page:
        return self.visit.page

    def word(self, text: str) -> str:
        """Return a word of the site in the language of the journey."""
        with override(self.language):
            return gettext(text)

    def link(self, text: str, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("link", name=self.word(text)).first

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("button", name=self.word(text)).first

    def field(self, text: str) -> Locator:
        return self.page.get_by_role("main").get_by_label(self.word(text)).first

    def speak(self) -> None:
        """Choose the language at the foot of the page."""
        if self.language == "en":
            return
        choice = self.page.get_by_role("contentinfo").locator(f"button[value={self.language}]")
        self.by.press(choice)
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    # --- The stations --------------------------------------------------------------------

    def sign_up(self, name: str) -> None:
        self.by.press(self.link("Sign up"))
        self.by.write(self.page.locator("[name=email]"), f"{name}@example.org")
        self.by.write(self.page.locator("[name=username]"), name)
        self.by.write(self.page.locator("[name=password1]"), PASSWORD)
        self.by.send(self.page.get_by_role("main").locator("form [type=submit]").first)
        expect(self.page.locator(".account")).to_be_visible()

    def find(self, words: str, title: str) -> None:
        self.by.write(self.page.get_by_role("main").get_by_role("searchbox"), words)
        self.page.keyboard.press("Enter")
        heading = self.page.get_by_role("heading", name=title).first
        self.by.press(heading.get_by_role("link"))
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(title)

    def play(self, kind: str) -> None:
        """Play from the second line: the page follows."""
        self.by.press(self.line(1).get_by_role("link"))
        if kind == "file":
            video = self.page.locator("video")
            expect(video).to_have_js_property("paused", False)
            video.evaluate("video => video.pause()")
        expect(self.page.locator(".script li[data-now]")).to_contain_text(LINES[1][1])

    def line(self, number: int) -> Locator:
        return self.page.locator(".script li").nth(number)

    def mark(self) -> None:
        """Mark the second and the third line: by selecting them, or one after the other."""
        if isinstance(self.by, Pointer) and self.has_scripts:
            self.by.select_lines(self.line(1).locator("span"), self.line(2).locator("span"))
            self.by.press(self.link("Mark these words"))
        else:
            self.by.press(self.page.locator("#transcript a[href*='pick=on']"))
            for number, next_step in ((1, "pick="), (2, "to=")):
                line = self.page.get_by_role("link", name=LINES[number][1])
                self.by.press(line.and_(self.page.locator(f"[href*='{next_step}']")))
        expect(self.field("Quote")).to_have_value("The river ran north, and nobody was asked.")
        self.by.write(self.page.locator("[name$=statement]").first, STATEMENT)
        self.by.send(self.button("Mark the claim"))
        claim = self.page.get_by_role("link", name=STATEMENT, exact=True)
        expect(claim.first).to_be_visible()
        self.by.press(claim.first)
        if self.has_scripts:  # It is shown under the film, and leads to its own page.
            self.by.press(self.page.locator("[data-selected-page]"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text(STATEMENT)

    def bring_evidence(self) -> None:
        self.by.press(self.link("Add evidence"))
        self.by.write(self.page.locator("[name=url]"), "https://rivers.example/report")
        self.by.write(self.page.locator("[name=title]"), SOURCE)
        self.by.tick(self.page.get_by_role("radio", name=self.word("Refutes")))
        self.by.choose(self.page.locator("select[name=kind]"), self.word("Official source"))
        self.by.send(self.button("Add the evidence"))
        expect(self.page.get_by_role("heading", name=SOURCE)).to_be_visible()

    def see_news(self) -> None:
        """What another did is announced and waits; without scripts the page is opened again."""
        found = self.page.get_by_role("heading", name=SOURCE)
        if self.has_scripts:
            news = self.page.locator("[data-live-show]")
            expect(news).to_be_visible()
            expect(found).to_have_count(0)
            self.by.press(news)
        else:
            self.page.reload()
        expect(found).to_be_visible()

    def vote(self) -> None:
        self.by.tick(self.page.locator("input[name=verdict][value=mostly_accurate]"))
        self.by.send(self.page.locator("form[action$='/vote/'] [type=submit]").first)
        expect(self.page.locator("input[name=verdict][value=mostly_accurate]")).to_be_checked()
        expect(self.page.locator("[formaction$='/vote/take-back/']")).to_be_visible()

    def edit_and_restore(self) -> None:
        self.by.press(self.page.locator("main a[href$='/edit/']").first)
        self.by.write(self.page.locator("[name$=statement]").first, "The river ran south.")
        self.by.send(self.button("Save"))
        expect(self.page.get_by_role("heading", level=1)).to_have_text("The river ran south.")
        self.by.press(self.page.locator("main a[href$='/history/']").first)
        self.by.send(
            self.page.get_by_role("button", name=self.word("Bring this version back")).last
        )
        self.by.press(self.page.locator("main .eyebrow a").first)
        expect(self.page.get_by_role("heading", level=1)).to_have_text(STATEMENT)


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film that YouTube shows, with a transcript."""
    film = make_video(platform_id="swje6NSdkfk", title="The River", duration_ms=90_000)
    make_transcript(film, *LINES)
    return film


@pytest.fixture
def clip(transactional_db: None) -> Video:
    """Return a film that plays from a file of our own, with a transcript."""
    clip = make_video(
        platform="sample", platform_id="clip", media_url=CLIP, title="The River", duration_ms=90_000
    )
    make_transcript(clip, *LINES)
    return clip


def go(
    visit: Visiting, by: type[Pointer | Keys], kind: str, language: str = "en", **how: Any
) -> None:
    """Go the whole way, with somebody who watches from a second browser and votes."""
    make_user("noor")
    has_scripts = how.get("scripts", True)
    window = visit(**how)
    window.page.context.route(
        YOUTUBE, lambda route: route.fulfill(content_type="text/html", body=STUB)
    )
    first = Journey(window, by(window.page), language, has_scripts)
    window.open("/")
    first.speak()
    first.sign_up("mara")
    window.open("/")
    first.find("river", "The River")
    if has_scripts:
        assert window.outside == []
        first.play(kind)
    first.mark()

    other = visit(**how)
    second = Journey(other, by(other.page), language, has_scripts)
    sign_in(other, "noor")
    other.open("/")
    second.speak()
    other.open(window.page.url.removeprefix(window.site).partition("#")[0])
    first.bring_evidence()
    second.see_news()
    second.vote()
    first.edit_and_restore()
    # The one place outside that may be asked, and only when a film plays.
    assert all(url.startswith(YOUTUBE.strip("*")) for url in window.outside)
    window.outside.clear()


def sign_in(visit: Visit, name: str) -> None:
    key = session_of(User.objects.get(username=name))
    visit.page.context.add_cookies([{"name": "sessionid", "value": key, "url": visit.site}])


def test_by_mouse_with_a_film_on_youtube(visit: Visiting, film: Video):
    go(visit, Pointer, "youtube")


def test_by_keyboard_alone(visit: Visiting, clip: Video):
    go(visit, Keys, "file")


def test_without_scripts(visit: Visiting, clip: Video):
    go(visit, Pointer, "file", scripts=False)


def test_on_a_phone_in_the_dark(visit: Visiting, clip: Video):
    go(visit, Pointer, "file", width=390, height=844, scheme="dark")


def test_in_arabic_from_right_to_left(visit: Visiting, clip: Video):
    go(visit, Pointer, "file", language="ar")
