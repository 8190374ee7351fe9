"""What is stored of claims, held against what their rows alone give."""

from collections import Counter, defaultdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotations import consensus, standings
from annotations.models import (
    READABLE,
    Claim,
    ClaimStanding,
    Comment,
    Evidence,
    HelpfulnessRating,
    VerdictVote,
)

# A later look may let a hold go on or end; the counts do not depend on when one looks.
_COUNTS = ("votes", "vote_count", "helpful_count", "helpful_to", "evidence_count", "comment_count")
_STATED = ("state", "side", "score", "groups", "rating_count")


def hold_to_a_recount(*claims: Claim) -> None:
    """Fail unless what is stored of claims and their evidence is what there is to count."""
    for claim in claims:
        stored = ClaimStanding.objects.get(claim=claim)
        votes = Counter(VerdictVote.objects.filter(claim=claim).values_list("verdict", flat=True))
        assert (stored.votes, stored.vote_count) == (dict(votes), votes.total())
        cards = Evidence.objects.filter(claim=claim).select_related("standing")
        assert stored.evidence_count == cards.filter(state__in=READABLE).count()
        comments = Comment.objects.filter(claim=claim, state__in=READABLE)
        assert stored.comment_count == comments.count()
        for card in cards:
            assert card.standing.groups == _groups_of(card)
        before = _snapshot(claim)
        with transaction.atomic():
            standings.recount(standings.locked(claim.pk), now=timezone.now())
        assert _snapshot(claim) == before


def _groups_of(card: Evidence) -> dict[str, dict[str, int]]:
    """Count the ratings of a card by how the raters voted on the claim it stands on."""
    votes = dict(VerdictVote.objects.filter(claim=card.claim_id).values_list("member", "verdict"))
    groups: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rating in HelpfulnessRating.objects.filter(evidence=card):
        verdict = votes.get(rating.member_id)
        side = consensus.SIDES.get(consensus.Verdict(verdict)) if verdict else None
        groups[side.value if side else "neither"][rating.rating] += 1
    return {side: dict(counted) for side, counted in groups.items()}


def _snapshot(claim: Claim) -> tuple[Any, ...]:
    counts = ClaimStanding.objects.filter(claim=claim).values_list(*_COUNTS).get()
    cards = Evidence.objects.filter(claim=claim).order_by("pk")
    return counts, list(cards.values_list(*(f"standing__{name}" for name in _STATED)))
