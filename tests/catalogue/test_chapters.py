"""Chapters in descriptions: what is a list of them, and what only mentions moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.chapters import CHAPTERS_MAX, Chapter, parse_chapters

LENGTH = 600_000


def titles(text: str) -> list[str]:
    return [chapter.title for chapter in parse_chapters(text, duration_ms=LENGTH)]


def test_lines_with_times_are_chapters_up_to_the_next():
    text = "About rivers.\n\n0:00 The spring\n2:30 - The dam\n1:00:00 too late\n05:00 | The sea\n"
    assert parse_chapters(text, duration_ms=LENGTH) == [
        Chapter(0, 150_000, "The spring"),
        Chapter(150_000, 300_000, "The dam"),
        Chapter(300_000, LENGTH, "The sea"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "(0:00) A\n(1:00) B\n(2:00) C",
        "- 0:00: A\n- 1:00: B\n- 2:00: C",
        "1. 00:00 A\n2. 01:00 B\n3. 02:00 C",
        "0:00 - 1:00 A\n1:00 – 2:00 B\n2:00 C",
        "• 0:00 A\r\n• 1:00 B\r\n• 2:00 C",
    ],
)
def test_people_write_them_in_several_ways(lines: str):
    assert titles(lines) == ["A", "B", "C"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0:00 A\n1:00 B",
        "0:10 A\n1:00 B\n2:00 C",
        "0:00 A\n0:04 B\n0:08 C",
        "At 0:00 it starts, at 1:00 it goes on, at 2:00 it ends.",
        "0:00\n1:00\n2:00",
        "0:00 A\n1:00 B\n9:55 C",
    ],
)
def test_anything_less_is_no_list(text: str):
    assert titles(text) == []


def test_a_film_of_unknown_length_has_none():
    assert parse_chapters("0:00 A\n1:00 B\n2:00 C", duration_ms=None) == []


def test_a_list_has_an_end():
    lines = "\n".join(f"{n // 60}:{n % 60:02}:00 Part {n}" for n in range(500))
    assert len(parse_chapters(lines, duration_ms=10**8)) == CHAPTERS_MAX


@given(st.text(alphabet="0123456789:-. \n[]()A", max_size=300), st.integers(0, 10**7))
def test_any_text_gives_chapters_in_order_or_none(text: str, length: int):
    chapters = parse_chapters(text, duration_ms=length)
    assert all(one.start_ms < one.end_ms <= length for one in chapters)
    assert [one.end_ms for one in chapters[:-1]] == [one.start_ms for one in chapters[1:]]
