"""What differs between two texts, as people read it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.worddiff import Change, Piece, diff

texts = st.text(alphabet="ab é.,'’\n東京ครั\u200d\U0001f469\u0301", max_size=60) | st.text(
    max_size=60
)


def shown(old: str, new: str) -> str:
    """Write removed words in [], added ones in {}."""
    signs = {Change.SAME: "%s", Change.REMOVED: "[%s]", Change.ADDED: "{%s}"}
    return "".join(signs[piece.kind] % piece.text for piece in diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ("", "", ""),
        ("The same.", "The same.", "The same."),
        ("", "New.", "{New.}"),
        ("Old.", "", "[Old.]"),
        ("It rose by seven.", "It rose by eight.", "It rose by [seven]{eight}."),
        ("It rose.", "It rose twice.", "It rose{ twice}."),
        ("It really rose.", "It rose.", "It [really ]rose."),
        ("the meter", "the meters", "the [meter]{meters}"),
        ("Stop. Go", "Stop, go", "Stop[. Go]{, go}"),
        ("don’t say", "do say", "[don’t ]{do }say"),
        ("'quoted' word", "quoted word", "[']quoted[' ]{ }word"),
        ("a  b", "a b", "a[  ]{ }b"),
        (" x", "x", "[ ]x"),
        ("one\ntwo", "one\n\ntwo", "one[\n]{\n\n}two"),
        ("東京は日本の首都", "東京は日本国の首都", "東京は日本{国}の首都"),
        ("สวัสดีครับ", "สวัสดีค่ะ", "สวัสดี[ครับ]{ค่ะ}"),
        ("हिन्दी में", "हिंदी में", "[हिन्दी ]{हिंदी }में"),
        ("مياه الشرب", "مياه البحر", "مياه [الشرب]{البحر}"),
        ("ok \U0001f468\u200d\U0001f469", "ok \U0001f468\u200d\U0001f468",
         "ok [\U0001f468\u200d\U0001f469]{\U0001f468\u200d\U0001f468}"),
        # A small word in the midst of a change would only be in the way.
        ("Takings rose by seven per cent.", "Takings fell by eight per cent.",
         "Takings [rose by seven ]{fell by eight }per cent."),
    ],
)  # fmt: skip
def test_a_change_is_told_in_whole_words(old: str, new: str, result: str) -> None:
    assert shown(old, new) == result


@given(texts, texts)
def test_both_texts_can_be_read_out_of_the_pieces(old: str, new: str) -> None:
    pieces = diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind is not Change.ADDED) == old
    assert "".join(piece.text for piece in pieces if piece.kind is not Change.REMOVED) == new
    assert all(piece.text for piece in pieces)
    kinds = [piece.kind for piece in pieces]
    assert all(one is not other for one, other in pairwise(kinds))


@given(texts)
def test_a_text_differs_from_itself_in_nothing(text: str) -> None:
    assert diff(text, text) == ((Piece(Change.SAME, text),) if text else ())


def test_one_word_in_a_long_text_is_found() -> None:
    words = [f"word{number % 97}" for number in range(2_000)]
    old, new = " ".join(words), " ".join([*words[:1_000], "another", *words[1_000:]])
    assert [piece.text for piece in diff(old, new) if piece.kind is Change.ADDED] == ["another "]


def test_long_texts_with_nothing_in_common_are_replaced_between_their_same_ends() -> None:
    old = "Begin " + " ".join(f"a{number}" for number in range(3_000)) + " end."
    new = "Begin " + " ".join(f"b{number}" for number in range(3_000)) + " end."
    assert [piece.kind for piece in diff(old, new)] == [*Change, Change.SAME]
    assert diff(old, new)[0].text == "Begin "


def test_two_scrambles_of_a_few_words_end_too() -> None:
    old, new = "a b " * 2_500, "b b a c " * 1_250
    pieces = diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind is not Change.ADDED) == old
