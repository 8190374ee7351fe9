"""When a video is asked again, and who comes first; docs/schedule.md has the maths. Pure.

Times are days unless a name says otherwise. What is marked "elementwise" takes numbers, or
NumPy arrays of them with `on=` the arithmetic of arrays: bench/simulation.py proves with a
million videos at once what the workers do with one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

Numbers = Any  # a float, or an array of floats

_DAY = timedelta(days=1)
_HOUR = 1 / 24
# Fibonacci hashing: ids that follow each other land as far apart as they can.
_GOLDEN = 0x9E3779B97F4A7C15
_WORD, _SHARES = 1 << 64, 1 << 53
# Keeps divisions finite; films that nobody watches are at the longest interval long before.
_TINY = 1e-9
# What must not wait comes before whatever is merely hot.
_AT_ONCE = 1e6


@dataclass(frozen=True, slots=True)
class Policy:
    """What can be set about the schedule of one gateway. Intervals are days.

    `shortest` and `longest` bound every interval. A film whose views grow by `hot` (a share)
    a day is asked at `shortest`. `few` views are added to a film's before shares are formed,
    so that ten views on top of five are no sensation. `prior` is the growth that is assumed
    before it was measured: views as age to that power. Velocity forgets in `memory` days.

    `round_share` of the budget goes to a round through all films, whatever is known of them,
    which takes an average film `soonest_round` days at least. `fill` is how much of the
    budget is planned with, `catch_up` the days in which a backlog is to be gone, and `spread`
    the share by which an interval may be cut short, so that films part.
    """

    shortest: float = _HOUR
    longest: float = 30.0
    hot: float = 0.1
    few: float = 100.0
    prior: float = 0.05
    memory: float = 1.0
    unknown_age: float = 1.0
    round_share: float = 0.5
    soonest_round: float = 3.0
    fill: float = 0.97
    catch_up: float = 2.0
    spread: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.shortest <= self.longest:
            raise ValueError("The shortest interval is above 0 and at most the longest.")
        if not 0 <= self.round_share < 1:
            raise ValueError("The share of the round is at least 0 and less than 1.")


@dataclass(frozen=True, slots=True)
class Pace:
    """What the schedule remembers of one video; `velocity` is smoothed views per day.

    `views` were counted at `counted_at`. None is unknown; `Pace()` is a video nobody counted.
    """

    views: int | None = None
    counted_at: datetime | None = None
    velocity: float | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """How the budget bends all intervals: one pair for all videos of a gateway.

    Wanted intervals are stretched `stretch` times (1: there is enough for all). A film of
    weight 1 is met by the round every `turn` days (inf: there is no round).
    """

    stretch: float = 1.0
    turn: float = inf


@dataclass(frozen=True, slots=True)
class Group:
    """Videos that want about the same interval: how many, which, and their mean weight."""

    videos: int
    wanted: float
    weight: float


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The two operations that numbers and arrays do not share."""

    minimum: Callable[[Any, Any], Any]
    maximum: Callable[[Any, Any], Any]


PLAIN = Arithmetic(min, max)
CALM = Load()


# --- One video ------------------------------------------------------------------------


def next_pace(
    pace: Pace,
    *,
    views: int | None,
    at: datetime,
    published_at: datetime | None,
    policy: Policy,
) -> Pace:
    """Return what is known after one more count. Constant time.

    A count that is unknown, or no newer than the last, changes nothing. One that fell is a
    platform's correction: it counts as no gain.
    """
    if views is None or (pace.counted_at is not None and at <= pace.counted_at):
        return pace
    if pace.views is None or pace.counted_at is None:
        return Pace(views, at, pace.velocity)
    days = (at - pace.counted_at) / _DAY
    gained = max(views - pace.views, 0)
    before = pace.velocity
    if before is None:
        # Of unknown age: nothing is assumed, and what is measured has to outweigh that.
        age = inf if published_at is None else (pace.counted_at - published_at) / _DAY
        before = assumed_velocity(pace.views, age, policy)
    return Pace(views, at, float(smoothed(before, gained, days, policy)))


def wanted_interval(
    pace: Pace, *, now: datetime, published_at: datetime | None, policy: Policy
) -> float:
    """Return the days after which a video should be asked again, were there budget for all.

    Within the bounds; shorter the faster it gains, longer the older it is. What is not
    known (views, velocity, age) is filled by the prior of the policy.
    """
    views = pace.views or 0
    velocity = pace.velocity
    age = None if published_at is None else (now - published_at) / _DAY
    if velocity is None:
        if age is None:
            return min(max(policy.unknown_age, policy.shortest), policy.longest)
        velocity = assumed_velocity(views, age, policy)
    # Of a film of unknown age only the velocity speaks.
    return float(wanted_days(velocity, views, inf if age is None else age, policy))


def next_look(
    *, now: datetime, wanted: float, views: int | None, share: float, load: Load, policy: Policy
) -> datetime:
    """Return when to ask again after an answer; `share` (0 to 1) parts those that met.

    Between `shortest` and `longest` from now, whatever the load.
    """
    days = interval_days(wanted, weight(views or 0), load, policy)
    return now + timedelta(days=spread_days(days, share, policy))


