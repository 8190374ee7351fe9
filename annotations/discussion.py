"""Discussion: what members say about a claim, whom they name in it, and which sources.

How it is read is in `threads`.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from annotations import permissions, revisions, sources, standings, talk
from annotations.models import (
    BODY_MAX,
    READABLE,
    Claim,
    Comment,
    Evidence,
    EvidenceSuggestion,
    Mention,
    State,
)
from annotations.permissions import Action

# More would bury what was said; the others can still be offered by hand.
SUGGESTED_MAX = 5


def say(claim: Claim, *, by: User, body: str, parent: Comment | None = None) -> Comment:
    """Say something about a claim, or answer `parent`.

    Members named by @name are told, and web addresses are offered as evidence, in the same
    transaction. Raises ValidationError (field "body" or "parent"), PermissionDenied.
    """
    comment = Comment(claim=claim, author=by, body=_clean(body))
    _check(comment)
    with transaction.atomic(), revisions.recorded(by=by):
        comment.claim = standings.locked(claim.pk)
        permissions.require(by, Action.ADD, comment.claim)
        if parent is not None:
            comment.parent = _answered(parent, by=by, claim=comment.claim)
        comment.save(force_insert=True)
        follow_text(comment)
        standings.recount(comment.claim, now=timezone.now())
    return comment


def edit(comment: Comment, *, by: User, version: int, body: str) -> Comment:
    """Change one's own comment while that is possible: `version` is the one it started from.

    Raises PermissionDenied (also once the time is over), StaleVersion, ValidationError.
    Nothing is written when nothing changes.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(comment)
        permissions.require(by, Action.EDIT, row, under=row.claim)
        if not is_editable(row, now=timezone.now()):
            raise PermissionDenied(too_late())
        if row.version != version:
            raise revisions.StaleVersion(row)
        text = _clean(body)
        if text != row.body:
            row.body = text
            _check(row)
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=["body", "version", "edited_at"])
            follow_text(row)
    return row


def withdraw(comment: Comment, *, by: User) -> Comment:
    """Take a comment back; the log keeps it, answers stay. Raises PermissionDenied."""
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(comment)
        permissions.require(by, Action.WITHDRAW, row, under=row.claim)
        row.state = State.WITHDRAWN
        row.version += 1
        row.save(update_fields=["state", "version"])
        standings.recount(row.claim, now=timezone.now())
    return row


def is_editable(comment: Comment, *, now: datetime) -> bool:
    """Tell whether a comment is young enough to be changed. No query."""
    return now < comment.created_at + timedelta(minutes=settings.COMMENT_EDIT_MINUTES)


def too_late() -> str:
    """Return what is said when a comment can no longer be changed."""
    minutes = int(settings.COMMENT_EDIT_MINUTES)
    return ngettext(
        "A comment can be changed for %(minutes)d minute. Answer it to add something.",
        "A comment can be changed for %(minutes)d minutes. Answer it to add something.",
        minutes,
    ) % {"minutes": minutes}


def dismiss(suggestion: EvidenceSuggestion, *, by: User) -> None:
    """Say that an address in a comment is no evidence: it is not offered any more.

    Idempotent. Whoever may bring evidence may say so. Raises PermissionDenied.
    """
    with transaction.atomic():
        row = standings.locked_row(suggestion)
        permissions.require(by, Action.ADD, row.claim)
        if row.dismissed_by_id is None:
            row.dismissed_by = by
            row.save(update_fields=["dismissed_by"])


def mark_seen(*, by: User, until: int) -> int:
    """Mark one's mentions as seen, up to the one of number `until`; return how many were new."""
    rows = Mention.objects.filter(member=by, seen_at=None, pk__lte=until)
    return rows.update(seen_at=timezone.now())


def count_unseen(member: User) -> int:
    """Count the mentions that are new to a member; 100 for more than 99. One query."""
    return Mention.objects.visible().filter(member=member, seen_at=None)[:100].count()


def follow_text(comment: Comment) -> None:
    """Make mentions and suggestions those of a comment's present text. The claim is locked."""
    _name_members(comment)
    _suggest_evidence(comment)


def _name_members(comment: Comment) -> None:
    names = [name.lower() for name in talk.mentioned(comment.body)]
    members = (
        User.objects.alias(lower=Lower("username"))
        .filter(lower__in=names, is_active=True)
        .exclude(pk=comment.author_id)
    )
    wanted = set(members.values_list("pk", flat=True))
    comment.mentions.exclude(member__in=wanted).delete()
    Mention.objects.bulk_create(
        [Mention(comment=comment, member_id=pk) for pk in sorted(wanted)], ignore_conflicts=True
    )


def _suggest_evidence(comment: Comment) -> None:
    found = [url for url in talk.bare_addresses(comment.body) if not _is_ours(url)]
    wanted = {sources.mark(url): url for url in found[:SUGGESTED_MAX]}
    comment.suggestions.exclude(url_key__in=wanted).delete()
    cards = Evidence.objects.filter(claim=comment.claim_id, url_key__in=wanted)
    known = set(cards.exclude(state=State.WITHDRAWN).values_list("url_key", flat=True))
    EvidenceSuggestion.objects.bulk_create(
        [
            EvidenceSuggestion(claim_id=comment.claim_id, comment=comment, url=url, url_key=key)
            for key, url in wanted.items()
            if key not in known
        ],
        ignore_conflicts=True,
    )
    # What was named first in a comment that nobody reads any more is offered by this one.
    lost = EvidenceSuggestion.objects.filter(
        claim=comment.claim_id, url_key__in=wanted, dismissed_by=None
    ).exclude(comment__state__in=READABLE)
    lost.update(comment=comment)


def _is_ours(url: str) -> bool:
    """Tell whether an address is a page of this site: claims are no sources of claims."""
    return urlsplit(url).netloc == urlsplit(settings.SITE_URL).netloc


def _answered(parent: Comment, *, by: User, claim: Claim) -> Comment:
    row = Comment.objects.select_for_update().get(pk=parent.pk)
    if row.claim_id != claim.pk:
        message = _("What you answer is said about another claim.")
        raise ValidationError({"parent": ValidationError(message, code="other_claim")})
    permissions.require(by, Action.ADD, row, under=claim)
    return row


def _clean(body: str) -> str:
    return body.replace("\r\n", "\n").strip()


def _check(comment: Comment) -> None:
    """Raise ValidationError unless the text can be stored."""
    comment.clean_fields(exclude={"claim", "parent", "author", "state", "version"})
    # The column itself takes any length.
    if len(comment.body) > BODY_MAX:
        message = ngettext(
            "A comment has %(max)d character at most.",
            "A comment has %(max)d characters at most.",
            BODY_MAX,
        ) % {"max": BODY_MAX}
        raise ValidationError({"body": ValidationError(message, code="max_length")})
