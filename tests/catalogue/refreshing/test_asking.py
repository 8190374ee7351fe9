"""Sweeps over what is due, with YouTube's API on loopback behaving in every way it can."""

import dataclasses
import random
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalogue.models import (
    Availability,
    Change,
    CountSample,
    GatewayState,
    Video,
    VideoCounts,
)
from catalogue.refreshing import asking, leases, standing
from catalogue.refreshing.asking import Told
from tests import platform_server, youtube_api_server
from tests.makers import make_video
from tests.platform_server import Page, Site, send
from tests.youtube_api_server import YouTube

pytestmark = pytest.mark.django_db

SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
NOTHING = Told()


@pytest.fixture
def youtube(settings: Settings) -> Iterator[YouTube]:
    with youtube_api_server.running() as youtube:
        settings.FETCH_PRIVATE_ADDRESSES = True
        settings.YOUTUBE_API_KEY = youtube.key
        settings.YOUTUBE_API_URL = youtube.url
        # A day's units are released by the hour, the first at once: plenty at midnight too.
        settings.YOUTUBE_UNITS_PER_DAY = 48 * 100
        settings.YTDLP_CALLS_PER_MINUTE = 100_000
        yield youtube
        asking.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


def due(youtube: YouTube, count: int, *, late: timedelta = HOUR) -> list[Video]:
    """Store videos that YouTube knows, and that are due."""
    videos = [make_video(refresh_at=timezone.now() - late) for _ in range(count)]
    for video in videos:
        youtube.add(video.platform_id)
    return videos


def make_due() -> None:
    VideoCounts.objects.update(refresh_at=timezone.now() - HOUR)


def state(name: str = "youtube_api") -> GatewayState:
    return GatewayState.objects.get(name=name)


def end_pause() -> None:
    """The pause of the breaker passes."""
    GatewayState.objects.update(open_until=timezone.now() - SECOND)


def looked_at() -> int:
    return VideoCounts.objects.filter(looked_at__isnull=False).count()


def check_untouched(count: int) -> None:
    """So many videos are due as before, held by nobody, and no failure is theirs."""
    untouched = VideoCounts.objects.filter(
        refresh_at__lte=timezone.now(), leased_until=None, failures=0, last_failure=""
    )
    assert untouched.count() == count


# --- As it should ---------------------------------------------------------------------


def test_a_sweep_asks_about_fifty_at_a_time_and_stores_what_it_hears(youtube: YouTube):
    due(youtube, 120)
    assert asking.sweep() == Told(asked=120, answered=120)
    assert sorted(len(call.ids) for call in youtube.calls) == [20, 50, 50]
    assert CountSample.objects.filter(views=154_080, likes=3_003, comments=12).count() == 120
    assert looked_at() == 120
    row = state()
    assert (row.used, row.calls, row.answers, row.failures) == (3, 3, 120, 0)
    assert asking.sweep() == NOTHING
    assert youtube.call_count == 3


def test_a_sweep_that_finds_nothing_due_uses_nothing(youtube: YouTube):
    make_video(refresh_at=timezone.now() + HOUR)
    assert asking.sweep() == NOTHING
    assert not GatewayState.objects.exists()


def test_a_call_waits_for_fifty_or_a_minute(youtube: YouTube):
    due(youtube, 49, late=timedelta())
    assert asking.sweep() == NOTHING
    due(youtube, 1, late=timedelta())
    assert asking.sweep().answered == 50
    due(youtube, 1, late=asking.PATIENCE)
    assert asking.sweep().answered == 1
    assert [len(call.ids) for call in youtube.calls] == [50, 1]


