"""Subtitle files that lie beside records: whose they are, and into the catalogue with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction

from catalogue import transcripts
from catalogue.ingest.merging import UNDO_LOCK
from catalogue.ingest.staging import storable, width_of
from catalogue.models import (
    ImportRow,
    ImportRun,
    Outcome,
    Subject,
    Transcript,
    TranscriptKind,
    Video,
)
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed, resolve
from catalogue.records.subtitles import Subtitles, parse_subtitles
from catalogue.records.subtitles.names import SubtitleName, ids_in, is_subtitles, parse_name

Identity = tuple[str, str]
_SOURCE_MAX = width_of(ImportRow, "source")
_REASON_MAX = width_of(ImportRow, "reason")
# yt-dlp writes `film.info.json` beside `film.en.vtt`.
_RECORD_ENDINGS = (".info.json",)

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


# What a run made and nobody touched since goes. What it replaced cannot come back.
_TAKE_BACK = """
UPDATE catalogue_importrow r
   SET undone = CASE WHEN why.it IS NULL THEN 'removed' ELSE 'spared' END,
       undo_reason = coalesce(why.it, 'the transcript is no longer in the catalogue')
  FROM catalogue_transcript t, LATERAL (
    SELECT CASE
        WHEN bool_or(o.outcome = 'updated' AND o.run_id = %(run)s)
            THEN 'the text that was there before was not kept'
        WHEN t.added_by_id IS NOT NULL THEN 'somebody has replaced the transcript since'
        WHEN bool_or(o.outcome = 'updated') THEN 'a later import replaced the transcript'
    END AS it
      FROM catalogue_importrow o WHERE o.transcript_id = t.id
  ) why
 WHERE r.run_id = %(run)s AND r.transcript_id = t.id AND r.outcome IN ('created', 'updated')
   AND r.undone IN ('', 'spared')
RETURNING CASE WHEN why.it IS NULL THEN t.id END
"""


@dataclass(frozen=True, slots=True)
class TranscriptFile:
    """A subtitle file as it was found; `beside` is the video of the record of the same stem."""

    source: str
    name: SubtitleName
    content: Subtitles | RecordError
    beside: Identity | None = None


class Beside:
    """Which records lie beside which subtitle files.

    Of a folder only the stems that its subtitle files have are kept, and only until the
    last of them is read, so that a folder of a million records costs nothing.
    """

    def __init__(self) -> None:
        self._known: dict[Path, dict[str, Identity | None]] = {}
        self._last: Path | None = None

    def expect(self, folder: Path, names: Iterable[str]) -> None:
        """Note the subtitle files among a folder's names, before its records are read."""
        found = [parse_name(name) for name in names if is_subtitles(name)]
        if found:
            stems = self._known.setdefault(folder, {})
            stems.update(dict.fromkeys([name.stem for name in found]))
            stems.update(dict.fromkeys([name.whole_stem for name in found]))

    def remembered(
        self, path: Path, items: Iterable[VideoRecord | RecordError | Unparsed]
    ) -> Iterator[VideoRecord | RecordError | Unparsed]:
        """Yield what a file holds. If that is one record, subtitles of its name are its video's."""
        stems = self._known and self._known.get(path.parent)
        if not stems:
            yield from items
            return
        first, count = None, 0
        for item in resolve(items):
            first, count = first or item, count + 1
            yield item
        if count == 1 and isinstance(first, VideoRecord):
            for stem in _stems_of(path.name) & stems.keys():
                stems[stem] = (first.platform, first.platform_id)

    def file(self, path: Path, source: str, content: bytes | RecordError) -> TranscriptFile:
        """Return a subtitle file that was read, or why it could not be."""
        if self._last is not None and self._last != path.parent:
            # A folder's subtitle files are read one after the other.
            self._known.pop(self._last, None)
        self._last = path.parent
        name = parse_name(path.name)
        stems = self._known.get(path.parent, {})
        beside = stems.get(name.whole_stem) or stems.get(name.stem)
        return TranscriptFile(source, name, _parse(source, content), beside)


def _stems_of(name: str) -> set[str]:
    stems = {name.rpartition(".")[0]}
    stems.update(name.removesuffix(ending) for ending in _RECORD_ENDINGS if name.endswith(ending))
    return stems


def _parse(source: str, content: bytes | RecordError) -> Subtitles | RecordError:
    if isinstance(content, RecordError):
        return content
    try:
        return parse_subtitles(source, content)
    except RecordError as error:
        return error


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


def _store(row: ImportRow, file: TranscriptFile) -> Outcome:
    """Store what a file says, and write on a row what it became and what was left out."""
    if isinstance(file.content, RecordError):
        raise file.content
    video = _find_video(file)
    language = file.name.language or file.content.language or video.language
    if not language:
        reason = "its language is not known: name the file as in film.en.vtt"
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
            )
    except ValidationError as error:
        raise RecordError(file.source, " ".join(error.messages)) from None
    except PermissionDenied as error:
        raise RecordError(file.source, str(error)) from None
    row.transcript = stored.transcript
    if stored.outcome != Outcome.UNCHANGED:
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
            raise RecordError(file.source, f"there are {len(numbers)} videos with the id {wanted}")
        for number in numbers:
            return rows.get(pk=number)
    reason = "no record lies beside it, and no video in the catalogue has this name for its id"
    raise RecordError(file.source, reason)


def _note_problems(row: ImportRow, problems: tuple[RecordError, ...]) -> None:
    if problems:
        row.line = problems[0].line
        told = "; ".join(
            problem.reason if problem.line is None else f"line {problem.line}: {problem.reason}"
            for problem in problems
        )
        row.reason = storable(f"left out: {told}")[:_REASON_MAX]


def take_back(run: ImportRun) -> None:
    """Remove the transcripts that a run made, and say in its rows what was spared.

    Inside the transaction of an undo, which holds off every ingest.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, {"run": run.pk})
        removed = [number for (number,) in cursor.fetchall() if number is not None]
    Transcript.objects.filter(pk__in=removed).delete()
