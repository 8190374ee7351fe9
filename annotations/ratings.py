"""Votes on claims and ratings of evidence: casting, changing and taking them back.

What they support is counted anew in the same transaction (`standings`): a vote regroups the
ratings of the claim's evidence, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import consensus, permissions, revisions, standings
from annotations.consensus import Bar, Lack, Side
from annotations.models import (
    Claim,
    ClaimStanding,
    Evidence,
    EvidenceStanding,
    Helpfulness,
    HelpfulnessRating,
    Rating,
    Verdict,
    VerdictState,
    VerdictVote,
)
from annotations.permissions import Action

# --- Votes ----------------------------------------------------------------------------


def may_vote(user: User | AnonymousUser, claim: Claim) -> bool:
    """Tell whether a user may vote on a claim, now. No query."""
    return claim.is_judged and permissions.may(user, Action.RATE, claim)


def may_see_votes(user: User | AnonymousUser, claim: Claim, *, has_voted: bool) -> bool:
    """Tell whether a user sees how others voted: all do but those who are still to vote.

    Nobody's judgement is to follow the crowd's. Everything that shows votes asks here.
    """
    return has_voted or not may_vote(user, claim)


def cast_vote(
    claim: Claim,
    *,
    by: User,
    verdict: str,
    version: int | None = None,
    now: datetime | None = None,
) -> VerdictVote:
    """Vote on a claim, or change one's vote. The same vote again changes nothing.

    `version` is that of the wording one has read, the present one if not given. Locks the
    claim. Raises PermissionDenied, ValidationError.
    """
    _known(Verdict.values, "verdict", verdict)
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked(claim.pk)
        _require_judged(row)
        permissions.require(by, Action.RATE, row)
        moment = now or timezone.now()
        read = min(version or row.version, row.version)
        vote = find_vote(row, by) or VerdictVote(claim=row, member=by)
        if (vote.verdict, vote.claim_version) == (verdict, read):
            return vote
        vote.verdict, vote.claim_version, vote.cast_at = verdict, read, moment
        vote.save(update_fields=["verdict", "claim_version", "cast_at"] if vote.pk else None)
        standings.recount(row, now=moment)
    return vote


def take_back_vote(claim: Claim, *, by: User, now: datetime | None = None) -> None:
    """Take one's vote back; the log keeps it. Without a vote nothing changes.

    Locks the claim. Raises PermissionDenied.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked(claim.pk)
        permissions.require(by, Action.RATE, row)
        taken, _by_model = VerdictVote.objects.filter(claim=row, member=by).delete()
        if taken:
            standings.recount(row, now=now or timezone.now())


# --- Ratings --------------------------------------------------------------------------


def rate(
    card: Evidence, *, by: User, rating: str, now: datetime | None = None
) -> HelpfulnessRating:
    """Rate an evidence item, or change one's rating. The same again changes nothing.

    Locks its claim. Raises PermissionDenied, ValidationError.
    """
    _known(Rating.values, "rating", rating)
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(card)
        _require_judged(row.claim)
        _require_rating(by, row)
        moment = now or timezone.now()
        found = HelpfulnessRating.objects.filter(evidence=row, member=by).first()
        own = found or HelpfulnessRating(evidence=row, member=by)
        if own.rating == rating:
            return own
        own.rating, own.cast_at = rating, moment
        own.save(update_fields=["rating", "cast_at"] if own.pk else None)
        standings.recount(row.claim, now=moment)
    return own


