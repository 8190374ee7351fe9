"""Transcripts: timed text of a video, stored as a whole."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
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
class Text:
    """What a transcript says, all of it; `fingerprint` is that of its cues."""

    fingerprint: str
    source: str
    cues: tuple[records.Cue, ...]


@dataclass(frozen=True, slots=True)
class Stored:
    """A transcript as it stands, and whether it was created, updated or left unchanged.

    `replaced` is what stood there before, if it was replaced and is to be kept.
    """

    transcript: Transcript
    outcome: Outcome
    replaced: Text | None = None


def store(
    video: Video,
    *,
    language: str,
    cues: Iterable[records.Cue],
    kind: str = TranscriptKind.MANUAL,
    source: str = "",
    by: User | None = None,
    keeps_old: bool = False,
) -> Stored:
    """Store a transcript, in place of the one of this language and kind.

    One transaction: readers see the old text or the new one. Two at once wait for each
    other, and the later stays. Idempotent: the same cues again touch nothing. `language` is
    a BCP 47 tag. Cues need a start before their end, in milliseconds. `by` is the member
    who brought it, None for an import. `keeps_old` reads what is replaced, and returns it.

    Raises ValidationError (language), PermissionDenied for the transcript of somebody else
    (a member may replace their own, staff any, an import what was imported), and
    Video.DoesNotExist for a film that was taken back meanwhile.
    """
    language = clean_language(language)
    rows = list(cues)
    fingerprint = _fingerprint(rows, language)
    replaced = None
    with transaction.atomic():
        transcript, is_new = Transcript.objects.select_for_update(of=("self",)).get_or_create(
            video=video,
            language=language,
            kind=kind,
            defaults={"content_hash": fingerprint, "source": source[:500], "added_by": by},
        )
        # After the transcript, as an undo does: whoever is first, the other waits.
        Video.objects.hold(video)
        if is_new:
            Cue.objects.bulk_create(_rows(transcript, rows), batch_size=_ROWS_AT_ONCE)
            return Stored(transcript, Outcome.CREATED)
        if transcript.content_hash == fingerprint:
            return Stored(transcript, Outcome.UNCHANGED)
        _require_owner(transcript, by)
        if keeps_old:
            replaced = _text_of(transcript)
        if transcript.added_by_id is None:
            # What staff corrected is no import any more.
            transcript.added_by = by
        replace(transcript, Text(fingerprint, source[:500], tuple(rows)))
    return Stored(transcript, Outcome.UPDATED, replaced)


def replace(transcript: Transcript, text: Text) -> None:
    """Put another text in the place of all that a transcript says, whoever brought it.

    Inside a transaction that holds its row. Cues are found by the rules of today.
    """
    transcript.cues.all().delete()
    transcript.content_hash, transcript.source = text.fingerprint, text.source
    transcript.changed_at = timezone.now()
    transcript.save(update_fields=["content_hash", "source", "added_by", "changed_at"])
    Cue.objects.bulk_create(_rows(transcript, text.cues), batch_size=_ROWS_AT_ONCE)


def _text_of(transcript: Transcript) -> Text:
    cues = transcript.cues.values_list("start_ms", "end_ms", "text")
    told = tuple(records.Cue(*cue) for cue in cues)
    return Text(transcript.content_hash, transcript.source, told)


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
