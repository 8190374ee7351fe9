"""Transcripts: timed text of a video, stored as a whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from catalogue import languages
from catalogue.models import Cue, Outcome, Transcript, TranscriptKind, Video
from catalogue.records import cues as records
from catalogue.records import fields
from catalogue.records.subtitles import Subtitles

_ROWS_AT_ONCE = 2000
# Part of the fingerprint: with other rules of search, every transcript is written anew.
_HASH_VERSION = 1


@dataclass(frozen=True, slots=True)
class Stored:
    """A transcript as it stands, and whether it was created, updated or left unchanged."""

    transcript: Transcript
    outcome: Outcome


def store(
    video: Video,
    *,
    language: str,
    cues: Iterable[records.Cue],
    kind: str = TranscriptKind.MANUAL,
    source: str = "",
    by: User | None = None,
) -> Stored:
    """Store a transcript, in place of the one of this language and kind.

    One transaction: readers see the old text or the new one. Two at once wait for each
    other, and the later stays. Idempotent: the same cues again touch nothing. `language` is
    a BCP 47 tag. Cues need a start before their end, in milliseconds. `by` is the member
    who brought it, None for an import.

    Raises ValidationError (language), and PermissionDenied for the transcript of somebody
    else: a member may replace their own, staff any, an import what was imported.
    """
    language = clean_language(language)
    rows = list(cues)
    fingerprint = _fingerprint(rows, language)
    with transaction.atomic():
        transcript, is_new = Transcript.objects.select_for_update(of=("self",)).get_or_create(
            video=video,
            language=language,
            kind=kind,
            defaults={"content_hash": fingerprint, "source": source[:500], "added_by": by},
        )
        if not is_new:
            if transcript.content_hash == fingerprint:
                return Stored(transcript, Outcome.UNCHANGED)
            _require_owner(transcript, by)
            transcript.cues.all().delete()
            transcript.content_hash, transcript.source = fingerprint, source[:500]
            if transcript.added_by_id is None:
                # What staff corrected is no import any more.
                transcript.added_by = by
            transcript.save(update_fields=["content_hash", "source", "added_by"])
        Cue.objects.bulk_create(_rows(transcript, rows), batch_size=_ROWS_AT_ONCE)
    return Stored(transcript, Outcome.CREATED if is_new else Outcome.UPDATED)


def kind_of(subtitles: Subtitles) -> TranscriptKind:
    """Return who wrote subtitles down, as far as they tell: only machines' captions roll."""
    return TranscriptKind.AUTOMATIC if subtitles.is_rolling else TranscriptKind.MANUAL


def clean_language(text: str) -> str:
    """Return a language tag in its usual case. Raises ValidationError (language)."""
    try:
        language = fields.clean_language("language", text)
    except fields.FieldError:
        language = ""
    if not language:
        message = _("Write a language as en, fr or pt-BR.")
        raise ValidationError({"language": ValidationError(message, code="language")})
    return language


def _require_owner(transcript: Transcript, by: User | None) -> None:
    owner = transcript.added_by_id
    if owner is None if by is None else by.is_staff or owner == by.pk:
        return
    raise PermissionDenied(
        _("There is another transcript in this language, and it is somebody else’s.")
    )


def _rows(transcript: Transcript, cues: Iterable[records.Cue]) -> list[Cue]:
    configuration = languages.configuration_of(transcript.language)
    is_by_parts = configuration == languages.BY_PARTS
    return [
        Cue(
            transcript=transcript,
            start_ms=cue.start_ms,
            end_ms=cue.end_ms,
            text=cue.text,
            configuration=configuration,
            parts=languages.parts_of(cue.text) if is_by_parts else [],
        )
        for cue in cues
    ]


def _fingerprint(cues: Iterable[records.Cue], language: str) -> str:
    said = [
        _HASH_VERSION,
        languages.configuration_of(language),
        [(cue.start_ms, cue.end_ms, cue.text) for cue in cues],
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
