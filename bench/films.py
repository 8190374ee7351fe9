"""Made-up films whose views are known at every moment: what bench/simulation.py looks at.

All is vectorised; times are days since the beginning of the simulation. A film's views are
a smooth curve (decay after publication, as a power of age) plus up to two bursts, run on a
clock of its own that goes faster by day and at weekends than by night. The curve never falls.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The catalogue grows evenly: ages are exponential with this mean, and new films come in.
_MEAN_AGE = 4 * 365.0
_OLDEST = 20 * 365.0
_BEFORE = 60.0  # bursts may have begun so many days before the simulation
_TURN = 2 * np.pi


@dataclass(frozen=True, slots=True)
class _Bursts:
    """Up to one burst a film: `of` has its number by film, -1 for none."""

    of: Ints
    at: Floats
    gain: Floats
    decay: Floats


class Films:
    """The films of one seed: when each was published and came in, and its views at any time."""

    def __init__(self, count: int, *, days: float, seed: int, burst_share: float) -> None:
        """Make films; `burst_share` is the share of them that a burst meets in 60 days."""
        chance = np.random.default_rng(seed)
        age = np.minimum(chance.exponential(_MEAN_AGE, count), _OLDEST)
        is_new = chance.random(count) < days / _MEAN_AGE
        self.count = count
        self.published: Floats = np.where(is_new, chance.random(count) * days, -age)
        # Films come in within a day of their publication; the others are there at the start.
        self.arrives: Floats = np.where(is_new, self.published + chance.random(count), 0.0)
        self._power = 0.05 + 0.9 * chance.beta(2, 5, count)
        self._softness = np.exp(chance.normal(np.log(2), 0.7, count))
        self._daily = chance.uniform(0.1, 0.5, count) / _TURN
        self._daily_phase = chance.normal(0, 0.6, count)
        self._weekly = chance.uniform(0, 0.2, count) * 7 / _TURN
        self._weekly_phase = chance.random(count) * _TURN
        everyone = np.arange(count)
        self._begun = self._clock(everyone, self.published)
        # Log-normal popularity: of 10,000 views in the middle, one in 26 has half a million.
        total = np.exp(chance.normal(np.log(10_000), 2.2, count))
        reached = np.maximum(-self.published, 30.0)
        self._scale = total / (((reached + self._softness) / self._softness) ** self._power - 1)
        self._bursts = [self._make_bursts(chance, days, burst_share / 2) for _ in range(2)]

    def views(self, films: Ints, at: Floats) -> Floats:
        """Return the true views of films, each at a time of its own; not rounded."""
        clock = self._clock(films, at)
        views = self._decaying(films, clock)
        for bursts in self._bursts:
            number = bursts.of[films]
            has = np.flatnonzero(number >= 0)
            of = number[has]
            since = np.maximum(clock[has] - bursts.at[of], 0.0)
            views[has] -= bursts.gain[of] * np.expm1(-since / bursts.decay[of])
        return views

    def _clock(self, films: Ints, at: Floats) -> Floats:
        """Return the films' own time: up to 70 % faster or slower than ours, never backwards."""
        day = np.sin(_TURN * at + self._daily_phase[films])
        week = np.sin(_TURN / 7 * at + self._weekly_phase[films])
        return at + self._daily[films] * day + self._weekly[films] * week

    def _decaying(self, films: Ints, clock: Floats) -> Floats:
        age = np.maximum(clock - self._begun[films], 0.0)
        softness = self._softness[films]
        grown: Floats = ((age + softness) / softness) ** self._power[films] - 1
        return self._scale[films] * grown

    def _make_bursts(self, chance: np.random.Generator, days: float, share: float) -> _Bursts:
        """Make bursts: young films have ten times as many, and some films more than others.

        Each begins at once. It adds a tenth of the views in the middle, twenty times them at
        most, and decays within days; every seventh within weeks.
        """
        age = np.maximum(-self.published, 0.0)
        hazard = (1 + 9 * np.exp(-age / 60)) * np.exp(chance.normal(-0.5, 1, self.count))
        span = days + _BEFORE
        rate = share * span / 60 * hazard / hazard.mean()
        has = np.flatnonzero(chance.random(self.count) < rate)
        begin = np.maximum(self.published[has], -_BEFORE)
        at = begin + chance.random(has.size) * (days - begin)
        gain = self._decaying(has, at) * np.minimum(
            np.exp(chance.normal(np.log(0.1), 1.3, has.size)), 20.0
        )
        is_long = chance.random(has.size) < 1 / 7
        decay = np.exp(chance.normal(np.log(np.where(is_long, 40.0, 4.0)), 0.8))
        of = np.full(self.count, -1, dtype=np.int64)
        of[has] = np.arange(has.size)
        return _Bursts(of, at, gain, decay)
