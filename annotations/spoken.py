"""The words of a transcript, and which of them are most like a quote. Pure."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from unicodedata import normalize

from annotations.letters import Letter, sort_of

# Texts between two same words are compared by letters if they are at least so much alike,
# and not too long for that.
_ALIKE_AT = 0.6
_ALIKE_MAX = 240

Cue = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A transcript to look for quotes in: its words, when each is said, and where they stand.

    `text` is all words with a blank around each, `offsets` where each begins in it. `places`
    tells of each word, and of each two in a row, where they are said.
    """

    words: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    text: str
    offsets: Sequence[int]
    places: Mapping[str, Sequence[int]]

    def range_of(self, first: int, stop: int) -> tuple[int, int]:
        """Return when some words are said; never empty, also where cues overlap."""
        start = min(self.starts[first:stop])
        return start, max(start + 1, *self.ends[first:stop])

    def find(self, words: Sequence[str]) -> Iterator[int]:
        """Tell where words stand one by one, as the number of the first."""
        wanted = f" {' '.join(words)} "
        at = self.text.find(wanted)
        while at >= 0:
            yield bisect_left(self.offsets, at + 1)
            at = self.text.find(wanted, at + 1)


# --- Reading --------------------------------------------------------------------------


def read(cues: Iterable[Cue]) -> Spoken:
    """Prepare a transcript, given as (start_ms, end_ms, text) in the order of time.

    Inside of a cue, time passes by the letter.
    """
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start_ms, end_ms, text in cues:
        said = words_of(text)
        letters = sum(map(len, said))
        before = 0
        for word in said:
            starts.append(start_ms + (end_ms - start_ms) * before // letters)
            before += len(word)
            ends.append(start_ms + (end_ms - start_ms) * before // letters)
        words += said
    offsets, places = _index(words)
    return Spoken(words, starts, ends, f" {' '.join(words)} ", offsets, places)


def words_of(text: str) -> list[str]:
    """Return the words as they are compared: no signs, no capitals, no ligatures.

    Scripts without spaces give a word for each character.
    """
    return normalize("NFKC", text).casefold().translate(_FOLDED).split()


class _Folding(dict[int, str]):
    """What a character becomes; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        sort = sort_of(character)
        if sort in (Letter.LETTER, Letter.MARK):
            folded = character
        elif sort is Letter.ALONE:
            folded = f" {character} "
        else:
            folded = "" if sort in (Letter.APOSTROPHE, Letter.UNSEEN) else " "
        self[code] = folded
        return folded


_FOLDED = _Folding()


def _index(words: Sequence[str]) -> tuple[list[int], dict[str, list[int]]]:
    offsets: list[int] = []
    places: defaultdict[str, list[int]] = defaultdict(list)
    offset = 1
    for at, word in enumerate(words):
        offsets.append(offset)
        offset += len(word) + 1
        places[word].append(at)
    for at, (word, following) in enumerate(pairwise(words)):
        places[f"{word} {following}"].append(at)
    return offsets, dict(places)


# --- Comparing ------------------------------------------------------------------------


def most_alike(
    words: Sequence[str], windows: Iterable[tuple[int, int]], spoken: Spoken
) -> Iterator[tuple[int, int, float]]:
    """Tell of each window (first, stop) which words are most like a quote's, and how much.

    The score is the share of letters that are the same, in the quote and in what was found.
    Nothing is told of windows that have no word in common with it.
    """
    matcher: SequenceMatcher[str] = SequenceMatcher(None, "", words, autojunk=False)
    for window in windows:
        if found := _aligned(matcher, words, window, spoken):
            yield found


def _aligned(
    matcher: SequenceMatcher[str], words: Sequence[str], window: tuple[int, int], spoken: Spoken
) -> tuple[int, int, float] | None:
    said = spoken.words[window[0] : window[1]]
    matcher.set_seq1(said)
    blocks = [(block.a, block.b, block.size) for block in matcher.get_matching_blocks()[:-1]]
    if not blocks:
        return None
    letters = _lengths(words)
    said_letters = _lengths(said)
    _drop_strays(blocks, letters, said_letters)
    first, stop = blocks[0][0], blocks[-1][0] + blocks[-1][2]
    same = float(sum(letters[at + size] - letters[at] for _a, at, size in blocks))
    for (a, b, size), (next_a, next_b, _size) in pairwise(blocks):
        same += _alike(said[a + size : next_a], words[b + size : next_b])
    # Words at the ends that were only heard otherwise belong to it.
    missing = blocks[0][1]
    if more := _alike(said[max(0, first - missing) : first], words[:missing]):
        same, first = same + more, max(0, first - missing)
    missing = blocks[-1][1] + blocks[-1][2]
    tail = words[missing:]
    if more := _alike(said[stop : stop + len(tail)], tail):
        same, stop = same + more, min(len(said), stop + len(tail))
    score = 2 * same / (letters[-1] + said_letters[stop] - said_letters[first])
    return window[0] + first, window[0] + stop, score


def _drop_strays(
    blocks: list[tuple[int, int, int]], letters: Sequence[int], said_letters: Sequence[int]
) -> None:
    """Take blocks off both ends while the rest is more like the quote without them."""

    def score(some: Sequence[tuple[int, int, int]]) -> float:
        same = sum(letters[at + size] - letters[at] for _a, at, size in some)
        span = said_letters[some[-1][0] + some[-1][2]] - said_letters[some[0][0]]
        return 2 * same / (letters[-1] + span)

    for end in (0, -1):
        while len(blocks) > 1:
            fewer = blocks[1:] if end == 0 else blocks[:-1]
            if score(fewer) <= score(blocks):
                break
            del blocks[end]


def _alike(said: Sequence[str], quoted: Sequence[str]) -> float:
    """Return how many letters two short texts share, 0 if they are hardly alike."""
    one, other = "".join(said), "".join(quoted)
    if not one or not other or len(one) + len(other) > _ALIKE_MAX:
        return 0
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio * (len(one) + len(other)) / 2 if ratio >= _ALIKE_AT else 0


def _lengths(words: Sequence[str]) -> list[int]:
    """Return how many letters there are before each word, and in all."""
    lengths = [0]
    for word in words:
        lengths.append(lengths[-1] + len(word))
    return lengths
