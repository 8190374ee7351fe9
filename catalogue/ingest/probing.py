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
# What is read in a new way in some files only, so that the others stay known: the curves of
# replays in yt-dlp's.
_READ_ANEW = (b'"heatmap"', b"2")

# Columns of the table of keys, in the order of its COPY.
COLUMNS = ("number", "source", "line", "platform", "platform_id", "content_hash")

_CREATE = """
DROP TABLE IF EXISTS pg_temp.probe;
CREATE TEMP TABLE probe (
    number integer, source text, line integer, platform text, platform_id text,
    content_hash text
) ON COMMIT DROP
"""

# Videos are looked up one by one, which is by an index for sure: two thousand joined to a
# table that autovacuum has not seen yet are planned as a walk over all of it.
_KEYS = """
WITH found AS MATERIALIZED (
    SELECT p.number, p.source, p.line, v.id AS video_id
      FROM probe p LEFT JOIN LATERAL (
        SELECT id FROM catalogue_video v
         WHERE v.platform = p.platform AND v.platform_id = p.platform_id
           AND v.content_hash = p.content_hash
         LIMIT 1
      ) v ON true
)"""
_FILES = """
WITH found AS MATERIALIZED (
    SELECT p.*, NULL::int AS line, v.id AS video_id
      FROM (SELECT unnest(%(numbers)s::int[]) AS number, unnest(%(sources)s::text[]) AS source,
                   unnest(%(digests)s::uuid[]) AS raw_hash) p
      LEFT JOIN LATERAL (
        SELECT id FROM catalogue_video v WHERE v.raw_hash = p.raw_hash LIMIT 1
      ) v ON true
)"""

# What a batch settles: the rows of the ledger, and their sum in the run.
_SETTLE = """, settled AS (
    INSERT INTO catalogue_importrow (
        run_id, number, source, line, outcome, field, reason, video_id
    )
    SELECT %(run)s, number, source, line, 'unchanged', '', '', video_id
      FROM found
     WHERE $which
     ORDER BY number
    RETURNING number
), counted AS (
    UPDATE catalogue_importrun SET unchanged = unchanged + (SELECT count(*) FROM settled)
     WHERE id = %(run)s AND EXISTS (SELECT FROM settled)
)"""
_KNOWN = _SETTLE.replace("$which", "video_id IS NOT NULL")
_ALL_OR_NONE = _SETTLE.replace("$which", "NOT EXISTS (SELECT FROM found WHERE video_id IS NULL)")

_SETTLED = "SELECT number FROM settled"
_VIDEOS = "SELECT array_agg(video_id ORDER BY number) FROM found"

_LOOK_UP = _FILES + _VIDEOS
_SETTLE_KEYS = _KEYS + _KNOWN + _SETTLED
_SETTLE_FILES = _FILES + _KNOWN + _SETTLED
_SETTLE_ALL = _FILES + _ALL_OR_NONE + _VIDEOS + " WHERE NOT EXISTS (SELECT FROM settled)"


class Known(NamedTuple):
    """A file that is known unread: the greatest record of this video has the same bytes."""

    unparsed: Unparsed
    digest: str
    video_id: int


class Whole(NamedTuple):
    """A record that is all its file holds, with the digest of that file."""

    record: VideoRecord
    digest: str


Item = VideoRecord | RecordError | Unparsed
Parsed = VideoRecord | RecordError | Whole
Probed = Parsed | Known


class Looked(NamedTuple):
    """What is known of some items unread: the digest of each that is a file, and its video."""

    digests: Sequence[str]
    videos: Sequence[int | None]


def recognise(items: Sequence[Item], looked: Looked | None = None) -> Iterator[Probed]:
    """Parse the items that are not parsed yet, but for the files that are known.

    One query, if nobody has `looked` yet.
    """
    digests, videos = looked or _look_up(_digests_of(items))
    for item, digest, video in zip(items, digests, videos, strict=True):
        if not isinstance(item, Unparsed):
            yield item
        elif video is not None:
            yield Known(item, digest, video)
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
    sign, version = _READ_ANEW
    key = version if sign in content else _READING_VERSION
    return blake2b(content, digest_size=16, key=key).hexdigest()


def _digests_of(items: Iterable[Item]) -> list[str]:
    return [
        digest_of(item.content) if isinstance(item, Unparsed) and item.first is None else ""
        for item in items
    ]


def _look_up(digests: Sequence[str]) -> Looked:
    """Find the videos whose greatest record stood in a file of such a digest."""
    wanted = [digest for digest in digests if digest]
    videos: Iterator[int | None] = iter(())
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_LOOK_UP, _parameters(range(len(wanted)), [""] * len(wanted), wanted))
            videos = iter(cursor.fetchone()[0])
    return Looked(digests, [next(videos) if digest else None for digest in digests])


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
    numbers, sources, files = zip(*given, strict=True)
    parameters = _parameters(numbers, sources, [known.digest for known in files])
    cursor.execute(_SETTLE_FILES, {"run": run_id, **parameters})
    return {number for (number,) in cursor.fetchall()}


def settle_all(
    cursor: CursorWrapper,
    items: Sequence[Item],
    sources: Sequence[str],
    *,
    first: int,
    run_id: int,
) -> Looked | None:
    """Write down items as unchanged, numbered from `first`, if all are files that are known.

    None then: nothing is left to do. Else nothing is written, and what was found is returned.
    One statement, whichever: where everything is known, one look at each video is all.
    """
    digests = _digests_of(items)
    if not all(digests):
        return _look_up(digests)
    numbers = range(first, first + len(digests))
    cursor.execute(_SETTLE_ALL, {"run": run_id, **_parameters(numbers, sources, digests)})
    videos = cursor.fetchone()[0]
    return None if videos is None else Looked(digests, videos)


def _parameters(
    numbers: Iterable[int], sources: Iterable[str], digests: Iterable[str]
) -> dict[str, str]:
    """Return arrays as PostgreSQL writes them: one value each takes a third of the time."""
    quoted = "\0".join(sources).replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return {
        "numbers": f"{{{','.join(map(str, numbers))}}}",
        "sources": f'{{"{quoted}"}}',
        "digests": f"{{{','.join(digests)}}}",
    }
