"""Votes and moments that the tests of consensus begin with."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from annotations.consensus import Helpfulness, Judgement, Side, Tally, Verdict, VerdictState

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


def judged(state: Helpfulness, side: Side | None = None) -> Judgement:
    return Judgement(state, side, 0.5, (), 1)
