"""A machine's rolling captions, each line of them once.

YouTube shows two lines: the one that was said, and below it the one that is being said, word
by word (`<00:00:14.670><c> fire</c>`). Between two cues stands a third of 10 ms in which the
lower line has moved up. Read plainly, each line would come three times.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from catalogue.records.cues import Cue
from catalogue.records.said import said
from catalogue.records.subtitles.blocks import Block
from catalogue.records.subtitles.wording import MAX_CUE_LENGTH, find_first_stamp, has_stamp, plain

# The cues between two lines last 10 ms; a frame's time leaves room for other writers.
_BLINK_MS = 40
# A line that comes again after this long was said again.
_CARRIED_WITHIN_MS = 5_000
_SOUND = re.compile(r"[\[(♪].*[\])♪]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a caption; `start_ms` if its first word has a time of its own."""

    text: str
    start_ms: int | None
    is_timed: bool


@dataclass(frozen=True, slots=True)
class _Caption:
    """A block by its lines. `is_low` if its upper line is empty: then nothing was carried."""

    start_ms: int
    end_ms: int
    lines: tuple[_Line, ...]
    is_low: bool


def is_rolling(blocks: Sequence[Block]) -> bool:
    """Tell whether these are rolling captions.

    One in three captions at least begins with the line that the one before ended with, and
    something tells of a machine: times of words, blinks, or YouTube's place for its own.
    """
    if not any(_is_machines(block) for block in blocks):
        return False
    captions = _captions(blocks)
    repeats = sum(_count_carried(before, now) > 0 for before, now in pairwise(captions))
    return repeats > 0 and repeats * 3 >= len(captions) - 1


def rebuild(blocks: Sequence[Block]) -> list[Cue]:
    """Return each line once, from when it is first said, in order and without overlaps.

    Raises ValueError if lines that begin at once make more text than a cue holds.
    """
    cues: list[Cue] = []
    before = None
    for caption in _captions(blocks):
        carried = _count_carried(before, caption) if before else 0
        for cue in _new_cues(caption, carried):
            if cues and _is_more_of(cues[-1], cue):
                cues[-1] = Cue(cues[-1].start_ms, max(cues[-1].end_ms, cue.end_ms), cue.text)
            else:
                cues.append(cue)
        before = caption
    return _apart(cues)


def _is_machines(block: Block) -> bool:
    return (
        block.end_ms - block.start_ms <= _BLINK_MS
        or "position:0%" in block.settings
        or any(has_stamp(line) for line in block.lines)
    )


def _captions(blocks: Iterable[Block]) -> list[_Caption]:
    captions = []
    for block in sorted(blocks, key=lambda block: block.start_ms):
        lines = [
            _Line(
                plain(raw, is_webvtt=block.is_webvtt).replace("\n", " "),
                find_first_stamp(raw),
                has_stamp(raw),
            )
            for raw in block.lines
        ]
        said = tuple(line for line in lines if line.text)
        is_low = bool(lines) and not lines[0].text
        captions.append(_Caption(block.start_ms, block.end_ms, said, is_low))
    return captions


def _count_carried(before: _Caption, now: _Caption) -> int:
    """Return how many lines at the top of a caption are those the one before ended with."""
    if now.is_low or now.start_ms - before.end_ms > _CARRIED_WITHIN_MS:
        return 0
    for count in range(min(len(before.lines), len(now.lines)), 0, -1):
        shown, again = before.lines[-count:], now.lines[:count]
        # A line with times of its words is being said now.
        if all(
            old.text == new.text and not new.is_timed for old, new in zip(shown, again, strict=True)
        ):
            return count
    return 0


def _new_cues(caption: _Caption, carried: int) -> Iterator[Cue]:
    """Yield the lines that are new; where a line's first word has no time, lines stay together."""
    parts: list[tuple[int, list[str]]] = []
    for line in caption.lines[carried:]:
        start_ms = caption.start_ms if line.start_ms is None else line.start_ms
        earliest = parts[-1][0] + 1 if parts else caption.start_ms
        if parts and (line.start_ms is None or not earliest <= start_ms < caption.end_ms):
            parts[-1][1].append(line.text)
        else:
            is_inside = earliest <= start_ms < caption.end_ms
            parts.append((start_ms if is_inside else caption.start_ms, [line.text]))
    ends = [start_ms for start_ms, _lines in parts[1:]]
    for (start_ms, lines), end_ms in zip(parts, [*ends, caption.end_ms], strict=False):
        yield Cue(start_ms, end_ms, "\n".join(lines))


def _is_more_of(last: Cue, cue: Cue) -> bool:
    """Tell whether a sound just goes on: `[Music]` is written again and again while it plays."""
    return (
        last.text == cue.text
        and cue.start_ms - last.end_ms <= _BLINK_MS
        and bool(_SOUND.fullmatch(cue.text))
    )


def _apart(cues: list[Cue]) -> list[Cue]:
    """Return cues by their start, each ending before the next; those that begin at once as one."""
    apart: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: cue.start_ms):
        last = apart[-1] if apart else None
        if last and last.start_ms == cue.start_ms:
            apart[-1] = Cue(cue.start_ms, max(last.end_ms, cue.end_ms), f"{last.text}\n{cue.text}")
        else:
            if last and last.end_ms > cue.start_ms:
                apart[-1] = Cue(last.start_ms, cue.start_ms, last.text)
            apart.append(cue)
        if len(apart[-1].text) > MAX_CUE_LENGTH:
            raise ValueError(
                said("more than {most:,} characters begin at once", most=MAX_CUE_LENGTH)
            )
    return apart
