"""What differs between two texts, word by word, for people to read. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from annotations.letters import Letter, sort_of

# As many comparisons as some tenths of a second allow. Some hundred edits in 10,000 characters
# need fewer; where more is different, hardly anything is left to be read as the same.
_EFFORT = 400_000


class Change(StrEnum):
    """Whether a piece is in both texts, in the old one only or in the new one only."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words with the spaces behind them, never empty."""

    kind: Change
    text: str


class _Word(NamedTuple):
    """A word, a sign, or a character of a script without spaces; and the spaces behind it."""

    text: str
    spaces: str


@dataclass(slots=True)
class _Run:
    """What is the same, then what differs behind it."""

    same: str = ""
    removed: str = ""
    added: str = ""

    @property
    def weight(self) -> int:
        """How much differs."""
        return max(len(self.removed), len(self.added))


def diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces of two texts in reading order; of a change, what was removed is first.

    SAME and REMOVED together are the old text exactly, SAME and ADDED the new one. Words are
    same or not as a whole, signs by themselves, scripts without spaces by character. A few
    same words between larger changes count as changed: they would only be in the way. Takes
    bounded time: what lies between the first and the last difference of texts that have
    hardly anything in common is replaced as a whole.
    """
    runs = _without_islands(_runs(_words(old), _words(new)))
    return tuple(
        Piece(kind, text)
        for run in runs
        for kind, text in zip(Change, (run.same, run.removed, run.added), strict=True)
        if text
    )


# --- Words ----------------------------------------------------------------------------


def _words(text: str) -> list[_Word]:
    """Cut a text; nothing of it is lost. Spaces at its beginning stand behind an empty word."""
    words: list[_Word] = []
    start = 0
    for end in _ends(text):
        part = text[start:end]
        bare = part.rstrip()
        words.append(_Word(bare, part[len(bare) :]))
        start = end
    return words


def _ends(text: str) -> Iterator[int]:
    """Tell where words end, with the spaces behind them."""
    before = Letter.SPACE
    for at, character in enumerate(text):
        sort = sort_of(character)
        if sort in (Letter.MARK, Letter.UNSEEN):
            continue
        if at and not _is_one(before, sort, text, at):
            yield at
        before = Letter.LETTER if _is_inside(before, sort, text, at) else sort
    if text:
        yield len(text)


def _is_one(before: Letter, sort: Letter, text: str, at: int) -> bool:
    """Tell whether a character belongs to the word of the one before it."""
    if sort is Letter.SPACE:
        return True
    # What joins two signs to one, such as a family of faces.
    if text[at - 1] == "\u200d":
        return before is not Letter.SPACE
    return before is Letter.LETTER and (sort is Letter.LETTER or _is_inside(before, sort, text, at))


def _is_inside(before: Letter, sort: Letter, text: str, at: int) -> bool:
    """Tell whether an apostrophe stands in the middle of a word."""
    following = text[at + 1 : at + 2]
    return (
        sort is Letter.APOSTROPHE
        and before is Letter.LETTER
        and following != ""
        and sort_of(following) is Letter.LETTER
    )


# --- What is the same -----------------------------------------------------------------


def _runs(old: Sequence[_Word], new: Sequence[_Word]) -> list[_Run]:
    runs = [_Run()]
    at_old = at_new = 0
    for in_old, in_new in (*_pairs(old, new), (len(old), len(new))):
        run = runs[-1]
        run.removed += _joined(old[at_old:in_old])
        run.added += _joined(new[at_new:in_new])
        at_old, at_new = in_old + 1, in_new + 1
        if in_old == len(old):
            break
        if run.removed or run.added:
            runs.append(run := _Run())
        word, spaces = old[in_old]
        other_spaces = new[in_new].spaces
        is_same = spaces == other_spaces
        run.same += word + spaces if is_same else word
        run.removed, run.added = ("", "") if is_same else (spaces, other_spaces)
    return runs


def _joined(words: Iterable[_Word]) -> str:
    return "".join(word.text + word.spaces for word in words)


def _pairs(old: Sequence[_Word], new: Sequence[_Word]) -> list[tuple[int, int]]:
    """Return where the words stand, in the old and in the new text, that are the same in both."""
    before, behind = _same_ends(old, new)
    stop_old, stop_new = len(old) - behind, len(new) - behind
    middle = _path(
        [word.text for word in old[before:stop_old]], [word.text for word in new[before:stop_new]]
    )
    return [
        *((at, at) for at in range(before)),
        *((before + at, before + other) for at, other in middle),
        *((stop_old + at, stop_new + at) for at in range(behind)),
    ]


def _same_ends(old: Sequence[_Word], new: Sequence[_Word]) -> tuple[int, int]:
    """Return how many words both texts begin with, and how many of the others they end with."""
    most = min(len(old), len(new))
    before = 0
    while before < most and old[before].text == new[before].text:
        before += 1
    behind = 0
    while behind < most - before and old[-behind - 1].text == new[-behind - 1].text:
        behind += 1
    return before, behind


def _path(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the same words along a shortest way of edits (Myers), none if it is too long.

    Of `edits` edits so far, `row` of them were steps in the old text, the others in the new
    one; `reached[row]` is the furthest place in the old text that such ways lead to.
    """
    trace: list[list[int]] = []
    reached = [0]
    effort = 0
    for edits in range(len(old) + len(new) + 1):
        trace.append(reached)
        reached = []
        for row in range(edits + 1):
            start = x = _step(trace[-1], row, edits)
            ahead = edits - 2 * row
            while x < len(old) and x + ahead < len(new) and old[x] == new[x + ahead]:
                x += 1
            reached.append(x)
            effort += 1 + x - start
            if x >= len(old) and x + ahead >= len(new):
                return _walk_back(trace, x, row)
        if effort > _EFFORT:
            break
    return []


def _step(reached: Sequence[int], row: int, edits: int) -> int:
    """Return the place in the old text that the last of the edits leads to."""
    return reached[row] if _is_in_new(reached, row, edits) else reached[row - 1] + 1


def _is_in_new(reached: Sequence[int], row: int, edits: int) -> bool:
    """Tell whether the last of the edits is better a step in the new text than in the old."""
    return row == 0 or (row != edits and reached[row - 1] < reached[row])


def _walk_back(trace: Sequence[Sequence[int]], x: int, row: int) -> list[tuple[int, int]]:
    """Return the pairs on the way that ends at a place in the old text, in their order."""
    same: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        start = _step(trace[edits], row, edits)
        ahead = edits - 2 * row
        same += ((at, at + ahead) for at in range(x - 1, start - 1, -1))
        if _is_in_new(trace[edits], row, edits):
            x = start
        else:
            x, row = start - 1, row - 1
    same.reverse()
    return same


# --- What is worth reading ------------------------------------------------------------


def _without_islands(runs: Sequence[_Run]) -> list[_Run]:
    """Return the runs without those whose same words are shorter than what differs around them."""
    kept: list[_Run] = []
    weight_before = 0
    for run in runs:
        weight = run.weight
        if kept and len(run.same.strip()) < min(weight_before, weight):
            kept[-1].removed += run.same + run.removed
            kept[-1].added += run.same + run.added
        else:
            kept.append(run)
        weight_before = weight
    return kept
