"""What a batch says again, found before a row is touched: by digest unread, or by fingerprint."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed

# Part of every digest: where files are read in a new way, none is taken for known.
_READING_VERSION = b"1"

# Columns of the table of keys, in the order of its COPY.
COLUMNS = ("number", "source", "line", "platform", "platform_id", "content_hash")

_CREATE = """
DROP TABLE IF EXISTS pg_temp.probe;
CREATE TEMP TABLE probe (
    number integer, source text, line integer, platform text, platform_id text,
    content_hash text
) ON COMMIT DROP
"""

# Told by what a batch settles: the rows of the ledger, and their sum in the run.
_SETTLE = """
WITH settled AS (
    INSERT INTO catalogue_importrow (
        run_id, number, source, line, outcome, field, reason, video_id
    )
    SELECT %(run)s, p.number, p.source, p.line, 'unchanged', '', '', v.id
      FROM $given
     ORDER BY p.number
    RETURNING number
), counted AS (
    UPDATE catalogue_importrun SET unchanged = unchanged + (SELECT count(*) FROM settled)
     WHERE id = %(run)s AND EXISTS (SELECT FROM settled)
)
SELECT number FROM settled
"""
_SETTLE_KEYS = _SETTLE.replace(
    "$given",
    """probe p JOIN catalogue_video v
        ON v.platform = p.platform AND v.platform_id = p.platform_id
       AND v.content_hash = p.content_hash""",
)
_SETTLE_KNOWN = _SETTLE.replace(
    "$given",
    """(SELECT unnest(%(numbers)s::int[]) AS number, unnest(%(sources)s) AS source,
               NULL::int AS line, unnest(%(videos)s::bigint[]) AS video_id,
               unnest(%(digests)s::uuid[]) AS raw_hash) p
      JOIN catalogue_video v ON v.id = p.video_id AND v.raw_hash = p.raw_hash""",
)


class Known(NamedTuple):
    """A file that is known unread: the greatest record of this video has the same bytes."""

    unparsed: Unparsed
    digest: str
    video_id: int


class Whole(NamedTuple):
    """A record that is all its file holds, with the digest of that file."""

    record: VideoRecord
    digest: str


Parsed = VideoRecord | RecordError | Whole
Probed = Parsed | Known


def recognise(
    items: Sequence[VideoRecord | RecordError | Unparsed],
) -> Iterator[Probed]:
    """Parse the items that are not parsed yet, but for the files that are known. One query."""
    digests = [
        digest_of(item.content) if isinstance(item, Unparsed) and item.first is None else ""
        for item in items
    ]
    known = _known([digest for digest in digests if digest])
    for item, digest in zip(items, digests, strict=True):
        if not isinstance(item, Unparsed):
            yield item
        elif digest in known:
            yield Known(item, digest, known[digest])
        elif digest:
            yield from parse_whole(item, digest)
        else:
            yield from item.parse()


def parse_whole(item: Unparsed, digest: str) -> Iterator[Parsed]:
    """Parse a file; if it holds one record and nothing else, that keeps the file's digest.

    A record with a line of its own is a part of something, if only the single line of a list.
    """
    items = item.parse()
    first, second = next(items, None), next(items, None)
    if second is None and isinstance(first, VideoRecord) and first.line is None:
        yield Whole(first, digest)
        return
    if first is not None:
        yield first
    if second is not None:
        yield second
    yield from items


def digest_of(content: bytes) -> str:
    """Return what tells a file by its bytes: 32 hexadecimal digits."""
    return blake2b(content, digest_size=16, key=_READING_VERSION).hexdigest()


def _known(digests: Iterable[str]) -> dict[str, int]:
    """Return the videos whose greatest record stood in a file of such a digest."""
    wanted = list(digests)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT replace(raw_hash::text, '-', ''), id FROM catalogue_video"
            " WHERE raw_hash = ANY(%s::uuid[])",
            [wanted],
        )
        return dict(cursor.fetchall())


def create_keys(cursor: CursorWrapper) -> None:
    """Make the empty table of keys, gone when the transaction ends."""
    cursor.execute(_CREATE)


def settle(cursor: CursorWrapper, *, run_id: int) -> set[int]:
    """Write down as unchanged what is stored already; return those numbers. One statement."""
    cursor.execute(_SETTLE_KEYS, {"run": run_id})
    return {number for (number,) in cursor.fetchall()}


def settle_known(
    cursor: CursorWrapper, given: Sequence[tuple[int, str, Known]], *, run_id: int
) -> set[int]:
    """Write down known files as unchanged; return their numbers. One statement.

    `given` has number, source and file of each. What is known no more, since another run
    has changed the video or taken it back, is left out.
    """
    cursor.execute(
        _SETTLE_KNOWN,
        {
            "run": run_id,
            "numbers": [number for number, _source, _known in given],
            "sources": [source for _number, source, _known in given],
            "videos": [known.video_id for _number, _source, known in given],
            "digests": [known.digest for _number, _source, known in given],
        },
    )
    return {number for (number,) in cursor.fetchall()}
