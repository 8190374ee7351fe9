"""What votes support, by the rules of version 1: docs/method.md has them in plain words. Pure.

Evidence: `weigh` its ratings, then `judge`. A claim: `tally_of` its votes and its evidence, then
`next_standing` says what is stated, given what was stated before; `lacking` says what is
missing, as data. All takes counts, so the order in which people spoke cannot matter.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import fsum, pi, sqrt


@dataclass(frozen=True, slots=True)
class Rules:
    """The parameters; `/about/method/` prints them. Chances are between 0 and 1.

    Evidence is judged from `ratings_min` ratings on; a side has a say from `side_min` on. A
    side finds evidence helpful at a chance of `helpful_at`, and rejects it at `reject_at`.
    Helpful to one viewpoint counts while fewer than `opponents_min` have voted on the other
    side. A claim is judged from `votes_min` votes and `evidence_min` items that count on; a
    verdict is earned at a chance of `state_at`, stated after `hold` and `hold_votes` further
    voters, and dropped below `keep_at`.
    """

    version: int = 1
    ratings_min: int = 5
    side_min: int = 3
    helpful_at: float = 0.90
    reject_at: float = 0.10
    opponents_min: int = 3
    votes_min: int = 5
    evidence_min: int = 1
    state_at: float = 0.90
    keep_at: float = 0.80
    hold: timedelta = timedelta(hours=24)
    hold_votes: int = 2


RULES = Rules()


class Verdict(StrEnum):
    """What one member says of a claim, best first; the last two are on no scale."""

    ACCURATE = "accurate"
    MOSTLY_ACCURATE = "mostly_accurate"
    NEEDS_CONTEXT = "needs_context"
    MISLEADING = "misleading"
    INACCURATE = "inaccurate"
    UNSUPPORTED = "unsupported"
    NOT_CHECKABLE = "not_checkable"


# The numbers that ClaimReview and exports give the scale.
SCALE: Mapping[Verdict, int] = {
    Verdict.ACCURATE: 5,
    Verdict.MOSTLY_ACCURATE: 4,
    Verdict.NEEDS_CONTEXT: 3,
    Verdict.MISLEADING: 2,
    Verdict.INACCURATE: 1,
}


class VerdictState(StrEnum):
    """What is stated of a claim: one of the three bins of the scale, or nothing yet."""

    NEEDS_RATINGS = "needs_ratings"
    ACCURATE = "accurate"
    NEEDS_CONTEXT = "needs_context"
    INACCURATE = "inaccurate"


BINS: Mapping[VerdictState, tuple[Verdict, ...]] = {
    VerdictState.ACCURATE: (Verdict.ACCURATE, Verdict.MOSTLY_ACCURATE),
    VerdictState.NEEDS_CONTEXT: (Verdict.NEEDS_CONTEXT,),
    VerdictState.INACCURATE: (Verdict.MISLEADING, Verdict.INACCURATE),
}


class Side(StrEnum):
    """The two groups of raters, by their own votes on the claim. Others are in neither."""

    ACCURATE = "accurate"
    INACCURATE = "inaccurate"

    @property
    def other(self) -> "Side":
        """The other of the two."""
        return Side.INACCURATE if self is Side.ACCURATE else Side.ACCURATE


SIDES: Mapping[Verdict, Side] = {
    verdict: side for side in Side for verdict in BINS[VerdictState(side.value)]
}


class Rating(StrEnum):
    """How helpful one member finds an evidence item."""

    YES = "yes"
    SOMEWHAT = "somewhat"
    NO = "no"


class Helpfulness(StrEnum):
    """What is stated of an evidence item."""

    NEEDS_RATINGS = "needs_ratings"
    HELPFUL = "helpful"
    ONE_VIEWPOINT = "helpful_one_viewpoint"
    CONTESTED = "contested"
    NOT_HELPFUL = "not_helpful"


class Need(StrEnum):
    """What can be missing: a count of something, a chance, or (HOURS) time."""

    RATINGS = "ratings"
    RATINGS_FROM_ACCURATE = "ratings_from_accurate_side"
    RATINGS_FROM_INACCURATE = "ratings_from_inaccurate_side"
    AGREEMENT_IN_ACCURATE = "agreement_in_accurate_side"
    AGREEMENT_IN_INACCURATE = "agreement_in_inaccurate_side"
    VOTES = "votes"
    MAJORITY = "majority"
    EVIDENCE = "helpful_evidence"
    FURTHER_VOTES = "further_votes"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that is missing: `has` so far, at least `wants` needed.

    Whole numbers, but for chances (AGREEMENT…, MAJORITY) and HOURS.
    """

    need: Need
    has: float
    wants: float


