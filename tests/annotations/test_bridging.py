"""The bridging score, beside a dense solver that shares no code with it."""

import dataclasses
import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotations import bridging
from annotations.bridging import PARAMETERS, NotConverged, Parameters, Rated, score

Floats = NDArray[np.float64]

# Small data: everybody and everything takes part.
ALL = replace(PARAMETERS, rater_min=1, item_min=1)


def make_ratings(
    raters: int, items: int, *, seed: int, each: int, divided: float = 0.4
) -> list[Rated]:
    """Two camps; items differ in worth, and every other one pleases one camp only."""
    chance = random.Random(seed)
    camp = [1 if chance.random() < 0.6 else -1 for _ in range(raters)]
    ratings = []
    for rater in range(raters):
        for item in chance.sample(range(items), each):
            lean = divided * (item % 4 - 1) if item % 2 == 0 else 0.0
            liked = 0.3 + 0.5 * (item * 7 % 10) / 10 + lean * camp[rater] + chance.gauss(0, 0.15)
            ratings.append(Rated(rater, item, 0.0 if liked < 0.33 else 0.5 if liked < 0.5 else 1.0))
    return ratings


# --- The reference: Newton's method on the whole objective at once --------------------


class Dense:
    """The objective over one vector: mean, raters' and items' intercepts, then factors."""

    def __init__(self, ratings: Sequence[Rated], parameters: Parameters) -> None:
        self.raters = sorted({rated.rater for rated in ratings})
        self.items = sorted({rated.item for rated in ratings})
        shape = len(self.raters), len(self.items)
        self.values, self.known = np.zeros(shape), np.zeros(shape)
        for rater, item, value in ratings:
            at = self.raters.index(rater), self.items.index(item)
            self.values[at], self.known[at] = value, 1.0
        users, things = shape
        ends = np.cumsum([1, users, things, users, things])
        self.parts = [
            slice(a, b) for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)
        ]
        strong, weak = parameters.intercept_penalty, parameters.factor_penalty
        self.penalties = np.concatenate(
            [
                [strong],
                np.full(users, strong / users),
                np.full(things, strong / things),
                np.full(users, weak / users),
                np.full(things, weak / things),
            ]
        )

    def errors(self, x: Floats) -> Floats:
        mean, a, b, f, g = (x[part] for part in self.parts)
        wrong = mean + a[:, None] + b[None, :] + np.outer(f, g) - self.values
        return np.asarray(wrong * self.known)

    def value(self, x: Floats) -> float:
        return float(
            (self.errors(x) ** 2).sum() / self.known.sum() + (self.penalties * x * x).sum()
        )

    def slope_and_bend(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the exact gradient and Hessian."""
        _, _, _, f, g = (x[part] for part in self.parts)
        error, weight = self.errors(x), 2 / self.known.sum()
        users, things = np.nonzero(self.known)
        rows = np.arange(users.size)
        jacobian = np.zeros((users.size, x.size))
        jacobian[:, 0] = 1
        jacobian[rows, self.parts[1].start + users] = 1
        jacobian[rows, self.parts[2].start + things] = 1
        jacobian[rows, self.parts[3].start + users] = g[things]
        jacobian[rows, self.parts[4].start + things] = f[users]
        slope = weight * jacobian.T @ error[users, things] + 2 * self.penalties * x
        bend = weight * jacobian.T @ jacobian + np.diag(2 * self.penalties)
        crossed = weight * error
        bend[self.parts[3], self.parts[4]] += crossed
        bend[self.parts[4], self.parts[3]] += crossed.T
        return slope, bend

    def descend(self, x: Floats) -> Floats:
        """Newton's steps, damped until they lower the objective."""
        damping = 1.0
        for _ in range(500):
            slope, bend = self.slope_and_bend(x)
            if np.abs(slope).max() < 1e-13:
                break
            step = self.step(slope, bend, damping)
            while self.value(x + step) > self.value(x) and damping < 1e12:
                damping *= 4
                step = self.step(slope, bend, damping)
            x = x + step
            damping /= 8
        return x

    def step(self, slope: Floats, bend: Floats, damping: float) -> Floats:
        return np.asarray(np.linalg.solve(bend + damping * np.diag(self.penalties), -slope))

    def best(self, starts: int) -> Floats:
        """Return the least of many descents: the objective has hollows of its own."""
        chance = np.random.default_rng(1)
        found = [self.descend(chance.normal(0, 0.5, self.penalties.size)) for _ in range(starts)]
        return min(found, key=self.value)


@pytest.mark.parametrize(
    ("raters", "items", "each", "seed"),
    [(12, 8, 5, 1), (20, 15, 8, 2), (30, 20, 6, 3), (9, 9, 9, 4)],
)
def test_scores_equal_those_of_a_dense_solver(raters: int, items: int, each: int, seed: int):
    ratings = make_ratings(raters, items, each=each, seed=seed)
    dense = Dense(ratings, ALL)
    best = dense.best(starts=12)
    found = score(ratings, ALL)
    assert list(found.shadow.values()) == pytest.approx(best[dense.parts[2]], abs=1e-6)
    assert found.mean == pytest.approx(best[0], abs=1e-6)
    assert list(found.shadow) == dense.items


def vector_of(model: bridging._Model) -> Floats:
    return np.concatenate(
        [
            [model.mean],
            model.raters.intercepts,
            model.items.intercepts,
            model.raters.factors,
            model.items.factors,
        ]
    )


def test_the_fit_is_where_the_objective_is_flat_and_bends_up():
    ratings = make_ratings(30, 20, each=10, seed=8)
    dense = Dense(ratings, ALL)
    model = bridging._fit(bridging._Table.of(sorted(ratings)), ALL)
    slope, bend = dense.slope_and_bend(vector_of(model))
    assert np.abs(slope).max() < 1e-9
    assert np.linalg.eigvalsh(bend).min() > 0
    # The camps were found: this is not the flat place without factors.
    assert np.abs(model.items.factors).max() > 0.2


def test_every_step_lowers_the_objective():
    ratings = make_ratings(25, 20, each=9, seed=5)
    dense = Dense(ratings, ALL)
    table = bridging._Table.of(sorted(ratings))
    model = bridging._Model(0.0, bridging._Half.zero(25), bridging._Half.zero(20))
    bridging._begin(model, table, ALL)

    def value() -> float:
        return dense.value(vector_of(model))

    def solve(of: bool) -> None:
        half, other = (model.raters, model.items) if of else (model.items, model.raters)
        rows = table.by_rater if of else table.by_item
        bridging._solve(half, rows, other, model.mean, table.count, ALL)

    steps: list[Callable[[], None]] = [
        lambda: solve(True),
        lambda: bridging._settle(model, ALL),
        lambda: solve(False),
        lambda: bridging._shift(model.raters, model.items, ALL),
        lambda: bridging._shift(model.items, model.raters, ALL),
        lambda: bridging._scale(model.raters, model.items),
    ]
    last = value()
    for _ in range(10):
        for step in steps:
            step()
            assert value() <= last + 1e-15
            last = value()


def test_what_both_camps_like_scores_above_what_the_larger_one_loves():
    """Of 100 raters 60 are of one camp. Item 0: all say yes but a fifth. Item 1: one camp."""
    ratings = []
    for rater in range(100):
        of_larger = rater < 60
        ratings.append(Rated(rater, 0, 0.0 if rater % 5 == 0 else 1.0))
        ratings.append(Rated(rater, 1, 1.0 if of_larger else 0.0))
        # What tells the camps apart.
        ratings += [
            Rated(rater, item, float(of_larger == (item % 2 == 0))) for item in range(2, 22)
        ]
    found = score(ratings, ALL)
    assert found.shadow[0] > found.shadow[1] + 0.1


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_ratings_changes_nothing_at_all(chance: random.Random):
    ratings = make_ratings(15, 12, each=6, seed=3)
    shuffled = ratings[:]
    chance.shuffle(shuffled)
    assert score(shuffled, ALL) == score(ratings, ALL)


def test_camps_by_another_name_are_the_same_camps():
    """Numbering the raters the other way round swaps the sign of factors, and no score."""
    ratings = make_ratings(30, 20, each=10, seed=6)
    renamed = [Rated(1000 - rated.rater, rated.item, rated.value) for rated in ratings]
    assert list(score(renamed, ALL).shadow.values()) == pytest.approx(
        list(score(ratings, ALL).shadow.values()), abs=1e-8
    )


def full_table(raters: int, items: int) -> list[Rated]:
    """Everybody rates everything."""
    return [
        Rated(rater, item, float((rater * item + item) % 3 > 0))
        for rater in range(raters)
        for item in range(items)
    ]


@pytest.mark.parametrize(
    ("raters", "items", "is_enough"),
    [(100, 100, True), (99, 100, False), (100, 99, False)],
)
def test_scores_are_published_from_a_hundred_raters_and_items_on(
    raters: int, items: int, is_enough: bool
):
    found = score(full_table(raters, items))
    assert len(found.shadow) == items
    assert found.is_enough == is_enough
    assert len(found.published) == (items if is_enough else 0)


def test_raters_with_nine_ratings_and_items_with_four_take_no_part():
    ratings = full_table(20, 12)
    ratings += [Rated(100, item, 1.0) for item in range(9)]
    ratings += [Rated(rater, 200, 1.0) for rater in range(4)]
    assert score(ratings) == score(full_table(20, 12))
    more = [*ratings, Rated(100, 9, 1.0), Rated(4, 200, 1.0)]
    found = score(more)
    assert found.raters == 21
    assert 200 in found.shadow


def test_leaving_one_out_leaves_those_out_who_relied_on_it():
    """Item 200 has five raters, one of whom has nine ratings besides: neither takes part."""
    ratings = [rated for rated in full_table(20, 12) if rated.rater > 3 or rated.item < 9]
    ratings += [Rated(rater, 200, 1.0) for rater in range(4)]  # ten each, with 200
    found = score(ratings)
    assert 200 not in found.shadow
    assert found.raters == 16


def test_scores_tell_nothing_of_a_person():
    found = score(full_table(100, 100))
    assert {field.name for field in dataclasses.fields(found)} == {
        "shadow", "factors", "mean", "raters", "ratings", "sweeps", "is_enough", "version",
    }  # fmt: skip
    assert all(isinstance(value, float) for value in found.shadow.values())


def test_without_ratings_there_are_no_scores():
    assert score([]).shadow == {}
    assert score([]).published == {}


def test_where_all_agree_the_penalties_share_it_out():
    """With one value everywhere the least is known: errors of λf, and intercepts of λf / λi."""
    found = score([Rated(rater, item, 1.0) for rater in range(12) for item in range(10)])
    assert found.mean == pytest.approx(0.03 / 0.15)
    assert set(found.shadow) == set(range(10))
    assert list(found.shadow.values()) == pytest.approx([0.03 / 0.15] * 10)


@pytest.mark.parametrize(
    "ratings",
    [[Rated(1, 1, 1.0), Rated(1, 1, 0.0)], [Rated(1, 1, 1.5)], [Rated(1, 1, float("nan"))]],
)
def test_ratings_that_make_no_sense_are_refused(ratings: list[Rated]):
    with pytest.raises(ValueError, match="rat"):
        score(ratings)


def test_it_says_so_when_it_does_not_arrive():
    with pytest.raises(NotConverged):
        score(full_table(20, 20), replace(PARAMETERS, sweeps_max=1))
