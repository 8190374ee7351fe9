"""A claim as it was: statement, evidence and verdict at a moment, out of the logs.

What is hidden or withdrawn at present stays unreadable in the past as well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import consensus, ratings
from annotations.consensus import Side, Standing, Tally
from annotations.models import (
    NOT_JUDGED,
    READABLE,
    Claim,
    Evidence,
    Helpfulness,
    HelpfulnessChange,
    SourceKind,
    Stance,
    Verdict,
    VerdictChange,
    VerdictState,
)
from annotations.ratings import Shown
from catalogue.rest import parameters


@dataclass(frozen=True, slots=True)
class PastCard:
    """An evidence item as it was: what it said, and what ratings supported."""

    number: int
    url: str
    title: str
    publisher: str
    kind: SourceKind
    stance: Stance
    quote: str
    locator: str
    why: str
    state: Helpfulness
    rating_count: int


@dataclass(frozen=True, slots=True)
class Past:
    """A claim at a moment. `is_readable` tells whether everyone could read it then."""

    at: datetime
    statement: str
    language: str
    is_judged: bool
    is_readable: bool
    evidence: tuple[PastCard, ...]
    verdict: Shown


def read_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment that an address asks for: of a day its end, in UTC.

    Raises ValueError with what is wrong for what is none, and for the future.
    """
    begin, end = (parameters.moment(is_end=is_end)(text) for is_end in (False, True))
    if begin > now:
        raise ValueError(_("It has not come yet."))
    return begin if begin == end else min(end - timedelta.resolution, now)


def parse_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment, as `read_moment`; raises ValidationError for the parameter `at`."""
    try:
        return read_moment(text, now=now)
    except ValueError as error:
        raise ValidationError({"at": ValidationError(str(error), code="invalid")}) from None


def find_past(claim: Claim, at: datetime, user: User | AnonymousUser) -> Past | None:
    """Return a claim as it was, None if it was not there yet. Six queries, seven for a member.

    Whether the user may read the claim is the caller's to ask.
    """
    row = _events("Claim").filter(pgh_obj_id=claim.pk, pgh_created_at__lte=at).last()
    if row is None:
        return None
    is_judged = row.is_checkable and row.kind not in NOT_JUDGED
    cards, counted = _evidence_at(claim, at)
    return Past(
        at=at,
        statement=row.statement,
        language=row.language,
        is_judged=is_judged,
        is_readable=row.state in READABLE,
        evidence=cards,
        verdict=_verdict_at(claim, at, user, counted, is_judged=is_judged),
    )


# --- The verdict ----------------------------------------------------------------------


def _verdict_at(
    claim: Claim,
    at: datetime,
    user: User | AnonymousUser,
    counted: list[tuple[str, str]],
    *,
    is_judged: bool,
) -> Shown:
    # Changes are written under the claim's lock, so their numbers are their order.
    change = VerdictChange.objects.filter(claim=claim, at__lte=at).order_by("-pk").first()
    state = VerdictState(change.state) if change else VerdictState.NEEDS_RATINGS
    votes: dict[consensus.Verdict, int] = dict.fromkeys(consensus.Verdict, 0)
    for event in _rows_at("VerdictVote", claim, at):
        votes[consensus.Verdict(Verdict(event.verdict).value)] += 1
    tally = Tally(
        votes,
        sum(state == Helpfulness.HELPFUL for state, _side in counted),
        {side: sum(pair == (Helpfulness.ONE_VIEWPOINT, side) for pair in counted) for side in Side},
    )
    own = ratings.find_vote(claim, user)
    sees = ratings.may_see_votes(user, claim, has_voted=own is not None)
    standing = Standing(consensus.VerdictState(state.value))
    return Shown(
        state=state,
        since=change.at if change else None,
        vote_count=tally.count,
        lacks=consensus.lacking(standing, tally, at) if is_judged else (),
        bars=consensus.bars(tally) if sees else None,
        rules_version=change.rules_version if change else consensus.RULES.version,
    )


# --- Evidence -------------------------------------------------------------------------


def _evidence_at(claim: Claim, at: datetime) -> tuple[tuple[PastCard, ...], list[tuple[str, str]]]:
    """Return the cards that may be shown, and state and side of all that counted then."""
    then = [row for row in _rows_at("Evidence", claim, at) if row.state in READABLE]
    numbers = [row.pgh_obj_id for row in then]
    readable = set(
        Evidence.objects.filter(Q(claim=claim) | Q(claim__state__in=READABLE))
        .filter(pk__in=numbers, state__in=READABLE)
        .values_list("pk", flat=True)
    )
    changes = HelpfulnessChange.objects.filter(evidence__in=numbers, at__lte=at)
    judged = {
        change.evidence_id: change
        for change in changes.order_by("evidence", "-pk").distinct("evidence")
    }
    counted = [(change.state, change.side) for change in judged.values()]
    cards = [_card(row, judged.get(row.pgh_obj_id)) for row in then if row.pgh_obj_id in readable]
    return tuple(cards), counted


def _card(row: Any, judged: HelpfulnessChange | None) -> PastCard:
    return PastCard(
        number=row.pgh_obj_id,
        url=row.url,
        title=row.title,
        publisher=row.publisher,
        kind=SourceKind(row.kind),
        stance=Stance(row.stance),
        quote=row.quote,
        locator=row.locator,
        why=row.why,
        state=Helpfulness(judged.state) if judged else Helpfulness.NEEDS_RATINGS,
        rating_count=judged.rating_count if judged else 0,
    )


# --- The logs -------------------------------------------------------------------------


def _events(name: str) -> Any:
    """Return the log of a table, oldest first."""
    events: Any = apps.get_model("annotations", f"{name}Event")
    return events.objects.order_by("pgh_id")


def _rows_at(name: str, claim: Claim, at: datetime) -> list[Any]:
    """Return the rows of a claim as they were: each by what its log said last. One query.

    A merge moves rows from claim to claim, so all that were ever its own are looked at.
    """
    events = _events(name)
    ever = events.order_by().filter(claim_id=claim.pk).values("pgh_obj_id")
    last = (
        events.filter(pgh_obj_id__in=ever, pgh_created_at__lte=at)
        .order_by("pgh_obj_id", "-pgh_id")
        .distinct("pgh_obj_id")
    )
    return [row for row in last if row.pgh_label != "delete" and row.claim_id == claim.pk]
