"""What is missing of a verdict, in sentences. Pages and API say the same.

Numbers that tell how others voted are told only to those who see votes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.consensus import Lack, Need
from annotations.models import Claim, VerdictState

# The state of what is filed and not judged, beside those of verdicts.
FILED = "filed"

# For those who do not see how others voted, and for a chance, which is no count.
VAGUE: dict[Need, str | Promise] = {
    Need.MAJORITY: gettext_lazy("No verdict is far enough ahead yet."),
    **dict.fromkeys(
        (Need.RATINGS_FROM_ACCURATE, Need.RATINGS_FROM_INACCURATE),
        gettext_lazy("Needs more ratings by people who voted differently on the claim."),
    ),
    **dict.fromkeys(
        (Need.AGREEMENT_IN_ACCURATE, Need.AGREEMENT_IN_INACCURATE),
        gettext_lazy("Not enough people who voted differently on the claim find it helpful."),
    ),
}
EXACT: dict[Need, str | Promise] = {
    Need.RATINGS: gettext_lazy("Ratings: %(has)s so far, at least %(wants)s needed."),
    Need.RATINGS_FROM_ACCURATE: gettext_lazy(
        "Ratings by people who voted accurate or mostly accurate: %(has)s so far, "
        "at least %(wants)s needed."
    ),
    Need.RATINGS_FROM_INACCURATE: gettext_lazy(
        "Ratings by people who voted misleading or inaccurate: %(has)s so far, "
        "at least %(wants)s needed."
    ),
    Need.AGREEMENT_IN_ACCURATE: gettext_lazy(
        "Too few of the people who voted accurate or mostly accurate find it helpful: it is "
        "%(has)s likely that most like them would, at least %(wants)s is needed."
    ),
    Need.AGREEMENT_IN_INACCURATE: gettext_lazy(
        "Too few of the people who voted misleading or inaccurate find it helpful: it is "
        "%(has)s likely that most like them would, at least %(wants)s is needed."
    ),
    Need.VOTES: gettext_lazy("Votes: %(has)s so far, at least %(wants)s needed."),
    Need.MAJORITY: gettext_lazy(
        "No verdict is far enough ahead: it is %(has)s likely that most people are for the "
        "one that leads, at least %(wants)s is needed."
    ),
    Need.EVIDENCE: gettext_lazy(
        "Evidence that was found helpful: %(has)s so far, at least %(wants)s needed."
    ),
    Need.FURTHER_VOTES: gettext_lazy(
        "Votes since it was earned: %(has)s so far, at least %(wants)s needed."
    ),
    Need.HOURS: gettext_lazy("Hours since it was earned: %(has)s so far, %(wants)s needed."),
}
_CHANCES = (Need.MAJORITY, Need.AGREEMENT_IN_ACCURATE, Need.AGREEMENT_IN_INACCURATE)


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that is missing, in words; numbers are None where they would tell of votes."""

    need: Need
    has: float | None
    wants: float
    words: str


def state_of(claim: Claim) -> str:
    """Return what is stated of a claim, or that it is filed. Needs its standing loaded."""
    if not claim.is_judged:
        return FILED
    standing = getattr(claim, "standing", None)
    return standing.state if standing else VerdictState.NEEDS_RATINGS.value


def missing(lacks: Iterable[Lack], *, sees_votes: bool) -> list[Missing]:
    """Return what is missing, for somebody who sees how others voted or does not."""
    told: dict[str, Missing] = {}
    for lack in lacks:
        is_told = sees_votes or lack.need not in VAGUE
        words = _exactly(lack) if is_told else str(VAGUE[lack.need])
        # Without numbers both sides lack the same: it is said once.
        told.setdefault(words, Missing(lack.need, lack.has if is_told else None, lack.wants, words))
    return list(told.values())


def in_short(vote_count: int, votes_min: int) -> str:
    """Return why nothing is stated where too few have voted; empty if enough have."""
    if vote_count >= votes_min:
        return ""
    told = _("Needs more ratings: %(has)d so far, at least %(wants)d needed")
    return told % {"has": vote_count, "wants": votes_min}


def _exactly(lack: Lack) -> str:
    form = likely if lack.need in _CHANCES else _whole
    return str(EXACT[lack.need]) % {"has": form(lack.has), "wants": form(lack.wants)}


def percent(share: float) -> str:
    """Return a share in whole per cent."""
    return _("%(share)d\u00a0%%") % {"share": round(share * 100)}


# What is not reached yet never reads as if it were: the next two round down.


def likely(chance: float) -> str:
    """Return a chance in whole per cent."""
    return percent(floor(chance * 100 + 1e-9) / 100)


def _whole(value: float) -> str:
    return str(floor(value))
