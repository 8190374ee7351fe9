"""How well a budget keeps counts true: `python bench/simulation.py --json`.

A fake clock goes through 60 days in steps of an hour. A million made-up films (bench/films.py)
are looked at within one key's 10,000 units a day, once by the schedule of
catalogue/refreshing, and once by others with the same budget; docs/schedule.md says what the
numbers mean.
"""

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.films import Films, Floats, Ints
from catalogue.refreshing import budgets, schedule
from catalogue.refreshing.schedule import Arithmetic, Group, Load, Policy

# The clocks change on 8 March 2026: one of the quota's days has 23 hours.
_BEGIN = datetime(2026, 2, 1, 8, tzinfo=UTC)
_PACIFIC = ZoneInfo("America/Los_Angeles")
_HOUR = 1 / 24
_LOOKS_PER_UNIT = 50
_NEW_LOAD_HOURS = 6
# Days. Whoever waited for the longest interval is next, and a day's budget serves all who did.
_BOUND_TOLERANCE = 1.0
# The arithmetic of schedule.py on arrays.
ARRAYS = Arithmetic(np.minimum, np.maximum)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--units", type=int, default=10_000, help="a day, of 50 looks each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--burst-share", type=float, default=0.05, help="of films in 60 days")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(
        options.videos,
        days=options.days,
        units=options.units,
        seed=options.seed,
        burst_share=options.burst_share,
    )
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:44}{value:>14,}")


def measure(
    videos: int, *, days: int, units: int, seed: int = 1, burst_share: float = 0.05
) -> dict[str, float]:
    """Return the figures of all schedules over the same films with the same budget."""
    begun = time.process_time()
    films = Films(videos, days=days, seed=seed, burst_share=burst_share)
    # An hour of units is released at the beginning of each step.
    budget = replace(budgets.youtube_api(units), ahead=_HOUR)
    policy = Policy()
    ours = Ours(films, policy, budget)
    ways: dict[str, Schedule] = {
        "ours": ours,
        "round_robin": RoundRobin(films, budget),
        "by_age": ByAge(films, policy),
        "no_round": Ours(films, replace(policy, round_share=0.0), budget),
    }
    found: dict[str, float] = {"videos": videos, "days": days, "units_per_day": units}
    for name, way in ways.items():
        run = follow(films, way, budget, days=days)
        found |= {f"{key}_{name}": value for key, value in run.figures().items()}
    for key in ("error", "error_weighted", "error_live", "error_live_weighted"):
        ratio = found[f"{key}_ours"] / found[f"{key}_round_robin"]
        found[f"ratio_of_{key}"] = round(ratio, 3)
    found["stretch_ours"] = round(ours.load.stretch, 2)
    found["round_days_ours"] = round(ours.round_days(), 2)
    found["bound_days"] = policy.longest + _BOUND_TOLERANCE
    found["cpu_s"] = round(time.process_time() - begun, 1)
    return found


# --- The run --------------------------------------------------------------------------


@dataclass(slots=True)
class Run:
    """What one schedule did, and how far its counts were from the truth.

    Sums are over films and time: of days, of views, and of errors, interpolated between
    samples (`drawn`) and as the last number shown (`live`), as shares and in views.
    """

    films: Films
    days: float
    looks: Counter[date] = field(default_factory=Counter)
    units: Counter[date] = field(default_factory=Counter)
    longest_gap: float = 0.0
    overruns: int = 0
    time: float = 0.0
    views: float = 0.0
    drawn: float = 0.0
    drawn_views: float = 0.0
    live: float = 0.0
    live_views: float = 0.0

    def figures(self) -> dict[str, float]:
        # The clocks of California changed: of the last day there is an hour.
        whole_days = [self.looks[day] for day in sorted(self.looks)][: int(self.days)]
        return {
            "error": _figures(self.drawn / self.time),
            "error_weighted": _figures(self.drawn_views / self.views),
            "error_live": _figures(self.live / self.time),
            "error_live_weighted": _figures(self.live_views / self.views),
            "looks_per_day_max": max(self.looks.values()),
            "looks_per_day_mean": round(sum(whole_days) / len(whole_days)),
            "budget_overruns": self.overruns,
            "longest_gap_days": round(self.longest_gap, 2),
        }

    def add(self, films: Ints, since: Floats, until: Floats, before: Floats, after: Floats) -> None:
        """Add the time between two samples of each film, as far as it lies in the days.

        Taken at midpoints of equal parts of half a day at most.
        """
        gap = until - since
        parts = np.where(gap > 2.5 * _HOUR, np.maximum(np.ceil(gap * 2), 2), 1).astype(np.int64)
        row = np.repeat(np.arange(films.size), parts)
        part = np.arange(row.size) - np.repeat(np.cumsum(parts) - parts, parts)
        share = (part + 0.5) / parts[row]
        at = since[row] + share * gap[row]
        days = np.where(at < self.days, gap[row] / parts[row], 0.0)
        true = self.films.views(films[row], at)
        drawn = np.abs(before[row] + share * (after - before)[row] - true) * days
        live = np.abs(before[row] - true) * days
        known = np.maximum(true, 1.0)
        self.time += float(days.sum())
        self.views += float((true * days).sum())
        self.drawn += float((drawn / known).sum())
        self.drawn_views += float(drawn.sum())
        self.live += float((live / known).sum())
        self.live_views += float(live.sum())


