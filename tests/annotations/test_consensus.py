"""The rules of consensus, at every threshold."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import comb, cos, fsum, pi, sin
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations import consensus
from annotations.consensus import (
    BINS,
    RULES,
    SIDES,
    Helpfulness,
    Judgement,
    Lack,
    Need,
    Rating,
    Ratings,
    Side,
    Standing,
    Tally,
    Verdict,
    VerdictState,
    Weights,
    bars,
    chance,
    earned,
    judge,
    lacking,
    next_standing,
    tally_of,
    weigh,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OPEN = VerdictState.NEEDS_RATINGS
votes_of_any = st.dictionaries(st.sampled_from(Verdict), st.integers(0, 30))


def tally(
    accurate: int = 0,
    context: int = 0,
    inaccurate: int = 0,
    *,
    helpful: int = 1,
    unsupported: int = 0,
) -> Tally:
    return Tally(
        {
            Verdict.MOSTLY_ACCURATE: accurate,
            Verdict.NEEDS_CONTEXT: context,
            Verdict.MISLEADING: inaccurate,
            Verdict.UNSUPPORTED: unsupported,
        },
        helpful,
    )


# --- The chance -----------------------------------------------------------------------


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


# --- Evidence -------------------------------------------------------------------------

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


# --- Verdicts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "state"),
    [
        (tally(), OPEN),
        # Four are too few, five are not.
        (tally(4), OPEN),
        (tally(5), VerdictState.ACCURATE),
        (tally(0, 5, 0), VerdictState.NEEDS_CONTEXT),
        (tally(0, 0, 5), VerdictState.INACCURATE),
        # 57/64 = 0.89 and 15/16 = 0.94.
        (tally(4, 0, 1), OPEN),
        (tally(5, 0, 1), VerdictState.ACCURATE),
        (tally(7, 0, 3), OPEN),
        (tally(8, 0, 2), VerdictState.ACCURATE),
        # All others count against the leading bin, those off the scale too.
        (tally(8, 1, 1), VerdictState.ACCURATE),
        (tally(8, 0, 0, unsupported=2), VerdictState.ACCURATE),
        (tally(8, 0, 0, unsupported=4), OPEN),
        (tally(40, 30, 30), OPEN),
        # No verdict without evidence, and none off the scale.
        (tally(50, helpful=0), OPEN),
        (tally(unsupported=50), OPEN),
        (tally(25, 0, 25), OPEN),
    ],
)
def test_a_verdict_is_earned_at_every_threshold(votes: Tally, state: VerdictState):
    assert earned(votes) is state


def test_both_numbers_of_a_bin_count_for_it():
    votes = {Verdict.ACCURATE: 3, Verdict.MOSTLY_ACCURATE: 2}
    assert earned(Tally(votes, 1)) is VerdictState.ACCURATE


def judged(state: Helpfulness, side: Side | None = None) -> Judgement:
    return Judgement(state, side, 0.5, (), 1)


@pytest.mark.parametrize(
    ("votes", "evidence", "state"),
    [
        # Two on the other side: evidence helpful to those on this one still counts.
        (tally(20, 0, 2), [judged(Helpfulness.ONE_VIEWPOINT, Side.ACCURATE)], "accurate"),
        (tally(20, 0, 3), [judged(Helpfulness.ONE_VIEWPOINT, Side.ACCURATE)], "needs_ratings"),
        (tally(20, 0, 3), [judged(Helpfulness.HELPFUL)], "accurate"),
        (tally(3, 0, 20), [judged(Helpfulness.ONE_VIEWPOINT, Side.INACCURATE)], "needs_ratings"),
        (tally(2, 0, 20), [judged(Helpfulness.ONE_VIEWPOINT, Side.INACCURATE)], "inaccurate"),
        # What helps the few, against whom the many have voted, does not.
        (tally(20, 0, 2), [judged(Helpfulness.ONE_VIEWPOINT, Side.INACCURATE)], "needs_ratings"),
        (tally(20), [judged(Helpfulness.CONTESTED)], "needs_ratings"),
        (tally(20), [judged(Helpfulness.NOT_HELPFUL)], "needs_ratings"),
        (tally(20), [judged(Helpfulness.NEEDS_RATINGS)], "needs_ratings"),
        (tally(20), [], "needs_ratings"),
        (tally(20), [judged(Helpfulness.CONTESTED), judged(Helpfulness.HELPFUL)], "accurate"),
    ],
)
def test_which_evidence_counts(votes: Tally, evidence: list[Judgement], state: str):
    assert earned(tally_of(votes.votes, evidence)) == state
    assert earned(tally_of(votes.votes, evidence[::-1])) == state


def test_all_bars_are_shown_and_shares_from_five_votes_on():
    shown = bars(tally(3, 0, 1))
    assert [bar.verdict for bar in shown] == list(Verdict)
    assert [bar.count for bar in shown] == [0, 3, 0, 1, 0, 0, 0]
    assert {bar.share for bar in shown} == {None}
    shown = bars(tally(3, 0, 1, unsupported=1))
    assert [bar.share for bar in shown] == [0, 0.6, 0, 0.2, 0, 0.2, 0]


# --- The hold -------------------------------------------------------------------------


def after(*steps: tuple[float, Tally], old: Standing | None = None) -> Standing:
    """Return the standing after looks at (hours, tally)."""
    standing = old or Standing()
    for hours, votes in steps:
        standing = next_standing(standing, votes, NOW + hours * HOUR)
    return standing


@pytest.mark.parametrize(
    ("hours", "votes", "state"),
    [
        (24, 7, VerdictState.ACCURATE),
        (23.99, 7, OPEN),
        (24, 6, OPEN),
        (0, 99, OPEN),
        (9999, 5, OPEN),
        (48, 9, VerdictState.ACCURATE),
    ],
)
def test_a_day_and_two_votes_are_both_needed(hours: float, votes: int, state: VerdictState):
    assert after((0, tally(5)), (hours, tally(votes))).state is state


def test_what_is_stored_tells_the_hold():
    standing = after((0, tally(5)))
    assert standing.state is OPEN
    assert standing.held == consensus.Held(VerdictState.ACCURATE, NOW, 5)
    assert standing.due_at() == NOW + 24 * HOUR
    standing = after((1, tally(7)), (24, tally(7)), old=standing)
    assert standing == Standing(VerdictState.ACCURATE, NOW + 24 * HOUR, None, RULES.version)
    assert standing.due_at() is None


def test_a_look_when_the_hold_is_over_states_it_without_a_vote():
    standing = after((0, tally(5)), (2, tally(7)))
    assert standing.state is OPEN
    due = standing.due_at()
    assert due is not None
    assert next_standing(standing, tally(7), due).state is VerdictState.ACCURATE


def test_a_hold_begins_anew_when_it_was_interrupted():
    standing = after((0, tally(5)), (10, tally(5, 0, 2)), (11, tally(8, 0, 2)))
    assert standing.held == consensus.Held(VerdictState.ACCURATE, NOW + 11 * HOUR, 10)
    assert after((24, tally(12, 0, 2)), old=standing).state is OPEN
    assert after((35, tally(12, 0, 2)), old=standing).state is VerdictState.ACCURATE


def test_another_bin_that_takes_the_lead_waits_for_itself():
    standing = after((0, tally(5)), (30, tally(0, 0, 9)))
    assert standing.state is OPEN
    assert standing.held == consensus.Held(VerdictState.INACCURATE, NOW + 30 * HOUR, 9)


def test_votes_taken_back_are_no_further_votes():
    standing = after((0, tally(7)), (1, tally(6)), (2, tally(7)), (30, tally(8)))
    assert standing.state is OPEN
    assert after((31, tally(9)), old=standing).state is VerdictState.ACCURATE


@pytest.mark.parametrize(
    ("votes", "stays"),
    [
        (tally(8, 0, 2), True),
        # 0.887 and 0.806 are below what it takes to state it, and above what it takes to keep.
        (tally(7, 0, 3), True),
        (tally(8, 0, 5), False),  # 0.788
        (tally(13, 0, 8), True),  # 0.857
        (tally(12, 0, 8), True),  # 0.808
        (tally(11, 0, 8), False),  # 0.748
        (tally(4), False),
        (tally(9, helpful=0), False),
    ],
)
def test_a_verdict_is_dropped_below_four_fifths(votes: Tally, stays: bool):
    stated = Standing(VerdictState.ACCURATE, NOW)
    found = next_standing(stated, votes, NOW + HOUR)
    assert found.state is (VerdictState.ACCURATE if stays else OPEN)
    assert found.since == (NOW if stays else NOW + HOUR)
    assert found.held is None


def test_a_turned_majority_is_silent_first_and_held_then():
    stated = Standing(VerdictState.ACCURATE, NOW)
    standing = after((1, tally(8, 0, 30)), old=stated)
    assert standing.state is OPEN
    assert standing.held == consensus.Held(VerdictState.INACCURATE, NOW + HOUR, 38)
    assert after((25, tally(8, 0, 32)), old=standing).state is VerdictState.INACCURATE


def test_other_rules_begin_the_hold_anew_and_keep_what_is_stated():
    newer = replace(RULES, version=2)
    held = after((0, tally(5)))
    found = next_standing(held, tally(9), NOW + 48 * HOUR, newer)
    assert found.held == consensus.Held(VerdictState.ACCURATE, NOW + 48 * HOUR, 9)
    assert found.version == 2
    stated = Standing(VerdictState.ACCURATE, NOW)
    assert next_standing(stated, tally(7, 0, 3), NOW, newer) == replace(stated, version=2)


@pytest.mark.parametrize(
    ("steps", "lacks"),
    [
        ([(0, tally(4))], (Lack(Need.VOTES, 4, 5),)),
        ([(0, tally(0, helpful=0))], (Lack(Need.VOTES, 0, 5), Lack(Need.EVIDENCE, 0, 1))),
        ([(0, tally(9, helpful=0))], (Lack(Need.EVIDENCE, 0, 1),)),
        ([(0, tally(4, 0, 1))], (Lack(Need.MAJORITY, 57 / 64, 0.9),)),
        ([(0, tally(5))], (Lack(Need.FURTHER_VOTES, 0, 2), Lack(Need.HOURS, 0, 24))),
        ([(0, tally(5)), (6, tally(7))], (Lack(Need.HOURS, 6, 24),)),
        ([(0, tally(5)), (30, tally(6))], (Lack(Need.FURTHER_VOTES, 1, 2),)),
        ([(0, tally(5)), (30, tally(7))], ()),
    ],
)
def test_what_a_claim_lacks_is_told_in_numbers(
    steps: list[tuple[float, Tally]], lacks: tuple[Lack, ...]
):
    hours, votes = steps[-1]
    assert lacking(after(*steps), votes, NOW + hours * HOUR) == lacks


# --- Whatever happens -----------------------------------------------------------------

evidence_of_any = st.lists(
    st.tuples(st.sampled_from(Helpfulness), st.sampled_from(Side)).map(
        lambda pair: judged(pair[0], pair[1] if pair[0] is Helpfulness.ONE_VIEWPOINT else None)
    ),
    max_size=4,
)
# Votes come, change and go; evidence does too; hours pass.
histories = st.lists(
    st.tuples(st.floats(0, 30), votes_of_any, evidence_of_any), min_size=1, max_size=12
)


@given(st.lists(st.sampled_from(Verdict), max_size=40), evidence_of_any, st.randoms())
def test_the_order_of_votes_never_matters(
    votes: list[Verdict], evidence: list[Judgement], chance_: random.Random
):
    shuffled, others = votes[:], evidence[:]
    chance_.shuffle(shuffled)
    chance_.shuffle(others)
    here, there = tally_of(Counter(votes), evidence), tally_of(Counter(shuffled), others)
    assert here == there
    assert earned(here) is earned(there)


_MIRROR = {
    Verdict.ACCURATE: Verdict.INACCURATE,
    Verdict.MOSTLY_ACCURATE: Verdict.MISLEADING,
    Verdict.MISLEADING: Verdict.MOSTLY_ACCURATE,
    Verdict.INACCURATE: Verdict.ACCURATE,
}
_MIRRORED = {
    VerdictState.ACCURATE: VerdictState.INACCURATE,
    VerdictState.INACCURATE: VerdictState.ACCURATE,
}


@given(votes_of_any, evidence_of_any)
def test_camps_that_change_places_change_nothing_else(
    votes: dict[Verdict, int], evidence: list[Judgement]
):
    mirrored = {_MIRROR.get(verdict, verdict): number for verdict, number in votes.items()}
    others = [replace(item, side=item.side and item.side.other) for item in evidence]
    here, there = earned(tally_of(votes, evidence)), earned(tally_of(mirrored, others))
    assert there is _MIRRORED.get(here, here)


@given(votes_of_any, evidence_of_any)
def test_a_vote_for_the_leading_bin_never_makes_it_less_likely(
    votes: dict[Verdict, int], evidence: list[Judgement]
):
    before = tally_of(votes, evidence)
    leading = max(BINS, key=before.of)
    for verdict in BINS[leading]:
        more = tally_of(Counter(votes) + Counter({verdict: 1}), evidence)
        assert more.chance(leading) >= before.chance(leading)


@given(histories)
def test_nothing_is_stated_that_was_not_earned_and_held(
    history: list[tuple[float, Mapping[Verdict, int], list[Judgement]]],
):
    standing, now = Standing(), NOW
    seen: list[tuple[datetime, Tally]] = []
    for hours, votes, evidence in history:
        now += hours * HOUR
        taken = tally_of(votes, evidence)
        seen.append((now, taken))
        old, standing = standing, next_standing(standing, taken, now)
        assert standing.state in VerdictState
        assert standing.held is None or standing.held.state not in (OPEN, standing.state)
        # Looking again changes nothing.
        assert next_standing(standing, taken, now) == standing
        if standing.state is OPEN:
            continue
        assert taken.count >= 5
        assert taken.chance(standing.state) >= 0.8
        assert taken.evidence() >= 1
        if old.state is standing.state:
            continue
        # It is new: there was a look a day ago, since when it was earned without a break.
        run = []
        for at, earlier in reversed(seen):
            if earned(earlier) is not standing.state:
                break
            run.append((at, earlier.count))
        assert any(now - at >= 24 * HOUR and taken.count - people >= 2 for at, people in run)


@given(histories, st.floats(0, 1))
def test_looking_more_often_changes_nothing(
    history: list[tuple[float, Mapping[Verdict, int], list[Judgement]]], share: float
):
    """But that a verdict is stated as soon as its hold is over, not with the next vote."""
    rare = often = Standing()
    now = NOW
    taken = Tally({})
    for hours, votes, evidence in history:
        for at in (share * hours, hours):
            often = next_standing(often, taken, now + at * HOUR)
        rare = next_standing(rare, taken, now + hours * HOUR)
        assert (rare.state, rare.held) == (often.state, often.held)
        now += hours * HOUR
        taken = tally_of(votes, evidence)
        rare, often = (next_standing(old, taken, now) for old in (rare, often))
        assert (rare.state, rare.held) == (often.state, often.held)


def test_the_method_tells_every_parameter():
    told = (Path(__file__).resolve().parents[2] / "docs" / "method.md").read_text()
    for name in (field.name for field in fields(RULES)):
        value = getattr(RULES, name)
        shown = f"{value // HOUR} h" if isinstance(value, timedelta) else f"{value}"
        assert f"| `{name}` | {shown} |" in told


def test_the_sides_are_the_bins_at_the_ends():
    assert {verdict for verdict, side in SIDES.items() if side is Side.ACCURATE} == {
        Verdict.ACCURATE,
        Verdict.MOSTLY_ACCURATE,
    }
    assert len(SIDES) == 4
    assert [consensus.SCALE[verdict] for verdict in consensus.SCALE] == [5, 4, 3, 2, 1]
