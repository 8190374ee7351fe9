"""How much of a film moved together, as after a new cut. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotations.anchoring import STILL_MS

# Transcripts tell times no better than this.
_AGREE_MS = 1_000


@dataclass(frozen=True, slots=True)
class Shift:
    """One offset for what is at `from_ms` or later; 0 is the whole film.

    Of `count` matches there, `agree` moved by it, give or take a second.
    """

    offset_ms: int
    from_ms: int
    agree: int
    count: int

    @property
    def share(self) -> float:
        """How many of the matches agree, from 0 to 1."""
        return self.agree / self.count


def shift_of(pairs: Iterable[tuple[int, int]]) -> Shift | None:
    """Return by how much sound matches moved together, given as (old_ms, new_ms).

    The median of the offsets that most of the moved ones have. If those before some point
    stayed where they were, it applies from the first one that moved by it. None if nothing
    moved, or if less than half of what is there agrees; one match alone does.
    """
    moves = sorted((old, new - old) for old, new in pairs)
    offset = _most_common([offset for _old, offset in moves if abs(offset) > STILL_MS])
    if offset is None:
        return None
    behind = moves[_split(moves, offset) :]
    if len(behind) == len(moves):
        from_ms = 0
    else:
        from_ms = next((old for old, moved in behind if _agrees(moved, offset)), 0)
        behind = [(old, moved) for old, moved in behind if old >= from_ms]
    agree = sum(_agrees(moved, offset) for _old, moved in behind)
    return (
        Shift(offset, from_ms, agree, len(behind)) if agree and 2 * agree >= len(behind) else None
    )


def _split(moves: Sequence[tuple[int, int]], offset: int) -> int:
    """Return the earliest point that leaves most still before it and most agreeing behind it."""
    fits = best = sum(_agrees(moved, offset) for _old, moved in moves)
    split = 0
    for at, (_old, moved) in enumerate(moves, 1):
        fits += (abs(moved) <= STILL_MS) - _agrees(moved, offset)
        if fits > best:
            best, split = fits, at
    return split


def _agrees(moved: int, offset: int) -> bool:
    return abs(moved - offset) <= _AGREE_MS


def _most_common(offsets: Iterable[int]) -> int | None:
    """Return the median of the offsets in the fullest stretch of twice _AGREE_MS."""
    ordered = sorted(offsets)
    fullest: list[int] = []
    for at, offset in enumerate(ordered):
        stop = bisect_right(ordered, offset + 2 * _AGREE_MS)
        if stop - at > len(fullest):
            fullest = ordered[at:stop]
    return fullest[(len(fullest) - 1) // 2] if fullest else None
