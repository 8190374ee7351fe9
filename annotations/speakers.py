"""Speakers: who says what is claimed, one page for each."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Upper
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import permissions, revisions
from annotations.models import READABLE, Occurrence, Speaker, SpeakerQuerySet, State
from annotations.permissions import Action
from catalogue import paging

MOST_CLAIMS = paging.Ordering("claims", F("claim_count"), paging.read_number)
EDITABLE = ("name", "role", "wikidata_id")
_TYPED_BY_NOBODY = {"author", "state", "version", "merged_into"}


def find_or_create(name: str, *, by: User) -> Speaker | None:
    """Return the speaker of a name, made if there is none; None for an empty name.

    Letter case does not matter. A name that was merged stands for whom it was merged into;
    of several of one name the first is meant, until somebody says otherwise. Until the
    transaction ends the speaker is not merged into another.
    """
    wanted = _one_line(name)
    if not wanted:
        return None
    with transaction.atomic(), revisions.recorded(by=by), connection.cursor() as cursor:
        # Two who write one new name at the same time mean one person.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(upper(%s), 1))", [wanted])
        found = named(wanted).first()
        if found is None:
            return Speaker.objects.create(name=wanted, author=by)
        return held(found)


def named(name: str) -> SpeakerQuerySet:
    """Return the speakers of one name in any letter case, those merged too, oldest first."""
    return (
        Speaker.objects.filter(state__in=(*READABLE, State.MERGED))
        .alias(upper=Upper("name"))
        .filter(upper=Upper(Value(_one_line(name))))
        .order_by("pk")
    )


def held(speaker: Speaker) -> Speaker:
    """Keep a speaker from being merged away until the transaction ends; return who it is now.

    Whoever merges speakers locks their claims first, as everyone does who is here.
    """
    while True:
        before = transaction.savepoint()
        # Not the key: rows that name a speaker may go on being written.
        rows = Speaker.objects.select_for_update(no_key=True)
        row = rows.get(pk=end_of(speaker).pk)
        if row.merged_into_id is None:
            transaction.savepoint_commit(before)
            return row
        # It was merged while we waited. Two are never held at once, so nobody waits in a ring.
        transaction.savepoint_rollback(before)
        speaker = row


def hold_id(wikidata_id: str) -> None:
    """Let nobody else give a Wikidata id to a speaker until the transaction ends.

    Of two who give one id to two speakers at the same time, the second is told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [wikidata_id])


def end_of(speaker: Speaker) -> Speaker:
    """Return whom a speaker was merged into, through any number of merges; else themselves."""
    while speaker.merged_into is not None:
        speaker = speaker.merged_into
    return speaker


def create(*, by: User, name: str, role: str = "", wikidata_id: str = "") -> Speaker:
    """Make a speaker, also one of a name that others have. Raises ValidationError by field.

    Two of one name have to be told apart: the second needs a role or a Wikidata id.
    """
    row = Speaker(
        author=by, name=_one_line(name), role=_one_line(role), wikidata_id=wikidata_id.strip()
    )
    _check(row)
    with transaction.atomic(), revisions.recorded(by=by):
        _check_once(row)
        if not (row.role or row.wikidata_id) and named(row.name).exists():
            message = _("There is somebody of this name: say by a role who this is.")
            raise ValidationError({"role": ValidationError(message, code="required")})
        row.save(force_insert=True)
    return row


def edit(speaker: Speaker, *, by: User, version: int, **changes: str) -> Speaker:
    """Change name, role or Wikidata id. `version` is the one the edit started from.

    Where somebody spoke, the name stays as it was written there. Raises StaleVersion if
    somebody edited it since, ValidationError, PermissionDenied. Nothing is written when
    nothing changes.
    """
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of a speaker that can be edited: {sorted(unknown)}")
    with transaction.atomic(), revisions.recorded(by=by):
        row = Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk)
        permissions.require(by, Action.EDIT, row)
        if row.version != version:
            raise revisions.StaleVersion(row)
        clean = {name: _one_line(value) for name, value in changes.items()}
        changed = [name for name, value in clean.items() if getattr(row, name) != value]
        for name in changed:
            setattr(row, name, clean[name])
        if changed:
            _check(row)
            _check_once(row)
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "version", "edited_at"])
    return row


def counted(rows: SpeakerQuerySet) -> SpeakerQuerySet:
    """Add to each speaker how many claims everyone may read are theirs, as `claim_count`."""
    made: Any = (
        Occurrence.objects.visible()
        .filter(spoken_by=OuterRef("pk"))
        .order_by()
        .values("spoken_by")
        .annotate(claims=Count("claim", distinct=True))
    )
    return rows.annotate(claim_count=Coalesce(Subquery(made.values("claims")), 0))


def _check(row: Speaker) -> None:
    row.clean_fields(exclude=_TYPED_BY_NOBODY)


def _check_once(row: Speaker) -> None:
    """Raise ValidationError if another speaker has this Wikidata id."""
    if not row.wikidata_id:
        return
    hold_id(row.wikidata_id)
    others = Speaker.objects.filter(wikidata_id=row.wikidata_id, merged_into=None)
    other = others.exclude(pk=row.pk).first()
    if other is not None:
        message = _("Speaker %(number)d has this id already: propose to merge the two.")
        raise ValidationError(
            {"wikidata_id": ValidationError(message, code="exists", params={"number": other.pk})}
        )


def _one_line(text: str) -> str:
    return " ".join(text.split())
