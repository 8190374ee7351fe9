"""What operators are told of queues, budgets, breakers and samples."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from catalogue.models import CountSample, GatewayState, SampleThinning, Span, VideoCounts
from catalogue.platforms import Failure, FailureKind
from catalogue.refreshing import figures, leases, standing
from catalogue.refreshing.asking import ways
from catalogue.refreshing.figures import Breaker, Figures, GatewayFigures
from tests.looks import look
from tests.makers import make_video
from tests.youtube_api_server import KEY

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def _key(settings: Settings) -> None:
    settings.YOUTUBE_API_KEY = KEY
    settings.YOUTUBE_UNITS_PER_DAY = 10_000


def read() -> Figures:
    return figures.read(now=NOW)


def pages() -> GatewayFigures:
    """Return what is told of yt-dlp."""
    return next(gateway for gateway in read().gateways if gateway.name == "ytdlp")


def test_queue_has_what_is_due_and_free():
    make_video(refresh_at=NOW + HOUR)
    make_video(refresh_at=None)
    make_video(refresh_at=NOW - 2 * HOUR)
    make_video(refresh_at=NOW - HOUR)
    held = make_video(refresh_at=NOW - 3 * HOUR)
    assert len(leases.take([held.pk], now=NOW)) == 1
    found = pages()
    assert (found.videos, found.due, found.leased, found.never_asked) == (4, 2, 1, 4)
    assert found.oldest_due_at == NOW - 2 * HOUR


def test_lease_that_ran_out_is_due_again():
    video = make_video(refresh_at=NOW - HOUR)
    leases.take([video.pk], now=NOW - HOUR)
    found = pages()
    assert (found.due, found.leased, found.oldest_due_at) == (1, 0, NOW - HOUR)


def test_nothing_is_nothing():
    found = pages()
    assert (found.videos, found.due, found.oldest_due_at, found.leased) == (0, 0, None, 0)
    assert (found.used, found.calls, found.answers, found.failures) == (0, 0, 0, 0)
    assert (found.breaker, found.load_at, found.missing) == (Breaker.CLOSED, None, 0)
    assert not any(read().failing.values())


@pytest.mark.usefixtures("_key")
def test_each_gateway_has_its_own_queue():
    make_video(refresh_at=NOW)
    make_video(platform="example", refresh_at=NOW - HOUR)
    make_video(platform="example", refresh_at=NOW - HOUR)
    found = {gateway.name: gateway.due for gateway in read().gateways}
    assert found == {"youtube_api": 1, "ytdlp": 2}


def test_without_a_key_pages_are_asked_for_all():
    make_video(refresh_at=NOW)
    make_video(platform="example", refresh_at=NOW - HOUR)
    (found,) = read().gateways
    assert (found.name, found.due, found.oldest_due_at) == ("ytdlp", 2, NOW - HOUR)


@pytest.mark.usefixtures("_key")
def test_budget_is_that_of_the_present_window():
    (way, _pages) = ways()
    assert standing.reserve(way.name, 7, budget=way.budget, now=NOW).units == 7
    found, _by_pages = read().gateways
    # Midnight in California, which keeps summer time from 8 March on.
    assert found.window_ends_at == datetime(2026, 3, 11, 7, tzinfo=UTC)
    assert (found.used, found.limit) == (7, 10_000)
    later, _by_pages = figures.read(now=NOW + timedelta(days=1)).gateways
    assert (later.used, later.window_ends_at) == (0, datetime(2026, 3, 12, 7, tzinfo=UTC))


def test_breaker_is_open_then_trying_then_closed():
    (way,) = ways()
    grant = standing.reserve(way.name, 1, budget=way.budget, now=NOW)
    refused = Failure(FailureKind.MISCONFIGURED, "the key is wrong")
    until = standing.note_failure(way.name, refused, grant=grant, now=NOW)
    found = pages()
    assert (found.breaker, found.open_until) == (Breaker.OPEN, until)
    assert (found.failures, found.failed_at) == (1, NOW)
    assert found.last_failure == "misconfigured: the key is wrong"
    assert until is not None
    (after,) = figures.read(now=until).gateways
    assert after.breaker == Breaker.TRYING
    standing.note_answers(way.name, calls=1, answers=1, now=until)
    closed = pages()
    assert (closed.breaker, closed.open_until, closed.failures) == (Breaker.CLOSED, None, 0)
    assert (closed.calls, closed.answers, closed.answered_at) == (2, 1, until)


def test_load_is_the_one_that_was_found_and_what_is_missing_is_told(settings: Settings):
    settings.YTDLP_CALLS_PER_MINUTE = 0
    settings.REFRESH_LONGEST_DAYS = 10
    for _ in range(20):
        make_video(refresh_at=NOW)
    GatewayState.objects.create(name="ytdlp", stretch=3.5, turn=4.25, load_at=NOW - HOUR)
    found = pages()
    assert (found.stretch, found.turn, found.load_at) == (3.5, 4.25, NOW - HOUR)
    assert found.missing == pytest.approx(2.0)


def test_failing_videos_are_counted_by_kind():
    for _ in range(2):
        look(make_video(refresh_at=NOW), Failure(FailureKind.GONE, "no: longer there"))
    look(make_video(refresh_at=NOW), Failure(FailureKind.GEO_BLOCKED, "in your country"))
    lost, older = make_video(refresh_at=NOW), make_video(refresh_at=NOW)
    for moment in (NOW - 2 * HOUR, NOW - HOUR):
        leases.take([lost.pk], now=moment)
    VideoCounts.objects.filter(video=older).update(failures=1, last_failure="HTTP Error 404")
    failing = {kind: videos for kind, videos in read().failing.items() if videos}
    assert failing == {"gone": 2, "geo_blocked": 1, "lease_ran_out": 1, "other": 1}


def test_partitions_tell_their_month_their_rows_and_how_far_they_are_thinned_out():
    video = make_video()
    for hour in range(5):
        CountSample.objects.create(video=video, observed_at=NOW + hour * HOUR, views=hour)
    march = datetime(2026, 3, 1, tzinfo=UTC)
    SampleThinning.objects.create(month=march, span=Span.HOUR, done_at=NOW, dropped=3)
    SampleThinning.objects.create(month=march, span=Span.DAY, last_video=5, dropped=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_countsample_2026_03")
    found = read()
    names = [one.name for one in found.partitions]
    assert names[0] == "catalogue_countsample_past"
    assert "catalogue_countsample_later" not in names
    assert found.partitions[0].month is None
    (one,) = (one for one in found.partitions if one.month == march)
    assert (one.rows, one.dropped) == (5, 4)
    assert (one.thinned_to, one.thinning_to) == (Span.HOUR, Span.DAY)


def test_samples_without_a_partition_are_seen_to_wait():
    before = read()
    assert before.waiting == 0
    assert before.partitioned_until is not None
    CountSample.objects.create(
        video=make_video(), observed_at=before.partitioned_until + HOUR, views=1
    )
    assert read().waiting == 1


def test_statements_are_as_many_for_a_hundred_videos(django_assert_num_queries):
    for number in range(100):
        make_video(refresh_at=NOW - number * HOUR)
    # Six of its own, and the two that begin and end a transaction within the test's.
    with django_assert_num_queries(8):
        assert pages().due == 100
