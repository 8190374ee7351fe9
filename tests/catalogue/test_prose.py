"""Descriptions: text, safe links, moments of the film."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.prose import Piece, paragraphs


def links(text: str) -> list[str]:
    return [piece.href for part in paragraphs(text) for piece in part if piece.href]


def moments(text: str, duration_ms: int | None = 7_200_000) -> list[int]:
    return [
        piece.start_ms
        for part in paragraphs(text, duration_ms=duration_ms)
        for piece in part
        if piece.start_ms is not None
    ]


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:11 The well", 11_000),
        ("at 01:00:10 again", 3_610_000),
        ("(1:02:03)", 3_723_000),
        ("90:15 long", 5_415_000),
        ("12:34. Then", 754_000),
        ("see 12:34-13:00", 754_000),
    ],
)
def test_times_are_moments(text: str, ms: int) -> None:
    assert moments(text)[0] == ms


@pytest.mark.parametrize(
    "text", ["16:9", "1:2:3", "10:75", "2:61:00", "10:30 am", "at 7:15p.m. sharp", "1:23:45:67",
             "12:34.5", "2021-07-30T14:00:24", "v1.10:20"]
)  # fmt: skip
def test_what_only_looks_like_a_time_is_text(text: str) -> None:
    assert moments(text) == []


def test_a_time_after_the_end_of_the_film_is_text() -> None:
    assert moments("9:46 end, 9:47 never", 586_000) == [586_000]


def test_in_a_film_of_unknown_length_any_time_may_be_a_moment() -> None:
    assert moments("5:00:00", None) == [18_000_000]


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("See https://example.org/a, then", "https://example.org/a"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("https://example.org/?q=1&r=2.", "https://example.org/?q=1&r=2"),
        ("“https://example.org/x”", "https://example.org/x"),
        ("https://example.org/x!!!", "https://example.org/x"),
        ("HTTP://Example.org/x", "HTTP://Example.org/x"),
        ("https://example.org/12:34", "https://example.org/12:34"),
    ],
)
def test_links_leave_the_punctuation_of_the_sentence(text: str, href: str) -> None:
    assert links(text) == [href]


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "https://", "www.x.org"],
)
def test_other_schemes_stay_text(text: str) -> None:
    assert links(text) == []


def test_blank_lines_part_paragraphs_and_single_line_ends_stay() -> None:
    assert paragraphs("one\ntwo\r\n \r\nthree\n") == [[Piece("one\ntwo")], [Piece("three")]]


@given(st.text(alphabet="ab 0:12.,()\n" + "/hps<>\"'", max_size=80))
def test_no_character_is_lost(text: str) -> None:
    kept = "".join(piece.text for part in paragraphs(text) for piece in part)
    assert kept.replace("\n", "").split() == text.replace("\n", "").split() or (
        kept.split() == text.split()
    )


def test_names_behind_an_at_sign_are_those_of_other_sites() -> None:
    assert paragraphs("by @anna") == [[Piece("by @anna")]]
