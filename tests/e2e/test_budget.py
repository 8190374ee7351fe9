"""What the first view of the watch page costs: bytes and requests, counted by Chromium itself."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import sign_in
from tests.makers import make_claim, make_transcript, make_user, make_video

Visiting = Callable[..., Visit]
BYTES_MAX = 150_000
REQUESTS_MAX = 12
# The film here has none; it is one request more.
POSTER = 1
SHIFT_MAX = 0.05
CLAIMS = 15
# Beside the budget, as the poster is, but each counts as a request.
FONTS = ".woff2"


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film of YouTube with a transcript of a hundred lines and fifteen claims."""
    author = make_user("author")
    film = make_video(
        platform_id="swje6NSdkfk", tags=("Rivers", "Dams"), description="0:00 A start\n2:00 A dam"
    )
    make_transcript(film, *(f"By the spring of year {n} the river ran north." for n in range(58)))
    for number in range(CLAIMS):
        make_claim(
            author=author,
            video=film,
            start_ms=number * 35_000,
            end_ms=number * 35_000 + 8_000,
            statement=f"In year {number} the river was turned north within a single winter.",
            speaker="Ada Brook",
            tags=("Rivers",),
        )
    return film


class Meter:
    """Counts what goes over the wire to one page, its live service included."""

    def __init__(self, page: Page) -> None:
        self.sent: dict[str, str] = {}
        self.bytes: dict[str, int] = {}
        self._wire = page.context.new_cdp_session(page)
        self._wire.send("Network.enable")
        self._wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self._wire.on("Network.requestWillBeSent", self._on_request)
        self._wire.on("Network.dataReceived", self._on_bytes)
        self._wire.on("Network.loadingFinished", self._on_end)

    def _on_request(self, event: dict[str, Any]) -> None:
        self.sent[event["requestId"]] = event["request"]["url"]

    def _on_bytes(self, event: dict[str, Any]) -> None:
        # A stream of events never ends: what has come of it counts.
        number = event["requestId"]
        self.bytes[number] = self.bytes.get(number, 0) + event["encodedDataLength"]

    def _on_end(self, event: dict[str, Any]) -> None:
        # Headers and body as they were transferred.
        self.bytes[event["requestId"]] = int(event["encodedDataLength"])

    @property
    def requests(self) -> list[str]:
        """Return the paths that were asked for."""
        return [urlsplit(url).path for url in self.sent.values() if url.startswith("http")]

    @property
    def total(self) -> int:
        """Return the bytes of all but fonts."""
        return sum(
            count
            for number, count in self.bytes.items()
            if not urlsplit(self.sent[number]).path.endswith(FONTS)
        )


def shift_of(page: Page) -> float:
    """Return how far the page's layout has shifted since it was opened."""
    score: float = page.evaluate(
        """() => new Promise(done => {
          let score = 0;
          new PerformanceObserver(list => {
            for (const entry of list.getEntries()) score += entry.value;
          }).observe({ type: 'layout-shift', buffered: true });
          setTimeout(() => done(score), 100);
        })"""
    )
    return score


@pytest.mark.parametrize("member", [False, True], ids=["visitor", "member"])
def test_the_first_view_keeps_to_its_budget(visit: Visiting, film: Video, member: bool):
    window = visit()
    if member:
        sign_in(window.open("/"), "author")
        window.page.wait_for_load_state("networkidle")
    page = window.page
    meter = Meter(page)
    # The last thing that a page does by itself is to listen.
    with page.expect_response(lambda response: response.url.startswith(window.live)):
        window.open(film.get_absolute_url())
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert len(meter.requests) + POSTER <= REQUESTS_MAX, meter.requests
    assert any(path.endswith(FONTS) for path in meter.requests), "fonts were not counted"
    assert meter.total <= BYTES_MAX, dict(zip(meter.requests, meter.bytes.values(), strict=False))
    assert meter.total > BYTES_MAX / 20, "nothing was counted"


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_while_the_page_loads(visit: Visiting, film: Video, width: int):
    page = visit(width=width).open(film.get_absolute_url())
    page.wait_for_load_state("load")
    page.evaluate("document.fonts.ready.then(() => true)")
    assert shift_of(page) <= SHIFT_MAX
