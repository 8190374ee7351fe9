"""Counts over time: by page, by bucket, in outline, and what came a day."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue import series
from catalogue.models import CountSample, Video
from catalogue.series import Resolution, Sample, Spread
from tests.makers import make_samples, make_video

pytestmark = pytest.mark.django_db
# A Monday.
MONDAY = datetime(2026, 3, 30, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def starts(rows: list[series.Bucket]) -> list[datetime]:
    return [row.start for row in rows]


# --- Buckets --------------------------------------------------------------------------


def test_a_bucket_tells_first_last_least_and_most(video: Video):
    make_samples(
        video,
        (MONDAY + 1 * HOUR, 10, 5),
        (MONDAY + 2 * HOUR, 40, None),
        (MONDAY + 3 * HOUR, 7, 3),
        (MONDAY + 23 * HOUR, 20, None),
    )
    make_samples(make_video(), (MONDAY + 4 * HOUR, 999, 999))
    (day,) = series.buckets(video, Resolution.DAY, limit=9)
    assert (day.start, day.end) == (MONDAY, MONDAY + DAY)
    assert (day.count, day.first_at, day.last_at) == (4, MONDAY + HOUR, MONDAY + 23 * HOUR)
    assert day.views == Spread(first=10, last=20, least=7, most=40)
    assert day.likes == Spread(first=5, last=3, least=3, most=5)
    assert (day.dislikes, day.comments) == (None, None)


def test_weeks_begin_on_monday_days_at_midnight_hours_at_the_hour(video: Video):
    moment = timedelta(microseconds=1)
    make_samples(video, (MONDAY - moment, 1), (MONDAY, 2), (MONDAY + WEEK - moment, 3))
    assert starts(series.buckets(video, Resolution.WEEK, limit=9)) == [MONDAY, MONDAY - WEEK]
    assert starts(series.buckets(video, Resolution.DAY, limit=9)) == [
        MONDAY + 6 * DAY,
        MONDAY,
        MONDAY - DAY,
    ]
    assert starts(series.buckets(video, Resolution.HOUR, limit=9)) == [
        MONDAY + WEEK - HOUR,
        MONDAY,
        MONDAY - HOUR,
    ]


def test_a_week_that_spans_two_years_is_one(video: Video):
    # 29 December 2025 is the Monday of the first ISO week of 2026.
    make_samples(
        video, (datetime(2025, 12, 31, tzinfo=UTC), 1), (datetime(2026, 1, 2, tzinfo=UTC), 2)
    )
    (week,) = series.buckets(video, Resolution.WEEK, limit=9)
    assert (week.start, week.count) == (datetime(2025, 12, 29, tzinfo=UTC), 2)


def test_a_day_has_twenty_four_hours_also_when_clocks_are_changed(video: Video):
    # In Berlin, the night to 29 March 2026 had an hour less.
    sunday = datetime(2026, 3, 29, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    hours = [(sunday + hour * HOUR).astimezone(berlin) for hour in range(-1, 25)]
    make_samples(video, *((moment, 1) for moment in hours))
    days = series.buckets(video, Resolution.DAY, limit=9)
    assert [(day.start, day.count) for day in days] == [
        (sunday + DAY, 1),
        (sunday, 24),
        (sunday - DAY, 1),
    ]
    assert len(series.buckets(video, Resolution.HOUR, limit=99)) == 26


def test_only_the_samples_asked_for_count_also_in_a_bucket_that_is_cut(video: Video):
    make_samples(video, *((MONDAY + hour * HOUR, hour) for hour in range(24)))
    (day,) = series.buckets(
        video, Resolution.DAY, since=MONDAY + 6 * HOUR, until=MONDAY + 9 * HOUR, limit=9
    )
    assert (day.start, day.count) == (MONDAY, 3)
    assert day.views == Spread(6, 8, 6, 8)


def test_a_film_that_was_never_counted_has_nothing(video: Video):
    assert series.buckets(video, Resolution.WEEK, limit=9) == []
    assert list(series.every(video, resolution=Resolution.HOUR)) == []
    assert series.page(video, resolution=Resolution.DAY).items == []
    assert series.extent(video) is None
    assert series.outline(video, since=MONDAY, until=MONDAY + DAY) == []
    assert series.find_before(video, MONDAY) is None
    assert series.growth(video) == []


def test_thinning_a_bucket_to_its_ends_and_extremes_changes_nothing_it_tells(video: Video):
    counts = (50, 20, 30, 90, 40, 60)
    make_samples(video, *((MONDAY + n * HOUR, views) for n, views in enumerate(counts)))
    (before,) = series.buckets(video, Resolution.DAY, limit=9)
    CountSample.objects.filter(video=video, views__in=[30, 40]).delete()
    (after,) = series.buckets(video, Resolution.DAY, limit=9)
    assert after.views == before.views
    assert (after.first_at, after.last_at) == (before.first_at, before.last_at)


# --- Pages ----------------------------------------------------------------------------


@pytest.mark.parametrize("resolution", Resolution)
def test_pages_lead_through_everything_newest_first_and_back(video: Video, resolution: Resolution):
    make_samples(video, *((MONDAY + n * WEEK, n) for n in range(7)))
    seen, cursors, cursor = [], [], ""
    while True:
        page = series.page(video, resolution=resolution, cursor=cursor, size=3)
        seen.append([moment_of(row) for row in page.items])
        cursors.append(page.previous_cursor)
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert [moment for one in seen for moment in one] == [
        MONDAY + n * WEEK for n in range(6, -1, -1)
    ]
    assert [len(one) for one in seen] == [3, 3, 1]
    assert cursors[0] is None
    assert cursors[2] is not None
    back = series.page(video, resolution=resolution, cursor=cursors[2], size=3)
    assert [moment_of(row) for row in back.items] == seen[1]
    again = series.page(video, resolution=resolution, cursor=back.previous_cursor or "", size=3)
    assert ([moment_of(row) for row in again.items], again.previous_cursor) == (seen[0], None)


def moment_of(row: CountSample | series.Bucket) -> datetime:
    return row.start if isinstance(row, series.Bucket) else row.observed_at


def test_a_page_keeps_within_its_range(video: Video):
    make_samples(video, *((MONDAY + n * DAY, n) for n in range(9)))
    asked: dict[str, Any] = {
        "since": MONDAY + 2 * DAY, "until": MONDAY + 6 * DAY, "resolution": Resolution.DAY
    }  # fmt: skip
    first = series.page(video, **asked, size=3)
    second = series.page(video, **asked, size=3, cursor=first.next_cursor or "")
    assert [row.views.last for row in first.items + second.items] == [5, 4, 3, 2]
    assert second.next_cursor is None
    back = series.page(video, **asked, size=3, cursor=second.previous_cursor or "")
    assert back.items == first.items
    assert back.previous_cursor is None


def test_a_cursor_of_another_resolution_or_range_is_refused(video: Video):
    make_samples(video, *((MONDAY + n * WEEK, n) for n in range(3)))
    cursor = series.page(video, resolution=Resolution.DAY, size=1).next_cursor or ""
    for other in (
        {"resolution": Resolution.RAW},
        {"resolution": Resolution.WEEK},
        {"resolution": Resolution.DAY, "since": MONDAY},
        {"resolution": Resolution.DAY, "until": MONDAY},
    ):
        with pytest.raises(ValidationError):
            series.page(video, **other, cursor=cursor)
    # The same range in another zone is the same.
    cursor = series.page(video, since=MONDAY, size=1).next_cursor or ""
    elsewhere = MONDAY.astimezone(timezone(timedelta(hours=3)))
    assert len(series.page(video, since=elsewhere, size=1, cursor=cursor).items) == 1


@pytest.mark.parametrize("resolution", [Resolution.RAW, Resolution.HOUR])
def test_everything_comes_once_whatever_is_read_at_once(
    video: Video, resolution: Resolution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(series, "CHUNK", 3)
    for count in (0, 1, 2, 3, 1):
        found = [moment_of(row) for row in series.every(video, resolution=resolution)]
        have = CountSample.objects.filter(video=video).count()
        assert found == [MONDAY + n * HOUR for n in range(have - 1, -1, -1)]
        make_samples(video, *((MONDAY + (have + n) * HOUR, 1) for n in range(count)))


# --- Outlines -------------------------------------------------------------------------


def test_an_outline_of_few_samples_has_them_all(video: Video):
    # Crowded at one end, where stretches of time alone would keep two.
    rows = [(MONDAY + n * timedelta(seconds=1), n, n) for n in range(series.POINTS - 1)]
    make_samples(video, *rows, (MONDAY + 9 * WEEK, 999, 999))
    found = series.outline(video, since=MONDAY, until=MONDAY + 10 * WEEK)
    assert len(found) == series.POINTS
    assert found[0] == Sample(MONDAY, 0, 0, None, None)
    assert found[-1] == Sample(MONDAY + 9 * WEEK, 999, 999, None, None)


@pytest.mark.parametrize("swings", [False, True], ids=["growing", "swinging"])
def test_an_outline_of_many_keeps_ends_and_extremes(video: Video, swings: bool):
    count = 3000
    rows = [
        (MONDAY + n * HOUR, n + (n % 7) * 900 * swings, 2 * n + (n % 5) * 500 * swings)
        for n in range(count)
    ]
    rows[1234] = (rows[1234][0], 1_000_000, 5)
    rows[2345] = (rows[2345][0], 3, 2_000_000)
    make_samples(video, *rows)
    found = series.outline(video, since=MONDAY, until=MONDAY + count * HOUR)
    assert 100 <= len(found) <= series.POINTS
    assert [found[0][:3], found[-1][:3]] == [rows[0], rows[-1]]
    assert {rows[1234], rows[2345]} <= {one[:3] for one in found}
    moments = [one.observed_at for one in found]
    assert moments == sorted(set(moments))


def test_an_outline_keeps_what_was_unknown(video: Video):
    make_samples(video, *((MONDAY + n * HOUR, n if n < 400 else None) for n in range(1000)))
    found = series.outline(video, since=MONDAY, until=MONDAY + 1000 * HOUR)
    assert any(one.views is None for one in found)
    assert max(one.views for one in found if one.views is not None) == 399


def test_what_was_before_is_found(video: Video):
    make_samples(video, (MONDAY, 1), (MONDAY + DAY, 2))
    assert series.find_before(video, MONDAY) is None
    before = series.find_before(video, MONDAY + DAY)
    assert before is not None
    assert before.views == 1
    assert series.extent(video) == (MONDAY, MONDAY + DAY)


# --- Growth ---------------------------------------------------------------------------


def test_growth_is_told_for_each_period_that_samples_allow(video: Video):
    make_samples(video, *((MONDAY + n * DAY, 100 * n) for n in range(41)))
    week, month = series.growth(video)
    assert (week.per_day, week.days, month.per_day, month.days) == (100, 7, 100, 30)
    assert (week.since, week.until) == (MONDAY + 33 * DAY, MONDAY + 40 * DAY)


@pytest.mark.parametrize(
    ("hours_before", "days"), [(24 * 6, []), (24 * 7 - 9, [7]), (24 * 10, [10]), (24 * 11, [])]
)
def test_a_period_that_no_sample_is_near_is_left_out(
    video: Video, hours_before: int, days: list[int]
):
    make_samples(video, (MONDAY - hours_before * HOUR, 10), (MONDAY, 80))
    assert [one.days for one in series.growth(video)] == days


def test_falling_counts_shrink_and_unknown_ones_are_passed_over(video: Video):
    make_samples(video, (MONDAY - 7 * DAY, 90), (MONDAY, 20), (MONDAY + HOUR, None))
    (week,) = series.growth(video)
    assert (week.per_day, week.until) == (-10, MONDAY)


# --- What it costs --------------------------------------------------------------------


def test_each_question_is_one_query_along_the_key(video: Video):
    make_samples(video, *((MONDAY + n * HOUR, n) for n in range(50)))
    with CaptureQueriesContext(connection) as queries:
        series.buckets(video, Resolution.DAY, limit=9)
        series.page(video, resolution=Resolution.WEEK)
        series.page(video)
        series.extent(video)
        series.outline(video, since=MONDAY, until=MONDAY + WEEK)
        series.find_before(video, MONDAY + DAY)
        series.growth(video)
    assert len(queries) == 7