def take_back_rating(card: Evidence, *, by: User, now: datetime | None = None) -> None:
    """Take one's rating back; the log keeps it. Without a rating nothing changes.

    Locks its claim. Raises PermissionDenied.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(card)
        _require_rating(by, row)
        taken, _by_model = HelpfulnessRating.objects.filter(evidence=row, member=by).delete()
        if taken:
            standings.recount(row.claim, now=now or timezone.now())


def _require_rating(by: User, card: Evidence) -> None:
    permissions.require(by, Action.RATE, card, under=card.claim)


def _require_judged(claim: Claim) -> None:
    if not claim.is_judged:
        raise PermissionDenied(_("It is filed, not judged."))


def _known(words: Sequence[str], field: str, word: str) -> None:
    if word not in words:
        message = _("Not one of: %(words)s.") % {"words": ", ".join(words)}
        raise ValidationError({field: ValidationError(message, code="invalid_choice")})


# --- What is shown --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """What one person is shown of a claim's verdict. `bars` is None while votes are hidden.

    `read_statement` is what the claim said when they voted, if that has changed since.
    """

    state: VerdictState
    since: datetime | None
    vote_count: int
    lacks: tuple[Lack, ...]
    bars: tuple[Bar, ...] | None
    rules_version: int
    own: VerdictVote | None = None
    may_vote: bool = False
    read_statement: str = ""

    @property
    def is_enough(self) -> bool:
        """Tell whether enough people voted for shares and colours."""
        return self.vote_count >= consensus.RULES.votes_min


def shown(claim: Claim, user: User | AnonymousUser, *, now: datetime) -> Shown:
    """Return what a user is shown of a claim's verdict. At most two queries.

    Needs the claim's standing loaded.
    """
    row = getattr(claim, "standing", None) or ClaimStanding(claim=claim)
    own = find_vote(claim, user)
    standing, tally = standings.standing_of(row), standings.tally_of(row)
    sees = may_see_votes(user, claim, has_voted=own is not None)
    return Shown(
        state=VerdictState(row.state),
        since=row.since,
        vote_count=row.vote_count,
        lacks=consensus.lacking(standing, tally, now) if claim.is_judged else (),
        bars=consensus.bars(tally) if sees else None,
        rules_version=row.rules_version,
        own=own,
        may_vote=may_vote(user, claim),
        read_statement=_statement_read(claim, own) if own else "",
    )


def find_vote(claim: Claim, user: User | AnonymousUser) -> VerdictVote | None:
    """Return a member's vote on a claim. One query, none for a visitor."""
    if not isinstance(user, User):
        return None
    return VerdictVote.objects.filter(claim=claim, member=user).first()


def _statement_read(claim: Claim, vote: VerdictVote) -> str:
    """Return the wording that was voted on, if the present one is another."""
    if vote.claim_version == claim.version:
        return ""
    read = revisions.find_statement(claim, vote.claim_version)
    return "" if read == claim.statement else read


@dataclass(frozen=True, slots=True)
class CardShown:
    """What one person is shown of an evidence item's helpfulness.

    `sees_votes` tells whether sides may be told apart before them.
    """

    number: int
    state: Helpfulness
    side: Side | None
    rating_count: int
    lacks: tuple[Lack, ...]
    own: str
    may_rate: bool
    sees_votes: bool


def cards_shown(
    claim: Claim, user: User | AnonymousUser, *, has_voted: bool
) -> dict[int, CardShown]:
    """Return what a user is shown of the helpfulness of a claim's evidence, by evidence.

    One query for a visitor, two for a member, however much there is.
    """
    cards = Evidence.objects.filter(claim=claim).select_related("standing")
    own = standings.members_ratings(user.pk, claim.pk) if isinstance(user, User) else {}
    sees = may_see_votes(user, claim, has_voted=has_voted)
    return {
        card.pk: _card_shown(
            card,
            own.get(card.pk, ""),
            may_rate=claim.is_judged and permissions.may(user, Action.RATE, card, under=claim),
            sees_votes=sees,
        )
        for card in cards
    }


def _card_shown(card: Evidence, own: str, *, may_rate: bool, sees_votes: bool) -> CardShown:
    row = getattr(card, "standing", None) or EvidenceStanding(evidence=card)
    groups = {side: consensus.Ratings(**counted) for side, counted in row.groups.items()}
    return CardShown(
        number=card.pk,
        state=Helpfulness(row.state),
        side=Side(row.side) if row.side else None,
        rating_count=row.rating_count,
        lacks=consensus.judge(consensus.Weights(**groups)).lacks,
        own=own,
        may_rate=may_rate,
        sees_votes=sees_votes,
    )
