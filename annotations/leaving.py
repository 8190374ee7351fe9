"""Leaving for good: what a member owns goes; what they gave stays without a name, or goes too."""

import logging
from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts import closing
from accounts.letters import verified_addresses
from accounts.models import User
from accounts.preferences import chosen_by
from annotations import claims, disclosures, discussion, evidence, occurrences, ratings
from annotations.models import (
    Claim,
    Comment,
    Disclosure,
    Evidence,
    HelpfulnessRating,
    LastLook,
    Mention,
    Occurrence,
    State,
    VerdictVote,
)
from catalogue import copies, subscriptions, watches
from catalogue.models import Copy, PhraseWatch, SavedSearch, Subscription

logger = logging.getLogger(__name__)


def leave(member: User, *, withdraws: bool) -> None:
    """Delete a member's account, at their wish.

    With `withdraws` all that they wrote and judged is taken back first, but where a moderator
    closed it. Each of these steps stands by itself, so that no two members' locks cross; if one
    fails the account is still there, and leaving goes on where it stopped. A confirmed address
    gets a last letter. Raises PermissionDenied for the last operator.
    """
    closing.require_closable(member)
    if withdraws:
        _withdraw_all(member)
    for subscription in Subscription.objects.filter(by=member):
        subscriptions.delete(subscription, by=member)
    for watch in PhraseWatch.objects.filter(owner=member):
        watches.remove(watch, by=member)
    SavedSearch.objects.filter(owner=member).delete()
    Mention.objects.filter(member=member).delete()
    LastLook.objects.filter(member=member).delete()
    address = verified_addresses([member.pk]).get(member.pk)
    with chosen_by(member):
        subject = _("Your account was deleted")
        letter = render_to_string(
            "annotations/left.txt", {"name": member.username, "site": settings.SITE_URL}
        )
    closing.close(member)
    if address:
        _tell(address, subject, letter)


def counts(member: User) -> dict[str, int]:
    """Return how much of each kind would be signed by nobody, or be withdrawn. Eight queries."""
    return {name: rows.count() for name, rows in _given(member).items()}


def _given(member: User) -> dict[str, QuerySet[Any]]:
    """Return what a member can take back."""
    own = {"author": member, "state": State.VISIBLE}
    return {
        "votes": VerdictVote.objects.filter(member=member).select_related("claim"),
        "ratings": HelpfulnessRating.objects.filter(member=member).select_related("evidence"),
        "comments": Comment.objects.filter(**own),
        "evidence": Evidence.objects.filter(**own),
        "moments": Occurrence.objects.filter(**own),
        "claims": Claim.objects.filter(**own),
        "disclosures": Disclosure.objects.filter(**own),
        "copies": Copy.objects.filter(added_by=member, withdrawn_at=None),
    }


def _withdraw_all(member: User) -> None:
    ways: dict[str, Callable[[Any], Any]] = {
        "votes": lambda vote: ratings.take_back_vote(vote.claim, by=member),
        "ratings": lambda rating: ratings.take_back_rating(rating.evidence, by=member),
        "comments": lambda comment: discussion.withdraw(comment, by=member),
        "evidence": lambda card: evidence.withdraw(card, by=member),
        "moments": lambda moment: occurrences.withdraw(moment, by=member),
        "claims": lambda claim: claims.withdraw(claim, by=member),
        "disclosures": lambda row: disclosures.withdraw(row, by=member),
        "copies": lambda copy: copies.withdraw(copy, by=member),
    }
    for name, rows in _given(member).items():
        for row in rows:
            try:
                ways[name](row)
            except PermissionDenied:
                # It was closed, or what it stands under: it stays, without the name.
                logger.info("%s %s of a member who leaves stays: it is closed", name, row.pk)


def _tell(address: str, subject: str, letter: str) -> None:
    """Write the last letter; the account is gone, whatever becomes of it."""
    try:
        send_mail(subject, letter, None, [address])
    except (OSError, SMTPException) as error:
        logger.warning("a last letter was not sent: %s", error)
