"""Batches of a run: cut from the stream of items, stored in one transaction each."""

from collections.abc import Iterable, Iterator

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from catalogue.ingest import merging, probing, staging
from catalogue.ingest.staging import Incoming
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRun
from catalogue.records import RecordError, VideoRecord

# Large enough that the cost of a transaction vanishes, small enough to show progress.
SIZE = 2_000
# A record may hold 2 MB of raw bytes; memory stays flat whatever comes.
BYTES = 16_000_000

# Classes of PostgreSQL's errors that a value of a record can cause: bad data, and limits
# exceeded (a text with more words than a search column holds).
_ABOUT_VALUES = ("22", "54")

# New words wait in a list of the index until it is this long (4 MB by default); sorted in
# larger portions they cost a quarter less. Every search walks that list, so no larger.
_LARGE_PORTIONS = "SET LOCAL gin_pending_list_limit = '32MB'"
_TIDY = """
SELECT gin_clean_pending_list(c.oid::regclass)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
 WHERE i.indrelid = 'catalogue_video'::regclass AND a.amname = 'gin'
   AND pg_has_role(c.relowner, 'USAGE')
"""


def cut(
    items: Iterable[VideoRecord | RecordError | TranscriptFile], first: int = 1
) -> Iterator[list[Incoming] | tuple[int, TranscriptFile]]:
    """Cut the stream, so that no batch holds a video twice: each sees what the last one left.

    Items are numbered from `first`. A transcript comes alone, after the records before it.
    """
    batch: list[Incoming] = []
    seen: set[tuple[str, str]] = set()
    size = 0
    for number, given in enumerate(items, start=first):
        if isinstance(given, TranscriptFile):
            if batch:
                yield batch
                batch, seen, size = [], set(), 0
            yield number, given
            continue
        incoming = staging.admit(number, given)
        identity = incoming.identity
        if len(batch) >= SIZE or size >= BYTES or identity in seen:
            yield batch
            batch, seen, size = [], set(), 0
        batch.append(incoming)
        size += len(incoming.item.raw)
        if identity:
            seen.add(identity)
    if batch:
        yield batch


def store(row: ImportRun, batch: list[Incoming], *, is_bulk: bool = False) -> None:
    """Store a batch as a whole. What PostgreSQL cannot hold is found by halves and rejected.

    `is_bulk` tells that many more are coming: then the search indexes take their entries in
    larger portions, until `tidy`.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(merging.ENTER)
            if is_bulk:
                cursor.execute(_LARGE_PORTIONS)
            if rest := _settle(cursor, row, batch):
                merging.create_stage(cursor)
                staging.copy(cursor, rest)
                merging.merge(cursor, run_id=row.pk, now=timezone.now())
    except DatabaseError as error:
        if (getattr(error.__cause__, "pgcode", None) or "")[:2] not in _ABOUT_VALUES:
            raise
        if len(batch) > 1:
            middle = len(batch) // 2
            store(row, batch[:middle])
            store(row, batch[middle:])
            return
        number, item, _fingerprint = batch[0]
        if isinstance(item, RecordError):
            raise
        reason = f"the database cannot hold this record: {str(error).splitlines()[0]}"
        refused = RecordError(item.source, reason, item.line, raw=item.raw)
        store(row, [staging.admit(number, refused)])


def _settle(cursor: CursorWrapper, row: ImportRun, batch: list[Incoming]) -> list[Incoming]:
    """Write down what is unchanged, and return the rest."""
    probing.create_keys(cursor)
    staging.copy_keys(cursor, batch)
    unchanged = probing.settle(cursor, run_id=row.pk)
    return [one for one in batch if one.number not in unchanged] if unchanged else batch


def tidy() -> None:
    """Bring what waits for the search indexes into them, as autovacuum would some time."""
    with connection.cursor() as cursor:
        cursor.execute(_TIDY)
