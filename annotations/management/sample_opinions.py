"""Loads what the fictional members of the sample catalogue say of its claims."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from accounts.models import User
from annotations import consensus, discussion, evidence, revisions, standings
from annotations.models import (
    Claim,
    Evidence,
    HelpfulnessRating,
    Link,
    LinkCheck,
    LinkState,
    VerdictVote,
)

# Votes were cast days ago, the last of them after the hold, so that verdicts are stated.
BEGUN = timedelta(days=4)
LATER = consensus.RULES.hold + timedelta(hours=2)
_CARD = (
    "url", "title", "kind", "stance", "publisher", "creator", "published_on", "archive_url",
    "quote", "locator", "why",
)  # fmt: skip


def load(folder: Path, members: dict[str, User]) -> None:
    """Load evidence, votes, ratings and comments, on claims that have none yet."""
    rows = Claim.objects.filter(author__in=members.values(), standing__vote_count=0)
    claims = {claim.statement: claim for claim in rows.select_related("author")}
    begun = timezone.now() - BEGUN
    cards: dict[int, list[tuple[Evidence, dict[str, Any]]]] = {}
    for row in _read(folder / "evidence.json"):
        if claim := claims.get(row["claim"]):
            card = _bring(claim, row, members[row["by"]], begun)
            cards.setdefault(claim.pk, []).append((card, row.get("ratings", {})))
    for row in _read(folder / "votes.json"):
        if claim := claims.get(row["claim"]):
            _vote(claim, row, list(members.values()), cards.get(claim.pk, []), begun)
    for row in _read(folder / "comments.json"):
        if claim := claims.get(row["claim"]):
            said = discussion.say(claim, by=members[row["by"]], body=row["body"])
            for answer in row["answers"]:
                discussion.say(claim, by=members[answer["by"]], body=answer["body"], parent=said)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        yield from json.loads(path.read_text(encoding="utf-8"))


def _bring(claim: Claim, row: dict[str, Any], by: User, begun: datetime) -> Evidence:
    card = evidence.bring(claim, by=by, **{name: row[name] for name in _CARD if name in row})
    # That it was long ago is nobody's word.
    revisions.end_person()
    Claim.objects.filter(pk=claim.pk).update(created_at=begun - timedelta(days=1))
    Evidence.objects.filter(pk=card.pk).update(created_at=begun - timedelta(hours=2))
    # Addresses of sources that do not exist are nobody's to ask.
    link = Link.objects.filter(pk=card.link_id)
    link.update(due_at=None)
    if row.get("is_dead"):
        link.update(state=LinkState.DEAD, http_status=404, since=begun, checked_at=begun)
        LinkCheck.objects.create(
            link_id=card.link_id, at=begun, state=LinkState.DEAD, http_status=404
        )
    return card


def _vote(
    claim: Claim,
    row: dict[str, Any],
    members: list[User],
    cards: Iterable[tuple[Evidence, dict[str, Any]]],
    begun: datetime,
) -> None:
    """Cast all votes on a claim but the last, rate its evidence, and cast the last a day later."""
    # Everyone gets another place from claim to claim, so that nobody always says the same.
    at = claim.pk % len(members)
    voters = [one for one in members[at:] + members[:at] if one != claim.author]
    verdicts = list(_mixed(row["votes"]))
    pairs = list(zip(voters, verdicts, strict=False))
    early = len(pairs) - row["late"]
    for moment, cast in ((begun, pairs[:early]), (begun + LATER, pairs[early:])):
        for member, verdict in cast:
            with revisions.recorded(by=member):
                VerdictVote.objects.create(
                    claim=claim, member=member, verdict=verdict, claim_version=1, cast_at=moment
                )
        if moment == begun:
            for card, ratings in cards:
                _rate(card, ratings, pairs[:early], begun)
        standings.recount(claim, now=moment)


def _mixed(votes: dict[str, int]) -> Iterator[str]:
    """Give each verdict as often as it was cast, by turns."""
    left = dict(votes)
    while left:
        for verdict in list(left):
            yield verdict
            left[verdict] -= 1
            if not left[verdict]:
                del left[verdict]


def _rate(
    card: Evidence, ratings: dict[str, list[int]], cast: list[tuple[User, str]], at: datetime
) -> None:
    """Let those who voted on a side rate a card: so many find it helpful, somewhat, or not."""
    for side, counts in ratings.items():
        raters = [
            member
            for member, verdict in cast
            if consensus.SIDES.get(consensus.Verdict(verdict)) == side and member != card.author
        ]
        said = [
            rating for rating, count in zip(consensus.Rating, counts, strict=True)
            for _ in range(count)
        ]  # fmt: skip
        for member, rating in zip(raters, said, strict=False):
            with revisions.recorded(by=member):
                HelpfulnessRating.objects.create(
                    evidence=card, member=member, rating=rating, cast_at=at
                )
