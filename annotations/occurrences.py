"""Occurrences: a claim made in one film at one time."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import permissions, revisions, speakers
from annotations.models import SPAN_MAX_MS, Claim, Occurrence, State
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
) -> Occurrence:
    """Pin a claim to a moment of a film; times in milliseconds.

    Keeps the film's length as it is now. Raises ValidationError (by field),
    PermissionDenied.
    """
    permissions.require(by, Action.ADD, claim)
    occurrence = Occurrence(
        claim=claim,
        video=video,
        author=by,
        start_ms=start_ms,
        end_ms=end_ms,
        quote=quote.strip(),
        speaker=speaker.strip(),
        speaker_role=speaker_role.strip(),
        video_duration_ms=video.duration_ms,
    )
    check(occurrence)
    with transaction.atomic(), revisions.recorded(by=by):
        # The claim may have been withdrawn since it was read.
        present = Claim.objects.select_for_update().get(pk=claim.pk)
        permissions.require(by, Action.ADD, present)
        Video.objects.hold(video)
        occurrence.spoken_by = speakers.find_or_create(occurrence.speaker, by=by)
        occurrence.save(force_insert=True)
    return occurrence


def edit(occurrence: Occurrence, *, by: User, version: int, **changes: Any) -> Occurrence:
    """Change times, quote or speaker. `version` is the one the edit started from.

    Raises StaleVersion if somebody edited it since, ValidationError, PermissionDenied.
    Nothing is written when nothing changes.
    """
    _only_editable(changes)
    with transaction.atomic(), revisions.recorded(by=by):
        row = _locked(occurrence)
        permissions.require(by, Action.EDIT, row)
        if row.version != version:
            raise revisions.StaleVersion(row)
        changed = [name for name, value in changes.items() if getattr(row, name) != _clean(value)]
        for name in changed:
            setattr(row, name, _clean(changes[name]))
        if changed:
            if {"start_ms", "end_ms"} & set(changed):
                row.video_duration_ms = row.video.duration_ms
                changed.append("video_duration_ms")
            check(row)
            if "speaker" in changed:
                row.spoken_by = speakers.find_or_create(row.speaker, by=by)
                changed.append("spoken_by")
            row.version += 1
            row.edited_at = timezone.now()
            row.save(update_fields=[*changed, "version", "edited_at"])
    return row


def confirm(occurrence: Occurrence, *, by: User, version: int) -> Occurrence:
    """Say that it is right where it is, in the film as it is now: only the length is renewed.

    Raises StaleVersion, PermissionDenied. Nothing is written if the length is the same.
    """
    with transaction.atomic(), revisions.recorded(by=by):
        row = _locked(occurrence)
        permissions.require(by, Action.EDIT, row)
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
        row = _locked(occurrence)
        permissions.require(by, Action.WITHDRAW, row)
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


def _locked(occurrence: Occurrence) -> Occurrence:
    """Return the row as it is now, claim first: everyone locks in this order."""
    Claim.objects.select_for_update().get(pk=occurrence.claim_id)
    return (
        Occurrence.objects.select_for_update(of=("self",))
        .select_related("video", "claim")
        .get(pk=occurrence.pk)
    )


def _clean(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _only_editable(changes: dict[str, Any]) -> None:
    if unknown := changes.keys() - set(EDITABLE):
        raise TypeError(f"not a field of an occurrence that can be edited: {sorted(unknown)}")
