"""Records as rows of the staging tables: checked, hashed, sent by COPY."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

import orjson
from django.core.exceptions import ValidationError
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from django.utils import timezone

from catalogue import tags
from catalogue.ingest import merging, probing
from catalogue.ingest.probing import Known, Parsed, Whole
from catalogue.models import Channel, ImportRow, Outcome, Precision, Video
from catalogue.models.videos import SAMPLE_PLATFORM, YOUTUBE
from catalogue.records import MAX_RECORD_BYTES, RecordError, VideoRecord, replays
from catalogue.records.deferred import Unparsed
from catalogue.records.placeholders import find_placeholder

MAX_TAGS = 500
MAX_NUMBER = 2**63 - 1

# Part of the hash: with a new way to compute it, every record is looked at again.
_HASH_VERSION = 3


def width_of(model: type[Model], name: str) -> int:
    """Return how many characters a column holds."""
    column = model._meta.get_field(name)  # noqa: SLF001
    return getattr(column, "max_length", None) or 0


_REQUIRED = ("platform", "platform_id")
_WIDTHS = {
    name: width_of(Video, name)
    for name in (*_REQUIRED, "title", "url", "category", "language", "image_url", "media_url")
} | {"channel": width_of(Channel, "name"), "channel_id": width_of(Channel, "platform_id")}
_TEXTS = attrgetter(*_WIDTHS)
_SOURCE_WIDTH = width_of(ImportRow, "source")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NEEDS_ESCAPE = re.compile(r"[\\\n\r\t]")
# The backslash first: the others bring new ones.
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
_NULL = "\\N"
# About what is handed to the connection at a time.
_BITE = 1 << 15


class Incoming(NamedTuple):
    """One item of a batch: its place in the run, and the fingerprint of a record.

    `digest` is that of the file which held just this record, if one did.
    """

    number: int
    item: VideoRecord | RecordError
    fingerprint: str
    digest: str = ""

    @property
    def identity(self) -> tuple[str, str] | None:
        """Which video a record is about."""
        item = self.item
        return None if isinstance(item, RecordError) else (item.platform, item.platform_id)


class Unread(NamedTuple):
    """One file of a batch that is known unread, and its place in the run."""

    number: int
    known: Known


def admit(number: int, given: Parsed) -> Incoming:
    """Return an item as it can be stored: a record that cannot be becomes a RecordError."""
    digest = ""
    if isinstance(given, Whole):
        given, digest = given
    item = checked(given)
    if isinstance(item, RecordError):
        return Incoming(number, item, "")
    return Incoming(number, item, content_hash(item), digest)


def storable(text: str) -> str:
    """Return text that PostgreSQL can hold: NUL and halves of characters become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def checked(item: VideoRecord | RecordError) -> VideoRecord | RecordError:
    """Return the item, or why the record cannot be stored.

    Parsers refuse all of this with better words; this is the gate for whoever builds a
    record without one.
    """
    if isinstance(item, RecordError):
        return item
    wrong = (
        _wrong_values(item)
        if _has_good_texts(item)
        else chain(_wrong_texts(item), _wrong_values(item))
    )
    for field, reason in wrong:
        return RecordError(item.source, reason, item.line, field, item.raw)
    return item


def _has_good_texts(record: VideoRecord) -> bool:
    """Tell at a glance whether `_wrong_texts` would find nothing, as in nearly all records.

    May say no without need, and never yes.
    """
    texts = _TEXTS(record)
    for text, width in zip(texts, _WIDTHS.values(), strict=True):
        if len(text) > width:
            return False
    joined = "".join((*texts, record.description))
    if "\0" in joined or "/" in record.platform_id:
        return False
    try:
        # Halves of characters are all that cannot be encoded.
        joined.isascii() or joined.encode()
    except UnicodeEncodeError:
        return False
    is_named = record.platform and record.platform_id and not record.title.isspace()
    return bool(is_named) and not (record.platform.isspace() or record.platform_id.isspace())


