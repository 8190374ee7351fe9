from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records.moments import at_midnight, format_moment, parse_moment

SEED = datetime(2022, 2, 1, 10, 20, 51, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-01T13:20:51+03:00",
        "2022-02-01T10:20:51Z",
        "2022-02-01t10:20:51z",
        "2022-02-01T10:20:51",
        "2022-02-01 10:20:51",
        "2022-02-01 10:20:51 +00:00",
        "2022-02-01 10:20:51 UTC",
        "2022-02-01 02:20:51 -0800",
        "2022-02-01T13:20:51+03",
        "2022-02-01T15:50:51+05:30",
        "2022-02-01T10:20:51.000Z",
    ],
)
def test_moment_is_read_in_utc_however_it_is_written(text):
    moment = parse_moment(text)

    assert isinstance(moment, datetime)
    assert moment == SEED
    assert moment.tzinfo is UTC


def test_time_without_seconds_is_read():
    assert parse_moment("2022-02-01 10:20") == datetime(2022, 2, 1, 10, 20, tzinfo=UTC)


def test_fraction_is_kept_to_the_microsecond():
    assert parse_moment("2022-02-01T10:20:51.1234567Z") == SEED + timedelta(microseconds=123_456)


def test_date_without_time_stays_a_date():
    moment = parse_moment("2015-10-01")

    assert type(moment) is date
    assert at_midnight(moment) == datetime(2015, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20151001", date(2015, 10, 1)),
        ("2015/10/01", date(2015, 10, 1)),
        ("2015-9-3", date(2015, 9, 3)),
        ("2015/9/3 10:20", datetime(2015, 9, 3, 10, 20, tzinfo=UTC)),
        ("20151001T1020Z", datetime(2015, 10, 1, 10, 20, tzinfo=UTC)),
        ("20151001T102030+0200", datetime(2015, 10, 1, 8, 20, 30, tzinfo=UTC)),
        ("2015-10-01 10:20:30 GMT", datetime(2015, 10, 1, 10, 20, 30, tzinfo=UTC)),
    ],
)
def test_other_ways_to_write_the_year_first_are_read(text, expected):
    moment = parse_moment(text)

    assert moment == expected
    assert type(moment) is type(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Aug 20",
        "2015",
        "2015-10",
        "2015-W40-4",
        "2015/10-01",
        "2015-10-011",
        "20151001102030Z",
        "20151001 102030",
        "10/01/2015",
        "1-10-2015",
        "1/2/2015",
        "yesterday",
        "٢٠١٥-10-01",
        "2015-10-01T",
        "2015-10-01T10",
        "2015-10-01T10:20.5",
        "2015-10-01T10:20:30+3",
        "1412121600",
    ],
)
def test_anything_else_is_no_date(text):
    with pytest.raises(ValueError, match="not a date"):
        parse_moment(text)


@pytest.mark.parametrize(
    "text",
    [
        "2015-13-01",
        "2015-02-29",
        "2015-10-01T25:00:00Z",
        "2015-10-01T10:00:61Z",
        "2015-10-01T10:00:00+25:00",
        "0000-01-01",
        "0001-01-01T00:00:00+12:00",
    ],
)
def test_date_that_does_not_exist_is_refused(text):
    with pytest.raises(ValueError, match="no such date"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["1066-10-14", "1887-12-31T23:00:00Z", "2101-01-01", "9999-12-31"])
def test_date_far_from_any_film_is_refused(text):
    with pytest.raises(ValueError, match="the year lies outside"):
        parse_moment(text)


days = st.dates(date(1888, 1, 2), date(2100, 12, 30))
zones = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])


@given(days | st.builds(datetime.combine, days, st.times(timezones=zones)))
def test_written_moment_reads_back_the_same(moment):
    back = parse_moment(format_moment(moment))

    assert back == moment
    assert type(back) is type(moment)


@given(
    st.from_regex(
        r"(18|19|20|21)[0-9]{2}-[012][0-9]-[0123][0-9]T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})",
        fullmatch=True,
    )
)
def test_usual_way_to_write_a_moment_is_read_as_all_others_are(text):
    def read(written: str) -> object:
        try:
            return parse_moment(written)
        except ValueError as error:
            return str(error)

    assert read(text) == read(text.replace("T", " "))
