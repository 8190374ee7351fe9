"""What all workers share of a gateway: its budget, its breaker and its load."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.models import GatewayState, Site
from catalogue.platforms import Failure, FailureKind
from catalogue.refreshing import budgets, standing
from catalogue.refreshing.budgets import Budget, Window
from catalogue.refreshing.schedule import CALM, Policy
from catalogue.refreshing.standing import FAILURES_BORNE, FIRST_PAUSE, LONGEST_PAUSE, PROBE
from tests.makers import make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db

NAME = "youtube_api"
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)
DAY_OF_NOW = Window(datetime(2026, 11, 22, 8, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC))
# Half of the day is over, and half an hour more is released: 50 units and 2.
KEY = budgets.youtube_api(100)
LATE = Failure(FailureKind.TEMPORARY, "timed out", is_of_call=True)
LIMITED = Failure(FailureKind.RATE_LIMITED, "HTTP 429", is_of_call=True)


def units(wanted: int, *, now: datetime = NOW, budget: Budget = KEY) -> int:
    return standing.reserve(NAME, wanted, budget=budget, now=now).units


def fail(failure: Failure = LATE, *, now: datetime = NOW) -> datetime | None:
    grant = standing.Grant(1, KEY.window_of(now))
    return standing.note_failure(NAME, failure, grant=grant, now=now)


def answer(*, now: datetime = NOW) -> None:
    standing.note_answers(NAME, calls=1, answers=50, now=now)


def state() -> GatewayState:
    return GatewayState.objects.get()


# --- Budgets --------------------------------------------------------------------------


def test_no_more_is_granted_than_is_released():
    assert [units(10), units(40), units(10), units(10)] == [10, 40, 2, 0]
    assert state().used == 52
    # Each twenty minutes have a unit or two more.
    assert units(10, now=NOW + HOUR) == 4


def test_what_was_not_used_comes_back():
    grant = standing.reserve(NAME, 52, budget=KEY, now=NOW)
    assert units(1) == 0
    standing.refund(NAME, grant, 50)
    assert state().used == 2
    assert units(60) == 50
    standing.refund(NAME, grant, 0)
    assert state().used == 52


def test_a_new_window_begins_with_nothing_used():
    assert units(100, now=DAY_OF_NOW.end - SECOND) == 100
    assert units(100, now=DAY_OF_NOW.end) == 2
    assert (state().window_start, state().used) == (DAY_OF_NOW.end, 2)


def test_what_comes_back_after_its_window_is_of_no_use():
    grant = standing.reserve(NAME, 50, budget=KEY, now=NOW)
    assert units(2, now=DAY_OF_NOW.end) == 2
    standing.refund(NAME, grant, 50)
    assert state().used == 2


def test_a_clock_that_is_behind_has_no_budget_of_its_own():
    assert units(100, now=DAY_OF_NOW.end - SECOND) == 100
    assert units(1, now=DAY_OF_NOW.end) == 1
    assert units(1, now=DAY_OF_NOW.end - SECOND) == 0
    assert (state().window_start, state().used) == (DAY_OF_NOW.end, 1)
    assert units(1, now=DAY_OF_NOW.end + SECOND) == 1


def test_a_clock_that_jumped_ahead_stops_nobody_for_longer_than_it_was_ahead():
    assert units(5, now=NOW + 3 * DAY) == 5
    assert units(5) == 0
    assert units(5, now=NOW + 3 * DAY + SECOND) == 5
    assert units(5, now=NOW + 4 * DAY) == 5


def test_a_budget_of_nothing_grants_nothing():
    assert units(10, budget=budgets.youtube_api(0)) == 0


@given(
    st.lists(
        st.tuples(
            st.floats(-2, 60, allow_nan=False),
            st.integers(0, 40),
            st.integers(0, 40),
            st.booleans(),
        ),
        max_size=40,
    )
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_window_is_overrun_whatever_the_clocks_say(
    rounds: list[tuple[float, int, int, bool]],
):
    """Rounds at any time, in any order: units are granted, and some of them given back."""
    GatewayState.objects.all().delete()
    spent: dict[datetime, int] = {}
    for hours, wanted, unused, fails in rounds:
        now = NOW + hours * HOUR
        grant = standing.reserve(NAME, wanted, budget=KEY, now=now)
        back = min(unused, grant.units)
        standing.refund(NAME, grant, back)
        calls = grant.units - back
        spent[grant.window.start] = spent.get(grant.window.start, 0) + calls
        if calls:
            (fail if fails else answer)(now=now)
    assert all(calls <= KEY.limit for calls in spent.values())


@pytest.mark.django_db(transaction=True)
def test_many_who_take_at_once_take_no_more_than_the_limit():
    def take() -> int:
        granted = 0
        for _ in range(10):
            grant = standing.reserve(NAME, 3, budget=KEY, now=NOW)
            # A third comes back, and is taken again.
            back = grant.units // 3
            standing.refund(NAME, grant, back)
            granted += grant.units - back
        return granted

    granted = outcomes_of_race(*[take] * 8)
    assert sum(number for number in granted if isinstance(number, int)) == 52
    assert state().used == 52


# --- The breaker ----------------------------------------------------------------------


def test_some_failures_are_borne():
    assert [fail() for _ in range(FAILURES_BORNE - 1)] == [None] * (FAILURES_BORNE - 1)
    assert units(1) == 1
    answer()
    assert [fail() for _ in range(FAILURES_BORNE - 1)] == [None] * (FAILURES_BORNE - 1)
    assert fail() is not None
    assert units(1) == 0
    assert (state().failures, state().last_failure) == (FAILURES_BORNE, "temporary: timed out")


@pytest.mark.parametrize(
    ("failure", "shortest", "longest"),
    [
        (LIMITED, FIRST_PAUSE, 1.25 * FIRST_PAUSE),
        (Failure(FailureKind.RATE_LIMITED, "", HOUR, is_of_call=True), HOUR, 1.25 * HOUR),
        (Failure(FailureKind.RATE_LIMITED, "", SECOND, is_of_call=True), FIRST_PAUSE, 2 * MINUTE),
        (Failure(FailureKind.QUOTA_EXHAUSTED, "", is_of_call=True), 12 * HOUR, 15 * HOUR),
        (Failure(FailureKind.QUOTA_EXHAUSTED, "", 2 * HOUR, is_of_call=True), 2 * HOUR, 3 * HOUR),
        (Failure(FailureKind.MISCONFIGURED, "", is_of_call=True), FIRST_PAUSE, 2 * MINUTE),
    ],
)
def test_who_wants_no_more_is_left_alone_at_once(
    failure: Failure, shortest: timedelta, longest: timedelta
):
    until = fail(failure)
    assert until is not None
    assert shortest <= until - NOW <= longest
    assert units(5) == units(5, now=until - SECOND) == 0
    assert units(5, now=NOW + longest) == 1


def test_after_a_pause_one_is_let_through_with_one_unit():
    until = fail(LIMITED)
    assert until is not None
    assert [units(10, now=until + n * SECOND) for n in range(3)] == [1, 0, 0]
    answer(now=until + 5 * SECOND)
    assert units(10, now=until + 6 * SECOND) == 10
    assert (state().open_until, state().failures) == (None, 0)


def test_answers_to_calls_from_before_do_not_end_a_pause():
    until = fail(LIMITED)
    answer(now=NOW + SECOND)
    assert (state().open_until, state().failures, state().answers) == (until, 1, 50)
    assert units(1, now=NOW + SECOND) == 0


def test_each_failed_probe_doubles_the_pause_up_to_six_hours():
    now, pauses = NOW, []
    for _ in range(14):
        until = fail(LIMITED, now=now)
        assert until is not None
        pauses.append(until - now)
        now = until
    for number, pause in enumerate(pauses):
        least = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert least <= pause <= 1.25 * least


def test_who_died_while_it_asked_for_all_is_followed_by_another():
    until = fail(LIMITED)
    assert until is not None
    assert units(1, now=until) == 1
    assert units(1, now=until + PROBE - SECOND) == 0
    assert units(1, now=until + PROBE) == 1


def test_who_had_nothing_to_ask_leaves_the_probe_to_another():
    until = fail(LIMITED)
    assert until is not None
    grant = standing.reserve(NAME, 5, budget=KEY, now=until)
    standing.refund(NAME, grant, 1)
    assert units(5, now=until) == 1


@pytest.mark.django_db(transaction=True)
def test_exactly_one_of_many_is_let_through():
    until = fail(LIMITED)
    assert until is not None
    granted = outcomes_of_race(*[lambda: units(10, now=until + SECOND)] * 8)
    assert sorted(number for number in granted if isinstance(number, int)) == [0] * 7 + [1]


# --- The load -------------------------------------------------------------------------


def test_without_a_load_found_intervals_are_as_wanted():
    assert standing.load_of(NAME) == CALM


def test_the_load_is_kept_and_leaves_budget_and_breaker_alone():
    for _ in range(4):
        make_video(refresh_at=NOW)
    make_video(platform="example", refresh_at=NOW)
    make_video(refresh_at=None)
    fail(LIMITED)
    # Four videos that want a day each, and a look in four days' time for all of them.
    poor = Budget(1, 1, budgets.pacific_day, 1, ahead=0)
    load = standing.find_load(NAME, sites=[Site.YOUTUBE], budget=poor, policy=Policy(), now=NOW)
    assert load.stretch > 4
    assert standing.load_of(NAME) == load
    assert (state().load_at, state().failures) == (NOW, 1)
    rich = budgets.youtube_api(10_000)
    calm = standing.find_load(NAME, sites=[Site.YOUTUBE], budget=rich, policy=Policy(), now=NOW)
    assert calm.stretch == 1
    pages = Policy(round_share=0.0)
    standing.find_load("ytdlp", sites=[Site.WEB], budget=rich, policy=pages, now=NOW)
    assert standing.load_of("ytdlp") == CALM
