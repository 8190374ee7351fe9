"""When evidence is helpful, at every threshold; and to whom."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.consensus import (
    Helpfulness,
    Lack,
    Need,
    Rating,
    Ratings,
    Side,
    Verdict,
    Weights,
    judge,
    weigh,
)

Three = tuple[int, int, int]


def weights(accurate: Three, inaccurate: Three, neither: Three = (0, 0, 0)) -> Weights:
    return Weights(Ratings(*accurate), Ratings(*inaccurate), Ratings(*neither))


@pytest.mark.parametrize(
    ("accurate", "inaccurate", "neither", "state"),
    [
        # Nothing, and four.
        ((0, 0, 0), (0, 0, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((2, 0, 0), (2, 0, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        # Three on each side; two on one of them are too few.
        ((3, 0, 0), (3, 0, 0), (0, 0, 0), Helpfulness.HELPFUL),
        ((2, 0, 0), (2, 0, 0), (9, 0, 0), Helpfulness.NEEDS_RATINGS),
        # 0.9375 in one and 0.89 in the other: no; with five of six yes.
        ((3, 0, 0), (4, 0, 1), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((3, 0, 0), (5, 0, 1), (0, 0, 0), Helpfulness.HELPFUL),
        # Somewhat is half: three and a half of four are enough, two and a half of three not.
        ((3, 1, 0), (3, 1, 0), (0, 0, 0), Helpfulness.HELPFUL),
        ((2, 1, 0), (3, 0, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((0, 9, 0), (0, 9, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        # The mirror images.
        ((0, 0, 3), (0, 0, 3), (0, 0, 0), Helpfulness.NOT_HELPFUL),
        ((0, 0, 3), (1, 0, 4), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((0, 0, 3), (1, 0, 5), (0, 0, 0), Helpfulness.NOT_HELPFUL),
        ((0, 0, 9), (0, 0, 2), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        # Against each other.
        ((3, 0, 0), (0, 0, 3), (0, 0, 0), Helpfulness.CONTESTED),
        ((0, 0, 3), (3, 0, 0), (0, 0, 0), Helpfulness.CONTESTED),
        ((3, 0, 0), (1, 0, 4), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        # One viewpoint only: five ratings, of whomever, and fewer than three of the other side.
        ((5, 0, 0), (0, 0, 0), (0, 0, 0), Helpfulness.ONE_VIEWPOINT),
        ((0, 0, 0), (5, 0, 0), (0, 0, 0), Helpfulness.ONE_VIEWPOINT),
        ((4, 0, 0), (0, 0, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((4, 0, 0), (0, 0, 0), (0, 0, 1), Helpfulness.ONE_VIEWPOINT),
        ((4, 0, 0), (0, 0, 2), (0, 0, 0), Helpfulness.ONE_VIEWPOINT),
        ((4, 0, 0), (1, 0, 2), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        ((4, 0, 1), (0, 0, 0), (0, 0, 0), Helpfulness.NEEDS_RATINGS),
        # Those on neither side never decide, however many.
        ((2, 0, 0), (2, 0, 0), (0, 0, 99), Helpfulness.NEEDS_RATINGS),
        ((3, 0, 0), (3, 0, 0), (0, 0, 99), Helpfulness.HELPFUL),
    ],
)
def test_helpfulness_at_every_threshold(
    accurate: Three, inaccurate: Three, neither: Three, state: Helpfulness
):
    assert judge(weights(accurate, inaccurate, neither)).state is state


def test_one_viewpoint_is_told_by_its_side():
    assert judge(weights((5, 0, 0), (0, 0, 2))).side is Side.ACCURATE
    assert judge(weights((0, 0, 2), (5, 0, 0))).side is Side.INACCURATE
    assert judge(weights((5, 0, 0), (5, 0, 0))).side is None


def test_raters_are_grouped_by_their_own_votes():
    counts = Counter(
        {
            (Rating.YES, Verdict.ACCURATE): 1,
            (Rating.YES, Verdict.MOSTLY_ACCURATE): 2,
            (Rating.SOMEWHAT, Verdict.MISLEADING): 4,
            (Rating.NO, Verdict.INACCURATE): 8,
            (Rating.NO, Verdict.NEEDS_CONTEXT): 16,
            (Rating.YES, Verdict.UNSUPPORTED): 32,
            (Rating.YES, Verdict.NOT_CHECKABLE): 64,
            (Rating.SOMEWHAT, None): 128,
        }
    )
    assert weigh(counts) == weights((3, 0, 0), (0, 4, 8), (96, 128, 16))


@pytest.mark.parametrize(
    ("given_", "lacks"),
    [
        (
            weights((2, 0, 0), (1, 0, 0), (1, 0, 0)),
            (
                Lack(Need.RATINGS, 4, 5),
                Lack(Need.RATINGS_FROM_ACCURATE, 2, 3),
                Lack(Need.RATINGS_FROM_INACCURATE, 1, 3),
            ),
        ),
        (weights((5, 0, 0), (2, 0, 0)), (Lack(Need.RATINGS_FROM_INACCURATE, 2, 3),)),
        (weights((4, 0, 1), (3, 0, 0)), (Lack(Need.AGREEMENT_IN_ACCURATE, 57 / 64, 0.9),)),
        (weights((3, 0, 0), (2, 0, 2)), (Lack(Need.AGREEMENT_IN_INACCURATE, 0.5, 0.9),)),
        (weights((3, 0, 0), (3, 0, 0)), ()),
        (weights((3, 0, 0), (0, 0, 3)), ()),
        (weights((0, 0, 3), (0, 0, 3)), ()),
    ],
)
def test_what_evidence_lacks_is_told_in_numbers(given_: Weights, lacks: tuple[Lack, ...]):
    assert judge(given_).lacks == lacks


def test_evidence_that_both_sides_like_sorts_above_what_one_side_loves():
    both = judge(weights((4, 0, 1), (4, 0, 1))).score
    one = judge(weights((50, 0, 0), (0, 0, 5))).score
    new = judge(weights((0, 0, 0), (0, 0, 0))).score
    assert both == pytest.approx(5 / 7)
    assert new == 0.5
    assert one == pytest.approx((51 / 52 * 1 / 7) ** 0.5)
    assert one < new < both


three = st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))


@given(three, three, three)
def test_the_sides_are_treated_alike(one: Three, other: Three, neither: Three):
    here, there = judge(weights(one, other, neither)), judge(weights(other, one, neither))
    assert here.state is there.state
    assert here.score == there.score
    assert here.side == (there.side and there.side.other)


@given(three, three, three)
def test_helpful_needs_both_sides(accurate: Three, inaccurate: Three, neither: Three):
    found = judge(weights(accurate, inaccurate, neither))
    assert found.state in Helpfulness
    if found.state is Helpfulness.HELPFUL:
        assert sum(accurate) >= 3
        assert sum(inaccurate) >= 3
        assert min(Ratings(*accurate).mean, Ratings(*inaccurate).mean) > 0.5
    assert bool(found.lacks) == (
        found.state in (Helpfulness.NEEDS_RATINGS, Helpfulness.ONE_VIEWPOINT)
    )
