"""When a video is asked again, and who comes first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, isfinite

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.simulation import ARRAYS, shares
from catalogue.refreshing import schedule
from catalogue.refreshing.schedule import (
    CALM,
    PLAIN,
    Arithmetic,
    Group,
    Load,
    Numbers,
    Pace,
    Policy,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = 365.0
POLICY = Policy()

counts = st.integers(0, 10**12)
ages = st.floats(0, 30 * YEAR)
velocities = st.floats(0, 1e9)
gaps = st.floats(1e-5, 1000)
portions = st.floats(0, 1, exclude_max=True)
intervals = st.floats(POLICY.shortest, POLICY.longest)
loads = st.builds(Load, st.floats(1, 720), st.one_of(st.just(inf), st.floats(0.1, 1000)))
groups = st.lists(
    st.builds(Group, st.integers(1, 500_000), intervals, st.floats(1, 30)), min_size=1, max_size=30
)


def wanted(*, views: int | None, gain: float | None, age: float | None) -> float:
    """Return the days wanted by a film that gains a share of its views a day."""
    velocity = None if gain is None else gain * ((views or 0) + POLICY.few)
    return schedule.wanted_interval(
        Pace(views, NOW, velocity),
        now=NOW,
        published_at=None if age is None else NOW - age * DAY,
        policy=POLICY,
    )


def look(pace: Pace, views: int | None, at: datetime, *, age: float | None = 100.0) -> Pace:
    published_at = None if age is None else NOW - age * DAY
    return schedule.next_pace(pace, views=views, at=at, published_at=published_at, policy=POLICY)


# --- What a video wants ---------------------------------------------------------------


@pytest.mark.parametrize("age", [1, 100, 10 * YEAR])
def test_a_film_that_gains_a_tenth_a_day_is_asked_hourly(age: float):
    assert wanted(views=1_000_000, gain=0.1, age=age) == pytest.approx(1 / 24)


def test_a_quiet_film_of_ten_years_is_asked_monthly():
    assert wanted(views=1_000_000, gain=0.0, age=10 * YEAR) == 30
    # Twenty thousand of a million views more in a year is still quiet.
    assert wanted(views=1_000_000, gain=0.018 / YEAR, age=10 * YEAR) == pytest.approx(30, rel=0.02)


def test_between_them_the_interval_follows_velocity_and_age():
    assert wanted(views=50_000, gain=0.01, age=30) == pytest.approx(0.2, rel=0.02)
    assert wanted(views=50_000, gain=0.001, age=YEAR) == pytest.approx(2.15, rel=0.02)
    assert wanted(views=50_000, gain=0.001, age=5 * YEAR) == pytest.approx(3.35, rel=0.02)


def test_what_was_counted_once_goes_by_age_alone():
    assert wanted(views=50_000, gain=None, age=2) == pytest.approx(1 / 24, rel=0.15)
    assert wanted(views=50_000, gain=None, age=100) == pytest.approx(100 / 55, rel=0.01)
    assert wanted(views=50_000, gain=None, age=10 * YEAR) == 30
    # So does what never tells its views.
    assert wanted(views=None, gain=None, age=100) == wanted(views=50_000, gain=None, age=100)


def test_of_unknown_age_velocity_speaks_alone():
    assert wanted(views=None, gain=None, age=None) == POLICY.unknown_age
    assert wanted(views=50_000, gain=0.1, age=None) == pytest.approx(1 / 24)
    assert wanted(views=50_000, gain=0.0, age=None) == 30


@given(st.none() | counts, st.none() | velocities, st.none() | st.floats(-10, 30 * YEAR))
def test_bounds_hold_whatever_is_known(
    views: int | None, velocity: float | None, age: float | None
):
    published_at = None if age is None else NOW - age * DAY
    days = schedule.wanted_interval(
        Pace(views, NOW, velocity), now=NOW, published_at=published_at, policy=POLICY
    )
    assert POLICY.shortest <= days <= POLICY.longest


@given(counts, velocities, velocities, ages)
def test_more_velocity_never_waits_longer(views: int, one: float, other: float, age: float):
    slow, fast = sorted([one, other])
    assert schedule.wanted_days(fast, views, age, POLICY) <= schedule.wanted_days(
        slow, views, age, POLICY
    )


@given(counts, velocities, ages, ages)
def test_more_age_never_waits_shorter(views: int, velocity: float, one: float, other: float):
    young, old = sorted([one, other])
    assert schedule.wanted_days(velocity, views, young, POLICY) <= schedule.wanted_days(
        velocity, views, old, POLICY
    )


def test_other_bounds_can_be_set():
    policy = Policy(shortest=0.5, longest=7)
    pace = Pace(1000, NOW, 1e6)
    old = NOW - 3650 * DAY
    assert schedule.wanted_interval(pace, now=NOW, published_at=old, policy=policy) == 0.5
    quiet = replace(pace, velocity=0.0)
    assert schedule.wanted_interval(quiet, now=NOW, published_at=old, policy=policy) == 7
    with pytest.raises(ValueError, match="shortest"):
        Policy(shortest=8, longest=7)
    with pytest.raises(ValueError, match="round"):
        Policy(round_share=1)


# --- What is remembered ---------------------------------------------------------------


def test_velocity_comes_to_what_is_measured():
    pace = Pace(1000, NOW, 0.0)
    for day in range(1, 30):
        pace = look(pace, 1000 + 50 * day, NOW + day * DAY)
    assert (pace.views, pace.counted_at) == (2450, NOW + 29 * DAY)
    assert pace.velocity == pytest.approx(50, rel=1e-6)


def test_a_long_gap_says_more_than_a_short_one():
    after_days = look(Pace(1000, NOW, 0.0), 1900, NOW + 9 * DAY)
    assert after_days.velocity == pytest.approx(90)
    after_minutes = look(Pace(1000, NOW, 0.0), 1900, NOW + timedelta(minutes=1))
    assert after_minutes.velocity == pytest.approx(900, rel=0.01)


def test_the_first_measure_starts_from_what_the_age_lets_expect():
    first = look(Pace(), 9900, NOW)
    assert first == Pace(9900, NOW, None)
    # 5 % of the views and 100, by a hundred days; a day later it counts for half.
    assert look(first, 9900, NOW + DAY).velocity == pytest.approx(5 / 2)
    assert look(first, 9900, NOW + DAY, age=None).velocity == 0


def test_an_unknown_count_changes_nothing():
    pace = Pace(1000, NOW, 7.0)
    assert look(pace, None, NOW + DAY) is pace
    assert look(Pace(), None, NOW) == Pace()


@pytest.mark.parametrize("back", [timedelta(0), timedelta(seconds=1), 400 * DAY])
def test_a_sample_that_is_not_newer_changes_nothing(back: timedelta):
    pace = Pace(1000, NOW, 7.0)
    assert look(pace, 5000, NOW - back) is pace


def test_a_count_that_fell_is_no_gain_and_the_next_starts_from_it():
    fallen = look(Pace(1000, NOW, 8.0), 400, NOW + DAY)
    assert (fallen.views, fallen.counted_at) == (400, NOW + DAY)
    assert fallen.velocity == pytest.approx(4.0)
    assert look(fallen, 500, NOW + 2 * DAY).velocity == pytest.approx((4 + 100) / 2)


@given(st.lists(st.tuples(st.none() | counts, st.floats(-5, 50)), max_size=30), st.none() | ages)
def test_velocity_is_never_negative_nor_endless(
    looks: list[tuple[int | None, float]], age: float | None
):
    pace, at = Pace(), NOW
    for views, days in looks:
        at += days * DAY
        pace = look(pace, views, at, age=age)
        assert pace.velocity is None or (pace.velocity >= 0 and isfinite(pace.velocity))


@given(velocities, counts, gaps)
def test_one_look_lifts_velocity_by_no_more_than_it_saw(velocity: float, gained: int, days: float):
    after = schedule.smoothed(velocity, gained, days, POLICY)
    assert after <= velocity + gained / POLICY.memory + 1e-6 * (velocity + gained)


# --- When it is asked -----------------------------------------------------------------


@given(intervals, st.none() | counts, portions, loads)
def test_the_next_look_is_within_the_bounds_under_any_load(
    days: float, views: int | None, share: float, load: Load
):
    at = schedule.next_look(
        now=NOW, wanted=days, views=views, share=share, load=load, policy=POLICY
    )
    assert timedelta(hours=1) <= at - NOW <= timedelta(days=30)


def test_without_load_the_next_look_is_when_it_is_wanted():
    at = schedule.next_look(now=NOW, wanted=5.0, views=10, share=0.0, load=CALM, policy=POLICY)
    assert at == NOW + 5 * DAY
    at = schedule.next_look(now=NOW, wanted=5.0, views=10, share=0.5, load=CALM, policy=POLICY)
    assert at == NOW + 4.75 * DAY


def test_load_stretches_what_is_wanted_and_the_round_shortens_it():
    def days(wanted: float, load: Load, views: int = 0) -> float:
        return float(schedule.interval_days(wanted, schedule.weight(views), load, POLICY))

    assert days(1.0, Load(stretch=3.0)) == pytest.approx(3.0)
    assert days(30.0, Load(stretch=3.0)) == 30
    assert days(30.0, Load(turn=10.0)) == pytest.approx(7.5)
    # The round meets a film of many views more often.
    assert days(30.0, Load(turn=10.0), views=10_000_000) == pytest.approx(1.28, rel=0.01)


@given(st.integers(1, 2**62))
def test_neighbours_part(first: int):
    found = sorted(schedule.share_of(first + n) for n in range(1000))
    assert found[0] >= 0
    assert found[-1] < 1
    holes = [b - a for a, b in zip(found, [*found[1:], found[0] + 1], strict=True)]
    assert max(holes) < 0.003


def test_a_million_that_come_in_at_once_are_not_due_at_once():
    def first(number: int, newcomers: int) -> datetime:
        return schedule.first_look(
            now=NOW,
            wanted=30.0,
            share=schedule.share_of(number),
            newcomers=newcomers,
            looks_per_day=500_000,
            policy=POLICY,
        )

    hours = [(first(n, 1_000_000) - NOW) // timedelta(hours=1) for n in range(0, 1_000_000, 50)]
    # In four days, half of the budget, and in each hour about as many.
    per_hour = np.bincount(hours)
    assert per_hour.size == 96
    assert per_hour.min() > 0.95 * len(hours) / 96
    assert per_hour.max() < 1.05 * len(hours) / 96
    assert first(4711, 1) - NOW < timedelta(seconds=1)


def test_a_newcomer_waits_no_longer_than_it_wants():
    at = schedule.first_look(
        now=NOW, wanted=1 / 24, share=0.9, newcomers=10**6, looks_per_day=86_400, policy=POLICY
    )
    assert at == NOW + timedelta(hours=1)


@given(counts, st.floats(0, 1e7), portions, intervals)
def test_a_first_look_comes_before_the_bound(
    newcomers: int, looks_per_day: float, share: float, wish: float
):
    at = schedule.first_look(
        now=NOW,
        wanted=wish,
        share=share,
        newcomers=newcomers,
        looks_per_day=looks_per_day,
        policy=POLICY,
    )
    assert timedelta(0) <= at - NOW < timedelta(days=27)


# --- Who comes first ------------------------------------------------------------------


def urgency(late: float, wanted: float, since: float, *, is_first: bool = False) -> float:
    return float(schedule.urgency(late, wanted, since, is_first, POLICY))


def test_the_hottest_comes_first():
    assert urgency(1 / 24, 1 / 24, 2 / 24) > urgency(1 / 24, 20.0, 20.0)


def test_delay_weighs_by_the_interval():
    hot = urgency(1 / 24, 1 / 24, 2 / 24)
    assert urgency(12.0, 10.0, 22.0) > hot > urgency(8.0, 10.0, 18.0)


@given(
    st.floats(0, 29),
    intervals,
    st.floats(0, 29.99),
    intervals,
    st.sampled_from([(30.0, False), (31.0, False), (0.0, True), (400.0, True)]),
)
def test_first_looks_and_whoever_is_at_the_bound_come_before_all_others(
    late: float, one: float, since: float, other: float, case: tuple[float, bool]
):
    waited, is_first = case
    assert urgency(0.0, other, waited, is_first=is_first) > urgency(late, one, since)


@given(st.floats(0, 29), intervals, intervals, st.floats(30, 60), st.booleans())
def test_the_bound_comes_before_first_looks_and_serves_who_came_first(
    late: float, one: float, other: float, waited: float, is_first: bool
):
    longest = urgency(0.0, one, waited + 0.01)
    assert longest > urgency(late, other, waited)
    assert longest > urgency(late, other, 29.9, is_first=is_first)


# --- The load -------------------------------------------------------------------------


@given(groups, st.floats(1, 1e7), st.integers(0, 10**6))
def test_intervals_fit_into_the_budget_unless_the_bound_forbids(
    found: list[Group], looks_per_day: float, backlog: int
):
    load = schedule.find_load(found, looks_per_day=looks_per_day, backlog=backlog, policy=POLICY)
    asked = schedule.demand(found, load, POLICY)
    least = schedule.demand(found, Load(720.0, load.turn), POLICY)
    assert load.stretch >= 1
    assert asked <= max(looks_per_day * POLICY.fill, least) * (1 + 1e-6)


def test_the_budget_is_used_when_it_binds():
    found = [Group(900_000, 20.0, 3.0), Group(90_000, 1.0, 3.0), Group(30_000, 1 / 24, 3.0)]
    load = schedule.find_load(found, looks_per_day=500_000, backlog=0, policy=POLICY)
    assert schedule.demand(found, load, POLICY) == pytest.approx(485_000, rel=1e-3)
    # Half of it goes round: 1,020,000 films in 4.2 days.
    assert load.turn / 3 == pytest.approx(1_020_000 / 242_500, rel=1e-3)
    assert 3 < load.stretch < 5


def test_nobody_is_stretched_when_there_is_enough():
    found = [Group(1000, 30.0, 1.0), Group(10, 1 / 24, 1.0)]
    assert schedule.find_load(found, looks_per_day=500_000, backlog=0, policy=POLICY) == Load(
        1.0, POLICY.soonest_round
    )
    assert schedule.find_load([], looks_per_day=500_000, backlog=0, policy=POLICY) == CALM
    assert (
        schedule.find_load(
            found, looks_per_day=500_000, backlog=0, policy=replace(POLICY, round_share=0.0)
        )
        == CALM
    )


def test_a_backlog_makes_room_for_itself():
    found = [Group(100_000, 0.5, 1.0)]
    load = schedule.find_load(found, looks_per_day=100_000, backlog=50_000, policy=POLICY)
    assert schedule.demand(found, load, POLICY) == pytest.approx(97_000 - 25_000, rel=1e-3)
    # But never more than half of the budget.
    load = schedule.find_load(found, looks_per_day=100_000, backlog=10**7, policy=POLICY)
    assert schedule.demand(found, load, POLICY) == pytest.approx(97_000 / 2, rel=1e-3)


def test_a_budget_that_cannot_keep_the_bound_says_so():
    assert schedule.shortfall(3_000_000, looks_per_day=86_400, policy=POLICY) == 13_600
    assert schedule.shortfall(2_000_000, looks_per_day=86_400, policy=POLICY) == 0


# --- Numbers and arrays ---------------------------------------------------------------


@given(
    st.lists(st.tuples(velocities, counts, ages, counts, gaps, portions), min_size=1, max_size=20),
    loads,
)
def test_arrays_come_to_the_same_as_numbers(rows: list[tuple[float, ...]], load: Load):
    def steps(*row: Numbers, on: Arithmetic) -> list[Numbers]:
        velocity, views, age, gained, days, share = row
        before = velocity + schedule.assumed_velocity(views, age, POLICY, on)
        after = schedule.smoothed(before, gained, days, POLICY)
        wish = schedule.wanted_days(after, views, age, POLICY, on)
        allowed = schedule.interval_days(wish, schedule.weight(views), load, POLICY, on)
        cut = schedule.spread_days(allowed, share, POLICY, on)
        return [after, wish, allowed, cut, schedule.urgency(share, wish, days, days > 5, POLICY)]

    columns = [np.array(column, dtype=np.float64) for column in zip(*rows, strict=True)]
    many = np.array(steps(*columns, on=ARRAYS))
    ones = np.array([steps(*row, on=PLAIN) for row in rows]).T
    np.testing.assert_allclose(many, ones, rtol=1e-12)


@given(st.lists(st.integers(0, 2**62), min_size=1))
def test_arrays_part_as_numbers_do(ids: list[int]):
    assert shares(np.array(ids)).tolist() == [schedule.share_of(n) for n in ids]
