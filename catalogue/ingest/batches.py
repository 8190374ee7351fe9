"""Batches of a run: cut from the stream of items, stored in one transaction each."""

from collections.abc import Iterable, Iterator

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from catalogue.ingest import merging, names, probing, staging
from catalogue.ingest.probing import Known, Looked, Probed
from catalogue.ingest.staging import Incoming, Unread
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRun
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed
from catalogue.records.said import said

# Large enough that the cost of a transaction vanishes, small enough to show progress, and to
# be shared out evenly among a few processes where there are not many.
SIZE = 1_000
# A record may hold 2 MB of raw bytes; memory stays flat whatever comes.
BYTES = 16_000_000

Item = VideoRecord | RecordError | Unparsed
Portion = list[Item]
Batch = list[Incoming | Unread]

# Classes of PostgreSQL's errors that a value of a record can cause: bad data, and limits
# exceeded (a text with more words than a search column holds).
_ABOUT_VALUES = ("22", "54")

# New words wait in a list of the index until it is this long (4 MB by default); sorted in
# larger portions they cost a quarter less. Every search walks that list, so no larger. And a
# batch is sorted in memory. Nobody waits for the disk after each batch: what closes the run
# does, and until then a crash of PostgreSQL leaves whole batches, as a kill of ours does.
_IN_BULK = (
    "SET LOCAL gin_pending_list_limit = '32MB'; SET LOCAL work_mem = '32MB';"
    " SET LOCAL synchronous_commit = off"
)
_TIDY = """
SELECT gin_clean_pending_list(c.oid::regclass)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
 WHERE i.indrelid = 'catalogue_video'::regclass AND a.amname = 'gin'
   AND pg_has_role(c.relowner, 'USAGE')
"""


def portions(
    items: Iterable[Item | TranscriptFile], *, limit: int = BYTES
) -> Iterator[Portion | TranscriptFile]:
    """Cut a stream into portions of SIZE items or `limit` bytes; a transcript comes alone."""
    portion: Portion = []
    size = 0
    for item in items:
        is_transcript = isinstance(item, TranscriptFile)
        if portion and (is_transcript or len(portion) >= SIZE or size >= limit):
            yield portion
            portion, size = [], 0
        if isinstance(item, TranscriptFile):
            yield item
        else:
            portion.append(item)
            size += len(item.content if isinstance(item, Unparsed) else item.raw)
    if portion:
        yield portion


def settle(row: ImportRun, portion: Portion, *, first: int) -> Looked | None:
    """Write down a portion as unchanged, numbered from `first`, if all are files known unread.

    None then. Else nothing is written, and what was found is for `probing.recognise`. A
    transaction of its own.
    """
    sources = [staging.source_of(item) for item in portion]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(merging.ENTER)
        return probing.settle_all(cursor, portion, sources, first=first, run_id=row.pk)


def cut(items: Iterable[Probed], numbers: Iterable[int]) -> Iterator[Batch]:
    """Cut items so that no batch holds a video twice: each sees what the last one left.

    Each item has its number in the run.
    """
    batch: Batch = []
    seen: set[tuple[str, str]] = set()
    size = 0
    for number, given in zip(numbers, items, strict=False):
        entry: Incoming | Unread
        if isinstance(given, Known):
            entry, identity = Unread(number, given), None
            length = len(given.unparsed.content)
        else:
            entry = staging.admit(number, given)
            identity, length = entry.identity, len(entry.item.raw)
        if len(batch) >= SIZE or size >= BYTES or identity in seen:
            yield batch
            batch, seen, size = [], set(), 0
        batch.append(entry)
        size += length
        if identity:
            seen.add(identity)
    if batch:
        yield batch


def store(
    row: ImportRun, batch: Batch, *, is_bulk: bool = False, is_beside_others: bool = False
) -> None:
    """Store a batch as a whole. What PostgreSQL cannot hold is found by halves and rejected.

    `is_bulk` tells that many more are coming: then the search indexes take their entries in
    larger portions, until `tidy`. `is_beside_others` tells that other processes store for the
    same run: then names are made before, so that none waits for our transaction.
    """
    try:
        if is_beside_others:
            names.make(row.pk, batch)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(merging.ENTER)
            if is_bulk:
                cursor.execute(_IN_BULK)
            rest, forgotten = _settle(cursor, row, batch)
            if rest:
                merging.create_stage(cursor)
                staging.copy(cursor, rest)
                merging.merge(cursor, run_id=row.pk, now=timezone.now())
    except DatabaseError as error:
        if (getattr(error.__cause__, "pgcode", None) or "")[:2] not in _ABOUT_VALUES:
            raise
        _store_by_halves(row, batch, error)
        return
    for number, known in forgotten:
        for one in probing.parse_whole(known.unparsed, known.digest):
            store(row, [staging.admit(number, one)])


def _store_by_halves(row: ImportRun, batch: Batch, error: DatabaseError) -> None:
    if len(batch) > 1:
        middle = len(batch) // 2
        store(row, batch[:middle])
        store(row, batch[middle:])
        return
    (entry,) = batch
    if isinstance(entry, Unread) or isinstance(entry.item, RecordError):
        raise error
    item = entry.item
    reason = said(
        "the database cannot hold this record: {reason}", reason=str(error).splitlines()[0]
    )
    refused = RecordError(item.source, reason, item.line, raw=item.raw)
    store(row, [staging.admit(entry.number, refused)])


def _settle(
    cursor: CursorWrapper, row: ImportRun, batch: Batch
) -> tuple[list[Incoming], list[Unread]]:
    """Write down what is unchanged; return the rest, and what is not known any more."""
    unread = [one for one in batch if isinstance(one, Unread)]
    incoming = [one for one in batch if isinstance(one, Incoming)]
    if unread:
        given = [(one.number, staging.source_of(one.known.unparsed), one.known) for one in unread]
        settled = probing.settle_known(cursor, given, run_id=row.pk)
        unread = [one for one in unread if one.number not in settled]
    if incoming:
        probing.create_keys(cursor)
        staging.copy_keys(cursor, incoming)
        if unchanged := probing.settle(cursor, run_id=row.pk):
            incoming = [one for one in incoming if one.number not in unchanged]
    return incoming, unread


def tidy() -> None:
    """Bring what waits for the search indexes into them, as autovacuum would some time."""
    with connection.cursor() as cursor:
        cursor.execute(_TIDY)
