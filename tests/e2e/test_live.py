"""Pages hear of what happens, with and without the live service; nothing moves under a reader."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from accounts.models import User
from annotations import live, moderation, presence
from annotations.live import Topic
from annotations.models import Claim
from catalogue.models import Video
from config import processes
from tests.e2e.conftest import BASE, Visit, free_port, served, wait_for
from tests.e2e.test_main_path import sign_in
from tests.e2e.test_together import signed_in
from tests.makers import make_claim, make_comment, make_transcript, make_user
from tests.running import end, kill, wait_until

NEWS = "[data-live-show]"
WIDTHS = {"desktop": 1440, "phone": 390}


@dataclass
class LiveProcess:
    """The live service of a site, which a test ends and starts again."""

    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = processes.live(host="127.0.0.1", port=self.port)
        self.process = subprocess.Popen(
            [sys.executable, *command[1:]],
            cwd=BASE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(f"http://127.0.0.1:{self.port}/healthz", self.process)

    def kill(self) -> None:
        if self.process:
            kill(self.process)
            self.process = None


@dataclass
class Watching:
    """A window, and what its page asked for since it was there."""

    context: BrowserContext
    page: Page
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def count(self, part: str) -> int:
        return sum(part in url for url in self.asked)

    def later(self, seconds: int) -> None:
        """Let the page's timers run as if so much time had passed."""
        self.page.clock.fast_forward(seconds * 1000)


@pytest.fixture(scope="module")
def service() -> Iterator[LiveProcess]:
    process = LiveProcess(free_port())
    yield process
    if process.process:
        end(process.process)


@pytest.fixture(scope="module")
def own_site(django_db_setup: None, service: LiveProcess) -> Iterator[str]:
    """Serve a site whose live service may go."""
    port = free_port()
    command = processes.web(host="127.0.0.1", port=port, workers=1, threads=4)
    with served("web-live", command, port, SIDENOTE_LIVE_PORT=str(service.port)) as address:
        yield address


@pytest.fixture
def watch(
    browser: Browser, own_site: str, service: LiveProcess, transactional_db: None
) -> Iterator[Callable[[str], Watching]]:
    """Open windows on that site. Their consoles may say that the service is away."""
    if service.process is None:
        service.start()
    contexts: list[BrowserContext] = []

    def open_window(path: str) -> Watching:
        context = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.clock.install()
        page.goto(own_site + path)
        return Watching(context, page)

    yield open_window
    for context in contexts:
        context.close()


@pytest.fixture
def claim(transactional_db: None, author: User, video: Video) -> Claim:
    return make_claim(author=author, video=video)


def comment(claim: Claim) -> None:
    """Let somebody say something, and those who look on be told."""
    make_comment(claim=claim)
    live.announce(claim.pk)


def here(page: Page, count: int, *, patience: int = 10_000) -> None:
    words = f"{count} people are here now" if count > 1 else ""
    expect(page.locator("[data-live-here]")).to_have_text(words, timeout=patience)


def news(page: Page, claims: int) -> Locator:
    button = page.locator(NEWS)
    words = f"Something new on {claims} claim{'s' if claims > 1 else ''}"
    expect(button).to_have_text(words)
    expect(button).to_be_visible()
    return button


def lose(service: LiveProcess, *watching: Watching) -> None:
    """End the service, and let pages find that out: a browser tries again after three seconds."""
    service.kill()
    for each in watching:
        with each.page.expect_response(lambda answer: "/news/" in answer.url, timeout=30_000):
            pass


def test_without_the_service_pages_are_told_and_counted_and_they_return_to_it(
    watch: Callable[[str], Watching], service: LiveProcess, claim: Claim
):
    topic = Topic("claim", claim.pk)
    one, two = (watch(claim.get_absolute_url()) for _ in range(2))
    here(one.page, 2)
    here(two.page, 2)
    lose(service, one, two)
    here(one.page, 2)
    here(two.page, 2)

    comment(claim)
    one.later(75)
    news(one.page, 1).click()
    expect(one.page.get_by_role("region", name="Discussion")).to_contain_text("dam was closed")

    three = watch(claim.get_absolute_url())
    here(three.page, 3)
    three.page.goto("about:blank")
    wait_until(lambda: presence.find_here(topic).count == 2)
    one.later(75)
    here(one.page, 2)

    # Nobody looks: nothing is asked, and all is told when somebody does again.
    hide(two.page, is_hidden=True)
    asked = two.count("/news/")
    two.later(600)
    two.later(600)
    assert two.count("/news/") == asked
    hide(two.page, is_hidden=False)
    news(two.page, 1)

    service.start()
    for each in (one, two):
        with each.page.expect_response(lambda answer: "/live/claim/" in answer.url):
            each.later(75)
    here(one.page, 2)
    asked = one.count("/news/")
    comment(claim)
    news(one.page, 1)
    one.later(600)
    assert one.count("/news/") == asked, "it listens, and asks no more"
    two.page.close()
    # What the service noted before it was killed runs out by itself.
    here(one.page, 1, patience=60_000)


