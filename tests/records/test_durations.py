import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records.durations import MAX_DURATION_MS, format_duration, parse_duration

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT9M46S", 586 * SECOND),
        ("PT1H27M36S", HOUR + 27 * MINUTE + 36 * SECOND),
        ("PT90M", 90 * MINUTE),
        ("P1DT2H", DAY + 2 * HOUR),
        ("P2W", 14 * DAY),
        ("P1D", DAY),
        ("PT1.5S", 1_500),
        ("PT1,5H", 90 * MINUTE),
        ("P0.5D", 12 * HOUR),
        ("PT0.0005S", 1),
        ("pt4m", 4 * MINUTE),
        ("9:46", 586 * SECOND),
        ("1:27:36", HOUR + 27 * MINUTE + 36 * SECOND),
        ("0:05", 5 * SECOND),
        ("90:00", 90 * MINUTE),
        ("0:09:46.5", 586_500),
        ("P1W2DT1S", 9 * DAY + SECOND),
        ("9m46s", 586 * SECOND),
        ("1h 27m 36s", HOUR + 27 * MINUTE + 36 * SECOND),
        ("90 min", 90 * MINUTE),
        ("9 min 46 sec", 586 * SECOND),
    ],
)
def test_length_is_read_to_the_millisecond(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["P0D", "PT0S", "PT0M0S", "0:00"])
def test_length_of_nothing_is_unknown(text):
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "PT1",
        "586",
        "-PT5S",
        "PT-5S",
        "P1Y",
        "P1M",
        "PT5S3M",
        "PT1.5M30S",
        "1:60",
        "1:270:36",
        "1:2:3",
        "9:46.",
        "9m 46",
        "9 46s",
        "m",
        "46s9m",
        "9 months",
        "PT٣S",
        "PT5S ",
        "P1H",
        "about 5 minutes",
    ],
)
def test_anything_else_is_no_length(text):
    with pytest.raises(ValueError, match="length"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P367D", "PT99999999S", "P999999999999W", "P53W"])
def test_length_of_more_than_a_year_is_refused(text):
    with pytest.raises(ValueError, match="longer than a year"):
        parse_duration(text)


@given(st.integers(1, MAX_DURATION_MS))
def test_written_length_reads_back_the_same(duration_ms):
    assert parse_duration(format_duration(duration_ms)) == duration_ms


def test_length_is_written_as_platforms_write_it():
    assert format_duration(586_000) == "PT9M46S"
    assert format_duration(2 * HOUR) == "PT2H"
    assert format_duration(HOUR + 250) == "PT1H0.25S"
