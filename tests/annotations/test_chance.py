"""How likely a bin holds most of all votes that could be cast."""

from fractions import Fraction
from math import comb, cos, fsum, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.consensus import RULES, chance


def exact_chance(k: int, n: int) -> Fraction:
    """At most k heads in n + 1 throws."""
    return Fraction(sum(comb(n + 1, heads) for heads in range(k + 1)), 2 ** (n + 1))


def test_the_chance_is_the_sum_of_binomials():
    for n in range(81):
        for k in range(n + 1):
            assert chance(k, n) == pytest.approx(float(exact_chance(k, n)), abs=1e-12)


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (0, 0, 1 / 2),
        (1, 1, 3 / 4),
        (3, 3, 15 / 16),
        (4, 5, 57 / 64),
        (5, 5, 63 / 64),
        (5, 6, 15 / 16),
        (0, 3, 1 / 16),
        (2, 4, 1 / 2),
    ],
)
def test_the_chance_of_small_counts(k: int, n: int, expected: float):
    assert chance(k, n) == expected


@pytest.mark.parametrize(("doubled", "n"), [(1, 1), (3, 2), (5, 3), (9, 5), (13, 9), (1, 30)])
def test_halves_are_the_area_under_the_same_curve(doubled: int, n: int):
    """With θ = sin²(angle) the density is smooth, so the midpoint rule is as good as exact."""
    a, b = doubled / 2 + 1, n - doubled / 2 + 1
    steps = 2_000
    angles = [(step + 0.5) / steps for step in range(steps)]  # of half a right angle each
    quarter = pi / 4

    def area(begin: float) -> float:
        return fsum(
            sin(begin + quarter * at) ** (2 * a - 1) * cos(begin + quarter * at) ** (2 * b - 1)
            for at in angles
        )

    below, above = area(0), area(quarter)
    assert chance(doubled / 2, n) == pytest.approx(above / (below + above), abs=1e-6)


def test_one_somewhat_of_one_says_nothing():
    assert chance(0.5, 1) == 0.5


def test_no_count_up_to_a_thousand_is_too_near_a_bar_to_tell():
    """So no rounding, and no other way to compute it, ever changes a state."""
    for n in range(5, 1001):
        for doubled in range(n, 2 * n + 1):
            likely = chance(doubled / 2, n)
            if likely > 0.95:
                break
            assert abs(likely - RULES.state_at) > 1e-7
            assert abs(likely - RULES.keep_at) > 1e-7


def test_the_chance_of_many_is_as_good():
    assert chance(5_000, 10_000) == 0.5
    # The normal curve, of √10,001 / 2 throws' width.
    assert chance(5_100, 10_000) == pytest.approx(0.97725, abs=1e-4)
    assert chance(20_000, 20_000) == 1.0


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (0.25, 3), (float("nan"), 3), (0, -1)])
def test_what_is_no_count_has_no_chance(k: float, n: int):
    with pytest.raises(ValueError, match="is not a count"):
        chance(k, n)


@given(st.integers(0, 200), st.data())
def test_chances_of_a_bin_and_of_its_opposite_add_up(n: int, data: st.DataObject):
    k = data.draw(st.integers(0, 2 * n)) / 2
    assert chance(k, n) + chance(n - k, n) == pytest.approx(1, abs=1e-14)


@given(st.integers(1, 200), st.data())
def test_more_who_agree_make_it_likelier(n: int, data: st.DataObject):
    k = data.draw(st.integers(0, 2 * n - 1)) / 2
    assert chance(k + 0.5, n) >= chance(k, n)
    assert chance(k + 1, n + 1) >= chance(k, n)
    assert 0 <= chance(k, n) <= 1
