"""How many looks a gateway may take now."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.refreshing import budgets
from catalogue.refreshing.budgets import Budget, Window

KEY = budgets.youtube_api(10_000)
PAGES = budgets.ytdlp(60)
# A Pacific day in winter.
DAY = Window(datetime(2026, 2, 1, 8, tzinfo=UTC), datetime(2026, 2, 2, 8, tzinfo=UTC))

moments = st.integers(1_577_836_800, 2_051_222_400).map(lambda n: datetime.fromtimestamp(n, UTC))


@pytest.mark.parametrize(
    ("now", "start", "hours"),
    [
        # Midnight in California is 8:00 in winter, 7:00 in summer.
        ("2026-02-01T08:00", "2026-02-01T08:00", 24),
        ("2026-02-01T07:59", "2026-01-31T08:00", 24),
        ("2026-07-01T12:00", "2026-07-01T07:00", 24),
        ("2026-03-08T20:00", "2026-03-08T08:00", 23),
        ("2026-11-01T20:00", "2026-11-01T07:00", 25),
    ],
)
def test_the_quota_day_begins_at_midnight_in_california(now: str, start: str, hours: int):
    window = budgets.pacific_day(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert window.start == datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert window.end - window.start == timedelta(hours=hours)


@given(moments, st.sampled_from([budgets.pacific_day, budgets.minute]))
def test_windows_follow_each_other(now: datetime, window_of):
    window = window_of(now)
    assert window.start <= now < window.end
    assert window_of(window.start) == window
    assert window_of(window.end).start == window.end


def test_units_are_released_over_the_day():
    def units(hours: float, used: int = 0) -> int:
        return budgets.units_now(KEY, window=DAY, now=DAY.start + timedelta(hours=hours), used=used)

    # Half an hour ahead of the clock.
    assert [units(0), units(11.5), units(23), units(23.5), units(23.99)] == [
        *(208, 5000, 9791, 10_000, 10_000)
    ]
    # Noon has what the morning left, no more.
    assert units(11.5, used=1000) == 4000
    assert units(11.5, used=5000) == units(11.5, used=9000) == 0


def test_the_last_unit_is_the_last():
    late = DAY.end - timedelta(seconds=1)
    assert budgets.units_now(KEY, window=DAY, now=late, used=9_999) == 1
    assert budgets.units_now(KEY, window=DAY, now=late, used=10_000) == 0
    assert budgets.units_now(KEY, window=DAY, now=late, used=10_001) == 0


@pytest.mark.parametrize("seconds", [-1, 24 * 3600])
def test_a_counter_does_not_speak_for_another_window(seconds: int):
    now = DAY.start + timedelta(seconds=seconds)
    assert budgets.units_now(KEY, window=DAY, now=now, used=0) == 0


def test_calls_are_released_over_the_minute():
    now = datetime(2026, 2, 1, 8, 0, 30, tzinfo=UTC)
    window = budgets.minute(now)
    assert budgets.looks_now(PAGES, window=window, now=now, used=0) == 35
    assert budgets.looks_now(PAGES, window=window, now=now, used=35) == 0
    # One call a minute comes at its start, not at its end.
    rare = budgets.ytdlp(1)
    assert budgets.looks_now(rare, window=window, now=window.start, used=0) == 1
    assert budgets.looks_now(budgets.ytdlp(0), window=window, now=now, used=0) == 0


@given(
    st.integers(0, 20_000),
    st.lists(st.tuples(st.floats(0, 3 * 3600), st.integers(0, 50_000)), max_size=60),
    st.sampled_from([budgets.youtube_api, budgets.ytdlp]),
)
def test_no_window_ever_uses_more_than_its_limit(limit: int, takes, make):
    budget, now = make(limit), DAY.start
    used: dict[datetime, int] = {}
    for seconds, wish in takes:
        now += timedelta(seconds=seconds)
        window = budget.window_of(now)
        before = used.get(window.start, 0)
        videos = min(wish, budgets.looks_now(budget, window=window, now=now, used=before))
        used[window.start] = before + budgets.units_for(videos, budget)
    assert all(units <= limit for units in used.values())


@given(moments, moments, st.integers(0, 10_000))
def test_more_is_released_later(one: datetime, other: datetime, used: int):
    early, late = sorted([one, other])
    window = Window(early, late + timedelta(hours=1))
    assert budgets.units_now(KEY, window=window, now=early, used=used) <= budgets.units_now(
        KEY, window=window, now=late, used=used
    )


def test_a_unit_looks_at_fifty_videos():
    assert [budgets.units_for(videos, KEY) for videos in (0, 1, 50, 51)] == [0, 1, 1, 2]
    assert budgets.units_for(51, PAGES) == 51
    assert (KEY.looks_per_day, PAGES.looks_per_day) == (500_000, 86_400)


def test_a_budget_is_never_negative():
    with pytest.raises(ValueError, match="negative"):
        budgets.youtube_api(-1)
    with pytest.raises(ValueError, match="unit"):
        Budget(1, 0, budgets.minute, 1440, 0)
