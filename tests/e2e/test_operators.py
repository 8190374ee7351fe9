"""The operators' page in a real Chromium: reading how the refresh stands, and acting on it."""

import itertools
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from catalogue.models import GatewayState
from catalogue.platforms import Failure, FailureKind
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import sign_in
from tests.looks import look
from tests.makers import make_user, make_video

Visiting = Callable[..., Visit]


# Where the widest cell of a table ends, in pixels.
RIGHTMOST = """
Math.max(...[...document.querySelectorAll("td")].map(cell => cell.getBoundingClientRect().right))
"""


def fill() -> None:
    """Leave a gateway that refuses, and videos that fail."""
    now = timezone.now()
    for kind in (FailureKind.GONE, FailureKind.GONE, FailureKind.AGE_RESTRICTED):
        look(make_video(refresh_at=now), Failure(kind, "the site's own words"))
    make_video(refresh_at=now - timedelta(hours=30))
    GatewayState.objects.create(
        name="ytdlp", open_until=now + timedelta(hours=2), failures=5, failed_at=now, calls=1_200,
        last_failure="rate_limited: HTTP Error 429: Too Many Requests", answers=1_100,
        answered_at=now - timedelta(minutes=2), stretch=2.5, load_at=now - timedelta(minutes=9),
    )  # fmt: skip


# One test: the server remembers the numbers of content types, which each test makes anew.
def test_operator_sees_that_a_gateway_refuses_and_lets_it_be_asked_again(
    visit: Visiting, transactional_db: None
):
    fill()
    make_user("operator", is_staff=True, is_superuser=True)
    for width, scheme in itertools.product((1440, 390), ("light", "dark")):
        page = visit(width=width, scheme=scheme).open("/")
        sign_in(page, "operator")
        page.get_by_label("your account").click()
        page.get_by_role("link", name="Administration").click()
        page.get_by_role("link", name="Refresh: queues, budgets, breakers").click()
        breaker = page.get_by_role("row", name="Breaker")
        expect(breaker).to_contain_text("open: nobody asks for 1 h 5")
        expect(page.get_by_role("row", name="Due now")).to_contain_text("1 of 4 videos")
        expect(page.get_by_role("row", name="gone")).to_contain_text("2")
        # Nothing has to be scrolled sideways to be read.
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(RIGHTMOST) <= width
        page.get_by_role("link", name="Ask ytdlp again now").click()
        page.get_by_role("link", name="No, take me back").click()
        expect(breaker).to_contain_text("open")
    page.get_by_role("link", name="Ask ytdlp again now").click()
    page.get_by_role("button", name="Ask again now").click()
    expect(page.get_by_text("Workers ask ytdlp again, from the next sweep on.")).to_be_visible()
    expect(breaker).to_contain_text("closed")
    page.get_by_role("link", name="Find the load now").click()
    page.get_by_role("button", name="Find the load").click()
    expect(page.get_by_text("intervals of ytdlp are stretched 1.00 times.")).to_be_visible()
