"""Occurrences: a claim made in one film at one time."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import permissions, revisions, speakers, standings
from annotations.models import READABLE, SPAN_MAX_MS, Claim, Occurrence, Speaker, State
from annotations.permissions import Action
from catalogue.models import Video
from catalogue.timecodes import format_timecode

_NOT_TYPED = {"claim", "video", "author", "spoken_by", "state", "version"}
EDITABLE = ("start_ms", "end_ms", "quote", "speaker", "speaker_role")


def add(
    claim: Claim,
    *,
    by: User,
    video: Video,
    start_ms: int,
    end_ms: int,
    quote: str = "",
    speaker: str = "",
    speaker_role: str = "",
    spoken_by: Speaker | None = None,
) -> Occurrence:
    """Pin a claim to a moment of a film; times in milliseconds.

    Keeps the film's length as it is now. `spoken_by` tells whom of several of one name is
    meant; without a name it gives its own. Raises ValidationError (by field), also if the
    claim stands at just this moment already, and PermissionDenied.
    """
    permissions.require(by, Action.ADD, claim)
    occurrence = Occurrence(
        claim=claim,
        video=video,
        author=by,
        start_ms=start_ms,
        end_ms=end_ms,
        quote=quote.strip(),
        speaker=speaker.strip() or (spoken_by.name if spoken_by else ""),
        speaker_role=speaker_role.strip(),
        video_duration_ms=video.duration_ms,
    )
    check(occurrence)
    with transaction.atomic(), revisions.recorded(by=by):
        # The claim may have been withdrawn since it was read.
        present = standings.locked(claim.pk)
        permissions.require(by, Action.ADD, present)
        _check_once(occurrence)
        Video.objects.hold(video)
        occurrence.spoken_by = _speaker_of(occurrence, spoken_by, by=by)
        occurrence.save(force_insert=True)
    return occurrence


def edit(
    occurrence: Occurrence,
    *,
    by: User,
    version: int,
    spoken_by: Speaker | None = None,
    **changes: Any,
) -> Occurrence:
    """Change times, quote or speaker. `version` is the one the edit started from.

    A new name stands for the first speaker of that name, unless `spoken_by` tells who it is.
    Raises StaleVersion if somebody edited it since, ValidationError, PermissionDenied.
    Nothing is written when nothing changes.
    """
    _only_editable(changes)
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(occurrence)
        permissions.require(by, Action.EDIT, row, under=row.claim)
        if row.version != version:
            raise revisions.StaleVersion(row)
        if not row.is_named and (spoken_by is not None or "speaker" in changes):
            # What was written of somebody who is hidden is not told of somebody else.
            changes = {"speaker": "", "speaker_role": "", **changes}
        changed = [name for name, value in changes.items() if getattr(row, name) != _clean(value)]
        for name in changed:
            setattr(row, name, _clean(changes[name]))
        if spoken_by is not None and not row.speaker:
            row.speaker = spoken_by.name
            changed.append("speaker")
        if changed:
            # Before a speaker is made of a name that cannot be stored.
            check(row)
        if "speaker" in changed or (spoken_by and spoken_by.pk != row.spoken_by_id):
            row.spoken_by = _speaker_of(row, spoken_by, by=by)
            changed.append("spoken_by")
        if changed:
            if {"start_ms", "end_ms"} & set(changed):
                row.video_duration_ms = row.video.duration_ms
                changed.append("video_duration_ms")
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "version", "edited_at"])
    return row


def confirm(occurrence: Occurrence, *, by: User, version: int) -> Occurrence:
    """Say that it is right where it is, in the film as it is now: only the length is renewed.

    Raises StaleVersion, PermissionDenied. Nothing is written if the length is the same.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(occurrence)
        permissions.require(by, Action.EDIT, row, under=row.claim)
        if row.version != version:
            raise revisions.StaleVersion(row)
        if row.video_duration_ms != row.video.duration_ms:
            row.video_duration_ms = row.video.duration_ms
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=["video_duration_ms", "version", "edited_at"])
    return row


def withdraw(occurrence: Occurrence, *, by: User) -> Occurrence:
    """Take an occurrence back; the log keeps it. Raises PermissionDenied."""
    with transaction.atomic(), revisions.recorded(by=by):
        row = standings.locked_row(occurrence)
        permissions.require(by, Action.WITHDRAW, row, under=row.claim)
        row.state = State.WITHDRAWN
        row.version += 1
        row.save(update_fields=["state", "version"])
    return row


def problems(occurrence: Occurrence) -> dict[str, ValidationError]:
    """Return what keeps an occurrence from being stored, by field; empty if nothing does."""
    try:
        # Relations and constraints are the caller's and the database's business.
        occurrence.clean_fields(exclude=_NOT_TYPED)
    except ValidationError as error:
        wrong = {name: ValidationError(errors) for name, errors in error.error_dict.items()}
    else:
        wrong = {}
    if not wrong.keys() & {"start_ms", "end_ms"}:
        wrong |= _wrong_span(occurrence)
    return wrong


def check(occurrence: Occurrence) -> None:
    """Raise ValidationError by field unless the occurrence can be stored."""
    if wrong := problems(occurrence):
        raise ValidationError(wrong)


def _speaker_of(occurrence: Occurrence, said: Speaker | None, *, by: User) -> Speaker | None:
    """Return whose an occurrence's words are, kept from being merged away meanwhile."""
    if said is None:
        return speakers.find_or_create(occurrence.speaker, by=by)
    speaker = speakers.held(said)
    if not speaker.is_readable:
        message = _("There is no such speaker, or it was hidden.")
        raise ValidationError({"speaker_id": ValidationError(message, code="does_not_exist")})
    return speaker


def _check_once(occurrence: Occurrence) -> None:
    """Raise ValidationError if the claim, which is locked, stands at just this moment."""
    there = Occurrence.objects.filter(
        claim=occurrence.claim_id,
        video=occurrence.video_id,
        start_ms=occurrence.start_ms,
        end_ms=occurrence.end_ms,
        state__in=READABLE,
    )
    if there.exists():
        message = _("The claim is marked at this moment of the film already.")
        raise ValidationError({"start_ms": ValidationError(message, code="exists")})


def _wrong_span(occurrence: Occurrence) -> dict[str, ValidationError]:
    start, end, length = occurrence.start_ms, occurrence.end_ms, occurrence.video.duration_ms
    if start >= end:
        return {"end_ms": ValidationError(_("The end comes after the start."), code="span")}
    if length is not None and end > length:
        field = "start_ms" if start >= length else "end_ms"
        message = _("The film ends at %(end)s.") % {"end": format_timecode(length, exact=True)}
        return {field: ValidationError(message, code="past_end")}
    if end - start > SPAN_MAX_MS:
        return {"end_ms": ValidationError(_("A claim takes 10 minutes at most."), code="too_long")}
    return {}


def _clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _only_editable(changes: dict[str, Any]) -> None:
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of an occurrence that can be edited: {sorted(unknown)}")
