"""Other places of a film in a real Chromium: adding one, and watching it when the film is gone."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from catalogue import copies
from catalogue.models import Copy, Video
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import CLIP, STUB, sign_in
from tests.makers import make_claim, make_user, make_video

Visiting = Callable[..., Visit]

PAGE = "/videos/youtube/swje6NSdkfk/"


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a lost film with one claim at 0:20."""
    video = make_video(
        platform_id="swje6NSdkfk", title="The Clip", duration_ms=90_000, availability="gone"
    )
    make_claim(
        author=make_user("author"),
        video=video,
        start_ms=20_000,
        end_ms=25_000,
        statement="The first claim.",
    )
    make_video(platform="sample", platform_id="clip", media_url=CLIP, title="The Clip, again")
    return video


def now_of(page: Page) -> float:
    """Return the time of the file that plays, in its own seconds."""
    return float(page.locator("video").evaluate("video => video.currentTime"))


@pytest.mark.parametrize("window", [{}, {"scripts": False}], ids=["", "without JavaScript"])
def test_a_member_adds_a_place_and_the_lost_film_plays_from_it(
    visit: Visiting, film: Video, window: dict[str, Any]
):
    make_user("mara")
    visitor = visit(**window)
    page = visitor.open(PAGE)
    expect(page.get_by_text("This film is gone from YouTube")).to_be_visible()
    sign_in(page, "mara")
    page.get_by_text("Add a place").click()
    page.get_by_label("Address").fill(f"{visitor.site}{PAGE}")
    page.get_by_label("Shift").fill("0:12")
    page.get_by_role("button", name="Add the place").click()
    expect(page.get_by_text("This is the film itself.")).to_be_visible()
    expect(page.get_by_label("Shift")).to_have_value("0:12")
    page.get_by_label("Address").fill(f"{visitor.site}/videos/sample/clip/")
    page.get_by_role("button", name="Add the place").click()

    # The page itself now plays the copy, and says so.
    expect(page.get_by_text("shifted by 12 s")).to_be_visible()
    places = page.get_by_role("region", name="Other places")
    expect(places.get_by_role("link", name="The Clip, again")).to_be_visible()
    expect(page.locator("video")).to_have_attribute("src", f"{CLIP}#t=12")
    page.get_by_role("region", name="Claims").get_by_role("link", name="0:20").click()
    if window:
        expect(page.locator("video")).to_have_attribute("src", f"{CLIP}#t=32")
        return
    expect(page.locator(".claim[data-now]")).to_contain_text("The first claim.")
    expect(page.get_by_role("link", name="Mark a claim").first).to_contain_text("at 0:2")
    assert 31.9 < now_of(page) < 38
    page.locator("video").evaluate("video => { video.pause(); video.currentTime = 45.5; }")
    mark = page.get_by_role("link", name="Mark a claim at 0:33")
    expect(mark).to_have_attribute("href", re.compile(r"\?t=33\.5$"))
    mark.click()
    expect(page.get_by_label("Start")).to_have_value("0:33.5")
    page.locator("video").evaluate("video => { video.currentTime = 50; }")
    page.get_by_role("button", name="Use current time").nth(1).click()
    expect(page.get_by_label("End")).to_have_value("0:38")

    places_of = copies.places_of(film)
    assert [place.copy.offset_ms for place in places_of] == [12_000]
    page = visitor.open(PAGE)
    page.get_by_role("link", name="Withdraw").click()
    page.get_by_role("button", name="Withdraw the place").click()
    expect(page.get_by_text("This film is gone from YouTube")).to_be_visible()


def test_a_copy_on_youtube_is_asked_nothing_before_the_click_and_starts_shifted(
    visit: Visiting, film: Video
):
    copies.add(film, by=make_user("mara"), address="aaaaaaaaaaa", offset_ms=12_000)
    visitor = visit()
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(content_type="text/html", body=STUB)

    visitor.page.context.route("https://www.youtube-nocookie.com/**", answer)
    page = visitor.open(PAGE)
    expect(page.get_by_text("You are watching a copy on YouTube")).to_be_visible()
    assert (asked, visitor.outside) == ([], [])
    with page.expect_response("https://www.youtube-nocookie.com/**"):
        page.get_by_role("region", name="Claims").get_by_role("link", name="0:20").click()
    expect(page.locator(".claim[data-now]")).to_contain_text("The first claim.")
    assert asked[0].startswith("https://www.youtube-nocookie.com/embed/aaaaaaaaaaa?")
    assert "start=32" in asked[0]
    visitor.outside.clear()


def test_a_file_on_another_site_is_asked_for_after_the_click_only(
    visit: Visiting, film: Video, site: str
):
    # The same server under another name is another site to a browser.
    elsewhere = site.replace("127.0.0.1", "localhost")
    Copy.objects.create(
        video=film,
        url=f"{elsewhere}{CLIP}",
        media_url=f"{elsewhere}{CLIP}",
        offset_ms=-3_500,
        mark="x",
        added_by=make_user("mara"),
    )
    visitor = visit()
    page = visitor.open(f"{PAGE}?t=10")
    expect(page.get_by_text("Pressing play loads the film from localhost")).to_be_visible()
    expect(page.locator("[data-clock]").first).to_have_text("0:10")
    assert visitor.outside == []
    page.get_by_role("region", name="Claims").get_by_role("link", name="0:20").click()
    expect(page.locator(".claim[data-now]")).to_contain_text("The first claim.")
    expect(page.locator("video")).to_be_attached()
    page.locator("video").evaluate(
        "video => new Promise(done => video.seeking || video.readyState < 2 "
        "? video.addEventListener('seeked', done, {once: true}) : done())"
    )
    assert 16.4 < now_of(page) < 22
    assert set(visitor.outside) == {f"{elsewhere}{CLIP}"}
    visitor.outside.clear()
