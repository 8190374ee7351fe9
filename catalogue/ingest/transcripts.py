"""Subtitle files into the catalogue: whose they are, and what becomes of them."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import F

from catalogue import transcripts
from catalogue.ingest import earlier_texts
from catalogue.ingest.merging import UNDO_LOCK
from catalogue.ingest.staging import storable, width_of
from catalogue.models import (
    ImportRow,
    ImportRun,
    Outcome,
    Subject,
    TranscriptKind,
    Video,
)
from catalogue.records import RecordError
from catalogue.records.fields import show
from catalogue.records.said import said, said_many
from catalogue.records.subtitles import Subtitles
from catalogue.records.subtitles.names import SubtitleName, ids_in

Identity = tuple[str, str]
_SOURCE_MAX = width_of(ImportRow, "source")
_REASON_MAX = width_of(ImportRow, "reason")

REFUSED = said("the record beside it was refused")
NOTHING_BESIDE = said("no record lies beside it")

# An id is looked up on each platform in turn: the index on identities begins with it, and
# to read the few names of platforms out of the index takes a step for each.
_FIND_BY_ID = """
WITH RECURSIVE known AS (
    (SELECT min(platform) AS platform FROM catalogue_video)
    UNION ALL
    SELECT (SELECT min(v.platform) FROM catalogue_video v WHERE v.platform > known.platform)
      FROM known WHERE known.platform IS NOT NULL
)
SELECT v.id, v.platform_id
  FROM known JOIN catalogue_video v ON v.platform = known.platform
 WHERE v.platform_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A subtitle file as it was found.

    `beside` is the video of the record of the same stem, and `why_not` says why there is none
    where there might be one.
    """

    source: str
    name: SubtitleName
    content: Subtitles | RecordError
    beside: Identity | None = None
    why_not: str = NOTHING_BESIDE


def store(run: ImportRun, number: int, file: TranscriptFile) -> None:
    """Store a transcript and its row in the ledger, in one transaction.

    Whatever keeps it out becomes the row's reason; what was left out of it does too.
    """
    row = ImportRow(
        run=run,
        number=number,
        source=storable(file.source)[:_SOURCE_MAX],
        subject=Subject.TRANSCRIPT,
    )
    with transaction.atomic():
        with connection.cursor() as cursor:
            # An undo waits for us, or we for it.
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [UNDO_LOCK])
        try:
            row.outcome = _store(row, file)
        except RecordError as error:
            row.outcome, row.line = Outcome.REJECTED, error.line
            row.reason = storable(error.reason)[:_REASON_MAX]
        row.save(force_insert=True)
        # In the same transaction as the row, so that the numbers of a killed run are right.
        ImportRun.objects.filter(pk=run.pk).update(**{row.outcome: F(row.outcome) + 1})


def _store(row: ImportRow, file: TranscriptFile) -> Outcome:
    """Store what a file says, and write on a row what it became and what was left out."""
    if isinstance(file.content, RecordError):
        raise file.content
    video = _find_video(file)
    language = file.name.language or file.content.language or video.language
    if not language:
        reason = said("its language is not known: name the file as in film.en.vtt")
        raise RecordError(file.source, reason)
    is_automatic = file.name.is_automatic or file.content.is_rolling
    try:
        with transaction.atomic():
            stored = transcripts.store(
                video,
                language=language,
                cues=file.content.cues,
                kind=TranscriptKind.AUTOMATIC if is_automatic else TranscriptKind.MANUAL,
                source=row.source,
                keeps_old=True,
            )
    except ValidationError:
        reason = said("“{value}” is not a language tag such as en or pt-BR", value=show(language))
        raise RecordError(file.source, reason) from None
    except PermissionDenied:
        reason = said("There is another transcript in this language, and it is somebody else’s.")
        raise RecordError(file.source, reason) from None
    row.transcript = stored.transcript
    if stored.outcome != Outcome.UNCHANGED:
        row.changed = earlier_texts.changed_by(stored)
        _note_problems(row, file.content.problems)
    return stored.outcome


def _find_video(file: TranscriptFile) -> Video:
    """Return the video a file belongs to; raises RecordError if there is none, or several."""
    rows = Video.objects.only("platform", "platform_id", "language")
    if file.beside and (video := rows.identified(*file.beside).first()):
        return video
    ids = dict.fromkeys([*ids_in(file.name.whole_stem), *ids_in(file.name.stem)])
    with connection.cursor() as cursor:
        cursor.execute(_FIND_BY_ID, [[storable(one) for one in ids]])
        found = cursor.fetchall()
    for wanted in ids:
        numbers = [number for number, platform_id in found if platform_id == wanted]
        if len(numbers) > 1:
            reason = said_many(
                "there is {count:,} video with the id {value}",
                "there are {count:,} videos with the id {value}",
                count=len(numbers),
                value=wanted,
            )
            raise RecordError(file.source, reason)
        for number in numbers:
            return rows.get(pk=number)
    reason = said(
        "{fact}, and no video in the catalogue has this name for its id; name it as its record is "
        "named, or for its video, as in film [swje6NSdkfk].en.vtt",
        fact=REFUSED if file.beside else file.why_not,
    )
    raise RecordError(file.source, reason)


def _note_problems(row: ImportRow, problems: tuple[RecordError, ...]) -> None:
    if problems:
        row.line = problems[0].line
        reasons = "; ".join(
            problem.reason
            if problem.line is None
            else said("line {line:d}: {reason}", line=problem.line, reason=problem.reason)
            for problem in problems
        )
        row.reason = storable(said("left out: {reasons}", reasons=reasons))[:_REASON_MAX]
