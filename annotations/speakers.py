"""Speakers: who says what is claimed, one page for each."""

from collections.abc import Iterable, Sequence
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
    of several of one name the first is meant, until somebody says otherwise. A name that
    a moderator has hidden is that of the hidden one, or it would come back with every edit.
    Until the transaction ends the speaker is not merged into another.
    """
    return next(iter(find_or_create_all([name], by=by)), None)


def find_or_create_all(names: Iterable[str], *, by: User) -> list[Speaker]:
    """Return the speakers of several names, each name once, as `find_or_create` does of one.

    Who writes several names in one transaction does this first: it takes the names in one
    order for all, then the speakers in that of their numbers.
    """
    wanted = {name.upper(): name for name in map(_one_line, names) if name}
    with transaction.atomic(), revisions.recorded(by=by), connection.cursor() as cursor:
        ordered = [wanted[key] for key in sorted(wanted)]
        for name in ordered:
            # Two who write one new name at the same time mean one person.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(upper(%s), 1))", [name])
        found = [
            named(name).first()
            or _of_name(name).filter(state=State.HIDDEN).first()
            or Speaker.objects.create(name=name, author=by)
            for name in ordered
        ]
        return held_all(found)


def named(name: str) -> SpeakerQuerySet:
    """Return the speakers of one name in any letter case, those merged too, oldest first."""
    return _of_name(name).filter(state__in=(*READABLE, State.MERGED))


def _of_name(name: str) -> SpeakerQuerySet:
    rows = Speaker.objects.alias(upper=Upper("name"))
    return rows.filter(upper=Upper(Value(_one_line(name)))).order_by("pk")


def held(speaker: Speaker) -> Speaker:
    """Keep a speaker from being merged away until the transaction ends; return who it is now."""
    return held_all([speaker])[0]


def held_all(speakers: Sequence[Speaker]) -> list[Speaker]:
    """Keep speakers from being merged away until the transaction ends; return who they are now.

    Whoever merges speakers locks their claims first, as everyone does who is here, and then the
    two in the order of their numbers, as is done here: nobody waits in a ring.
    """
    while True:
        before = transaction.savepoint()
        numbers = [one.end.pk for one in speakers]
        # Not the key: rows that name a speaker may go on being written.
        rows = Speaker.objects.filter(pk__in=numbers).order_by("pk").select_for_update(no_key=True)
        found = {row.pk: row for row in rows}
        speakers = [found[number] for number in numbers]
        if not any(row.merged_into_id for row in speakers):
            transaction.savepoint_commit(before)
            return speakers
        # One was merged while we waited: all are let go, and taken in their order again.
        transaction.savepoint_rollback(before)


def hold_id(wikidata_id: str) -> None:
    """Let nobody else give a Wikidata id to a speaker until the transaction ends.

    Of two who give one id to two speakers at the same time, the second is told.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [wikidata_id])


def end_of(speaker: Speaker) -> Speaker:
    """Return whom a speaker was merged into, through any number of merges; else themselves."""
    return speaker.end


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
