"""What the rules of consensus keep to, whatever happens."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from annotations import consensus
from annotations.consensus import (
    BINS,
    RULES,
    SIDES,
    Helpfulness,
    Judgement,
    Side,
    Standing,
    Tally,
    Verdict,
    VerdictState,
    earned,
    next_standing,
    tally_of,
)
from tests.annotations.tallies import HOUR, NOW, OPEN, judged, votes_of_any

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
