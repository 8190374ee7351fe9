"""Records as we write them ourselves: JSON Lines and CSV; docs/records.md has the fields.

Both hold the same fields, and reading what was written gives the same record: a day stays
a day (`published_on`), a moment a moment (`published_at`), and what is unknown is left out.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from catalogue.records import fields, json_values, moments, replays
from catalogue.records.content import Content
from catalogue.records.durations import MAX_DURATION_MS
from catalogue.records.fields import FieldError
from catalogue.records.places import Place
from catalogue.records.record import MAX_RECORD_BYTES, Counts, RecordError, VideoRecord

FIELDS = (
    "platform", "platform_id", "title", "channel", "channel_id", "category", "tags", "language",
    "published_at", "published_on", "recorded_at", "duration_ms", "replays", "views", "likes",
    "dislikes", "comments", "url", "image_url", "media_url", "description",
)  # fmt: skip
_IDENTITY = frozenset(["platform", "platform_id"])
# Lines after a quote that never closes are tried again as rows of their own; not for ever.
MAX_OPEN_ROWS = 100
_MAX_ROW_LINES = fields.MAX_DESCRIPTION_LENGTH + 1

_BOM = b"\xef\xbb\xbf"
_DELIMITERS = (",", ";", "\t")


# --- Writing --------------------------------------------------------------------------


def write_json_line(record: VideoRecord) -> str:
    """Return a record as one line of JSON with its line end; what is unknown is left out."""
    known = {key: value for key, value in _values(record).items() if value not in (None, "", [])}
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")) + "\n"


def write_csv_header() -> str:
    """Return the first line of a CSV file."""
    return _write_row(FIELDS)


def write_csv_row(record: VideoRecord) -> str:
    """Return a record as a row of CSV (RFC 4180); a description's line ends stay inside quotes.

    Tags are joined by semicolons, or written as JSON if one of them holds a semicolon.
    """
    values = _values(record)
    return _write_row([_cell(values[name]) for name in FIELDS])


def _values(record: VideoRecord) -> dict[str, object]:
    """Return what a record says, by our own names."""
    published, counts = record.published, record.counts
    is_exact = isinstance(published, datetime)
    return {
        "platform": record.platform,
        "platform_id": record.platform_id,
        "title": record.title,
        "channel": record.channel,
        "channel_id": record.channel_id,
        "category": record.category,
        "tags": list(record.tags),
        "language": record.language,
        "published_at": moments.format_moment(published) if published and is_exact else None,
        "published_on": moments.format_moment(published) if published and not is_exact else None,
        "recorded_at": moments.format_moment(record.recorded_at) if record.recorded_at else None,
        "duration_ms": record.duration_ms,
        "replays": list(record.replays),
        "views": counts.views,
        "likes": counts.likes,
        "dislikes": counts.dislikes,
        "comments": counts.comments,
        "url": record.url,
        "image_url": record.image_url,
        "media_url": record.media_url,
        "description": record.description,
    }


def _cell(value: object) -> str:
    if not isinstance(value, list):
        return "" if value is None else str(value)
    joined = "; ".join(map(str, value))
    is_plain = joined.count(";") == len(value) - 1 and not joined.startswith("[")
    return joined if is_plain or not value else json.dumps(value, ensure_ascii=False)


def _write_row(cells: tuple[str, ...] | list[str]) -> str:
    row = io.StringIO(newline="")
    csv.writer(row).writerow(cells)
    return row.getvalue()


# --- Reading JSON ---------------------------------------------------------------------


def recognises_json(document: Mapping[str, object]) -> bool:
    """Tell whether a JSON object is meant as ours."""
    return document.keys() >= _IDENTITY


def read_json(document: Mapping[str, object], place: Place) -> Iterator[VideoRecord | RecordError]:
    """Yield the record of a JSON object."""
    try:
        yield make_record(document, place, raw=place.bytes_of(document))
    except FieldError as error:
        yield place.refusal(error, document)


def make_record(values: Mapping[str, object], place: Place, *, raw: bytes) -> VideoRecord:
    """Return the record that values under our own names hold. Raises FieldError."""
    platform = fields.clean_platform("platform", values.get("platform"))
    if not platform:
        raise FieldError("platform", "the record does not say which platform the video is on")
    platform_id = fields.clean_platform_id(
        "platform_id", json_values.scalar("platform_id", values.get("platform_id")),
        platform=platform,
    )  # fmt: skip
    if not platform_id:
        raise FieldError("platform_id", "there is no video id (platform_id)")
    published = _moment(values, "published_at")
    if published is None:
        published = _moment(values, "published_on")
        published = published.date() if isinstance(published, datetime) else published
    recorded = _moment(values, "recorded_at")
    duration_ms = _milliseconds(values)
    return VideoRecord(
        platform=platform,
        platform_id=platform_id,
        title=json_values.text("title", values.get("title"), fields.MAX_TITLE_LENGTH),
        raw=raw,
        description=json_values.description("description", values.get("description")),
        channel=json_values.text("channel", values.get("channel"), fields.MAX_CHANNEL_LENGTH),
        channel_id=json_values.text(
            "channel_id", values.get("channel_id"), fields.MAX_CHANNEL_ID_LENGTH
        ),
        category=json_values.text("category", values.get("category"), fields.MAX_CATEGORY_LENGTH),
        language=fields.clean_language("language", values.get("language")),
        tags=json_values.tags("tags", values.get("tags")),
        url=fields.clean_url("url", values.get("url")),
        image_url=fields.clean_url("image_url", values.get("image_url")),
        media_url=fields.clean_url("media_url", values.get("media_url")),
        published=published,
        recorded_at=None if recorded is None else moments.at_midnight(recorded),
        duration_ms=duration_ms,
        replays=replays.clean("replays", values.get("replays"), duration_ms),
        counts=Counts(
            views=json_values.count("views", values.get("views")),
            likes=json_values.count("likes", values.get("likes")),
            dislikes=json_values.count("dislikes", values.get("dislikes")),
            comments=json_values.count("comments", values.get("comments")),
        ),
        source=place.source,
        line=place.line,
    )


def _moment(values: Mapping[str, object], key: str) -> datetime | date | None:
    return fields.clean_moment(key, json_values.scalar(key, values.get(key)))


def _milliseconds(values: Mapping[str, object]) -> int | None:
    duration_ms = json_values.count("duration_ms", values.get("duration_ms"))
    if duration_ms and duration_ms > MAX_DURATION_MS:
        raise FieldError("duration_ms", f"{duration_ms:,} milliseconds are longer than a year")
    return duration_ms or None


# --- Reading CSV ----------------------------------------------------------------------


def recognises_csv(content: Content) -> bool:
    """Tell from its first line whether content is a table of ours."""
    first = content.head[:10_000].partition(b"\n")[0]
    return _header_of(first) is not None


def why_no_table(head: bytes) -> str:
    """Say what a table lacks to be ours; nothing if the content does not look like one."""
    text = head[:10_000].partition(b"\n")[0].removeprefix(_BOM).decode(errors="replace")
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
        if len(names) < 2 or len(set(names) & set(FIELDS)) < 2:
            continue
        if missing := sorted(_IDENTITY.difference(names)):
            return f"this table has no column {' and no column '.join(missing)}"
        twice = next((name for name in names if names.count(name) > 1), "")
        return f"this table has the column “{twice}” twice"
    return ""


def read_csv(source: str, content: Content) -> Iterator[VideoRecord | RecordError]:
    """Yield each row of a table. Columns may stand in any order; unknown ones are left alone."""
    lines = content.lines(MAX_RECORD_BYTES)
    _, first = next(lines, (1, b""))
    header = _header_of(first)
    if header is None:
        reason = "the first line is no header of a table with platform and platform_id"
        yield RecordError(source, reason, 1, raw=first[:MAX_RECORD_BYTES])
        return
    names, delimiter = header
    first = first.removeprefix(_BOM).rstrip(b"\r\n") + b"\n"
    for number, row in _rows(lines):
        # With the header before it, a row can be read by itself again.
        place = Place(source, number, raw=first + row)
        try:
            cells = _read_cells(row, delimiter, len(names))
            if any(cells):
                yield _read_row(dict(zip(names, cells, strict=True)), place)
        except FieldError as error:
            yield place.refusal(error, None)


def _header_of(line: bytes) -> tuple[list[str], str] | None:
    try:
        text = line.removeprefix(_BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        return None
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"').lower() for name in text.split(delimiter)]
        if _IDENTITY.issubset(names) and len(set(names)) == len(names):
            return names, delimiter
    return None


def _rows(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield the bytes of each row and the line it begins on.

    A row goes on while a quote is open. If it never closes, or the row is too large, the
    first line is yielded alone, and the next row begins right after it.
    """
    again: list[tuple[int, bytes]] = []
    open_rows = 0
    while begin := (again.pop() if again else next(lines, None)):
        number, row = begin
        taken: list[tuple[int, bytes]] = []
        is_open = row.count(b'"') % 2 == 1
        pieces, size = [row], len(row)
        while is_open and size <= MAX_RECORD_BYTES and len(taken) < _MAX_ROW_LINES:
            following = again.pop() if again else next(lines, None)
            if following is None:
                break
            taken.append(following)
            pieces.append(following[1])
            size += len(following[1])
            is_open = following[1].count(b'"') % 2 == 0
        if is_open and taken and open_rows < MAX_OPEN_ROWS:
            open_rows += 1
            again.extend(reversed(taken))
            yield number, row
        else:
            yield number, b"".join(pieces)


def _read_cells(row: bytes, delimiter: str, width: int) -> list[str]:
    """Return a row's cells. Raises FieldError."""
    if len(row) > MAX_RECORD_BYTES:
        raise FieldError("", f"this row holds more than {MAX_RECORD_BYTES:,} bytes")
    try:
        text = row.decode()
        cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except UnicodeDecodeError as error:
        byte = row[error.start]
        raise FieldError("", f"0x{byte:02x} is not UTF-8; save the file as UTF-8") from None
    except csv.Error as error:
        raise FieldError("", f"this row of the table cannot be read: {error}") from None
    if cells and len(cells) != width:
        raise FieldError("", f"this row has {len(cells):,} cells, but the header has {width:,}")
    return cells


def _read_row(cells: dict[str, str], place: Place) -> VideoRecord:
    values: dict[str, object] = dict(cells)
    if "tags" in cells:
        values["tags"] = _split_tags(cells["tags"])
    return make_record(values, place, raw=place.bytes_of(None))


def _split_tags(cell: str) -> object:
    if cell.startswith("["):
        try:
            return json_values.load(cell.encode("utf-8", "surrogatepass"))
        except json_values.JsonError as error:
            raise FieldError("tags", error.reason) from None
    return cell.split(";")
