"""The sweep: what a worker does with what is due."""

import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalogue import tasks
from catalogue.models import Availability, Change, CountSample, Video, VideoCounts
from catalogue.refreshing import asking
from tests import platform_server
from tests.makers import make_video
from tests.platform_server import Page, Site, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.REFRESH_ENABLED = True
    settings.YTDLP_CALLS_PER_MINUTE = 100_000
    with platform_server.running() as site:
        yield site
    asking.close()


def due_video(site: Site, path: str) -> Video:
    return make_video(
        platform="example", platform_id=path.strip("/"), url=site.url + path,
        refresh_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip


def counts_of(video: Video) -> VideoCounts:
    return VideoCounts.objects.get(video=video)


def test_sweep_stores_what_the_page_says(site: Site):
    video = due_video(site, "/film")
    site.add("/film", Page(title="Its new title", views=200_000))
    assert tasks.refresh_due() == 1
    row = counts_of(video)
    assert (row.views, row.likes, row.dislikes) == (200_000, 3_003, None)
    assert CountSample.objects.get(video=video).views == 200_000
    assert Change.objects.get().new == "Its new title"
    video.refresh_from_db()
    assert video.availability == Availability.AVAILABLE
    assert tasks.refresh_due() == 0


def test_one_failure_does_not_stop_the_others(site: Site):
    missing = due_video(site, "/missing")
    fine = due_video(site, "/fine")
    site.add("/fine")
    assert tasks.refresh_due() == 2
    assert counts_of(fine).views == 154_080
    row = counts_of(missing)
    assert (row.views, row.failures, row.leased_until) == (None, 1, None)
    assert row.last_failure.startswith("gone: ")
    assert row.refresh_at is not None
    assert row.refresh_at > timezone.now()


def test_what_the_database_refuses_is_a_failure_of_its_video_only(site: Site):
    # A search column holds about a million bytes of words, and this is just less.
    words = " ".join(f"w{number:04x}" * 100 for number in range(2050))
    too_much = due_video(site, "/words")
    Video.objects.filter(pk=too_much.pk).update(keywords=words)
    fine = due_video(site, "/fine")
    site.add("/fine")
    site.add("/words", Page(description=" ".join(f"w{number}x" for number in range(12_000))))
    assert tasks.refresh_due() == 2
    assert counts_of(fine).views == 154_080
    row = counts_of(too_much)
    assert (row.views, row.leased_until) == (None, None)
    assert "too long for tsvector" in row.last_failure


def test_time_limit_puts_the_slow_video_back_and_gives_up_the_rest(site: Site):
    slow, other = due_video(site, "/slow"), due_video(site, "/other")
    over = threading.Event()

    def hang(_handler: BaseHTTPRequestHandler) -> None:
        over.wait(timeout=30)

    site.answer("/slow", hang)

    def too_late(_signal: int, _frame: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, too_late)
    try:
        signal.setitimer(signal.ITIMER_REAL, 3)
        with pytest.raises(SoftTimeLimitExceeded):
            tasks.refresh_due()
    finally:
        over.set()
        signal.signal(signal.SIGALRM, before)
    assert counts_of(slow).last_failure == "temporary: the look took too long"
    assert counts_of(slow).leased_until is None
    assert (counts_of(other).leased_until, counts_of(other).failures) == (None, 0)


def test_nothing_is_asked_while_it_is_off(site: Site, settings: Settings):
    settings.REFRESH_ENABLED = False
    video = due_video(site, "/film")
    assert tasks.refresh_due() == 0
    assert site.asked == []
    assert counts_of(video).leased_until is None


def test_own_machine_is_not_asked_unless_it_is_allowed(site: Site, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    video = due_video(site, "/film")
    site.add("/film")
    tasks.refresh_due()
    assert site.asked == []
    assert counts_of(video).last_failure.startswith("refused: ")


def test_sweep_takes_a_bounded_number(site: Site):
    for number in range(asking.PAGES_AT_ONCE + 2):
        site.add(f"/film{number}")
        due_video(site, f"/film{number}")
    assert tasks.refresh_due() == asking.PAGES_AT_ONCE
    assert tasks.refresh_due() == 2


def test_slow_site_is_asked_later_as_it_wishes(site: Site):
    video = due_video(site, "/busy")
    site.answer("/busy", lambda h: send(h, b"busy", status=429, Retry_After="7200"))
    before = timezone.now()
    tasks.refresh_due()
    row = counts_of(video)
    assert row.last_failure.startswith("rate_limited: ")
    assert row.refresh_at is not None
    assert row.refresh_at >= before + timedelta(hours=2)
