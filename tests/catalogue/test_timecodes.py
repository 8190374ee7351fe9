"""Times inside a film, as people write and read them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.timecodes import (
    LONGEST_MS,
    TimecodeError,
    format_offset,
    format_span,
    format_timecode,
    parse_offset,
    parse_timecode,
)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("754", 754_000),
        ("754.5", 754_500),
        ("12:34", 754_000),
        (" 12:34.5 ", 754_500),
        ("12:34,25", 754_250),
        ("0:11", 11_000),
        ("01:00:10", 3_610_000),
        ("1:02:03.250", 3_723_250),
        ("90:00", 5_400_000),
    ],
)
def test_a_time_is_read(text: str, ms: int):
    assert parse_timecode(text) == ms


@pytest.mark.parametrize(
    "text",
    [
        *("", "soon", "-1", "1:60", "1:60:00", "1:2:3:4", "12:34.", ".5", "1e3", "٣", "1:2.1234"),
        *("9" * 7, "999:59:59.999x", "1001:00:00"),
    ],
)
def test_what_is_no_time_is_refused(text: str):
    with pytest.raises(TimecodeError):
        parse_timecode(text)


@pytest.mark.parametrize(
    ("ms", "plain", "exact"),
    [
        (0, "0:00", "0:00"),
        (754_500, "12:34", "12:34.5"),
        (754_050, "12:34", "12:34.05"),
        (586_000, "9:46", "9:46"),
        (3_723_001, "1:02:03", "1:02:03.001"),
    ],
)
def test_a_time_is_written(ms: int, plain: str, exact: str):
    assert format_timecode(ms) == plain
    assert format_timecode(ms, exact=True) == exact


@given(st.integers(0, LONGEST_MS))
def test_what_is_written_exactly_is_read_back(ms: int):
    assert parse_timecode(format_timecode(ms, exact=True)) == ms


@given(st.text(max_size=20))
def test_no_text_fails_otherwise(text: str):
    with contextlib.suppress(TimecodeError):
        assert 0 <= parse_timecode(text) <= LONGEST_MS


def test_a_span_is_written():
    assert format_span(751_000, 768_000) == "12:31 – 12:48"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:12", 12_000),
        ("+12", 12_000),
        ("-3.5", -3_500),
        ("\u22123.5", -3_500),
        ("\u20131:02:03", -3_723_000),
        (" - 0:12 ", -12_000),
        ("0", 0),
        ("-0", 0),
    ],
)
def test_a_shift_is_read_with_its_sign(text: str, ms: int):
    assert parse_offset(text) == ms


@pytest.mark.parametrize("text", ["", "-", "--1", "+-1", "soon", "1e3", "\0", "-1\n2", "0:12 s"])
def test_what_is_no_shift_is_refused_and_says_what_one_looks_like(text: str):
    with pytest.raises(TimecodeError, match=r"0:12, 12\.5 or -3\.5"):
        parse_offset(text)


def test_a_shift_of_seventy_seconds_is_no_clock():
    with pytest.raises(TimecodeError, match="up to 59"):
        parse_offset("-1:70")


@given(st.integers(-LONGEST_MS, LONGEST_MS))
def test_a_shift_that_is_shown_is_read_back(ms: int):
    assert parse_offset(format_offset(ms)) == ms


def test_a_shift_is_shown_with_its_sign():
    assert [format_offset(ms) for ms in (0, 12_000, -3_500)] == ["0:00", "+0:12", "\u22120:03.5"]
