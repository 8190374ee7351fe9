"""What is stated of claims and evidence: counted anew whenever what it rests on changes.

Everything that changes a claim's votes, evidence or comments locks the claim's row first
(`locked`), and calls `recount` before it ends: so what is stored equals a recount at any time.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar, cast

from django.db import connection, transaction
from django.db.models import Count, Model

from annotations import consensus, live
from annotations.consensus import (
    Held,
    Helpfulness,
    Judgement,
    Standing,
    Tally,
    Verdict,
    VerdictState,
)
from annotations.models import (
    READABLE,
    Claim,
    ClaimStanding,
    Comment,
    Evidence,
    EvidenceStanding,
    HelpfulnessChange,
    HelpfulnessRating,
    VerdictChange,
    VerdictVote,
)

_STORED = ("state", "side", "score", "groups", "rating_count", "rules_version", "since")
Row = TypeVar("Row", bound=Model)
GroupedRatings = dict[tuple[consensus.Rating, Verdict | None], int]

_RATINGS = """
SELECT r.evidence_id, r.rating, v.verdict, count(*)
  FROM annotations_helpfulnessrating r
  JOIN annotations_evidence e ON e.id = r.evidence_id
  LEFT JOIN annotations_verdictvote v ON v.claim_id = e.claim_id AND v.member_id = r.member_id
 WHERE e.claim_id = %s
 GROUP BY 1, 2, 3
