"""Chapters as descriptions list them: one a line, each with the time it begins. Pure."""

import re
from dataclasses import dataclass

from catalogue.timecodes import TimecodeError, parse_timecode

# YouTube's own rule: at least three, the first at 0:00, each of ten seconds or more.
CHAPTERS_MIN = 3
SHORTEST_MS = 10_000
CHAPTERS_MAX = 100
TITLE_MAX = 120

_LINE = re.compile(
    r"\s*(?:[-–—•*>]|\d{1,2}[.)])?\s*[\[(]?(?P<time>(?:\d{1,2}:)?\d{1,3}:[0-5]\d)[\])]?"
    r"(?:\s*[-–—]\s*[\[(]?(?:\d{1,2}:)?\d{1,3}:[0-5]\d[\])]?)?"
    r"\s*[-–—:|.]*\s*(?P<title>\S.*?)\s*",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a film: from `start_ms` up to `end_ms`."""

    start_ms: int
    end_ms: int
    title: str


def parse_chapters(text: str, *, duration_ms: int | None) -> list[Chapter]:
    """Return the chapters that a description lists; none, if it only mentions moments.

    The list is the first run of times that begins at 0:00 and rises. Of a film of unknown
    length there are none: the last would have no end.
    """
    if not duration_ms:
        return []
    starts = _starts(text, duration_ms)
    if len(starts) < CHAPTERS_MIN:
        return []
    ends = [start for start, _title in starts[1:]] + [duration_ms]
    chapters = [
        Chapter(start, end, title) for (start, title), end in zip(starts, ends, strict=True)
    ]
    is_list = all(one.end_ms - one.start_ms >= SHORTEST_MS for one in chapters)
    return chapters if is_list else []


def _starts(text: str, duration_ms: int) -> list[tuple[int, str]]:
    starts: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line[:1000])
        if match is None:
            continue
        try:
            start_ms = parse_timecode(match["time"])
        except TimecodeError:
            continue
        is_next = start_ms > starts[-1][0] if starts else start_ms == 0
        if is_next and start_ms < duration_ms and len(starts) < CHAPTERS_MAX:
            starts.append((start_ms, match["title"][:TITLE_MAX]))
    return starts
