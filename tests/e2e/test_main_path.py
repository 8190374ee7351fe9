"""The main path in a real Chromium: find a film, mark a claim, read it over REST, take it back."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts import tokens
from annotations import revisions
from annotations.models import Claim
from catalogue import ingest, records
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.makers import PASSWORD, make_claim, make_user, make_video

BASE = Path(__file__).resolve().parent.parent.parent
SEED = BASE / "sample" / "records" / "swje6NSdkfk.md"
SEED_PAGE = "/videos/youtube/swje6NSdkfk/"
STATEMENT = "A planning outline for a social credit system was published in 2014."
CLIP = "/static/sample/tern-island-in-ninety-seconds.webm"
Visiting = Callable[..., Visit]


@pytest.fixture
def seed(transactional_db: None) -> Video:
    """Put the seed's film into the catalogue, from its record."""
    ingest.run([records.parse(SEED.name, SEED.read_bytes())], source="test", by=None)
    return Video.objects.get(platform="youtube", platform_id="swje6NSdkfk")


def sign_up(page: Page, name: str) -> None:
    """Sign up from wherever one is; the site leads back there."""
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("E-mail address").fill(f"{name}@example.org")
    page.get_by_label("Username", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Username or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def fill_claim(page: Page) -> None:
    page.get_by_role("textbox", name="Statement").fill(STATEMENT)
    page.get_by_label("Start").fill("1:12")
    page.get_by_label("End").fill("1:24.5")
    page.get_by_label("Quote").fill("announced in 2014")
    page.get_by_label("Speaker (optional)", exact=True).fill("Narrator")
    page.get_by_label("Tags").fill("Social credit, Law")
    page.get_by_role("button", name="Mark the claim").click()


def ask(
    site: str, path: str, *, method: str = "GET", token: str = "", body: Any = None
) -> tuple[int, Any]:
    """Ask the REST interface over real HTTP; return status and answer."""
    request = urllib.request.Request(
        site + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"}
        | ({"Authorization": f"Token {token}"} if token else {}),
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    "window",
    [
        {},
        {"scripts": False},
        {"width": 390, "height": 844, "scheme": "dark"},
    ],
    ids=["desktop", "without JavaScript", "phone, dark"],
)
def test_a_member_marks_a_claim_and_it_is_read_over_rest(
    visit: Visiting, seed: Video, window: dict[str, Any]
):
    member = visit(**window)
    page = member.open("/")
    page.get_by_role("main").get_by_role("searchbox").fill("social credit")
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Keeping Score").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Keeping Score")
    for fact in ("154,080", "3,003", "unknown", "9:46", "30 July 2021, 14:00 UTC"):
        expect(page.get_by_role("main")).to_contain_text(fact)

    sign_up(page, "mara")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Keeping Score")
    page.get_by_role("link", name="Mark a claim").first.click()
    fill_claim(page)
    claims = page.get_by_role("region", name="Claims")
    expect(claims.get_by_role("link", name=STATEMENT)).to_be_visible()
    expect(claims).to_contain_text("1:12")

    # Anyone reads the same claim over REST.
    status, answer = ask(member.site, "/api/v1/claims/?video=youtube:swje6NSdkfk")
    assert status == 200
    (claim,) = answer["results"]
    assert claim["statement"] == STATEMENT
    assert [tag["name"] for tag in claim["tags"]] == ["Social credit", "Law"]
    (occurrence,) = claim["occurrences"]
    assert (occurrence["start_ms"], occurrence["end_ms"]) == (72_000, 84_500)
    assert (occurrence["quote"], occurrence["speaker"]) == ("announced in 2014", "Narrator")

    # A stranger may not touch it: without a token 401, with another member's 403.
    address = f"/api/v1/claims/{claim['id']}/"
    _, token = tokens.create(by=make_user("stranger"), name="test")
    for method, body in (("PATCH", {"version": 1, "kind": "law"}), ("DELETE", None)):
        assert ask(member.site, address, method=method, body=body)[0] == 401
        assert ask(member.site, address, method=method, body=body, token=token)[0] == 403

    # Its author edits it, then takes it back.
    claims.get_by_role("link", name=STATEMENT).click()
    if window.get("scripts", True):  # It is shown below, and leads on.
        page.get_by_role("link", name="Its own page").click()
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Statement").fill(STATEMENT.replace("2014", "June 2014"))
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("June 2014")
    page.get_by_role("link", name="Withdraw", exact=True).click()
    page.get_by_role("button", name="Withdraw the claim").click()
    member.open(SEED_PAGE)
    expect(page.get_by_text("planning outline")).to_have_count(0)
    assert ask(member.site, address)[0] == 410
    row = Claim.objects.get(pk=claim["id"])
    log = revisions.of_claim(row, reader=row.author)
    assert [(r.field, r.old, r.new) for r in log][:2] == [
        ("state", "visible", "withdrawn"),
        ("statement", STATEMENT, STATEMENT.replace("2014", "June 2014")),
    ]