"""


def locked(claim_id: int, *others: int) -> Claim:
    """Lock a claim (or several) until the transaction ends, and return the first as it is now.

    Everyone locks claims first and in the order of their numbers, so that nobody waits for
    one who waits for them. Whoever looks at them is told once it is committed. Raises
    Claim.DoesNotExist.
    """
    wanted = sorted({claim_id, *others})
    rows = Claim.objects.filter(pk__in=wanted).defer("search").order_by("pk").select_for_update()
    found = {row.pk: row for row in rows}
    if missing := set(wanted) - found.keys():
        raise Claim.DoesNotExist(f"no claim {sorted(missing)}")
    live.announce(*wanted)
    return found[claim_id]


def locked_row(row: Row) -> Row:
    """Lock a row and, first, the claim that it stands under; return the row as it is now.

    A merge may move the row while one waits for its claim: then that claim is let go before
    the other is locked, or somebody could hold a higher number and wait for a lower.
    """
    if isinstance(row, Claim):
        return cast("Row", locked(row.pk))
    rows = type(row)._default_manager  # noqa: SLF001 (how Django names a table's rows)
    if not hasattr(row, "claim_id"):
        return rows.select_for_update(of=("self",)).get(pk=row.pk)
    while True:
        number = rows.values_list("claim", flat=True).get(pk=row.pk)
        before = transaction.savepoint()
        claim = locked(number)
        found = rows.select_for_update(of=("self",)).get(pk=row.pk)
        if found.claim_id == number:  # type: ignore[attr-defined]
            transaction.savepoint_commit(before)
            found.claim = claim  # type: ignore[attr-defined]
            return found
        transaction.savepoint_rollback(before)


def recount(claim: Claim, *, now: datetime) -> ClaimStanding:
    """Count votes, ratings, evidence and comments of a claim anew; store what they support.

    The claim is locked. Six to nine queries, however much there is to count.
    """
    judged = _recount_evidence(claim, now)
    votes = _votes_of(claim)
    tally = consensus.tally_of(votes, judged)
    standing, _is_new = ClaimStanding.objects.get_or_create(claim=claim)
    old = standing_of(standing)
    found = consensus.next_standing(old, tally, now) if claim.is_judged else _unjudged(old, now)
    _write(standing, found, tally)
    standing.evidence_count = len(judged)
    standing.comment_count = Comment.objects.filter(claim=claim, state__in=READABLE).count()
    standing.save()
    if found.state is not old.state:
        VerdictChange.objects.create(
            claim=claim,
            at=now,
            state=found.state,
            votes=standing.votes,
            vote_count=standing.vote_count,
            helpful_count=standing.helpful_count,
            helpful_to=standing.helpful_to,
            rules_version=found.version,
        )
    return standing


def settle_due(*, now: datetime, limit: int = 100) -> int:
    """Look again at claims whose held verdict is due; return how many. Any number may run."""
    due = ClaimStanding.objects.filter(due_at__lte=now).order_by("due_at")
    numbers = list(due.values_list("claim", flat=True)[:limit])
    for number in numbers:
        with transaction.atomic():
            recount(locked(number), now=now)
    return len(numbers)


def standing_of(row: ClaimStanding) -> Standing:
    """Return a stored standing as the rules know it."""
    held = None
    if row.held_state and row.held_since:
        held = Held(VerdictState(row.held_state), row.held_since, row.held_votes)
    return Standing(VerdictState(row.state), row.since, held, row.rules_version)


def tally_of(row: ClaimStanding) -> Tally:
    """Return the counts that a stored standing rests on."""
    return Tally(
        {Verdict(verdict): people for verdict, people in row.votes.items()},
        row.helpful_count,
        {consensus.Side(side): items for side, items in row.helpful_to.items()},
    )


def _write(row: ClaimStanding, found: Standing, tally: Tally) -> None:
    row.state, row.since, row.rules_version = found.state, found.since, found.version
    row.held_state = found.held.state if found.held else ""
    row.held_since = found.held.since if found.held else None
    row.held_votes = found.held.votes if found.held else 0
    # A hold that is over in time waits for votes, and every vote looks again.
    row.due_at = _due_at(found, tally)
    row.votes = {verdict.value: people for verdict, people in tally.votes.items() if people}
    row.vote_count = tally.count
    row.helpful_count = tally.helpful
    row.helpful_to = {side.value: items for side, items in tally.helpful_to.items() if items}


def _unjudged(old: Standing, now: datetime) -> Standing:
    """Return what is stated of a claim that is only filed: nothing, since it was filed."""
    is_dropped = old.state is not VerdictState.NEEDS_RATINGS
    return Standing(since=now if is_dropped else old.since)


def _due_at(found: Standing, tally: Tally) -> datetime | None:
    if found.held is None:
        return None
    is_waited_for = tally.count - found.held.votes >= consensus.RULES.hold_votes
    return found.due_at() if is_waited_for else None


def _votes_of(claim: Claim) -> dict[Verdict, int]:
    counted = VerdictVote.objects.filter(claim=claim).values_list("verdict")
    return {Verdict(verdict): people for verdict, people in counted.annotate(Count("pk"))}


def _recount_evidence(claim: Claim, now: datetime) -> list[Judgement]:
    """Judge all evidence of a claim, store what changed, return what counts: the readable."""
    items = Evidence.objects.filter(claim=claim).select_related("standing").order_by("pk")
    grouped = _ratings_of(claim)
    stored: list[EvidenceStanding] = []
    changes: list[HelpfulnessChange] = []
    counts: list[Judgement] = []
    for item in items:
        judgement = consensus.judge(consensus.weigh(grouped[item.pk]))
        if item.is_readable:
            counts.append(judgement)
        old = getattr(item, "standing", None)
        new = _evidence_standing(item, judgement, grouped[item.pk])
        has_changed = (old.state, old.side) != (new.state, new.side) if old else _is_stated(new)
        new.since = now if has_changed else old.since if old else None
        if old is None or any(getattr(old, name) != getattr(new, name) for name in _STORED):
            stored.append(new)
        if has_changed:
            changes.append(
                HelpfulnessChange(
                    evidence=item, at=now, state=new.state, side=new.side,
                    rating_count=new.rating_count, rules_version=new.rules_version,
                )
            )  # fmt: skip
    _store(stored)
    HelpfulnessChange.objects.bulk_create(changes)
    return counts


def _is_stated(row: EvidenceStanding) -> bool:
    return row.state != Helpfulness.NEEDS_RATINGS


def _ratings_of(claim: Claim) -> dict[int, GroupedRatings]:
    """Return how many rated so and voted so, by evidence."""
    grouped: dict[int, GroupedRatings] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_RATINGS, [claim.pk])
        for number, rating, verdict, people in cursor.fetchall():
            key = consensus.Rating(rating), Verdict(verdict) if verdict else None
            grouped[number][key] = people
    return grouped


def _evidence_standing(
    item: Evidence, judgement: Judgement, ratings: GroupedRatings
) -> EvidenceStanding:
    groups: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (rating, verdict), people in ratings.items():
        side = consensus.SIDES.get(verdict) if verdict else None
        groups[side.value if side else "neither"][rating.value] += people
    return EvidenceStanding(
        evidence=item,
        state=judgement.state.value,
        side=judgement.side.value if judgement.side else "",
        score=judgement.score,
        groups={side: dict(counted) for side, counted in groups.items()},
        rating_count=sum(ratings.values()),
        rules_version=judgement.version,
    )


def _store(rows: Iterable[EvidenceStanding]) -> None:
    EvidenceStanding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["evidence"],
        update_fields=_STORED,
    )


def members_votes(member_id: int, claims: Iterable[int]) -> dict[int, str]:
    """Return how one member voted on claims, by claim. One query."""
    rows = VerdictVote.objects.filter(member=member_id, claim__in=list(claims))
    return dict(rows.values_list("claim", "verdict"))


def members_ratings(member_id: int, claim_id: int) -> dict[int, str]:
    """Return how one member rated a claim's evidence, by evidence. One query."""
    rows = HelpfulnessRating.objects.filter(member=member_id, evidence__claim=claim_id)
    return dict(rows.values_list("evidence", "rating"))
