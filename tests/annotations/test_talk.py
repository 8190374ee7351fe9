"""What members say to each other: links, moments, mentions, and sources offered as evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.talk import bare_addresses, mentioned, paragraphs
from catalogue.prose import Piece


def moments(text: str, duration_ms: int | None = None) -> list[int]:
    return [
        piece.start_ms
        for part in paragraphs(text, duration_ms=duration_ms)
        for piece in part
        if piece.start_ms is not None
    ]


def test_a_comment_is_words_links_moments_and_mentions() -> None:
    text = "@anna at 1:02:03.5, see https://example.org/a.\n\nSecond."
    assert paragraphs(text) == [
        [
            Piece("@anna", mention="anna"),
            Piece(" at "),
            Piece("1:02:03.5", start_ms=3_723_500),
            Piece(", see "),
            Piece("https://example.org/a", href="https://example.org/a"),
            Piece("."),
        ],
        [Piece("Second.")],
    ]


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("12:34", [754_000]),
        ("12:34.", [754_000]),
        ("12:34.5", [754_500]),
        ("12:34.25.", [754_250]),
        ("0:12.125 and 0:13", [12_125, 13_000]),
        ("12:34.5678", []),
        ("12:34.5:1", []),
        ("12:34,5", []),
    ],
)
def test_a_time_may_have_a_fraction_as_our_pages_write_it(text: str, ms: list[int]) -> None:
    assert moments(text) == ms


def test_a_time_after_the_end_of_the_film_is_text() -> None:
    assert moments("0:59.9, 1:00, 1:00.1", 60_000) == [59_900, 60_000]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@anna", ("anna",)),
        ("Thanks, @anna.", ("anna",)),
        ("(@anna)", ("anna",)),
        ("@anna's and @bob’s", ("anna", "bob")),
        ("@a.b+c-d_e…", ("a.b+c-d_e",)),
        ("@anna... @Bob: yes", ("anna", "Bob")),
        ("@anna,@bob", ("anna", "bob")),
        ("@Anna, and again @anna", ("Anna",)),
        ("write to anna@example.org", ()),
        ("write to jürgü@example.org", ()),
        ("@anna@example.org lives elsewhere", ()),
        ("@@anna", ()),
        ("@josé", ()),
        ("https://example.org/@anna", ()),
        ("example.org/@anna", ()),
        ("@", ()),
        ("@...", ()),
        ("@" + "x" * 40, ("x" * 40,)),
        ("@" + "x" * 41, ()),
    ],
)
def test_a_name_behind_an_at_sign_is_a_mention(text: str, names: tuple[str, ...]) -> None:
    assert mentioned(text) == names


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("No source.", ()),
        ("See https://example.org/a, or (http://example.org/b).",
         ("https://example.org/a", "http://example.org/b")),
        ("https://example.org/a https://www.example.org/a/?utm_source=x#b",
         ("https://example.org/a",)),
        ("HTTPS://Example.org/A", ("https://example.org/A",)),
        ("https://anna:secret@example.org/ javascript:alert(1) ftp://example.org/", ()),
        ("https://example.org:99999/", ()),
        ("https://example.org/" + "x" * 2_000, ()),
    ],
)  # fmt: skip
def test_the_addresses_in_a_comment_are_offered_as_evidence(
    text: str, addresses: tuple[str, ...]
) -> None:
    assert bare_addresses(text) == addresses


@given(st.text(alphabet="ab@.-+é 0:12,()\n/" + "htps<>\"'\\[", max_size=80) | st.text(max_size=80))
def test_no_character_is_lost(text: str) -> None:
    kept = "".join(piece.text for part in paragraphs(text) for piece in part)
    assert "".join(kept.split()) == "".join(text.split())
    mentioned(text)
    bare_addresses(text)