def test_answers_are_stored_in_portions(youtube: YouTube):
    due(youtube, 120)
    api = asking.ways()[0]
    assert api.stored_at_once == 500

    def portions() -> int:
        make_due()
        grant = standing.reserve(api.name, 3, budget=api.budget, now=timezone.now())
        taken = leases.take_due(120, now=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            asking.ask(taken, api, grant)
        return sum(
            query["sql"].lstrip().startswith("UPDATE catalogue_videocounts") for query in captured
        )

    assert portions() == 1
    api = dataclasses.replace(api, stored_at_once=50)
    assert portions() == 3


def test_pages_and_youtube_have_each_their_own_way(youtube: YouTube, site: Site):
    due(youtube, 1)
    site.add("/film", Page(views=77))
    elsewhere = make_video(
        platform="example", url=f"{site.url}/film", refresh_at=timezone.now() - HOUR
    )
    assert asking.sweep() == Told(asked=2, answered=2)
    assert VideoCounts.objects.get(video=elsewhere).views == 77
    assert (state().used, state("ytdlp").used) == (1, 1)
    assert (youtube.id_count, site.asked) == (1, ["/film"])


def test_a_page_whose_site_wants_no_more_waits_and_yt_dlp_goes_on(youtube: YouTube, site: Site):
    site.answer("/busy", lambda handler: send(handler, status=429, Retry_After="7200"))
    video = make_video(platform="example", url=f"{site.url}/busy", refresh_at=timezone.now() - HOUR)
    assert asking.sweep() == Told(asked=1)
    row = VideoCounts.objects.get(video=video)
    assert row.last_failure.startswith("rate_limited")
    assert row.leased_until is None
    assert row.refresh_at
    assert row.refresh_at > timezone.now() + 2 * HOUR - MINUTE
    assert state("ytdlp").open_until is None


def test_without_a_key_youtube_is_asked_page_by_page(youtube: YouTube, settings: Settings):
    names = [way.name for way in asking.ways()]
    settings.YOUTUBE_API_KEY = ""
    (pages,) = asking.ways()
    assert (names, pages.name) == (["youtube_api", "ytdlp"], "ytdlp")
    assert set(pages.sites) == {"youtube", "web"}


def test_named_videos_are_asked_about_whether_due_or_not(youtube: YouTube):
    videos = due(youtube, 60)
    VideoCounts.objects.update(refresh_at=timezone.now() + DAY)
    held, never = videos[:2]
    leases.take([held.pk], now=timezone.now())
    VideoCounts.objects.filter(video=never).update(refresh_at=None)
    assert asking.ask_named([video.pk for video in videos]) == Told(asked=58, answered=58)
    assert state().used == 2
    assert youtube.id_count == 58


# --- As it should not -----------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        youtube_api_server.trickling,
        youtube_api_server.dying,
        youtube_api_server.broken_json,
        youtube_api_server.refused(503, "backendError"),
        youtube_api_server.told({"kind": "youtube#searchListResponse"}),
    ],
)
def test_a_call_that_breaks_costs_its_videos_nothing(
    youtube: YouTube, settings: Settings, way: youtube_api_server.Way
):
    settings.FETCH_TIMEOUT_SECONDS = 0.3
    due(youtube, 120)
    youtube.behave(youtube_api_server.as_it_should, way)
    told = asking.sweep()
    assert (told.answered, told.released) in {(70, 50), (100, 20)}
    assert looked_at() == told.answered
    check_untouched(told.released)
    row = state()
    assert (row.failures, row.open_until, row.used) == (1, None, 3)
    settings.FETCH_TIMEOUT_SECONDS = 20.0
    assert asking.sweep().answered == told.released
    assert state().failures == 0
    assert looked_at() == CountSample.objects.count() == 120


def test_the_breaker_opens_after_some_broken_sweeps_and_closes_after_a_good_one(youtube: YouTube):
    due(youtube, 60)
    youtube.behave_always(youtube_api_server.refused(500, "internalError"))
    for _ in range(10):
        assert asking.sweep().answered == 0
    assert youtube.call_count == 2 * standing.FAILURES_BORNE, "two calls a sweep"
    check_untouched(60)
    assert state().open_until

    end_pause()
    assert asking.sweep().answered == 0
    assert youtube.call_count == 2 * standing.FAILURES_BORNE + 1, "one call to try"
    assert asking.sweep() == NOTHING

    youtube.behave_always(None)
    end_pause()
    assert asking.sweep() == Told(asked=50, answered=50)
    assert state().open_until is None
    assert asking.sweep().answered == 10
    check_untouched(0)


def test_its_wish_to_be_left_alone_is_granted(youtube: YouTube):
    due(youtube, 170)
    youtube.behave(youtube_api_server.as_it_should, youtube_api_server.rate_limited("3600"))
    assert asking.sweep() == Told(asked=50, answered=50, released=120)
    assert youtube.call_count == 2, "the calls that were to follow are not made"
    row = state()
    assert row.open_until
    assert HOUR - MINUTE < row.open_until - timezone.now() < 1.25 * HOUR
    assert row.last_failure.startswith("rate_limited")
    check_untouched(120)
    for _ in range(3):
        assert asking.sweep() == NOTHING
    assert asking.ask_named([Video.objects.earliest("pk").pk]) == NOTHING
    assert youtube.call_count == 2


def test_when_its_quota_is_used_up_nobody_asks_until_its_day_ends(youtube: YouTube):
    due(youtube, 300)
    # Others use the key too.
    youtube.units_left = 2
    assert asking.sweep() == Told(asked=100, answered=100, released=200)
    assert youtube.call_count == 3
    row = state()
    window = asking.ways()[0].budget.window_of(timezone.now())
    assert row.open_until
    assert row.open_until >= window.end - MINUTE
    assert row.last_failure.startswith("quota_exhausted")
    assert asking.sweep() == NOTHING
    assert youtube.overrun_count == 1
    check_untouched(200)