# --- The chance -----------------------------------------------------------------------


@lru_cache(maxsize=16_384)
def chance(k: float, n: int) -> float:
    """Return P(k of n): how likely it is that the true share exceeds one half.

    `k` of `n` agreed, in whole or half steps, and every share was as likely as any other
    before: the tail above ½ of Beta(k + 1, n - k + 1). Raises ValueError for other k.

    For whole k that is the chance of at most k heads in n + 1 throws, a sum of binomials.
    Here the same sum is taken from the middle outwards, which holds for halves as well: with
    the lesser parameter b and m = |2k - n|, the tail is ½ ± (t₀ + … + tₘ₋₁), where
    tᵢ = 2^-(2b+i) / ((b+i)·B(b+i, b)), so that t₀ = ¼ for b = 1, 1/π for b = ½, and each
    next term follows by a fraction. Nothing cancels, underflows or needs a logarithm; the
    result is rounded to twelve decimals, which are right for any n there will be (no P of n
    up to 1,000 is nearer to a bar than 10⁻⁷). Takes time in proportion to n.
    """
    if not 0 <= k <= n or 2 * k != int(2 * k):
        raise ValueError(f"{k} of {n} is not a count in halves.")
    lesser = min(k, n - k) + 1
    base = 1.0 if lesser == int(lesser) else 0.5
    term = 0.25 if base == 1.0 else 1 / pi
    while base < lesser:
        term *= (2 * base + 1) / (2 * base + 2)
        base += 1
    terms = []
    for step in range(int(abs(2 * k - n))):
        terms.append(term)
        term *= (2 * lesser + step) / (2 * (lesser + step + 1))
    tail = fsum(terms)
    return round(0.5 + tail if 2 * k >= n else 0.5 - tail, 12)


# --- Evidence -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ratings:
    """How many of some people said what of an evidence item."""

    yes: int = 0
    somewhat: int = 0
    no: int = 0

    @property
    def count(self) -> int:
        """How many they are."""
        return self.yes + self.somewhat + self.no

    @property
    def chance(self) -> float:
        """How likely it is that most people like them find it helpful; somewhat is half."""
        return chance(self.yes + self.somewhat / 2, self.count)

    @property
    def mean(self) -> float:
        """The expected share of people like them who find it helpful; ½ when nobody said."""
        return (self.yes + self.somewhat / 2 + 1) / (self.count + 2)


