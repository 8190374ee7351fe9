"""The stretches that are replayed most, in a real Chromium."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from catalogue.models import Video
from tests.e2e import inspection
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import CLIP
from tests.e2e.test_watch import time_of
from tests.makers import make_claim, make_user, make_video

Visiting = Callable[..., Visit]
PAGE = "/videos/sample/clip/"


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film of 90 seconds that is replayed from 0:30 to 0:40, with three claims."""
    film = make_video(
        platform="sample", platform_id="clip", media_url=CLIP, duration_ms=90_000,
        replays=[100, 200, 300, 1000, 200, 100, 50, 0, 0], replays_ms=90_000,
    )  # fmt: skip
    author = make_user("author")
    for start_ms in (10_000, 35_000, 60_000):
        make_claim(author=author, video=film, start_ms=start_ms, end_ms=start_ms + 5_000)
    return film


def test_words_lead_the_film_to_the_moment(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    page.get_by_role("link", name="Most replayed: 0:30 to 0:40").click()
    expect(page).to_have_url(f"{page.url.partition('?')[0]}?t=30")
    expect(page.locator("[data-clock]")).to_have_text("0:30")
    assert time_of(page) == pytest.approx(30, abs=0.5)


def test_without_scripts_they_lead_there_too(visit: Visiting, film: Video):
    page = visit(scripts=False).open(PAGE)
    page.get_by_role("link", name="Most replayed: 0:30 to 0:40").click()
    expect(page.locator("video")).to_have_attribute("src", f"{CLIP}#t=30")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_curve_and_legend_fit_on_a_phone_from_right_to_left_too(
    visit: Visiting, film: Video, scheme: str
):
    page = visit(width=390, height=844, scheme=scheme).open(PAGE)
    for language in ("en", "ar"):
        page.context.add_cookies([{"name": "language", "value": language, "url": page.url}])
        page.reload()
        expect(page.locator(".tl-legend")).to_be_visible()
        curve = page.locator(".tl .tl-heat").evaluate("path => path.getBoundingClientRect().width")
        line = page.locator(".tl > svg").evaluate("svg => svg.getBoundingClientRect().width")
        assert curve == pytest.approx(line, abs=1)
        wrong = [*inspection.spilling(page), *inspection.small_targets(page)]
        assert wrong + inspection.accessibility(page) == []


def test_with_forced_colours_the_curve_and_the_density_differ(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    page.emulate_media(forced_colors="active")
    fill = page.locator(".tl .tl-heat").evaluate("path => getComputedStyle(path).fill")
    stroke = page.locator(".tl .tl-density").evaluate("path => getComputedStyle(path).stroke")
    behind = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert len({fill, stroke, behind}) == 3
