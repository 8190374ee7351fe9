"""Where in a transcript a quote is said, although the words or their times have changed. Pure.

`spoken.read` a transcript once, then `anchor` each quote in it. `shifts.shift_of` tells whether
what was found moved together, as after a new cut.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from annotations.spoken import Cue, Spoken, most_alike, read, words_of

SOUND_AT = 0.9
DOUBTFUL_AT = 0.6
# People set ranges by hand: this much is no move.
STILL_MS = 2_000
# So near to where it was, a quote is hardly another one that sounds the same.
NEAR_MS = 10_000
# Fewer words may be said anywhere.
_WORDS_MIN = 3

# Scores as near as this are equal: a word that was heard otherwise.
_EQUAL = 0.02
_CANDIDATES = 6
# A word in more places tells nothing of where a quote is.
_RARE = 32


class Health(StrEnum):
    """How well an occurrence is anchored."""

    SOUND = "sound"
    MOVED = "moved"
    DOUBTFUL = "doubtful"
    LOST = "lost"
    UNQUOTED = "unquoted"


@dataclass(frozen=True, slots=True)
class Found:
    """The best place for a quote; a `score` of 1 is word for word."""

    start_ms: int
    end_ms: int
    score: float


@dataclass(frozen=True, slots=True)
class Anchor:
    """What became of a quote.

    `moved_ms` is how far an old range would have to go, 0 while the quote is inside of it or
    around it: a range set by hand may be longer than its quote. `found` may be there also
    when it is LOST, to be looked at; nothing at all like it is None.
    """

    health: Health
    found: Found | None = None
    moved_ms: int = 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Some words of a transcript, how like a quote they are, and how far they moved."""

    first: int
    stop: int
    score: float
    moved_ms: int

    @property
    def is_near(self) -> bool:
        return abs(self.moved_ms) <= NEAR_MS


# --- Finding --------------------------------------------------------------------------


def anchor(quote: str, start_ms: int, end_ms: int, spoken: Spoken) -> Anchor:
    """Return where a quote is said that was at (start_ms, end_ms), and how sure that is.

    The best place, of equals the nearest. It is DOUBTFUL if the words differ much, or if it
    is far from where it was and could as well be elsewhere: said twice, said nearly so where
    it was, or made of too few words.
    """
    words = words_of(quote)
    if not words:
        return Anchor(Health.UNQUOTED)
    places = _places(words, (start_ms, end_ms), spoken)
    if not places:
        return Anchor(Health.LOST)
    top = max(place.score for place in places)
    equals = [place for place in places if place.score >= top - _EQUAL]
    best = min(equals, key=lambda place: (abs(place.moved_ms), -place.score))
    start, end = spoken.range_of(best.first, best.stop)
    found = Found(start, end, round(best.score, 3))
    is_clear = best.is_near or (
        len(words) >= _WORDS_MIN and not any(_is_rival(place, best, top) for place in places)
    )
    return Anchor(_health(best, is_clear=is_clear), found, best.moved_ms)


def range_of(
    cues: Sequence[Cue], first_index: int, last_index: int, quote: str | None = None
) -> tuple[int, int]:
    """Return (start_ms, end_ms) of what was picked from the cues, the last one included.

    With a quote, only of the words it has, if they are said there.
    """
    picked = cues[first_index : last_index + 1]
    start_ms, end_ms = picked[0][0], max(cue[1] for cue in picked)
    if quote:
        found = anchor(quote, start_ms, end_ms, read(picked)).found
        if found and found.score >= DOUBTFUL_AT:
            return found.start_ms, found.end_ms
    return start_ms, end_ms


def _health(best: _Place, *, is_clear: bool) -> Health:
    if best.score < DOUBTFUL_AT:
        return Health.LOST
    if best.score < SOUND_AT or not is_clear:
        return Health.DOUBTFUL
    return Health.SOUND if abs(best.moved_ms) <= STILL_MS else Health.MOVED


def _is_rival(place: _Place, best: _Place, top: float) -> bool:
    """Tell whether a quote that is found far away could as well be at another place."""
    is_apart = place.stop <= best.first or place.first >= best.stop
    is_good = place.score >= (DOUBTFUL_AT if place.is_near else top - _EQUAL)
    return is_apart and is_good


def _places(words: Sequence[str], old: tuple[int, int], spoken: Spoken) -> list[_Place]:
    """Return where the words may be said: word for word, else nearly so."""
    exact = [
        _Place(first, first + len(words), 1.0, _moved(old, spoken, first, first + len(words)))
        for first in spoken.find(words)
    ]
    if any(place.is_near for place in exact):
        return exact
    windows = [_window_at(old, spoken)]
    if not exact:
        windows += _windows(words, old, spoken)
    return exact + [
        _Place(first, stop, score, _moved(old, spoken, first, stop))
        for first, stop, score in most_alike(words, windows, spoken)
    ]


def _moved(old: tuple[int, int], spoken: Spoken, first: int, stop: int) -> int:
    """Return how far words are from a range, 0 if one holds the other."""
    start, end = spoken.range_of(first, stop)
    at_start, at_end = start - old[0], end - old[1]
    if (at_start < 0) != (at_end < 0):
        return 0
    return min(at_start, at_end, key=abs)


def _window_at(old: tuple[int, int], spoken: Spoken) -> tuple[int, int]:
    """Return the words around a range."""
    return (
        bisect_left(spoken.starts, old[0] - NEAR_MS),
        bisect_left(spoken.starts, old[1] + NEAR_MS),
    )


def _windows(
    words: Sequence[str], old: tuple[int, int], spoken: Spoken
) -> Iterator[tuple[int, int]]:
    """Tell where most words stand that are as far from each other as in the quote.

    Two words in a row that are the same count, and rare words alone.
    """
    width = max(3, len(words) // 4)
    votes: Counter[int] = Counter()
    pairs = (f"{word} {following}" for word, following in pairwise(words))
    for features, most in ((words, _RARE), (pairs, _RARE**2)):
        for at, feature in enumerate(features):
            places = spoken.places.get(feature, ())
            if len(places) <= most:
                votes.update((place - at) // width for place in places)
    was_at = bisect_left(spoken.starts, old[0]) // width
    # Words are left out or put in: half of them may stand in the next part.
    ranked = sorted(
        votes, key=lambda part: (-votes[part] - votes.get(part + 1, 0), abs(part - was_at))
    )
    taken: set[int] = set()
    for part in ranked:
        if taken.isdisjoint((part - 1, part, part + 1)):
            taken.add(part)
            first = (part - 1) * width
            yield max(0, first), first + 4 * width + len(words)
        if len(taken) == _CANDIDATES:
            break
