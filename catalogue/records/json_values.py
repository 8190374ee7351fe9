"""JSON as other programs write it: read without trust, its values as the fields' rules take them.

Numbers become the text they are written with, so that one rule reads a count whether it is
`12` (yt-dlp) or `"12"` (YouTube's API).
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import orjson

from catalogue.records import durations, fields, markup, moments
from catalogue.records.fields import FieldError
from catalogue.records.moments import MAX_YEAR, MIN_YEAR
from catalogue.records.said import said

MAX_DOCUMENT_BYTES = 32_000_000
# A value takes up to a hundred times its bytes when it is read: `[],` is three.
MAX_DOCUMENT_VALUES = 1_000_000

_BOM = b"\xef\xbb\xbf"
# Integers beyond 64 bits, which have 19 digits or more, lose some of them in orjson.
_LONG_NUMBER = b"0" * 19
_DIGITS_TO_NOUGHTS = bytes.maketrans(b"123456789", b"000000000")
_DECODER = json.JSONDecoder()
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_COMPACT_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_SECONDS = re.compile(r"\d{1,12}(?:\.\d{1,20})?", re.ASCII)


class JsonError(ValueError):
    """JSON that cannot be read: why, on which line, and whether only more of it was the fault."""

    def __init__(self, reason: str, line: int | None = None, *, has_more: bool = False) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line
        self.has_more = has_more


def load(content: bytes) -> object:
    """Return the value that UTF-8 text holds. NaN and Infinity, which is no JSON, are null.

    Raises:
        JsonError: it is no JSON, not UTF-8, nested too deeply, or holds too many values.
    """
    content = content.removeprefix(_BOM)
    if content.count(b",") + content.count(b"[") + content.count(b"{") > MAX_DOCUMENT_VALUES:
        raise JsonError(
            said(
                "there are more than {most:,} values in it; write it as JSON Lines, one record a "
                "line",
                most=MAX_DOCUMENT_VALUES,
            )
        )
    if _LONG_NUMBER not in content.translate(_DIGITS_TO_NOUGHTS):
        try:
            return orjson.loads(content)
        except ValueError:
            # The slower reader says what is wrong, or takes it after all.
            pass
    return load_carefully(content)


def load_carefully(content: bytes) -> object:
    """Return what `load` does, by the reader that takes numbers of any length."""
    try:
        return json.loads(content.decode(), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = said("byte {byte:,} is not UTF-8; save the file as UTF-8", byte=error.start + 1)
        raise JsonError(reason, line) from None
    except json.JSONDecodeError as error:
        reason = said(
            "this is not valid JSON: {reason} (column {column:,})",
            reason=error.msg,
            column=error.colno,
        )
        raise JsonError(reason, error.lineno, has_more=error.msg == "Extra data") from None
    except RecursionError:
        raise JsonError(said("this JSON is nested too deeply")) from None
    except ValueError:
        # Python refuses to read a number of thousands of digits.
        raise JsonError(said("there is a number in it that is too long to be read")) from None


def cut(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each of the documents that stand one after another, with the line it begins on.

    The last one may be broken. Raises UnicodeDecodeError at the first.
    """
    text = content.removeprefix(_BOM).decode()
    line, position = 1, 0
    while True:
        begin = _find(_NOT_BLANK, text, position)
        if begin == len(text):
            return
        line += text.count("\n", position, begin)
        try:
            _, position = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            position = len(text)
        yield line, text[begin:position].encode()
        line += text.count("\n", begin, position)


def _find(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.search(text, position)
    return found.start() if found else len(text)


def dump(value: object) -> bytes:
    """Write a value that `load` returned as compact JSON; nothing if it is nested too deeply."""
    try:
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            return json.dumps(value, separators=(",", ":")).encode()
    except RecursionError:
        return b""


def scalar(field: str, value: object) -> object:
    """Return numbers as text, and what is no number as it is. Raises FieldError for booleans."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        reason = said(
            "this should be text or a number, but it is {value}", value=str(value).lower()
        )
        raise FieldError(field, reason)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value) if isinstance(value, int) else value


def text(field: str, value: object, limit: int) -> str:
    """Return one clean line."""
    return fields.clean_text(field, scalar(field, value), limit)


def description(field: str, value: object) -> str:
    """Return plain text of many lines."""
    value = scalar(field, value)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(field, said("this should be text"))
    fields.refuse_unstorable(field, value)
    return fields.clean_description(field, markup.tidy(value))


def tags(field: str, value: object) -> tuple[str, ...]:
    """Return clean tags of a list; its nulls say nothing."""
    if isinstance(value, list):
        if len(value) > fields.MAX_TAGS:
            return fields.clean_tags(field, value)
        value = [scalar(field, tag) for tag in value]
    return fields.clean_tags(field, value)


def count(field: str, value: object) -> int | None:
    """Return a whole number of 0 or more."""
    if value is None or (type(value) is int and 0 <= value <= fields.MAX_COUNT):
        return value
    return fields.clean_count(field, scalar(field, value))


def length(field: str, value: object) -> int | None:
    """Return milliseconds, of seconds as a number, or of ISO 8601 or a clock as text."""
    value = scalar(field, value)
    if not isinstance(value, str) or not _SECONDS.fullmatch(value.strip()):
        return fields.clean_duration(field, value)
    milliseconds = round(float(value) * 1_000)
    if milliseconds > durations.MAX_DURATION_MS:
        reason = said(
            "“{value}”: {reason}", value=fields.show(value), reason=said("longer than a year")
        )
        raise FieldError(field, reason)
    return milliseconds or None


def instant(field: str, value: object) -> datetime | None:
    """Return a moment in UTC, of seconds since 1970; 0 is what programs write for none."""
    value = scalar(field, value)
    if value is None or value in ("", "0"):
        return None
    if not isinstance(value, str):
        raise FieldError(field, said("this should be a number of seconds since 1970"))
    if value.strip() in fields.UNKNOWN:
        return None
    try:
        moment = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        reason = said("“{value}” is no number of seconds since 1970", value=fields.show(value))
        raise FieldError(field, reason) from None
    if not MIN_YEAR <= moment.year <= MAX_YEAR:
        reason = said("“{value}”: {reason}", value=fields.show(value), reason=moments.outside())
        raise FieldError(field, reason)
    return moment


def day(field: str, value: object) -> date | None:
    """Return a day written as 20091025, or as `clean_moment` reads it."""
    value = scalar(field, value)
    if isinstance(value, str):
        value = _COMPACT_DAY.sub(r"\1-\2-\3", value.strip(), count=1)
    moment = fields.clean_moment(field, value)
    return moment.date() if isinstance(moment, datetime) else moment


def usable(clean: Callable[[str, object], str], field: str, value: object) -> str:
    """Return a clean value, or nothing if it cannot be used.

    For what platforms write in many ways and no film should be refused for: addresses of
    pictures and names of languages.
    """
    try:
        return clean(field, scalar(field, value))
    except FieldError:
        return ""
