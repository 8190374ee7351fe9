"""Letters about watched phrases: one to each member for all that was found since the last."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from accounts.letters import verified_addresses
from accounts.models import User
from accounts.preferences import is_language
from catalogue.models import PhraseMatch

logger = logging.getLogger(__name__)

OWNERS_AT_ONCE = 200
# A letter names this many films, and the number of the others.
NAMED_MAX = 30
# A mailbox that refuses a letter is tried again the next day.
REFUSED_WAIT = timedelta(days=1)
_SALT = "catalogue.watches.stop"


def send_due(*, now: datetime) -> int:
    """Write to members about what was found for them and not told; return to how many.

    To confirmed addresses only, one letter each. A match counts as told once its letter was
    handed to the mail server, and is never written about again. While that server is away
    everything stays due. A member's refusing mailbox waits a day; the others get theirs.
    """
    addresses = verified_addresses(_owners_due(now))
    if not addresses:
        return 0
    sent = 0
    server = get_connection()
    try:
        server.open()
        for owner_id, address in addresses.items():
            sent += _write_to(owner_id, address, server, now)
    except (OSError, SMTPException) as error:
        logger.warning("the mail server is away, letters stay due: %s", error)
    finally:
        server.close()
    return sent


def stop_token(owner_id: int) -> str:
    """Return what a letter's link to stop is known by. It never ends: letters are kept."""
    return signing.Signer(salt=_SALT).sign(str(owner_id))


def owner_of(token: str) -> User:
    """Return whom a link to stop is for. Raises BadSignature, User.DoesNotExist."""
    return User.objects.get(pk=signing.Signer(salt=_SALT).unsign(token))


def _owners_due(now: datetime) -> list[int]:
    """Return the members who have something to be told, longest waiting first. One query."""
    rows = (
        PhraseMatch.objects.filter(
            mail_due_at__lte=now,
            watch__owner__is_active=True,
            watch__owner__emailaddress__verified=True,
        )
        .order_by("mail_due_at")
        .values_list("watch__owner", flat=True)
    )
    return list(dict.fromkeys(rows[: OWNERS_AT_ONCE * NAMED_MAX]))[:OWNERS_AT_ONCE]


def _write_to(owner_id: int, address: str, server: Any, now: datetime) -> int:
    """Write one letter about all that is due to a member; return whether one went out.

    The rows are held until the letter was handed over: two sweeps at once write one letter.
    Their films are loaded only as far as they are named: a large import may be full of a phrase.
    """
    with transaction.atomic():
        held = dict(
            PhraseMatch.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(watch__owner=owner_id, mail_due_at__lte=now)
            .order_by("watch", "pk")
            .values_list("pk", "video_id")
        )
        if not held:
            return 0
        due = PhraseMatch.objects.filter(pk__in=list(held))
        try:
            with translation.override(_language_of(owner_id)):
                letter = _letter(owner_id, address, held)
            server.send_messages([letter])
        except (SMTPRecipientsRefused, SMTPDataError) as error:
            logger.warning("a letter to member %s was refused: %s", owner_id, error)
            if _is_final(error):
                due.update(mail_due_at=now + REFUSED_WAIT)
            return 0
        due.update(told_at=now, mail_due_at=None)
    return 1


def _is_final(error: SMTPRecipientsRefused | SMTPDataError) -> bool:
    """Tell whether a mailbox refuses for good: from 500 on; below it asks for patience."""
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _reason in error.recipients.values())


def _language_of(owner_id: int) -> str:
    """Return the language that a member reads, the site's own for who chose none."""
    language = User.objects.values_list("language", flat=True).get(pk=owner_id)
    return language if is_language(language) else settings.LANGUAGE_CODE


def _letter(owner_id: int, address: str, held: Mapping[int, int]) -> EmailMessage:
    """Return a letter about matches, given with the numbers of their films. One query."""
    named = PhraseMatch.objects.for_page().select_related("watch").order_by("watch", "pk")
    rows = named.filter(pk__in=list(held)[:NAMED_MAX])
    count = len(set(held.values()))
    subject = ngettext(
        "A new film says what you watch for",
        "%(count)d new films say what you watch for",
        count,
    ) % {"count": count}
    stop = settings.SITE_URL + reverse("catalogue:watch-stop", args=[stop_token(owner_id)])
    context = {
        "groups": list(_by_watch(rows)),
        "others": max(0, len(held) - NAMED_MAX),
        "site": settings.SITE_URL,
        "stop": stop,
    }
    return EmailMessage(
        subject,
        render_to_string("catalogue/digest.txt", context),
        to=[address],
        # RFC 8058: mail programs show a button of their own.
        headers={
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _by_watch(rows: Iterable[PhraseMatch]) -> Iterable[tuple[Any, list[PhraseMatch]]]:
    groups: dict[int, tuple[Any, list[PhraseMatch]]] = {}
    for row in rows:
        groups.setdefault(row.watch_id, (row.watch, []))[1].append(row)
    return groups.values()