def _wrong_texts(record: VideoRecord) -> Iterator[tuple[str, str]]:
    """Yield each text at fault and why."""
    for name in _REQUIRED:
        if not getattr(record, name).strip():
            yield name, "this is missing"
    if record.title.isspace():
        yield "title", "there are only blanks in it"
    for name, width in _WIDTHS.items():
        if len(getattr(record, name)) > width:
            yield name, f"this is longer than {width:,} characters"
    for name in (*_WIDTHS, "description"):
        if _UNSTORABLE.search(getattr(record, name)):
            yield name, "there is a character in it that cannot be stored"
    if "/" in record.platform_id:
        yield "platform_id", "an id cannot hold a slash"


def _wrong_values(record: VideoRecord) -> Iterator[tuple[str, str]]:
    """Yield each number, date or list at fault and why."""
    if len(record.tags) > MAX_TAGS:
        yield "tags", f"{len(record.tags):,} tags are too many; {MAX_TAGS} are allowed"
    names = ("duration_ms", "views", "likes", "dislikes", "comments")
    for name, number in zip(names, (record.duration_ms, *_counts(record)), strict=True):
        if number is not None and not 0 <= number <= MAX_NUMBER:
            yield name, f"{number} is negative or too large"
    for name in ("published", "recorded_at"):
        moment = getattr(record, name)
        if isinstance(moment, datetime) and moment.tzinfo is None:
            yield name, "a time needs an offset from UTC"
    if record.replays and (reason := replays.fault(record.replays, record.duration_ms)):
        yield "replays", reason


def content_hash(record: VideoRecord) -> str:
    """Return the fingerprint of all a record says, its date and counts included.

    Where it stood and how it was spelled do not count, so the same record is known again
    in another file or another line ending.
    """
    said: tuple[object, ...] = (
        _HASH_VERSION,
        record.platform, record.platform_id, record.title, record.description, record.channel,
        record.channel_id, record.category, record.language, record.tags, record.url,
        record.image_url, record.media_url, _text_of(record.published),
        _text_of(record.recorded_at), record.duration_ms, _counts(record),
    )  # fmt: skip
    if record.replays:
        # Told only where there is one: those without keep the fingerprint that they had before.
        said = (*said, record.replays)
    return hashlib.sha256(orjson.dumps(said)).hexdigest()


def copy_keys(cursor: CursorWrapper, batch: Sequence[Incoming]) -> None:
    """Send who each record of a batch is about, and its fingerprint."""
    rows = [
        (number, source_of(item), item.line, item.platform, item.platform_id, fingerprint)
        for number, item, fingerprint, _digest in batch
        if not isinstance(item, RecordError)
    ]
    _copy(cursor, "probe", probing.COLUMNS, map(_line_of, rows))


def copy(cursor: CursorWrapper, batch: Sequence[Incoming]) -> None:
    """Send a batch to the staging tables, which `merging.create_stage` has made."""
    now = timezone.now()
    _copy(cursor, "incoming", merging.COLUMNS, (_line_of_item(one, now) for one in batch))
    _copy_tags(cursor, batch)


def copy_names(cursor: CursorWrapper, batch: Sequence[Incoming]) -> None:
    """Send what a batch names to the staging tables, and nothing else of it."""
    columns = (
        "number", "platform", "platform_id", "placeholder", "channel", "channel_platform_id",
        "recorded_at",
    )  # fmt: skip
    rows = [
        (number, item.platform, item.platform_id, "", item.channel, item.channel_id,
         item.recorded_at)
        for number, item, _fingerprint, _digest in batch
        if isinstance(item, VideoRecord)
    ]  # fmt: skip
    _copy(cursor, "incoming", columns, map(_line_of, rows))
    _copy_tags(cursor, batch)


def _copy_tags(cursor: CursorWrapper, batch: Sequence[Incoming]) -> None:
    tag_rows = (
        (number, position, slug, name)
        for number, item, _fingerprint, _digest in batch
        if isinstance(item, VideoRecord)
        for position, (slug, name) in enumerate(clean_tags(item.tags))
    )
    _copy(cursor, "given_tag", merging.TAG_COLUMNS, map(_line_of, tag_rows))


def source_of(item: VideoRecord | RecordError | Unparsed) -> str:
    """Return where an item stood, as the ledger holds it."""
    return storable(item.source)[:_SOURCE_WIDTH]


