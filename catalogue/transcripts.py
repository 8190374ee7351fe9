"""Transcripts: timed text of a video, stored as a whole."""

from collections.abc import Iterable

from django.db import transaction

from catalogue.models import Cue, Transcript, Video
from catalogue.models.transcripts import TranscriptKind
from catalogue.records import cues as records

_ROWS_AT_ONCE = 2000


def store(
    video: Video, *, language: str, cues: Iterable[records.Cue], kind: str = TranscriptKind.MANUAL
) -> Transcript:
    """Store a transcript, in place of the one of this language and kind.

    One transaction: readers see the old text or the new one. Two at once wait for each
    other, and the later stays. `language` is a BCP 47 tag. Cues need a start before their
    end, in milliseconds.
    """
    with transaction.atomic():
        transcript, is_new = Transcript.objects.select_for_update().get_or_create(
            video=video, language=language, kind=kind
        )
        if not is_new:
            transcript.cues.all().delete()
        Cue.objects.bulk_create(
            [
                Cue(transcript=transcript, start_ms=cue.start_ms, end_ms=cue.end_ms, text=cue.text)
                for cue in cues
            ],
            batch_size=_ROWS_AT_ONCE,
        )
    return transcript
