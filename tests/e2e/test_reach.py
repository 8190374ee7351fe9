"""The chart of a film's counts in a real Chromium: cursor, zoom, table, and without scripts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations.models import Occurrence
from catalogue.models import Change, Video
from tests.e2e.conftest import Visit
from tests.makers import make_claim, make_samples, make_user, make_video

Visiting = Callable[..., Visit]
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
DAY = timedelta(days=1)
WHOLE = "1 Jan 2026 to 10 Apr 2026"
CLIP = "/static/sample/tern-island-in-ninety-seconds.webm"


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film that was counted daily for a hundred days, with something to mark."""
    film = make_video(
        platform="sample", platform_id="clip", media_url=CLIP, duration_ms=90_000, title="The Clip"
    )
    make_samples(film, *((START + n * DAY, 1000 + 10 * n, n) for n in range(100)))
    Change.objects.create(
        video=film, field="title", old="Old", new="The Clip", observed_at=START + 40 * DAY
    )
    make_claim(author=make_user("author"), video=film, start_ms=1000, end_ms=2000)
    Occurrence.objects.update(created_at=START + 70 * DAY)
    return film


def chart_of(page: Page) -> Locator:
    return page.locator("[data-reach-draw]")


def touch(page: Page) -> None:
    """Touch the chart, which brings its script, and wait for that."""
    chart_of(page).dispatch_event("pointerover")
    expect(chart_of(page)).to_have_role("application")


def read_of(page: Page) -> Locator:
    return page.locator("[data-reach-read]")