def first_look(
    *,
    now: datetime,
    wanted: float,
    share: float,
    newcomers: int,
    looks_per_day: float,
    policy: Policy,
) -> datetime:
    """Return when a video that came in is first asked; `newcomers` wait for that with it.

    They share half of the budget, or what it takes to be through before the longest interval
    is over: one is asked at once, a million in days. Nobody waits longer than it wants to.
    """
    window = first_window(newcomers, looks_per_day=looks_per_day, policy=policy)
    return now + timedelta(days=min(share * window, wanted))


def first_window(newcomers: int, *, looks_per_day: float, policy: Policy) -> float:
    """Return the days over which the first looks at so many videos are spread."""
    return min(2 * newcomers / max(looks_per_day, _TINY), 0.9 * policy.longest)


def share_of(video_id: int) -> float:
    """Return a number from 0 to below 1 for `spread_days` and `first_look`, always the same."""
    return (video_id * _GOLDEN % _WORD >> 11) / _SHARES


# --- Elementwise ----------------------------------------------------------------------


def smoothed(velocity: Numbers, gained: Numbers, days: Numbers, policy: Policy) -> Numbers:
    """Return views per day after `gained` views in `days` (above 0). Elementwise.

    A long gap says more than a short one: half after `memory` days. However short the gap,
    the velocity rises by no more than `gained / memory`.
    """
    trust = days / (days + policy.memory)
    return velocity + trust * (gained / days - velocity)


def assumed_velocity(
    views: Numbers, age: Numbers, policy: Policy, on: Arithmetic = PLAIN
) -> Numbers:
    """Return views per day of a film that was counted once: views as age^prior. Elementwise."""
    return policy.prior * (views + policy.few) / on.maximum(age, _HOUR)


def wanted_days(
    velocity: Numbers, views: Numbers, age: Numbers, policy: Policy, on: Arithmetic = PLAIN
) -> Numbers:
    """Return the interval at which interpolated counts err by the same share. Elementwise.

    With the relative gain r = velocity / (views + few), growth bends by about r (r + 1/age)
    a day squared, and a straight line over T days misses it by an eighth of that times T².
    """
    gain = on.maximum(velocity / (views + policy.few), _TINY)
    bend = gain * (gain + 1 / on.maximum(age, _HOUR))
    wanted = policy.shortest * policy.hot / bend**0.5
    return on.minimum(on.maximum(wanted, policy.shortest), policy.longest)


def weight(views: Numbers) -> Numbers:
    """Return how often the round meets a film, beside one without views. Elementwise.

    A film of ten thousand views is met three times as often, one of a hundred million ten
    times: a burst of theirs is more views that nobody saw.
    """
    return (views + 1.0) ** 0.125


def interval_days(
    wanted: Numbers, weights: Numbers, load: Load, policy: Policy, on: Arithmetic = PLAIN
) -> Numbers:
    """Return the days until the next look that the budget allows. Elementwise."""
    looks = 1 / (load.stretch * wanted) + weights / load.turn
    return on.minimum(on.maximum(1 / looks, policy.shortest), policy.longest)


def spread_days(days: Numbers, share: Numbers, policy: Policy, on: Arithmetic = PLAIN) -> Numbers:
    """Cut an interval by up to `spread` of it, never below the shortest. Elementwise."""
    return on.maximum(days * (1 - policy.spread * share), policy.shortest)


def urgency(
    late: Numbers, wanted: Numbers, since: Numbers, is_first: Numbers, policy: Policy
) -> Numbers:
    """Return who comes first among those that are due: the highest. Elementwise.

    `late` is days past the date, `since` days since the last look. An hour's delay weighs as
    much on a film that wants an hour as a month's on one that wants a month. Before these
    come first looks, which `first_look` has spread already, and before all others those that
    waited for the longest interval, in the order of their waiting, so that nobody starves.
    """
    is_at_bound = since >= policy.longest
    return late / wanted + (is_first + is_at_bound * (2 + since)) * _AT_ONCE


# --- All videos of a gateway ----------------------------------------------------------


def find_load(
    groups: Sequence[Group], *, looks_per_day: float, backlog: int, policy: Policy
) -> Load:
    """Return the load under which the videos' intervals fit into the budget.

    `backlog` is how many videos are due now. If even the longest interval for all does not
    fit, the stretch is the largest there is (`shortfall` says by how much).
    """
    planned = max(looks_per_day * policy.fill, _TINY)
    planned = max(planned - backlog / policy.catch_up, planned / 2)
    videos = sum(group.videos for group in groups)
    weights = sum(group.videos * group.weight for group in groups)
    turn = inf
    if videos and policy.round_share > 0:
        days = max(videos / (policy.round_share * planned), policy.soonest_round)
        turn = days * weights / videos
    most = policy.longest / policy.shortest
    low, high = 1.0, most
    if demand(groups, Load(low, turn), policy) <= planned:
        return Load(low, turn)
    for _ in range(40):
        middle = (low * high) ** 0.5
        if demand(groups, Load(middle, turn), policy) > planned:
            low = middle
        else:
            high = middle
    return Load(high, turn)


def demand(groups: Sequence[Group], load: Load, policy: Policy) -> float:
    """Return how many looks a day the videos take under a load."""
    looks = 0.0
    for group in groups:
        days = interval_days(group.wanted, group.weight, load, policy)
        # Between 0 and `spread` is cut off: half of it in the mean.
        looks += group.videos / spread_days(days, 0.5, policy)
    return looks


def shortfall(videos: int, *, looks_per_day: float, policy: Policy) -> float:
    """Return how many looks a day are missing to meet every video within `longest`."""
    return max(videos / policy.longest - looks_per_day, 0.0)