def _line_of_item(incoming: Incoming, now: datetime) -> str:
    """Return the values of merging.COLUMNS in the text format of COPY.

    No record is newer than the moment it comes in: one that is dated in the future would
    win over every other, and its counts over every look, until that day.
    """
    number, item, fingerprint, digest = incoming
    source = source_of(item)
    raw = item.raw[:MAX_RECORD_BYTES].hex()
    if isinstance(item, RecordError):
        why = (
            storable(item.field)[: width_of(ImportRow, "field")],
            storable(item.reason)[: width_of(ImportRow, "reason")],
        )
        head = (number, item.line, *why, Outcome.REJECTED.value)
        nothing = (None,) * (len(merging.COLUMNS) - len(head) - 2)
        return "\t".join((_line_of(head), f"\\\\x{raw}", _line_of((source, *nothing))))
    published, precision = _moment_of(item.published)
    recorded_at = item.recorded_at and min(item.recorded_at, now)
    counts = item.counts
    line, *numbers = [
        _NULL if value is None else str(value)
        for value in (
            item.line, item.duration_ms,
            counts.views, counts.likes, counts.dislikes, counts.comments,
        )
    ]  # fmt: skip
    texts = "\0".join((
        source, item.platform, item.platform_id, item.url, item.title,
        find_placeholder(item.title) or "", item.channel, item.channel_id, item.category,
        item.language, item.image_url, item.media_url,
    ))  # fmt: skip
    return "\t".join((
        str(number), line, "", "", _NULL, f"\\\\x{raw}",
        # None of them holds a NUL, and hardly ever one of them anything to escape.
        _escaped(texts).replace("\0", "\t"), _escaped(item.description),
        published.isoformat() if published else _NULL, precision,
        recorded_at.isoformat() if recorded_at else _NULL, fingerprint, digest or _NULL,
        str(_is_askable(item)), *numbers, _array(item.replays) if item.replays else _NULL,
    ))  # fmt: skip


def _is_askable(record: VideoRecord) -> bool:
    """Tell whether a gateway can ask about the video at all."""
    if record.platform == SAMPLE_PLATFORM:
        return False
    return record.platform == YOUTUBE or record.url.startswith(("http://", "https://"))


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


def _counts(record: VideoRecord) -> tuple[int | None, ...]:
    counts = record.counts
    return counts.views, counts.likes, counts.dislikes, counts.comments


def _moment_of(moment: datetime | date | None) -> tuple[datetime | None, str]:
    """Return a publication date as a moment and how exactly it is known."""
    if moment is None:
        return None, ""
    if isinstance(moment, datetime):
        return moment, Precision.SECOND.value
    return datetime.combine(moment, time(), tzinfo=UTC), Precision.DAY.value


def _text_of(moment: datetime | date | None) -> str | None:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat()
    return moment.isoformat() if moment else None


def clean_tags(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return slug and name of each tag, each slug once. What is no tag (`#`) is left out."""
    cleaned: dict[str, str] = {}
    for name in names:
        if found := _clean_tag(name):
            cleaned.setdefault(*found)
    return list(cleaned.items())


# Records of one run share their tags, and a slug takes as long as the rest of a row.
@lru_cache(maxsize=30_000)
def _clean_tag(name: str) -> tuple[str, str] | None:
    try:
        proper = tags.clean_name(storable(name))
    except ValidationError:
        return None
    return tags.slug_of(proper), proper


def _copy(cursor: CursorWrapper, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Send rows by COPY in its text format."""
    cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Lines(lines))


class _Lines:
    """Lines of text as a file for COPY: a bite at a time, since large buffers cost more."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)

    def read(self, _size: int = -1) -> bytes:
        """Return some lines, about as many as a bite holds; nothing at the end."""
        bite: list[bytes] = []
        length = 0
        for line in self._lines:
            bite.append(line.encode())
            length += len(line)
            if length >= _BITE:
                break
        if bite:
            bite.append(b"")
        return b"\n".join(bite)


def _line_of(values: Iterable[object]) -> str:
    """Write values as COPY reads them."""
    return "\t".join([_field(value) for value in values])


def _field(value: object) -> str:
    if value is None:
        return _NULL
    return _escaped(value) if isinstance(value, str) else str(value)


def _escaped(text: str) -> str:
    if _NEEDS_ESCAPE.search(text):
        for letter, escaped in _ESCAPES:
            text = text.replace(letter, escaped)
    return text
