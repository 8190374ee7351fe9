"""Disclosures: who owns and funds a channel, as members find out, each with its source."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from annotations import evidence, permissions, revisions
from annotations.models import READABLE, Backing, Disclosure, State
from annotations.permissions import Action
from catalogue.models import Channel

EDITABLE = ("kind", "text", "source_url")
# A page shows them all.
PER_CHANNEL_MAX = 100


def shown(channel: Channel, user: User | AnonymousUser) -> list[Disclosure]:
    """Return what a user may read about who stands behind a channel. One query."""
    rows = Disclosure.objects.filter(channel=channel).exclude(state=State.WITHDRAWN)
    order = {kind: at for at, kind in enumerate(Backing.values)}
    found = [
        row
        for row in rows.select_related("author", "channel").order_by("pk")
        if permissions.may(user, Action.READ, row)
    ]
    return sorted(found, key=lambda row: order[row.kind])


def create(channel: Channel, *, by: User, kind: str, text: str, source_url: str) -> Disclosure:
    """Write down something about who stands behind a channel.

    Raises ValidationError by field, PermissionDenied for an account that is closed.
    """
    row = Disclosure(channel=channel, author=by)
    permissions.require(by, Action.EDIT, row)
    _take_over(row, {"kind": kind, "text": text, "source_url": source_url})
    with transaction.atomic(), revisions.recorded(by=by):
        # Of two who write at the same time, the second sees what the first wrote.
        Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
        known = Disclosure.objects.filter(channel=channel, state__in=READABLE)
        if known.count() >= PER_CHANNEL_MAX:
            message = ngettext(
                "A channel has %(max)d note at most: set it right.",
                "A channel has %(max)d notes at most: set one of them right.",
                PER_CHANNEL_MAX,
            )
            params = {"max": PER_CHANNEL_MAX}
            raise ValidationError({"text": ValidationError(message, "too_many", params)})
        if known.filter(kind=row.kind, text=row.text).exists():
            message = _("This stands there already.")
            raise ValidationError({"text": ValidationError(message, code="exists")})
        row.save(force_insert=True)
    return row


def edit(disclosure: Disclosure, *, by: User, version: int, **changes: Any) -> Disclosure:
    """Set a note right. `version` is the one the edit started from.

    Nothing is written when nothing changes. Raises StaleVersion if somebody edited it since,
    ValidationError by field, PermissionDenied.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of a disclosure that can be edited: {sorted(unknown)}")
    with transaction.atomic(), revisions.recorded(by=by):
        row = Disclosure.objects.select_for_update(no_key=True).get(pk=disclosure.pk)
        permissions.require(by, Action.EDIT, row)
        if row.version != version:
            raise revisions.StaleVersion(row)
        before = {name: getattr(row, name) for name in changes}
        _take_over(row, changes)
        changed = [name for name, value in before.items() if getattr(row, name) != value]
        if changed:
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "version", "edited_at"])
    return row


def withdraw(disclosure: Disclosure, *, by: User) -> Disclosure:
    """Take back what one wrote first. Idempotent. Raises PermissionDenied."""
    with transaction.atomic(), revisions.recorded(by=by):
        row = Disclosure.objects.select_for_update(no_key=True).get(pk=disclosure.pk)
        if row.state == State.WITHDRAWN and row.author_id == by.pk:
            return row
        permissions.require(by, Action.WITHDRAW, row)
        row.state = State.WITHDRAWN
        row.version += 1
        row.save(update_fields=["state", "version"])
    return row


def _take_over(row: Disclosure, given: dict[str, Any]) -> None:
    """Set what was given, in its one spelling. Raises ValidationError by field."""
    wrong: dict[str, ValidationError] = {}
    for name, value in given.items():
        setattr(row, name, value if name == "kind" else " ".join(value.split()))
    if "source_url" in given and row.source_url:
        try:
            row.source_url = evidence.clean_address(row.source_url)
        except ValidationError as error:
            wrong["source_url"] = error
    others = {field.name for field in row._meta.fields} - set(given)  # noqa: SLF001
    try:
        row.clean_fields(exclude={*others, *wrong})
    except ValidationError as error:
        wrong |= {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    if wrong:
        raise ValidationError(wrong)