class Schedule(Protocol):
    """Chooses films hour by hour, and is told what was counted; times are days."""

    def take(self, now: float, limit: int) -> Ints: ...

    def tell(self, films: Ints, now: float, views: Floats) -> None: ...

    def next_at(self, films: Ints, now: float) -> Floats:
        """Return when films that were not taken would be looked at next."""
        ...


def follow(films: Films, way: Schedule, budget: budgets.Budget, *, days: int) -> Run:
    """Let a schedule look at the films for some days, within the budget."""
    run = Run(films, days)
    seen_at = films.arrives.copy()
    everyone = np.arange(films.count)
    seen = films.views(everyone, seen_at)
    used: Counter[datetime] = Counter()
    for hour in range(1, days * 24 + 1):
        now, moment = hour * _HOUR, _BEGIN + timedelta(hours=hour - 1)
        window = budget.window_of(moment)
        limit = budgets.looks_now(budget, window=window, now=moment, used=used[window.start])
        taken = way.take(now, limit)
        used[window.start] += budgets.units_for(taken.size, budget)
        # Counted once more, by the calendar and not by what the budget says of itself.
        day = moment.astimezone(_PACIFIC).date()
        run.looks[day] += taken.size
        run.units[day] += -(-taken.size // _LOOKS_PER_UNIT)
        until = np.full(taken.size, now)
        views = films.views(taken, until)
        run.longest_gap = max(run.longest_gap, float((until - seen_at[taken]).max(initial=0.0)))
        run.add(taken, seen_at[taken], until, seen[taken], views)
        seen_at[taken], seen[taken] = now, views
        # Platforms tell whole numbers.
        way.tell(taken, now, np.floor(views))
    run.overruns = sum(units > budget.limit for units in run.units.values())
    _close(run, way, seen_at, seen)
    return run


def _close(run: Run, way: Schedule, seen_at: Floats, seen: Floats) -> None:
    """Add the time since each film's last look, up to the look that it has a date for."""
    for films in np.array_split(np.flatnonzero(seen_at < run.days), 50):
        until = np.maximum(way.next_at(films, run.days), run.days)
        after = run.films.views(films, until)
        run.add(films, seen_at[films], until, seen[films], after)
        gap = run.days - seen_at[films]
        run.longest_gap = max(run.longest_gap, float(gap.max(initial=0.0)))


def _figures(value: float) -> float:
    return float(f"{value:.4g}")


# --- The schedules --------------------------------------------------------------------


class Ours:
    """catalogue/refreshing/schedule.py, elementwise."""

    def __init__(self, films: Films, policy: Policy, budget: budgets.Budget) -> None:
        self._films, self._policy = films, policy
        everyone = np.arange(films.count)
        self._counted_at = films.arrives.copy()
        self._views = np.floor(films.views(everyone, self._counted_at))
        age = np.maximum(self._counted_at - films.published, 0.0)
        self._velocity = schedule.assumed_velocity(self._views, age, policy, ARRAYS)
        self._wanted = schedule.wanted_days(self._velocity, self._views, age, policy, ARRAYS)
        self._share = shares(everyone)
        self._per_day = budget.looks_per_day
        # All that is there at the start came in with one import; the others come one by one.
        window = schedule.first_window(
            int((self._counted_at == 0).sum()), looks_per_day=self._per_day, policy=policy
        )
        self._due = self._counted_at + np.where(
            self._counted_at == 0, np.minimum(self._share * window, self._wanted), 0.0
        )
        self._is_first = np.ones(films.count, dtype=np.bool_)
        self._backlog = 0
        self._hours = 0
        self.load = Load()

    def take(self, now: float, limit: int) -> Ints:
        if self._hours % _NEW_LOAD_HOURS == 0:
            self.load = self._find_load(now)
        self._hours += 1
        due = np.flatnonzero((self._due <= now + _HOUR / 2) & (self._counted_at < now))
        self._backlog = max(due.size - limit, 0)  # a step takes what is due nearest to it
        if due.size > limit:
            late, since = now - self._due[due], now - self._counted_at[due]
            urgency = schedule.urgency(
                late, self._wanted[due], since, self._is_first[due], self._policy
            )
            due = due[np.argpartition(-urgency, limit)[:limit]]
        return due

    def tell(self, films: Ints, now: float, views: Floats) -> None:
        gained = np.maximum(views - self._views[films], 0.0)
        velocity = schedule.smoothed(
            self._velocity[films], gained, now - self._counted_at[films], self._policy
        )
        age = now - self._films.published[films]
        wanted = schedule.wanted_days(velocity, views, age, self._policy, ARRAYS)
        days = schedule.interval_days(
            wanted, schedule.weight(views), self.load, self._policy, ARRAYS
        )
        self._due[films] = now + schedule.spread_days(
            days, self._share[films], self._policy, ARRAYS
        )
        self._velocity[films], self._wanted[films] = velocity, wanted
        self._views[films], self._counted_at[films] = views, now
        self._is_first[films] = False

    def next_at(self, films: Ints, now: float) -> Floats:
        return np.maximum(self._due[films], now + _HOUR)

    def round_days(self) -> float:
        """Return the days in which the round meets a film of mean weight."""
        return self.load.turn / float(schedule.weight(self._views).mean())

    def _find_load(self, now: float) -> Load:
        """Do what one statement a few times a day does in the database."""
        known = self._counted_at < max(now, _HOUR)
        wanted = self._wanted[known]
        group = np.round(np.log2(wanted) * 2).astype(np.int64)
        group -= group.min()
        videos = np.bincount(group)
        looks = np.bincount(group, weights=1 / wanted)
        weights = np.bincount(group, weights=schedule.weight(self._views[known]))
        groups = [
            Group(int(n), float(n / looks[i]), float(weights[i] / n))
            for i, n in enumerate(videos)
            if n
        ]
        return schedule.find_load(
            groups, looks_per_day=self._per_day, backlog=self._backlog, policy=self._policy
        )


class RoundRobin:
    """One after the other, in an order of its own, always with the whole budget."""

    def __init__(self, films: Films, budget: budgets.Budget) -> None:
        self._films = films
        self._order = np.argsort(shares(np.arange(films.count)))
        self._place = np.empty_like(self._order)
        self._place[self._order] = np.arange(films.count)
        self._next = 0
        self._per_day = budget.looks_per_day

    def take(self, now: float, limit: int) -> Ints:
        """Pass over those that are not there yet; nobody twice in an hour."""
        turn = np.roll(self._order, -self._next)
        is_there = np.flatnonzero(self._films.arrives[turn] < now)[:limit]
        if is_there.size:
            self._next = (self._next + int(is_there[-1]) + 1) % self._films.count
        return turn[is_there]

    def tell(self, films: Ints, now: float, views: Floats) -> None:
        """Whatever was counted: the order stays."""

    def next_at(self, films: Ints, now: float) -> Floats:
        ahead = (self._place[films] - self._next) % self._films.count
        return np.asarray(now + (ahead + 1) / self._per_day)


class ByAge:
    """A fiftieth of the film's age after each look, whoever is due for longest first."""

    def __init__(self, films: Films, policy: Policy) -> None:
        self._films, self._policy = films, policy
        self._due = films.arrives.copy()

    def take(self, now: float, limit: int) -> Ints:
        due = np.flatnonzero((self._due <= now + _HOUR / 2) & (self._films.arrives < now))
        if due.size > limit:
            due = due[np.argpartition(self._due[due], limit)[:limit]]
        return due

    def tell(self, films: Ints, now: float, views: Floats) -> None:  # noqa: ARG002 (a Schedule)
        wanted = (now - self._films.published[films]) / 50
        self._due[films] = now + np.clip(wanted, self._policy.shortest, self._policy.longest)

    def next_at(self, films: Ints, now: float) -> Floats:
        return np.maximum(self._due[films], now + _HOUR)


def shares(ids: NDArray[np.int64]) -> Floats:
    """Return `schedule.share_of` of many ids."""
    word = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (word >> np.uint64(11)).astype(np.float64) / (1 << 53)


if __name__ == "__main__":
    main()