def hide(page: Page, *, is_hidden: bool) -> None:
    """Let the page believe that its tab is hidden: without a window none is."""
    page.evaluate(
        """isHidden => {
            Object.defineProperty(document, 'hidden', { value: isHidden, configurable: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }""",
        is_hidden,
    )


def test_a_member_is_named_by_pages_that_ask(
    watch: Callable[[str], Watching], service: LiveProcess, claim: Claim, own_site: str
):
    make_user("noor", shows_presence=True)
    member = watch("/accounts/login/")
    member.page.get_by_label("Username or e-mail address").fill("noor")
    member.page.get_by_label("Password", exact=True).fill("a long enough pass phrase")
    member.page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(member.page.locator(".account")).to_be_visible()
    visitor = watch(claim.get_absolute_url())
    lose(service, visitor)
    member.page.goto(own_site + claim.get_absolute_url())
    here(member.page, 2)
    visitor.later(75)
    here(visitor.page, 2)
    visitor.later(2)
    names = visitor.page.get_by_role("list", name="Here now by name")
    expect(names.get_by_role("link", name="noor")).to_be_visible()
    member.page.goto("about:blank")
    wait_until(lambda: presence.find_here(Topic("claim", claim.pk)).count == 1)
    visitor.later(75)
    here(visitor.page, 1)
    visitor.later(2)
    expect(names).to_have_count(0)


def test_over_a_restart_nothing_is_lost_and_nothing_told_twice(
    watch: Callable[[str], Watching], service: LiveProcess, claim: Claim, video: Video
):
    others = [make_claim(author=claim.author, video=video) for _ in range(2)]
    one, two = (watch(video.get_absolute_url()) for _ in range(2))
    here(one.page, 2)
    live.announce(claim.pk)
    for each in (one, two):
        news(each.page, 1).click()
        expect(each.page.locator(NEWS)).to_be_hidden()
    service.kill()
    live.announce(others[0].pk)
    service.start()
    live.announce(others[1].pk)
    for each in (one, two):
        each.later(5)
        news(each.page, 2)
        here(each.page, 2)


def test_a_thousand_events_are_one_line_and_no_question(
    watch: Callable[[str], Watching], video: Video, author: User
):
    claims = [make_claim(author=author, video=video).pk for _ in range(40)]
    one = watch(video.get_absolute_url())
    expect(one.page.locator("[data-live-root]")).to_be_attached()
    other = watch(video.get_absolute_url())
    here(one.page, 2)
    one.page.evaluate(
        """() => {
            window.changes = 0;
            window.begun = performance.now();
            const all = { subtree: true, childList: true, characterData: true, attributes: true };
            new MutationObserver(() => { window.changes += 1; }).observe(document.body, all);
        }"""
    )
    one.asked.clear()
    for number in range(1000):
        live.publish([claims[number % 40]])
    news(one.page, 40)
    news(other.page, 40)
    changes, seconds = one.page.evaluate(
        "[window.changes, (performance.now() - window.begun) / 1000]"
    )
    assert one.asked == []
    assert changes <= 2 * seconds + 4, "a line a second, and who is here"


def test_the_seventh_page_of_a_browser_asks(
    watch: Callable[[str], Watching], claim: Claim, own_site: str
):
    path = claim.get_absolute_url()
    first = watch(path)
    pages = [first.context.new_page() for _ in range(6)]
    for page in pages[:5]:
        page.goto(own_site + path)
    here(first.page, 6)
    seventh = Watching(first.context, pages[5])
    seventh.page.clock.install()
    with seventh.page.expect_request(lambda asked: "/live/claim/" in asked.url):
        seventh.page.goto(own_site + path)
    with seventh.page.expect_response(lambda answer: "/news/" in answer.url):
        seventh.later(11)
    here(seventh.page, 7)
    live.announce(claim.pk)
    seventh.later(75)
    news(seventh.page, 1)


