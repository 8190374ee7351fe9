"""Records of videos: bytes in, one frozen VideoRecord or one RecordError out.

Pure: no framework, no database, no network. A format is a module with two functions,
`recognises(content)` and `parse(source, content)`; it is chosen by what a file holds,
never by what it is called.
"""

from collections.abc import Callable
from typing import NamedTuple

from catalogue.records import front_matter
from catalogue.records.front_matter import format_front_matter
from catalogue.records.record import (
    MAX_RECORD_BYTES,
    Counts,
    RecordError,
    VideoRecord,
)

__all__ = [
    "FORMATS",
    "MAX_RECORD_BYTES",
    "Counts",
    "Format",
    "RecordError",
    "VideoRecord",
    "format_front_matter",
    "parse",
]


class Format(NamedTuple):
    """One way to write a record down."""

    name: str
    recognises: Callable[[bytes], bool]
    parse: Callable[[str, bytes], VideoRecord]


FORMATS = (Format("front matter", front_matter.recognises, front_matter.parse),)


def parse(source: str, content: bytes) -> VideoRecord:
    """Return the record that `content` holds; `source` names it in errors and in the record.

    Raises:
        RecordError: whatever is wrong with the bytes; nothing else is ever raised.
    """
    for format_ in FORMATS:
        if format_.recognises(content):
            return format_.parse(source, content)
    raise RecordError(source, _why_unknown(content), 1, raw=content[:MAX_RECORD_BYTES])


def _why_unknown(content: bytes) -> str:
    if not content.strip():
        return "the file is empty"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "this is written in UTF-16; save the file as UTF-8"
    return "there is no front matter: the first line must be three dashes (---)"