def test_a_visitor_is_led_through_signing_in_back_to_the_moment(visit: Visiting, seed: Video):
    make_user("mara")
    page = visit().open(f"{SEED_PAGE}?t=63.5")
    page.get_by_role("link", name="Mark a claim").first.click()
    page.get_by_label("Username or e-mail address").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mark a claim")
    expect(page.get_by_label("Start")).to_have_value("1:03.5")


def test_what_was_typed_survives_a_mistake(visit: Visiting, seed: Video):
    make_user("mara")
    page = visit().open(SEED_PAGE)
    sign_in(page, "mara")
    page.get_by_role("link", name="Mark a claim").first.click()
    page.get_by_role("textbox", name="Statement").fill(STATEMENT)
    page.get_by_label("Start").fill("9:40")
    page.get_by_label("End").fill("12:00")
    page.get_by_role("button", name="Mark the claim").click()
    expect(page.get_by_text("The film ends at 9:46.").first).to_be_visible()
    expect(page.get_by_role("textbox", name="Statement")).to_have_value(STATEMENT)
    expect(page.get_by_label("End")).to_have_value("12:00")
    page.get_by_label("End").fill("9:46")
    page.get_by_role("button", name="Mark the claim").click()
    expect(page.get_by_role("link", name=STATEMENT, exact=True)).to_be_visible()


def test_the_film_and_its_claims_follow_each_other(visit: Visiting, transactional_db: None):
    author = make_user("author")
    film = make_video(
        platform="sample", platform_id="clip", media_url=CLIP, duration_ms=90_000, title="The Clip"
    )
    make_claim(
        author=author, video=film, start_ms=20_000, end_ms=25_000, statement="The first claim."
    )
    make_claim(
        author=author, video=film, start_ms=50_000, end_ms=55_000, statement="The second one."
    )
    page = visit().open("/videos/sample/clip/")
    player = page.locator("video")
    page.get_by_role("region", name="Claims").get_by_role("link", name="0:50").click()
    now = page.locator(".claim[data-now]")
    expect(now).to_contain_text("The second one.")
    expect(page.get_by_role("link", name="Mark a claim").first).to_contain_text("at 0:5")
    at = player.evaluate("video => video.currentTime")
    assert 49.9 < at < 56
    page.keyboard.press("p")
    expect(now).to_contain_text("The first claim.")
    page.keyboard.press("n")
    expect(now).to_contain_text("The second one.")
    player.evaluate("video => { video.pause(); video.currentTime = 63.5; }")
    expect(page.locator(".claim[data-now]")).to_have_count(0)
    mark = page.get_by_role("link", name="Mark a claim at 1:03")
    expect(mark).to_have_attribute("href", re.compile(r"/claims/new/\?t=63\.5$"))


def test_a_link_to_a_moment_opens_there(visit: Visiting, transactional_db: None):
    make_video(platform="sample", platform_id="clip", media_url=CLIP, duration_ms=90_000)
    page = visit().open("/videos/sample/clip/?t=33.5")
    expect(page.locator("[data-clock]").first).to_have_text("0:33")


STUB = """<!doctype html><title>stub</title><script>
let time = 0;
const send = (event, info) => parent.postMessage(JSON.stringify({event, info}), '*');
addEventListener('message', e => {
  const m = JSON.parse(e.data);
  if (m.event === 'listening') {
    send('onReady');
    send('infoDelivery', {duration: 586, currentTime: time, playerState: 1});
  }
  if (m.func === 'seekTo') {
    time = m.args[0];
    send('infoDelivery', {currentTime: time, playerState: 1});
  }
});
</script>"""


def test_youtube_is_asked_nothing_before_the_click_and_then_plays_from_the_claim(
    visit: Visiting, seed: Video
):
    make_claim(
        author=make_user("author"), video=seed, start_ms=72_000, end_ms=84_000, statement=STATEMENT
    )
    visitor = visit()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body=STUB)

    visitor.page.context.route("https://www.youtube-nocookie.com/**", answer)
    page = visitor.open(SEED_PAGE)
    expect(page.get_by_text("Nothing is sent to YouTube before that")).to_be_visible()
    assert (asked, visitor.outside) == ([], [])
    with page.expect_response("https://www.youtube-nocookie.com/**"):
        page.get_by_role("region", name="Claims").get_by_role("link", name="1:12").click()
    expect(page.locator(".claim[data-now]")).to_contain_text(STATEMENT)
    assert len(asked) == 1
    assert asked[0].startswith("https://www.youtube-nocookie.com/embed/swje6NSdkfk?")
    # The one place outside that the page may ask, and only now.
    assert visitor.outside == asked
    visitor.outside.clear()