def test_keys_move_a_cursor_from_count_to_count_and_zoom(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    expect(read_of(page)).to_have_text(WHOLE)
    page.get_by_role("button", name="Zoom in").focus()
    # The first touch brings the script.
    expect(chart_of(page)).to_have_role("application")
    page.keyboard.press("Tab")
    expect(chart_of(page)).to_be_focused()
    page.keyboard.press("End")
    expect(read_of(page)).to_have_text("10 Apr 2026, 06:00 UTC. Views: 1,990. Likes: 99")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("PageUp")
    last = "30 Mar 2026, 06:00 UTC. Views: 1,880. Likes: 88"
    expect(read_of(page)).to_have_text(last)
    # Said once, after the last of several steps.
    expect(page.locator("[data-reach-live]")).to_have_text(last)
    page.keyboard.press("Home")
    expect(read_of(page)).to_have_text("1 Jan 2026, 06:00 UTC. Views: 1,000. Likes: 0")
    expect(page.locator("[data-reach-cursor]")).to_have_attribute("x", "0%")

    # What lies under the cursor stays there, here the beginning.
    page.keyboard.press("+")
    expect(read_of(page)).to_have_text("1 Jan 2026 to 19 Feb 2026")
    expect(chart_of(page)).to_be_focused()
    expect(page).to_have_url(re.compile(r"\?from=2026-01-01T06%3A00%3A00\.000Z&to=2026-02-"))
    page.keyboard.press("-")
    expect(read_of(page)).to_have_text(WHOLE)
    page.keyboard.press("+")
    expect(read_of(page)).not_to_have_text(WHOLE)
    page.keyboard.press("Escape")
    expect(read_of(page)).to_have_text(WHOLE)
    # Also a range that was asked for, but has not come yet.
    page.keyboard.press("End")
    page.keyboard.press("+")
    page.keyboard.press("Escape")
    expect(page.locator("[data-reach]")).not_to_have_attribute("aria-busy", "true")
    expect(read_of(page)).to_have_text(WHOLE)
    expect(page).to_have_url(re.compile(r"\?reach=all$"))
    # Of several steps in a row none is lost, and the cursor stays by its moment.
    for key in ("Home", "ArrowRight", "+", "+", "+"):
        page.keyboard.press(key)
    expect(read_of(page)).to_have_text("2 Jan 2026 to 14 Jan 2026")
    page.keyboard.press("ArrowRight")
    expect(read_of(page)).to_have_text("3 Jan 2026, 06:00 UTC. Views: 1,020. Likes: 2")
    # The film has keys of its own, which were left alone.
    assert page.locator("video").evaluate("video => video.currentTime") == 0


def test_a_zoomed_address_opens_as_it_was(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    touch(page)
    chart_of(page).focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("from="))
    told = read_of(page).text_content() or ""
    assert told != WHOLE
    page.reload()
    expect(read_of(page)).to_have_text(told)


def test_ranges_and_buttons_keep_the_focus_and_an_open_table(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    touch(page)
    page.get_by_text("The numbers as a table").click()
    table = page.get_by_role("region", name="The numbers of the chart")
    expect(table.get_by_role("row")).to_have_count(1 + 100 + 2)
    expect(table).to_contain_text("Retitled from “Old” to “The Clip”")
    week = page.get_by_role("navigation", name="Range of the chart").get_by_role(
        "link", name="Week"
    )
    week.focus()
    page.keyboard.press("Enter")
    expect(week).to_be_focused()
    expect(week).to_have_attribute("aria-current", "true")
    expect(read_of(page)).to_have_text("3 Apr 2026 to 10 Apr 2026")
    expect(page).to_have_url(re.compile(r"\?reach=week$"))
    expect(table.get_by_role("row")).to_have_count(1 + 8 + 1)
    page.get_by_role("button", name="Zoom out").click()
    expect(read_of(page)).to_have_text("27 Mar 2026 to 10 Apr 2026")
    expect(page.locator("[data-reach-live]")).to_contain_text(
        "27 Mar 2026 to 10 Apr 2026. Counts: 15"
    )
    page.get_by_role("link", name="All", exact=True).click()
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()
    expect(page.get_by_role("button", name="Zoom in")).to_be_enabled()


def test_a_mouse_reads_and_drags_over_a_stretch(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    touch(page)
    plot = page.locator(".reach-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    expect(read_of(page)).to_contain_text(
        re.compile(r"(19|20) Feb 2026, 06:00 UTC. Views: 1,(49|50)0")
    )
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] + 60)
    expect(read_of(page)).to_have_text(WHOLE)
    page.mouse.move(box["x"] + box["width"] * 0.75, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    expect(page.locator("[data-reach-pick]")).to_have_attribute("visibility", "visible")
    page.mouse.move(box["x"] + box["width"] * 0.25, y, steps=4)
    page.mouse.up()
    expect(read_of(page)).to_contain_text(re.compile("2[56] Jan 2026 to 1[56] Mar 2026"))


def test_two_fingers_zoom_and_one_reads(visit: Visiting, film: Video):
    page = visit(width=390, height=844).open(film.get_absolute_url())
    touch(page)
    plot = page.locator(".reach-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    fingers = page.context.new_cdp_session(page)
    fingers.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})

    def put(kind: str, *shares: float) -> None:
        points = [
            {"x": box["x"] + box["width"] * share, "y": box["y"] + box["height"] / 2, "id": number}
            for number, share in enumerate(shares)
        ]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    put("touchStart", 0.5)
    put("touchMove", 0.52)
    expect(read_of(page)).to_contain_text("UTC. Views: 1,")
    put("touchEnd")
    expect(read_of(page)).not_to_contain_text(" to ")
    put("touchStart", 0.4, 0.6)
    for step in range(1, 5):
        put("touchMove", 0.4 - step * 0.05, 0.6 + step * 0.05)
    put("touchEnd")
    # A third of the time: the fingers are three times as far apart.
    expect(read_of(page)).to_contain_text(re.compile(r"Feb 2026 to \d+ Mar 2026"))


def test_marks_are_links_that_can_be_hit_and_lead_to_what_they_tell(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    mark = page.get_by_role("link", name=re.compile("^10 Feb 2026: Retitled"))
    week = page.get_by_role("link", name="Week")
    for size in (mark.locator("rect").bounding_box(), week.bounding_box()):
        assert size
        assert min(size["width"], size["height"]) >= 24
    mark.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#change-"))
    claim = page.get_by_role("link", name=re.compile("^12 Mar 2026: First claim marked"))
    expect(claim).to_have_attribute("href", re.compile("^#moment-"))


@pytest.mark.parametrize("scripts", [True, False])
def test_the_chart_is_drawn_without_scripts_too(visit: Visiting, film: Video, scripts: bool):
    page = visit(scripts=scripts, width=390, height=844, scheme="dark").open(
        film.get_absolute_url()
    )
    curves = page.locator(".reach-curve")
    expect(curves).to_have_count(2)
    for curve in curves.all():
        box = curve.bounding_box()
        assert box
        assert box["width"] > 200
        assert box["height"] > 20
    expect(page.get_by_role("button", name="Zoom in")).to_have_count(1 if scripts else 0)
    page.get_by_role("link", name="Month").click()
    expect(page).to_have_url(re.compile("reach=month"))
    expect(read_of(page)).to_have_text("11 Mar 2026 to 10 Apr 2026")
    page.get_by_text("The numbers as a table").click()
    expect(page.get_by_role("cell", name="1,990")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_lines_are_seen_where_colours_are_forced(visit: Visiting, film: Video):
    window = visit()
    window.page.emulate_media(forced_colors="active")
    page = window.open(film.get_absolute_url())
    colours = page.evaluate(
        """() => [
          ...[...document.querySelectorAll('.reach-curve')].map(
            one => getComputedStyle(one).stroke
          ),
          getComputedStyle(document.body).backgroundColor,
        ]"""
    )
    assert len(set(colours)) == 3


def test_a_range_that_does_not_come_is_said_and_can_be_asked_again(visit: Visiting, film: Video):
    window = visit()
    page = window.open(film.get_absolute_url())
    touch(page)
    page.route("**/reach/?*", lambda route: route.abort())
    week = page.get_by_role("link", name="Week")
    week.click()
    expect(read_of(page)).to_have_text("The chart could not be loaded. Try again.")
    expect(page.locator(".reach-curve")).to_have_count(2)
    # Chromium tells of the request that failed.
    assert all("ERR_FAILED" in one for one in window.complaints)
    window.complaints.clear()
    page.unroute("**/reach/?*")
    week.click()
    expect(read_of(page)).to_have_text("3 Apr 2026 to 10 Apr 2026")
