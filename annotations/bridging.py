"""A score of evidence that rewards agreement across viewpoints: docs/method.md. Pure.

Each rating is explained as mean + rater's leniency + item's score + rater's factor × item's
factor. What a viewpoint explains goes into the factors, so an item's score is high only when
people of different factors find it helpful. The objective is the one that Community Notes
publishes (its code takes means where its formula writes sums):

    mean (rating - prediction)² + λi (mean² + mean leniency² + mean score²)
                                + λf (mean rater's factor² + mean item's factor²)

It runs in shadow: nothing on a page depends on it. Factors of people are forgotten when
`score` returns.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

# Fibonacci hashing, as in the schedule: signs and sizes that follow no order of ids.
_GOLDEN = 0.6180339887498949
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Parameters:
    """What can be set. Penalties are λi and λf; scores are found to about `tolerance`.

    Only raters with `rater_min` ratings and items with `item_min` take part, and nothing is
    published before there are `raters_min` and `items_min` of them.
    """

    version: int = 1
    intercept_penalty: float = 0.15
    factor_penalty: float = 0.03
    rater_min: int = 10
    item_min: int = 5
    raters_min: int = 100
    items_min: int = 100
    tolerance: float = 1e-9
    sweeps_max: int = 20_000


PARAMETERS = Parameters()


class Rated(NamedTuple):
    """One rating: 1 helpful, ½ somewhat, 0 not helpful. One for each rater and item."""

    rater: int
    item: int
    value: float


class NotConverged(ArithmeticError):
    """No solution within `sweeps_max`; the scores of the night before stay."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of items by id, about -1 to 1, and what they come from.

    `factors` say on which side of the main divide an item is; which sign is which is chance.
    `is_enough` says whether scores may be published. Nothing here is about a person.
    """

    shadow: Mapping[int, float]
    factors: Mapping[int, float]
    mean: float
    raters: int
    ratings: int
    sweeps: int
    is_enough: bool
    version: int

    @property
    def published(self) -> Mapping[int, float]:
        """The scores that may be shown: none, while too few people have rated."""
        return self.shadow if self.is_enough else {}


def score(ratings: Iterable[Rated], parameters: Parameters = PARAMETERS) -> Scores:
    """Return the scores of all items that enough people rated. Order makes no difference.

    Raises ValueError for two ratings of one item by one rater or a value beyond 0 to 1, and
    NotConverged. 20,000 ratings take about a second.
    """
    core = _core(sorted(ratings), parameters)
    table = _Table.of(core)
    model = _fit(table, parameters)
    raters, items = len(table.raters), len(table.items)
    return Scores(
        shadow=dict(zip(table.items, model.items.intercepts, strict=True)),
        factors=dict(zip(table.items, model.items.factors, strict=True)),
        mean=model.mean,
        raters=raters,
        ratings=len(core),
        sweeps=model.sweeps,
        is_enough=raters >= parameters.raters_min and items >= parameters.items_min,
        version=parameters.version,
    )


def _core(ratings: list[Rated], parameters: Parameters) -> list[Rated]:
    """Leave raters and items out that have too few ratings, until none is left that has."""
    if any(a[:2] == b[:2] for a, b in pairwise(ratings)):
        raise ValueError("Somebody rated an item twice.")
    if not all(0 <= rated.value <= 1 for rated in ratings):
        raise ValueError("A rating is between 0 and 1.")
    while True:
        by_rater = Counter(rated.rater for rated in ratings)
        by_item = Counter(rated.item for rated in ratings)
        rest = [
            rated
            for rated in ratings
            if by_rater[rated.rater] >= parameters.rater_min
            and by_item[rated.item] >= parameters.item_min
        ]
        if len(rest) == len(ratings):
            return rest
        ratings = rest


# --- The fit --------------------------------------------------------------------------

# Of one rater, the places of the items rated, each with the value; or of one item, raters.
Rows = Sequence[Sequence[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class _Table:
    """The ratings by rater and by item, which are numbered in the order of their ids."""

    raters: Sequence[int]
    items: Sequence[int]
    by_rater: Rows
    by_item: Rows
    count: int

    @classmethod
    def of(cls, ratings: Sequence[Rated]) -> "_Table":
        raters = sorted({rated.rater for rated in ratings})
        items = sorted({rated.item for rated in ratings})
        rater_at = {rater: place for place, rater in enumerate(raters)}
        item_at = {item: place for place, item in enumerate(items)}
        by_rater: list[list[tuple[int, float]]] = [[] for _ in raters]
        by_item: list[list[tuple[int, float]]] = [[] for _ in items]
        for rater, item, value in ratings:
            by_rater[rater_at[rater]].append((item_at[item], value))
            by_item[item_at[item]].append((rater_at[rater], value))
        return cls(raters, items, by_rater, by_item, len(ratings))


@dataclass(slots=True)
class _Half:
    """The intercepts and factors of all raters, or of all items."""

    intercepts: list[float]
    factors: list[float]

    @classmethod
    def zero(cls, size: int) -> "_Half":
        return cls([0.0] * size, [0.0] * size)


@dataclass(slots=True)
class _Model:
    mean: float
    raters: _Half
    items: _Half
    sweeps: int = field(default=0)


def _fit(table: _Table, parameters: Parameters) -> _Model:
    """Return the least of the objective, by alternating least squares.

    Each half has a closed form while the other stands still. Between two of them, four
    closed steps go along the directions in which predictions stay as they are (moving what
    is common between mean and intercepts, scaling and shifting factors): without them the
    alternation creeps. Every step lowers the objective. Starts from intercepts alone and the
    first singular vector of what they leave unexplained, so the result is always the same.
    """
    model = _Model(0.0, _Half.zero(len(table.raters)), _Half.zero(len(table.items)))
    if not table.count:
        return model
    _begin(model, table, parameters)
    while model.sweeps < parameters.sweeps_max:
        model.sweeps += 1
        before = [model.mean, *model.items.intercepts, *model.items.factors]
        _sweep(model, table, parameters)
        after = [model.mean, *model.items.intercepts, *model.items.factors]
        if max(abs(b - a) for a, b in zip(before, after, strict=True)) < parameters.tolerance / 10:
            return model
    raise NotConverged(f"{parameters.sweeps_max} sweeps were not enough.")


def _begin(model: _Model, table: _Table, parameters: Parameters) -> None:
    for _ in range(_WARM_UP):
        _sweep(model, table, parameters)
    left = [
        [(item, value - model.mean - a - model.items.intercepts[item]) for item, value in row]
        for a, row in zip(model.raters.intercepts, table.by_rater, strict=True)
    ]
    vector = [(place + 1) * _GOLDEN % 1 - 0.5 for place in range(len(table.items))]
    size = 0.0
    for _ in range(_WARM_UP):
        image = [sum(value * vector[item] for item, value in row) for row in left]
        back = [0.0] * len(vector)
        for a, row in zip(image, left, strict=True):
            for item, value in row:
                back[item] += a * value
        size = sqrt(sum(value * value for value in back))
        if size == 0:  # intercepts explain everything
            return
        vector = [value / size for value in back]
    # As large as the items are many: the first sweep finds the raters' factors to it.
    model.items.factors = [value * sqrt(len(vector)) / 2 for value in vector]


def _sweep(model: _Model, table: _Table, parameters: Parameters) -> None:
    _solve(model.raters, table.by_rater, model.items, model.mean, table.count, parameters)
    _settle(model, parameters)
    _solve(model.items, table.by_item, model.raters, model.mean, table.count, parameters)
    _settle(model, parameters)


def _solve(
    half: _Half, rows: Rows, other: _Half, mean: float, count: int, parameters: Parameters
) -> None:
    """Give each of one half its best intercept and factor while the other half stands still.

    The objective times `count` is a sum over ratings, in which each one's penalty weighs
    count / len(rows).
    """
    share = count / len(rows)
    base, slope = parameters.intercept_penalty * share, parameters.factor_penalty * share
    intercepts, factors = other.intercepts, other.factors
    for place, row in enumerate(rows):
        g_sum = gg_sum = e_sum = eg_sum = 0.0
        for at, value in row:
            g = factors[at]
            e = value - mean - intercepts[at]
            g_sum += g
            gg_sum += g * g
            e_sum += e
            eg_sum += e * g
        a, d = len(row) + base, gg_sum + slope
        det = a * d - g_sum * g_sum
        half.intercepts[place] = (e_sum * d - eg_sum * g_sum) / det
        half.factors[place] = (eg_sum * a - e_sum * g_sum) / det


def _settle(model: _Model, parameters: Parameters) -> None:
    """Lower the penalties without moving any prediction."""
    _shift(model.raters, model.items, parameters)
    _shift(model.items, model.raters, parameters)
    _scale(model.raters, model.items)
    # What all have in common is worth the same in all three places.
    of_raters, of_items = _mean(model.raters.intercepts), _mean(model.items.intercepts)
    common = (model.mean + of_raters + of_items) / 3
    for half, own in ((model.raters, of_raters), (model.items, of_items)):
        half.intercepts = [value - own + common for value in half.intercepts]
    model.mean = common


def _shift(half: _Half, other: _Half, parameters: Parameters) -> None:
    """Add one number to the factors of a half, and take its effect from the other's intercepts."""
    weight, penalty = parameters.intercept_penalty, parameters.factor_penalty
    pairs = list(zip(other.intercepts, other.factors, strict=True))
    product, square = _mean([a * b for a, b in pairs]), _mean([b * b for _, b in pairs])
    by = (weight * product - penalty * _mean(half.factors)) / (penalty + weight * square)
    half.factors = [value + by for value in half.factors]
    other.intercepts = [a - by * b for a, b in pairs]


def _scale(half: _Half, other: _Half) -> None:
    """Make the factors of both halves the same size."""
    own = _mean([value * value for value in half.factors])
    others = _mean([value * value for value in other.factors])
    if own > 0 and others > 0:
        by = (others / own) ** 0.25
        half.factors = [value * by for value in half.factors]
        other.factors = [value / by for value in other.factors]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
