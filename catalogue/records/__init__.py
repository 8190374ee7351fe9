"""Records of videos: bytes in, frozen VideoRecords and RecordErrors out.

Pure: no framework, no database, no network. A format is chosen by what bytes hold, never
by what they are called.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from catalogue.records import exports, front_matter, json_documents, regular
from catalogue.records.content import Content, Readable
from catalogue.records.exports import write_csv_header, write_csv_row, write_json_line
from catalogue.records.front_matter import format_front_matter
from catalogue.records.record import (
    MAX_RECORD_BYTES,
    Counts,
    RecordError,
    VideoRecord,
)
from catalogue.records.said import said

__all__ = [
    "FORMATS",
    "MAX_RECORD_BYTES",
    "Counts",
    "Format",
    "Readable",
    "RecordError",
    "VideoRecord",
    "format_front_matter",
    "parse",
    "parse_all",
    "parse_content",
    "write_csv_header",
    "write_csv_row",
    "write_json_line",
]

Items = Iterator[VideoRecord | RecordError]


class Format(NamedTuple):
    """One way to write records down: `recognises` looks at the head only, `read` at all."""

    name: str
    recognises: Callable[[Content], bool]
    read: Callable[[str, Content], Items]

    def parse_all(self, source: str, given: bytes | Readable) -> Items:
        """Yield the records as the package's `parse_all` does, taking this format for granted."""
        return self.read(source, Content(given))


def _is_front_matter(content: Content) -> bool:
    return front_matter.recognises(content.head)


def _read_front_matter(source: str, content: Content) -> Items:
    try:
        yield front_matter.parse(source, content.head)
    except RecordError as error:
        yield error


FORMATS = (
    Format("front matter", _is_front_matter, _read_front_matter),
    Format("JSON Lines", json_documents.recognises_lines, json_documents.read_lines),
    Format("JSON", json_documents.recognises, json_documents.read),
    Format("CSV", exports.recognises_csv, exports.read_csv),
)


def parse_all(source: str, given: bytes | Readable) -> Items:
    """Yield every record of a file, and for each that is refused, why; `source` names the file.

    Takes bytes or a stream of them, which is read as records are taken from here, in bounded
    memory. A list may hold nothing. Raises nothing of its own; what the stream's `read`
    raises passes through.
    """
    return parse_content(source, Content(given))


def parse_content(source: str, content: Content) -> Items:
    """Yield every record of content that has been looked at, but not read yet; as `parse_all`."""
    if content.is_whole and (record := regular.read(source, content.head)) is not None:
        yield record
        return
    for format_ in FORMATS:
        if format_.recognises(content):
            yield from format_.read(source, content)
            return
    raw = content.head[:MAX_RECORD_BYTES]
    yield RecordError(source, _why_unknown(content.head), 1, raw=raw)


def parse(source: str, content: bytes) -> VideoRecord:
    """Return the one record that `content` holds; `source` names it in errors and in the record.

    Raises:
        RecordError: whatever is wrong with the bytes, or if there are no or several records;
            nothing else is ever raised.
    """
    record = regular.read(source, content)
    if record is not None:
        return record
    if front_matter.recognises(content):
        return front_matter.parse(source, content)
    found = parse_all(source, content)
    first = next(found, None)
    if isinstance(first, RecordError):
        raise first
    if first is None:
        reason = said("there is no record in it: the list is empty")
        raise RecordError(source, reason, raw=content[:MAX_RECORD_BYTES])
    if next(found, None) is not None:
        reason = said("there are several records in it, where one is expected")
        raise RecordError(source, reason, raw=content[:MAX_RECORD_BYTES])
    return first


def _why_unknown(head: bytes) -> str:
    if not head.strip():
        return said("the file is empty")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return said("this is written in UTF-16; save the file as UTF-8")
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT") or b" --> " in head[:1_000]:
        return said(
            "these are subtitles: name them as in film.en.vtt, and pack them in a zip or tar only"
        )
    if head[:1_000].count(b"\0") * 4 > len(head[:1_000]):
        return said("this looks like UTF-16 without its mark; save the file as UTF-8")
    if head.strip() == b"null":
        return said("there is only null in it: nothing could be read when it was written")
    return exports.why_no_table(head) or said(
        "there is no front matter: the first line must be three dashes (---)"
    )