def test_a_key_that_is_refused_is_our_fault_and_no_videos(youtube: YouTube):
    due(youtube, 60)
    youtube.behave_always(youtube_api_server.unauthorised)
    assert asking.sweep() == Told(released=60)
    assert asking.sweep() == NOTHING
    row = state()
    assert (youtube.call_count, row.failures) == (1, 1)
    assert row.last_failure.startswith("misconfigured: HTTP 401")
    assert youtube.key not in row.last_failure
    check_untouched(60)


def test_what_an_answer_leaves_out_is_gone_only_if_another_day_says_so_too(youtube: YouTube):
    videos = due(youtube, 5)
    assert asking.sweep().answered == 5
    make_due()
    youtube.behave(youtube_api_server.partial(3))
    assert asking.sweep() == Told(asked=5, answered=3)
    missing = VideoCounts.objects.get(video__in=videos, failures=1, video=videos[4].pk)
    assert missing.last_failure.startswith("missing")
    assert missing.refresh_at
    assert missing.refresh_at >= timezone.now() + DAY - MINUTE
    assert VideoCounts.objects.filter(failures=1).count() == 2
    assert not Video.objects.exclude(availability=Availability.AVAILABLE).exists()
    assert state().failures == 0, "the gateway answered"

    # On the same day it says nothing new.
    make_due()
    del youtube.videos[videos[4].platform_id]
    assert asking.sweep() == Told(asked=5, answered=4)
    assert not Change.objects.exists()
    assert VideoCounts.objects.get(failures__gt=0).failures == 2

    # Another day.
    make_due()
    VideoCounts.objects.filter(failures=2).update(failing_since=timezone.now() - DAY)
    asking.sweep()
    change = Change.objects.get()
    assert (change.video_id, change.old, change.new) == (videos[4].pk, "available", "gone")
    known = VideoCounts.objects.get(video=videos[4])
    assert known.views == 154_080, "what was known last stays"

    make_due()
    youtube.add(videos[4].platform_id)
    assert asking.sweep().answered == 5
    assert [one.new for one in Change.objects.order_by("pk")] == ["gone", "available"]


def test_lies_about_others_are_passed_over(youtube: YouTube):
    asked = due(youtube, 2)
    (other,) = due(youtube, 1)
    VideoCounts.objects.filter(video=other).update(refresh_at=timezone.now() + DAY)
    youtube.behave(youtube_api_server.lying(other.platform_id, "nobody-0001"))
    assert asking.sweep() == Told(asked=2, answered=2)
    assert VideoCounts.objects.get(video=other).looked_at is None
    assert set(Video.objects.values_list("title", flat=True)) == {"The River That Was Moved"}
    rows = VideoCounts.objects.filter(video__in=asked)
    assert {row.views for row in rows} == {154_080}
    assert CountSample.objects.count() == 2


def test_a_time_limit_gives_back_what_was_not_asked_and_blames_no_video(youtube: YouTube):
    due(youtube, 150)
    youtube.behave(youtube_api_server.as_it_should, youtube_api_server.slow(60))

    def too_long(_number: int, _frame: object) -> None:
        raise SoftTimeLimitExceeded

    before = signal.signal(signal.SIGALRM, too_long)
    # Again and again, should the first one come before the slow call.
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(SoftTimeLimitExceeded):
            asking.sweep()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert looked_at() == 50
    check_untouched(100)
    assert state().failures == 1
    assert asking.sweep().answered == 100


def test_no_budget_is_overrun_however_youtube_behaves(youtube: YouTube, settings: Settings):
    settings.YOUTUBE_UNITS_PER_DAY = youtube.units_left = 40
    settings.FETCH_TIMEOUT_SECONDS = 2.0
    due(youtube, 130)
    chance = random.Random(4)
    ways = [
        youtube_api_server.as_it_should,
        youtube_api_server.as_it_should,
        youtube_api_server.partial(20),
        youtube_api_server.bare,
        youtube_api_server.dying,
        youtube_api_server.rate_limited(),
        youtube_api_server.refused(500, "internalError"),
    ]
    for _ in range(60):
        youtube.behave(*chance.choices(ways, k=3))
        asking.sweep()
        assert youtube.call_count <= state().used <= 40
        end_pause()
        make_due()
    assert youtube.overrun_count == 0
    assert not VideoCounts.objects.exclude(leased_until=None).exists()


def test_loads_are_found_for_each_way(youtube: YouTube):
    due(youtube, 3)
    assert list(asking.find_loads()) == [("youtube_api", 1.0), ("ytdlp", 1.0)]
    assert state().load_at
