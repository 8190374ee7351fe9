"""Finding a quote again in a transcript that changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.anchoring import Anchor, Health, anchor, range_of
from annotations.spoken import Cue, read, words_of

FILM: list[Cue] = [
    (405_000, 410_000, "The rules fit on a tram ticket. People\nsaid so, and somebody printed it."),
    (422_000, 428_000, "The zone is four square kilometres, and it was closed to cars all day."),
    (459_000, 463_000, "Deliveries until ten. Doctors always."),
    (874_000, 879_000, "Takings in the closed streets rose by seven per cent over the year."),
    (891_000, 896_000, "Mine did. The tile shop’s did not. You do not carry tiles on a tram."),
]
TAKINGS = "Takings in the closed streets rose by seven per cent over the year."


def health_of(quote: str, start_ms: int, end_ms: int, cues: list[Cue]) -> Anchor:
    return anchor(quote, start_ms, end_ms, read(cues))


def shifted(cues: list[Cue], by: int) -> list[Cue]:
    return [(start + by, end + by, text) for start, end, text in cues]


# --- Words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don’t STOP – now!", ["dont", "stop", "now"]),
        ("soft\u00adhyphen \ufb01ne \uff21\uff22\uff23", ["softhyphen", "fine", "abc"]),
        ("Straße", ["strasse"]),
        ("7 per cent", ["7", "per", "cent"]),
        ("東京は2020年", ["東", "京", "は", "2020", "年"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("♪ … —", []),
    ],
)
def test_words_are_compared_without_signs_and_capitals(text: str, words: list[str]) -> None:
    assert words_of(text) == words


# --- Health ---------------------------------------------------------------------------


def test_a_quote_that_stands_where_it_was_is_sound() -> None:
    found = health_of(TAKINGS, 874_000, 879_000, FILM)
    assert found.health is Health.SOUND
    assert found.found is not None
    assert (found.found.start_ms, found.found.end_ms, found.found.score) == (874_000, 879_000, 1)


@pytest.mark.parametrize(("by", "health"), [(2_000, Health.SOUND), (-2_001, Health.MOVED),
                                            (60_000, Health.MOVED)])  # fmt: skip
def test_a_quote_moved_if_it_is_more_than_two_seconds_away(by: int, health: Health) -> None:
    found = health_of(TAKINGS, 874_000, 879_000, shifted(FILM, by))
    assert (found.health, found.moved_ms) == (health, by)


def test_a_quote_anywhere_inside_of_a_longer_range_did_not_move() -> None:
    found = health_of("Doctors always", 420_000, 480_000, FILM)
    assert (found.health, found.moved_ms) == (Health.SOUND, 0)


def test_other_signs_capitals_and_line_ends_are_no_change() -> None:
    found = health_of("THE RULES fit on a tram-ticket; people said so", 405_000, 408_000, FILM)
    assert found.found is not None
    assert (found.health, found.found.score) == (Health.SOUND, 1)


@pytest.mark.parametrize(
    ("quote", "health"),
    [
        # A word that was written otherwise.
        ("Takings in closed streets rose by seven percent over the year.", Health.SOUND),
        ("Takings in the closed roads rose by some seven per cent.", Health.DOUBTFUL),
        ("Rents in the old town fell by a third within the year.", Health.LOST),
        ("Nobody ever asked those otters.", Health.LOST),
        ("…", Health.UNQUOTED),
        ("", Health.UNQUOTED),
    ],
)
def test_the_more_words_differ_the_less_sure_it_is(quote: str, health: Health) -> None:
    assert health_of(quote, 874_000, 879_000, FILM).health is health


def test_a_quote_that_differs_is_still_found_at_its_place() -> None:
    quote = "Taking in the close streets rose by 7 per cent over the year"
    found = health_of(quote, 100_000, 105_000, FILM).found
    assert found is not None
    assert (found.start_ms, found.end_ms) == (874_000, 879_000)


def test_words_in_the_midst_of_a_cue_are_said_as_far_into_it_as_they_are_written() -> None:
    cues = [(0, 10_000, "aaaaa bbbbb ccccc ddddd")]
    found = health_of("bbbbb ccccc", 0, 10_000, cues).found
    assert found is not None
    assert (found.start_ms, found.end_ms) == (2_500, 7_500)


def test_no_transcript_has_lost_the_quote() -> None:
    assert health_of(TAKINGS, 874_000, 879_000, []) == Anchor(Health.LOST)


# --- Said twice -----------------------------------------------------------------------

TWICE: list[Cue] = [
    (10_000, 12_000, "and it was warm in there"),
    (300_000, 302_000, "and it was warm in there"),
]


@pytest.mark.parametrize(
    ("old", "start_ms", "health"),
    [
        (10_000, 10_000, Health.SOUND),
        (299_000, 300_000, Health.SOUND),
        # Near enough to one of them.
        (15_000, 10_000, Health.MOVED),
        (295_000, 300_000, Health.MOVED),
        # Far from both.
        (100_000, 10_000, Health.DOUBTFUL),
        (200_000, 300_000, Health.DOUBTFUL),
    ],
)
def test_of_two_equal_places_the_nearest_is_meant_unless_both_are_far(
    old: int, start_ms: int, health: Health
) -> None:
    found = health_of("And it was warm in there.", old, old + 2_000, TWICE)
    assert found.found is not None
    assert (found.found.start_ms, found.health) == (start_ms, health)


def test_a_quote_far_away_is_doubtful_where_nearly_the_same_is_said_at_its_old_place() -> None:
    cues = [(10_000, 12_000, "and it is warm in there"), TWICE[1]]
    assert health_of("and it was warm in there", 10_000, 12_000, cues).health is Health.DOUBTFUL


def test_a_word_or_two_far_away_are_doubtful() -> None:
    cues = shifted(TWICE[:1], 60_000)
    assert health_of("it was", 10_000, 12_000, cues).health is Health.DOUBTFUL
    assert health_of("it was warm", 10_000, 12_000, cues).health is Health.MOVED


def test_languages_without_spaces_are_compared_by_character() -> None:
    cues = [(0, 4_000, "水の値段は一年で"), (4_000, 8_000, "七パーセント上がりました。"),
            (8_000, 12_000, "誰も驚かなかった。")]  # fmt: skip
    same = health_of("値段は一年で七パーセント上がりました", 0, 8_000, cues)
    other = health_of("値段は1年で七パーセント上がった", 0, 8_000, shifted(cues, 60_000))
    assert same.health is Health.SOUND
    assert other.health is Health.DOUBTFUL
    assert other.found is not None
    assert other.found.start_ms == 61_000


# --- Picked from the cues -------------------------------------------------------------


def test_what_was_picked_reaches_from_the_first_cue_to_the_end_of_the_last() -> None:
    assert range_of(FILM, 1, 2) == (422_000, 463_000)
    assert range_of(FILM, 3, 3) == (874_000, 879_000)


def test_of_what_was_picked_the_quote_may_be_a_part() -> None:
    start_ms, end_ms = range_of(FILM, 1, 2, "closed to cars all day. Deliveries until ten.")
    assert 424_000 < start_ms < 427_000
    assert 459_000 < end_ms < 463_000


def test_a_quote_that_is_not_in_what_was_picked_does_not_narrow_it() -> None:
    assert range_of(FILM, 1, 2, TAKINGS) == (422_000, 463_000)


# --- Properties -----------------------------------------------------------------------

_words = st.sampled_from(
    ["so", "it", "was", "warm", "Water,", "the", "meter.", "井", "戸", "l’eau"]
)


@st.composite
def films(draw: st.DrawFn) -> list[Cue]:
    """Cues one after the other, of few words, so that many are said again and again."""
    texts = draw(st.lists(st.lists(_words, min_size=1, max_size=6), min_size=1, max_size=30))
    gaps = draw(st.lists(st.integers(0, 5_000), min_size=len(texts), max_size=len(texts)))
    cues, at = [], 0
    for text, gap in zip(texts, gaps, strict=True):
        at += gap
        cues.append((at, at + 400 * len(text), " ".join(text)))
        at += 400 * len(text)
    return cues


@st.composite
def picks(draw: st.DrawFn) -> tuple[list[Cue], int, int]:
    cues = draw(films())
    first = draw(st.integers(0, len(cues) - 1))
    return cues, first, draw(st.integers(first, len(cues) - 1))


def quoted(cues: list[Cue], first: int, last: int) -> str:
    return " ".join(text for _start, _end, text in cues[first : last + 1])


@given(picks())
def test_a_quote_cut_out_of_the_cues_is_found_at_its_place(
    picked: tuple[list[Cue], int, int],
) -> None:
    cues, first, last = picked
    start_ms, end_ms = range_of(cues, first, last)
    result = health_of(quoted(cues, first, last), start_ms, end_ms, cues)
    assert result.health is Health.SOUND
    assert result.found is not None
    assert (result.found.start_ms, result.found.end_ms) == (start_ms, end_ms)
    assert range_of(cues, first, last, quoted(cues, first, last)) == (start_ms, end_ms)


@given(picks(), st.integers(0, 10_000_000))
def test_cues_that_all_moved_are_found_as_far_away(
    picked: tuple[list[Cue], int, int], by: int
) -> None:
    cues, first, last = picked
    # Said once only: of what is said again the nearest is found.
    marked = [(start, end, f"{text} w{at}") for at, (start, end, text) in enumerate(cues)]
    result = health_of(quoted(marked, first, last), *range_of(marked, first, last),
                       shifted(marked, by))  # fmt: skip
    assert result.moved_ms == by
    assert result.found is not None
    assert result.found.start_ms == cues[first][0] + by


@given(st.text(max_size=40), films(), st.integers(0, 100_000))
def test_any_quote_has_some_health(quote: str, cues: list[Cue], start_ms: int) -> None:
    result = health_of(quote, start_ms, start_ms + 1_000, cues)
    assert (result.health is Health.UNQUOTED) == (not words_of(quote))
    assert result.found is None or 0 < result.found.score <= 1
    assert result.found is None or result.found.start_ms < result.found.end_ms
