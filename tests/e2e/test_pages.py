"""Every page at every size: nothing spills, nothing complains, keys reach what the mouse does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from annotations.models import Claim
from catalogue.models import CountSample, Cue, Transcript, Video
from catalogue.records.record import Counts
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import sign_in
from tests.makers import PUBLISHED, make_claim, make_user, make_video

Visiting = Callable[..., Visit]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film with something in every part of its page."""
    author = make_user("author")
    film = make_video(
        platform_id="aaaaaaaaaaa",
        title=f"{LONG} طريق الملح إلى البيت & <b>more</b>",
        description=f"0:11 first\n1:00 second\nhttps://example.org/{'a' * 120}\n{LONG * 3}",
        tags=[LONG, "Water", "طريق"],
        counts=Counts(views=1_234_567_890, likes=0),
    )
    CountSample.objects.create(video=film, observed_at=PUBLISHED, views=12)
    CountSample.objects.create(video=film, observed_at=PUBLISHED.replace(year=2022), views=90)
    transcript = Transcript.objects.create(video=film, language="en")
    Cue.objects.create(transcript=transcript, start_ms=0, end_ms=4000, text=LONG)
    for number in range(12):
        make_claim(
            author=author,
            video=film,
            statement=f"{number}. {LONG} {LONG}",
            start_ms=number * 1000,
            end_ms=number * 1000 + 500,
            speaker=LONG,
            tags=["Water"],
        )
    return film


def paths(film: Video) -> list[str]:
    claim = Claim.objects.earliest("pk")
    tag = film.tags.get(name="Water")
    return [
        "/",
        "/?q=nothing+like+it",
        "/?sort=wrong",
        f"/?tag={tag.slug}&sort=views",
        film.get_absolute_url(),
        "/claims/",
        claim.get_absolute_url(),
        f"{claim.get_absolute_url()}history/",
        f"{claim.get_absolute_url()}?at={datetime.now(UTC).date().isoformat()}",
        "/about/method/",
        "/channels/",
        film.channel.get_absolute_url() if film.channel else "/",
        "/tags/",
        tag.get_absolute_url(),
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/api/v1/docs/",
        "/no-such-page/",
    ]


MEMBER_PATHS = (
    "{film}claims/new/?t=3",
    "{claim}edit/",
    "{claim}withdraw/",
    "/accounts/tokens/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
)


def spilling(visit: Visit) -> list[str]:
    """Return what stands out of the page sideways; nothing if the page itself does not scroll."""
    spilt: list[str] = visit.page.evaluate(
        """() => {
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= wide) return [];
          return [...document.body.querySelectorAll('*')]
            .filter(one => one.getBoundingClientRect().right > wide + 1)
            .map(one => `${one.tagName}.${one.getAttribute('class')}`).slice(0, 8);
        }"""
    )
    return spilt


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_no_page_spills_or_complains(visit: Visiting, film: Video, width: int, scheme: str):
    window = visit(width=width, scheme=scheme)
    for path in paths(film):
        window.open(path)
        assert spilling(window) == [], path
        expected = {"/no-such-page/": "404", "/?sort=wrong": "400"}.get(path)
        if expected:  # Chromium tells of the status itself.
            assert [c for c in window.complaints if expected not in c] == []
            window.complaints.clear()
    sign_in(window.open("/"), "author")
    claim = Claim.objects.earliest("pk").get_absolute_url()
    for path in MEMBER_PATHS:
        window.open(path.format(film=film.get_absolute_url(), claim=claim))
        assert spilling(window) == [], path


def test_keys_do_what_the_page_says(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    search = page.get_by_role("banner").get_by_role("searchbox")
    expect(search).to_be_focused()
    # While somebody types, a letter is a letter.
    page.keyboard.type("n?c")
    expect(search).to_have_value("n?c")
    expect(dialog).to_be_hidden()


def test_shortcuts_of_one_key_can_be_switched_off(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Shortcuts of one key are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_first_tab_leads_past_the_header(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("banner").locator(":focus")).to_have_count(0)


def test_the_colour_theme_is_kept(visit: Visiting, film: Video):
    page = visit().open("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(page.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_filter_applies_at_once_and_can_be_taken_back(visit: Visiting, film: Video):
    make_video(title="Another film", category="Economy")
    page = visit().open("/")
    page.get_by_role("checkbox", name="Economy").check()
    expect(page.get_by_role("heading", level=3)).to_have_count(1)
    expect(page).to_have_url(re.compile("category=Economy"))
    page.get_by_role("checkbox", name="Economy").uncheck()
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
