"""What templates say about verdicts and ratings: shape, colour, words, shares."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from annotations import consensus, verdict_words
from annotations.models import Claim, Helpfulness, Occurrence, Rating, Verdict, VerdictState
from annotations.ratings import CardShown, Shown

register = template.Library()

FILED = _("Filed, not judged")

# One name for the colour (`v-…`) and the shape (`m-…`) of a state, a vote or a rating.
LOOKS: dict[str, str] = {
    VerdictState.NEEDS_RATINGS.value: "open",
    VerdictState.ACCURATE.value: "accurate",
    VerdictState.NEEDS_CONTEXT.value: "context",
    VerdictState.INACCURATE.value: "inaccurate",
    verdict_words.FILED: "filed",
    Verdict.MOSTLY_ACCURATE.value: "accurate",
    Verdict.MISLEADING.value: "inaccurate",
    Verdict.UNSUPPORTED.value: "open",
    Verdict.NOT_CHECKABLE.value: "open",
    Helpfulness.HELPFUL.value: "accurate",
    Helpfulness.ONE_VIEWPOINT.value: "context",
    Helpfulness.CONTESTED.value: "contested",
    Helpfulness.NOT_HELPFUL.value: "inaccurate",
    Rating.YES.value: "accurate",
    Rating.SOMEWHAT.value: "context",
    Rating.NO.value: "inaccurate",
}


@register.filter
def look(state: str) -> str:
    """Return the name of a state's shape and colour."""
    return LOOKS[str(state)]


@register.filter
def claim_look(claim: Claim) -> str:
    """Return the name of a claim's shape and colour. Needs its standing loaded."""
    return LOOKS[verdict_words.state_of(claim)]


@register.filter
def claim_state(claim: Claim) -> str:
    """Return the state of a claim as addresses name it. Needs its standing loaded."""
    return verdict_words.state_of(claim)


@register.filter
def has_state(occurrences: Sequence[Occurrence], state: str) -> bool:
    """Tell whether a claim of a mark is in a state; in any, if none is named."""
    return not state or any(verdict_words.state_of(one.claim) == state for one in occurrences)


@register.filter
def state_label(state: str) -> str:
    """Return a state of claims in words."""
    return str(FILED if state == verdict_words.FILED else VerdictState(state).label)


@register.filter
def common_look(occurrences: Sequence[Occurrence]) -> str:
    """Return the look that all claims of one mark share; that of none, if they differ."""
    looks = {claim_look(occurrence.claim) for occurrence in occurrences}
    return looks.pop() if len(looks) == 1 else "mixed"


@register.filter
def state_words(claim: Claim) -> str:
    """Return what is stated of a claim. Needs its standing loaded."""
    return state_label(verdict_words.state_of(claim))


@register.filter
def verdict_label(state: str) -> str:
    """Return a stated verdict in words."""
    return str(VerdictState(state).label)


@register.filter
def vote_label(vote: str) -> str:
    """Return one member's verdict in words."""
    return str(Verdict(vote).label)


@register.filter
def missing(shown: Shown | CardShown) -> list[str]:
    """Return what is missing of a verdict or of a card's helpfulness, in sentences."""
    sees = shown.bars is not None if isinstance(shown, Shown) else shown.sees_votes
    return [one.words for one in verdict_words.missing(shown.lacks, sees_votes=sees)]


@register.filter
def in_short(shown: Shown) -> str:
    """Return that votes are missing, and how many; empty if there are enough."""
    return verdict_words.in_short(shown.vote_count, consensus.RULES.votes_min)


@register.filter
def width(share: float | None) -> str:
    """Return a share as the width of a bar."""
    return "0" if share is None else f"{share * 100:.2f}%"


@register.filter
def percent(share: float | None) -> str:
    """Return a share in whole per cent; nothing for one that is not told."""
    return "" if share is None else verdict_words.percent(share)


@register.filter
def likely(chance: float) -> str:
    """Return a chance in whole per cent, rounded down: what is not reached never reads so."""
    return verdict_words.likely(chance)


@register.simple_tag
def rating_choices() -> list[tuple[str, Any]]:
    """Return the ratings there are, best first."""
    return list(Rating.choices)
