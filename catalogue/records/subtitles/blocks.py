"""Subtitle files cut into their blocks: a time range, and the lines below it."""

import re
from dataclasses import dataclass, field, replace

from catalogue.records import fields
from catalogue.records.record import RecordError
from catalogue.records.said import said
from catalogue.records.subtitles.wording import milliseconds

# Ten hours of a machine's captions are 7 MB.
MAX_SUBTITLES_BYTES = 10_000_000
# What a database's integer holds: 596 hours.
MAX_TIME_MS = 2**31 - 1

# A file with more is not worth reading line by line; the rest is counted.
MAX_PROBLEMS = 200

_ARROW = "-->"
_MAX_TIMING_LENGTH = 100_000
_MAX_CUE_LINES = 100
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_COMMENTS = ("NOTE", "STYLE", "REGION")
_TIMES = re.compile(r"[ \t\f]*(\S+?)[ \t\f]*-->[ \t\f]*(\S+)(?:[ \t\f](.*))?")
_WEBVTT_TIME = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
# Players take a point for the comma, and times without their zeros.
_SRT_TIME = re.compile(r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]?\d)(?:[,.](\d{1,3}))?", re.ASCII)
# Marks of writing direction, and blanks that must not break, as word processors put them in.
_UNSEEN = {**dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\ufeff")), 0xA0: " "}


@dataclass(frozen=True, slots=True)
class Block:
    """One cue as it stands: its times, its lines with their markup, the line of its times."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    number: int
    settings: str = ""
    is_webvtt: bool = True


@dataclass(slots=True)
class Problems:
    """What had to be left out, in the order of lines: the first are told, the rest counted."""

    told: list[tuple[int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, reason: str, line: int) -> None:
        """Tell why something on a line (from 1) is left out."""
        self.count += 1
        if len(self.told) < MAX_PROBLEMS:
            self.told.append((line, reason))


@dataclass(slots=True)
class Blocks:
    """What stands in a file, and what is broken in it."""

    head: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    # Whether what was read last is a cue that can be used.
    is_cue_open: bool = False

    def add_lines(self, lines: list[str]) -> None:
        """Add lines to the last cue; it is closed when it has more than any cue has."""
        last = self.blocks[-1]
        self.blocks[-1] = replace(last, lines=(*last.lines, *lines))
        self.is_cue_open = len(self.blocks[-1].lines) < _MAX_CUE_LINES


def decode(source: str, content: bytes) -> str:
    """Return a file's text with LF line ends: UTF-8, or UTF-16 if it says so by its mark.

    No other encoding is guessed: one that is wrong makes other words of it, and nobody
    notices. Raises RecordError with the line.
    """
    if len(content) > MAX_SUBTITLES_BYTES:
        reason = said(
            "{count:,} bytes are too many; {most:,} are allowed",
            count=len(content),
            most=MAX_SUBTITLES_BYTES,
        )
        raise RecordError(source, reason)
    if not content.strip():
        raise RecordError(source, said("the file is empty"))
    is_utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _undecodable(source, content, error, is_utf16=is_utf16) from None
    if text.count("\0") * 4 > len(text):
        reason = said("this looks like UTF-16 without its mark; save the file as UTF-8")
        raise RecordError(source, reason, 1)
    # WebVTT's own rule for NUL.
    text = text.replace("\0", "\ufffd")
    # What converted line ends twice would stand with an empty line behind each.
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


def _undecodable(
    source: str, content: bytes, error: UnicodeDecodeError, *, is_utf16: bool
) -> RecordError:
    byte = error.start + 1
    if is_utf16:
        reason = said(
            "byte {byte:,} is not UTF-16, though it begins like it; save the file as UTF-8",
            byte=byte,
        )
        return RecordError(source, reason)
    reason = said("byte {byte:,} is not UTF-8; save the file as UTF-8", byte=byte)
    return RecordError(source, reason, content.count(b"\n", 0, error.start) + 1)


def read(source: str, text: str) -> Blocks:
    """Return the blocks of a WebVTT or SRT file, in its order.

    A line with an arrow begins a cue, wherever it stands; an empty line ends one. What
    stands before the arrow is the cue's name or number. Raises RecordError if there is no
    time range at all in what is no WebVTT.
    """
    lines = text.split("\n")
    is_webvtt = bool(_SIGNATURE.fullmatch(lines[0]))
    if not is_webvtt and _ARROW not in text:
        reason = said(
            "this is neither WebVTT (its first line says WEBVTT) nor SRT: there is no time "
            "range such as 00:01:02,500 --> 00:01:04,000"
        )
        raise RecordError(source, reason, 1)
    found = Blocks()
    index = 0
    if is_webvtt:
        index = _end_of(lines, 1)
        found.head = lines[1:index]
    while index < len(lines):
        begin = index
        if _ARROW in lines[index]:
            index = _end_of(lines, index + 1)
            _add_cue(found, lines, begin, index, is_webvtt=is_webvtt)
        elif lines[index]:
            index = _end_of(lines, index)
            _add_stray(found, lines, begin, index, is_webvtt=is_webvtt)
        else:
            index += 1
    return found


def _end_of(lines: list[str], index: int) -> int:
    """Return where the lines from `index` on end: at an empty one, or the next arrow."""
    while index < len(lines) and lines[index] and _ARROW not in lines[index]:
        index += 1
    return index


def _is_arrow_next(lines: list[str], index: int) -> bool:
    return index < len(lines) and _ARROW in lines[index]


def _skip_blank(lines: list[str], index: int) -> int:
    """Return the index of the first line that is not empty, looking at a few only."""
    end = min(index + _MAX_CUE_LINES, len(lines))
    while index < end and not lines[index]:
        index += 1
    return index


def _is_number(line: str) -> bool:
    return line.translate(_UNSEEN).strip().isdigit()


def _add_cue(found: Blocks, lines: list[str], begin: int, end: int, *, is_webvtt: bool) -> None:
    body = lines[begin + 1 : end]
    if not is_webvtt and _is_arrow_next(lines, end) and body and _is_number(body[-1]):
        # The empty line is missing: this is the next cue's number.
        body.pop()
    try:
        start_ms, end_ms, settings = _parse_times(lines[begin], is_webvtt=is_webvtt)
    except ValueError as error:
        found.problems.add(str(error), begin + 1)
        found.is_cue_open = False
        return
    found.is_cue_open = True
    found.blocks.append(Block(start_ms, end_ms, tuple(body), begin + 1, settings, is_webvtt))


def _add_stray(found: Blocks, lines: list[str], begin: int, end: int, *, is_webvtt: bool) -> None:
    """Tell of lines that belong to no cue, unless they are a comment or a cue's name."""
    stray = lines[begin:end]
    # Segments of a stream that were joined have a head each.
    if is_webvtt and (stray[0].startswith(_COMMENTS) or _SIGNATURE.fullmatch(stray[0])):
        return
    is_numbered = not is_webvtt and _is_number(stray[0])
    is_name = _is_arrow_next(lines, end)
    # Where every other line is empty, the number stands alone.
    is_far = is_numbered and len(stray) == 1 and _is_arrow_next(lines, _skip_blank(lines, end))
    if is_name or is_far:
        stray.pop()
    if not any(line.strip() for line in stray):
        return
    if not is_webvtt and not is_numbered and found.is_cue_open:
        # An empty line inside a cue: in SRT players go on to the next number.
        found.add_lines(stray)
    else:
        found.problems.add(said("there is no time range for this text"), begin + 1)
        found.is_cue_open = False


def _parse_times(line: str, *, is_webvtt: bool) -> tuple[int, int, str]:
    """Return start and end in milliseconds, and the settings behind them."""
    if not is_webvtt and not line.isascii():
        line = line.translate(_UNSEEN)
    times = _TIMES.fullmatch(line) if len(line) <= _MAX_TIMING_LENGTH else None
    if not times:
        raise ValueError(said("“{value}” is not a time range", value=fields.show(line)))
    start_ms, end_ms = (_parse_time(text, is_webvtt=is_webvtt) for text in times.groups()[:2])
    if end_ms <= start_ms:
        raise ValueError(said("the cue does not end after it starts"))
    return start_ms, end_ms, times[3] or ""


def _parse_time(text: str, *, is_webvtt: bool) -> int:
    time = (_WEBVTT_TIME if is_webvtt else _SRT_TIME).fullmatch(text)
    if not time:
        example = "01:02:03.450" if is_webvtt else "01:02:03,450"
        raise ValueError(
            said("“{value}” is not a time like {example}", value=fields.show(text), example=example)
        )
    time_ms = milliseconds(*time.groups("0"))
    if time_ms > MAX_TIME_MS:
        raise ValueError(said("“{value}” is later than any film lasts", value=fields.show(text)))
    return time_ms