@dataclass(frozen=True, slots=True)
class Weights:
    """The ratings of one evidence item, by the side that the raters are on."""

    accurate: Ratings = Ratings()
    inaccurate: Ratings = Ratings()
    neither: Ratings = Ratings()

    @property
    def count(self) -> int:
        """How many have rated it, whatever their side."""
        return self.accurate.count + self.inaccurate.count + self.neither.count

    def of(self, side: Side) -> Ratings:
        """Return the ratings of one side."""
        return self.accurate if side is Side.ACCURATE else self.inaccurate


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is stated of an evidence item; `side` is whose viewpoint, where it is one only.

    `score` sorts the evidence of a claim, best first: between 0 and 1, and high only where
    both sides find it helpful. Not a percentage of anything: not for display.
    """

    state: Helpfulness
    side: Side | None
    score: float
    lacks: tuple[Lack, ...]
    version: int


def weigh(ratings: Mapping[tuple[Rating, Verdict | None], int]) -> Weights:
    """Group ratings by the raters' own votes on the claim (None: has not voted).

    Takes how many people rated so and voted so, one rating a person.
    """
    counts: Counter[tuple[Side | None, Rating]] = Counter()
    for (rating, vote), people in ratings.items():
        counts[SIDES.get(vote) if vote else None, rating] += people
    accurate, inaccurate, neither = (
        Ratings(*(counts[side, rating] for rating in Rating))
        for side in (Side.ACCURATE, Side.INACCURATE, None)
    )
    return Weights(accurate, inaccurate, neither)


def judge(weights: Weights, rules: Rules = RULES) -> Judgement:
    """Return what the ratings of an evidence item support."""
    state, side = _helpfulness(weights, rules)
    is_open = state in (Helpfulness.NEEDS_RATINGS, Helpfulness.ONE_VIEWPOINT)
    return Judgement(
        state=state,
        side=side,
        score=sqrt(weights.accurate.mean * weights.inaccurate.mean),
        lacks=_evidence_lacks(weights, rules) if is_open else (),
        version=rules.version,
    )


def _helpfulness(weights: Weights, rules: Rules) -> tuple[Helpfulness, Side | None]:
    if weights.count < rules.ratings_min:
        return Helpfulness.NEEDS_RATINGS, None
    speaking = [side for side in Side if weights.of(side).count >= rules.side_min]
    finds = {side for side in speaking if weights.of(side).chance >= rules.helpful_at}
    denies = {side for side in speaking if weights.of(side).chance <= rules.reject_at}
    if len(finds) == 2:
        return Helpfulness.HELPFUL, None
    if len(denies) == 2:
        return Helpfulness.NOT_HELPFUL, None
    if finds and denies:
        return Helpfulness.CONTESTED, None
    if finds and len(speaking) == 1:
        return Helpfulness.ONE_VIEWPOINT, finds.pop()
    return Helpfulness.NEEDS_RATINGS, None


_FROM = {
    Side.ACCURATE: (Need.RATINGS_FROM_ACCURATE, Need.AGREEMENT_IN_ACCURATE),
    Side.INACCURATE: (Need.RATINGS_FROM_INACCURATE, Need.AGREEMENT_IN_INACCURATE),
}


def _evidence_lacks(weights: Weights, rules: Rules) -> tuple[Lack, ...]:
    """Return what is missing for Helpful, counts before agreement."""
    lacks = []
    if weights.count < rules.ratings_min:
        lacks.append(Lack(Need.RATINGS, weights.count, rules.ratings_min))
    for side in Side:
        ratings, (more, agreement) = weights.of(side), _FROM[side]
        if ratings.count < rules.side_min:
            lacks.append(Lack(more, ratings.count, rules.side_min))
        elif ratings.chance < rules.helpful_at:
            lacks.append(Lack(agreement, ratings.chance, rules.helpful_at))
    return tuple(lacks)


# --- Verdicts -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """The votes on a claim, and how many of its evidence items are helpful, and to whom."""

    votes: Mapping[Verdict, int]
    helpful: int = 0
    helpful_to: Mapping[Side, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many people have voted, those off the scale included."""
        return sum(self.votes.values())

    def of(self, state: VerdictState) -> int:
        """Return how many voted for a bin."""
        return sum(self.votes.get(verdict, 0) for verdict in BINS[state])

    def chance(self, state: VerdictState) -> float:
        """Return how likely it is that most people are for a bin."""
        return chance(self.of(state), self.count)

    def evidence(self, rules: Rules = RULES) -> int:
        """Return how many evidence items count.

        One that is helpful to one viewpoint only does while hardly anyone has voted on the
        other side: a clear-cut claim must not stay open for ever.
        """
        return self.helpful + sum(
            self.helpful_to.get(side, 0)
            for side in Side
            if self.of(VerdictState(side.other.value)) < rules.opponents_min
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a claim's votes; no share is shown before there are enough votes."""

    verdict: Verdict
    count: int
    share: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict on probation: earned since `since`, when `votes` people had voted."""

    state: VerdictState
    since: datetime
    votes: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a claim: what is stated since when, what is held, by which rules.

    `Standing()` is a claim that nobody has voted on.
    """

    state: VerdictState = VerdictState.NEEDS_RATINGS
    since: datetime | None = None
    held: Held | None = None
    version: int = RULES.version

    def due_at(self, rules: Rules = RULES) -> datetime | None:
        """Return when to look again though nobody votes, None: no need."""
        return self.held.since + rules.hold if self.held else None


def tally_of(votes: Mapping[Verdict, int], evidence: Iterable[Judgement] = ()) -> Tally:
    """Return what is to be weighed of a claim: its votes, one a person, and visible evidence."""
    helpful: Counter[Side | None] = Counter(
        item.side
        for item in evidence
        if item.state in (Helpfulness.HELPFUL, Helpfulness.ONE_VIEWPOINT)
    )
    found = helpful.pop(None, 0)
    return Tally(dict(votes), found, {side: helpful[side] for side in Side})


def bars(tally: Tally, rules: Rules = RULES) -> tuple[Bar, ...]:
    """Return all bars, best first, also the empty ones: there is never a mean of them."""
    enough = tally.count >= rules.votes_min
    counts = [(verdict, tally.votes.get(verdict, 0)) for verdict in Verdict]
    return tuple(
        Bar(verdict, votes, votes / tally.count if enough else None) for verdict, votes in counts
    )


def earned(tally: Tally, rules: Rules = RULES) -> VerdictState:
    """Return what the votes and the evidence support at this moment, before any hold."""
    leading = _leading(tally)
    return leading if _has(leading, rules.state_at, tally, rules) else VerdictState.NEEDS_RATINGS


def next_standing(old: Standing, tally: Tally, now: datetime, rules: Rules = RULES) -> Standing:
    """Return what to store after a vote, a change of evidence, or when `due_at` has come.

    A verdict is stated when it has been earned at every look for the hold's time, and as many
    further people as the hold wants have voted by its end. A stated one is dropped as soon
    as its chance is below `keep_at`, or votes or evidence are too few: silence is never held
    back. Looking more often changes nothing. A hold under other rules begins anew.
    """
    state, since = old.state, old.since
    if state is not VerdictState.NEEDS_RATINGS and not _has(state, rules.keep_at, tally, rules):
        state, since = VerdictState.NEEDS_RATINGS, now
    wanted = earned(tally, rules)
    if wanted in (VerdictState.NEEDS_RATINGS, state):
        return Standing(state, since, None, rules.version)
    held = old.held
    if held is None or held.state is not wanted or old.version != rules.version:
        held = Held(wanted, now, tally.count)
    if now - held.since >= rules.hold and tally.count - held.votes >= rules.hold_votes:
        return Standing(wanted, now, None, rules.version)
    return Standing(state, since, held, rules.version)


def lacking(
    standing: Standing, tally: Tally, now: datetime, rules: Rules = RULES
) -> tuple[Lack, ...]:
    """Return what is missing until a verdict is stated; nothing, once one is.

    The chance is not told before there are enough votes.
    """
    if standing.state is not VerdictState.NEEDS_RATINGS:
        return ()
    lacks = []
    if tally.count < rules.votes_min:
        lacks.append(Lack(Need.VOTES, tally.count, rules.votes_min))
    elif (likely := tally.chance(_leading(tally))) < rules.state_at:
        lacks.append(Lack(Need.MAJORITY, likely, rules.state_at))
    if (evidence := tally.evidence(rules)) < rules.evidence_min:
        lacks.append(Lack(Need.EVIDENCE, evidence, rules.evidence_min))
    if standing.held and not lacks:
        further = max(tally.count - standing.held.votes, 0)
        if further < rules.hold_votes:
            lacks.append(Lack(Need.FURTHER_VOTES, further, rules.hold_votes))
        if (held_for := now - standing.held.since) < rules.hold:
            hour = timedelta(hours=1)
            lacks.append(Lack(Need.HOURS, held_for / hour, rules.hold / hour))
    return tuple(lacks)


def _leading(tally: Tally) -> VerdictState:
    """Return the bin with the most votes; of several any, since none of them has a majority."""
    return max(BINS, key=tally.of)


def _has(state: VerdictState, bar: float, tally: Tally, rules: Rules) -> bool:
    return (
        tally.count >= rules.votes_min
        and tally.chance(state) >= bar
        and tally.evidence(rules) >= rules.evidence_min
    )
