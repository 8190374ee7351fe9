"""What everyone may see of a member: what they marked and brought, and since when they are here.

Nothing private: no address, no votes, no ratings, nothing that is hidden or taken back.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Value

from accounts.models import User
from annotations.models import READABLE, Claim, Comment, Evidence
from catalogue import paging

NEWEST = paging.Ordering("newest", F("created_at"), paging.read_moment)
COUNTED_MAX = 1000


@dataclass(frozen=True, slots=True)
class Doings:
    """How much of each sort everyone may read of a member; COUNTED_MAX + 1 for more than that."""

    claims: int
    evidence: int
    comments: int

    @property
    def most(self) -> int:
        """Return up to how many are counted."""
        return COUNTED_MAX


def doings_of(member: User) -> Doings:
    """Count what everyone may read of a member. One query."""
    said = Comment.objects.filter(state__in=READABLE, claim__state__in=READABLE, author=member)
    sorts = {"claims": claims_of(member), "evidence": evidence_of(member), "comments": said}
    # Not past the most of each: what comes back is a word a row.
    first, *others = (
        rows.order_by().values_list(Value(sort))[: COUNTED_MAX + 1] for sort, rows in sorts.items()
    )
    counted = Counter(sort for (sort,) in first.union(*others, all=True))
    return Doings(**{sort: counted[sort] for sort in sorts})


def claims_of(member: User) -> QuerySet[Claim]:
    """Return the claims of a member that everyone may read."""
    return Claim.objects.visible().filter(author=member)


def evidence_of(member: User) -> QuerySet[Any]:
    """Return the cards of a member that everyone may read, on claims that everyone may read."""
    return Evidence.objects.filter(
        state__in=READABLE, claim__state__in=READABLE, author=member
    ).select_related("claim", "standing")
