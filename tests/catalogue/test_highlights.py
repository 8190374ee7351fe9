"""Where a text was found in what is shown."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import highlights
from catalogue.highlights import Piece, Pieces
from tests.makers import make_video


def told(pieces: Pieces) -> str:
    """Return pieces as a text, what is marked in brackets."""
    return "".join(f"[{one.text}]" if one.is_marked else one.text for one in pieces)


@given(st.lists(st.tuples(st.text(min_size=1), st.booleans())))
def test_pieces_make_up_the_text(parts: list[tuple[str, bool]]):
    clean = [(text.replace("\x02", "").replace("\x03", ""), is_on) for text, is_on in parts]
    marked = "".join(f"\x02{text}\x03" if is_on else text for text, is_on in clean)
    pieces = highlights.cut(marked)
    assert "".join(one.text for one in pieces) == "".join(text for text, _is_on in clean)
    assert all(one.text for one in pieces)


@given(st.text(), st.text(max_size=3))
def test_a_part_of_a_word_is_marked_and_nothing_is_lost(text: str, part: str):
    assert "".join(one.text for one in highlights.cut_at(text, [part] if part else [])) == text


@pytest.mark.django_db
def test_words_are_marked_by_their_stems_in_title_and_description(django_assert_num_queries: Any):
    film = make_video(
        title="Wells & <b>Rivers</b>",
        description=f"{'Nothing here. ' * 40}<i>Deep wells</i> run dry. {'And more. ' * 40}",
    )
    with django_assert_num_queries(1):
        found = highlights.in_films([film], "well")[film.pk]
    assert told(found.title) == "[Wells] & <b>Rivers</b>"
    snippet = told(found.snippet)
    assert "[wells]" in snippet
    assert len(snippet) < 400


@pytest.mark.django_db
def test_where_no_word_is_found_a_part_of_one_is_marked():
    film = make_video(title="The Vanishing Aquifer", description="Dry.")
    found = highlights.in_films([film], "quif")[film.pk]
    assert found.title == (Piece("The Vanishing A"), Piece("quif", True), Piece("er"))
    assert found.snippet == ()


@pytest.mark.django_db
def test_without_a_text_nothing_is_asked(django_assert_num_queries: Any):
    film = make_video()
    with django_assert_num_queries(0):
        assert highlights.in_films([film], "") == {}
        assert highlights.in_films([], "river") == {}
