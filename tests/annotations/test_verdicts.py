"""When a verdict is earned, held and dropped, at every threshold."""

from dataclasses import replace

import pytest

from annotations import consensus
from annotations.consensus import (
    RULES,
    Helpfulness,
    Judgement,
    Lack,
    Need,
    Side,
    Standing,
    Tally,
    Verdict,
    VerdictState,
    bars,
    earned,
    lacking,
    next_standing,
    tally_of,
)
from tests.annotations.tallies import HOUR, NOW, OPEN, judged, tally

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