def test_a_page_that_nobody_may_read_any_more_is_told_nothing(
    watch: Callable[[str], Watching], service: LiveProcess, claim: Claim, moderator: User
):
    topic = Topic("claim", claim.pk)
    one = watch(claim.get_absolute_url())
    wait_until(lambda: presence.find_here(topic).count == 1)
    with one.page.expect_response(lambda answer: "/here/" in answer.url and answer.status == 404):
        moderation.decide(claim, by=moderator, deed="hide", reason="Off topic.")
    wait_until(lambda: presence.find_here(topic).count == 0)
    one.asked.clear()
    one.later(600)
    live.announce(claim.pk)
    other = watch("/")
    expect(other.page.get_by_role("heading", level=1)).to_be_visible()
    assert one.asked == []


# --- Nothing moves under a reader ---------------------------------------------------------

_RECTS = """one => {
    const box = one.getBoundingClientRect();
    return [box.x, box.y, box.width, box.height, scrollX, scrollY];
}"""
_STATE = """() => {
    const held = document.activeElement;
    return {
        focus: held.id || held.className || held.tagName,
        selection: String(getSelection()),
        caret: [held.selectionStart ?? null, held.selectionEnd ?? null],
        value: held.value ?? null,
    };
}"""


def type_a_comment(page: Page) -> Locator:
    field = page.get_by_role("textbox", name="Comment")
    field.fill("I was there, and it took")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    return field


def point_at_a_claim(page: Page) -> Locator:
    item = page.locator(".claims .claim").nth(1)
    item.hover()
    return item


def select_words(page: Page) -> Locator:
    line = page.locator(".script li").nth(1)
    line.scroll_into_view_if_needed()
    line.locator("span").first.select_text()
    return line


def focus_the_list(page: Page) -> Locator:
    link = page.locator(".claims .claim").nth(1).get_by_role("link").nth(1)
    link.focus()
    return link


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
@pytest.mark.parametrize(
    "do",
    [type_a_comment, point_at_a_claim, select_words, focus_the_list],
    ids=lambda do: do.__name__,
)
def test_nothing_moves_under_a_reader(
    visit: Callable[..., Visit],
    claim: Claim,
    video: Video,
    do: Callable[[Page], Locator],
    width: int,
):
    make_transcript(video, "A river was moved.", "They say a third of them.", "And so it went.")
    others = [
        make_claim(author=claim.author, video=video, start_ms=start, end_ms=start + 5000)
        for start in (90_000, 120_000, 150_000)
    ]
    path = claim.get_absolute_url() if do is type_a_comment else video.get_absolute_url()
    page = signed_in(visit, "mara", path, width=width, height=844)
    # Somebody to be named comes and goes, while more and more is new.
    make_user("noor", shows_presence=True)
    named = visit().open("/")
    sign_in(named, "noor")
    expect(named.locator(".account")).to_be_visible()
    held = do(page)
    before, state = held.evaluate(_RECTS), page.evaluate(_STATE)

    comment(claim)
    news(page, 1)
    named.goto(page.url.split("?")[0])
    expect(page.get_by_role("list", name="Here now by name")).to_be_attached()
    for each in others if do is not type_a_comment else []:
        comment(each)
    live.announce(make_claim(author=claim.author, video=video, start_ms=10_000).pk)
    if do is not type_a_comment:
        news(page, 5)
    named.goto("about:blank")
    here(page, 1)
    assert held.evaluate(_RECTS) == before
    assert page.evaluate(_STATE) == state


def test_what_is_new_is_put_in_around_what_somebody_writes(
    visit: Callable[..., Visit], claim: Claim
):
    page = signed_in(visit, "mara", claim.get_absolute_url())
    field = page.get_by_role("textbox", name="Comment")
    field.fill("I was there, and it took")
    comment(claim)
    news(page, 1).click()
    talk = page.get_by_role("region", name="Discussion")
    expect(talk).to_contain_text("The dam was closed in March")
    expect(field).to_have_value("I was there, and it took")
    page.get_by_role("button", name="Say it").click()
    expect(talk).to_contain_text("I was there, and it took")


def test_what_comes_while_the_page_is_asked_for_again_is_not_lost(
    visit: Callable[..., Visit], claim: Claim, video: Video
):
    other = make_claim(author=claim.author, video=video)
    page = visit().open(video.get_absolute_url())
    comment(claim)
    button = news(page, 1)

    def meanwhile(route: Any) -> None:
        answer = route.fetch()
        comment(other)
        # Beside Playwright's loop it is a connection of its own.
        connection.close()
        expect(button).to_have_text("Something new on 2 claims")
        route.fulfill(response=answer)

    page.route(f"**{video.get_absolute_url()}", meanwhile, times=1)
    # Until the page has come anew the button stands there as it was.
    with page.expect_response(f"**{video.get_absolute_url()}"):
        button.click()
    news(page, 1)
