"""Transcripts from subtitle files. https://www.w3.org/TR/webvtt1/ is the format."""

import re
from collections.abc import Iterator

from catalogue.records import fields, markup
from catalogue.records.cues import Cue
from catalogue.records.record import RecordError

MAX_SUBTITLES_BYTES = 20_000_000
MAX_CUES = 200_000
MAX_CUE_LENGTH = 10_000

_ARROW = "-->"
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_TIME = re.compile(r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_TIMES = re.compile(r"[ \t\f]*(\S+?)[ \t\f]*-->[ \t\f]*(\S+)(?:[ \t\f].*)?")
_TAG = re.compile(r"<[^<>]*>")


def parse_webvtt(source: str, content: bytes) -> tuple[Cue, ...]:
    """Return the cues of a WebVTT file, by start.

    Identifiers, settings, notes, styles and regions are passed over, cues without text are
    left out, tags are taken off the text and entities decoded.

    Raises:
        RecordError: with the line, if it is no WebVTT or a cue's times cannot be read.
    """
    lines = _decode(source, content).split("\n")
    if not _SIGNATURE.fullmatch(lines[0]):
        raise RecordError(source, "the first line of a WebVTT file must say WEBVTT", 1, raw=content)
    cues = []
    for number, timing, text in _blocks(lines):
        try:
            start_ms, end_ms = _parse_times(timing)
            plain = _plain(text)
        except ValueError as error:
            raise RecordError(source, str(error), number, raw=lines[number - 1].encode()) from None
        if plain:
            cues.append(Cue(start_ms, end_ms, plain))
        if len(cues) > MAX_CUES:
            raise RecordError(source, f"there are more than {MAX_CUES:,} cues", number)
    return tuple(sorted(cues, key=lambda cue: cue.start_ms))


def _decode(source: str, content: bytes) -> str:
    if len(content) > MAX_SUBTITLES_BYTES:
        reason = f"{len(content):,} bytes are too many; {MAX_SUBTITLES_BYTES:,} are allowed"
        raise RecordError(source, reason)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"byte {error.start + 1:,} is not UTF-8; save the file as UTF-8"
        raise RecordError(source, reason, line) from None
    # The standard's own rule for NUL.
    return text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


def _blocks(lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each cue's line number (from 1), timing line and lines of text.

    A line with an arrow begins a cue, wherever it stands; a blank line ends one. All else
    between them is an identifier, a note, a style, a region or the file's head.
    """
    index = 1
    while index < len(lines):
        if _ARROW not in lines[index]:
            index += 1
            continue
        timing = index
        index += 1
        while index < len(lines) and lines[index] and _ARROW not in lines[index]:
            index += 1
        yield timing + 1, lines[timing], lines[timing + 1 : index]


def _parse_times(line: str) -> tuple[int, int]:
    times = _TIMES.fullmatch(line)
    if not times:
        raise ValueError(f"{fields.show(line)} is not a cue's time range")
    start_ms, end_ms = (_parse_time(time) for time in times.groups())
    if end_ms <= start_ms:
        raise ValueError("the cue does not end after it starts")
    return start_ms, end_ms


def _parse_time(text: str) -> int:
    time = _TIME.fullmatch(text)
    if not time:
        raise ValueError(f"{fields.show(text)} is not a time like 01:02:03.450")
    hours, minutes, seconds, milliseconds = (int(part) for part in time.groups("0"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds


def _plain(lines: list[str]) -> str:
    text = markup.decode_entities(_TAG.sub("", "\n".join(lines)))
    text = markup.tidy(text)
    if len(text) > MAX_CUE_LENGTH:
        raise ValueError(f"{len(text):,} characters are too many for a cue")
    return text
