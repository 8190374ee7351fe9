"""Our own JSON Lines and CSV: what was written reads back the same."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord, exports
from tests.records.test_round_trip import video_records, without_origin

FULL = VideoRecord(
    platform="youtube",
    platform_id="-ample_0001",
    title='A film, "quoted"; and more',
    raw=b"",
    description="Line one\n\nLine = two",
    channel="Field Films",
    channel_id="UCabcdefghijklmnopqrstuv",
    tags=("rivers", "old; maps"),
    published=date(2009, 10, 25),
    recorded_at=datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC),
    duration_ms=582_400,
    counts=Counts(views=0, likes=12),
)
HEADER = "platform,platform_id,title,views\n"


def as_csv(*written: VideoRecord) -> bytes:
    return (
        records.write_csv_header() + "".join(records.write_csv_row(record) for record in written)
    ).encode()


def read(content: bytes | str) -> list[Any]:
    given = content.encode() if isinstance(content, str) else content
    return list(records.parse_all("export", given))


def test_line_of_json_holds_what_is_known_and_nothing_else():
    assert json.loads(records.write_json_line(FULL)) == {
        "platform": "youtube",
        "platform_id": "-ample_0001",
        "title": 'A film, "quoted"; and more',
        "channel": "Field Films",
        "channel_id": "UCabcdefghijklmnopqrstuv",
        "tags": ["rivers", "old; maps"],
        "published_on": "2009-10-25",
        "recorded_at": "2023-12-14T22:00:35Z",
        "duration_ms": 582_400,
        "views": 0,
        "likes": 12,
        "description": "Line one\n\nLine = two",
    }


def test_table_has_a_row_of_each_record_and_its_fields_as_header():
    header, row = as_csv(replace(FULL, description="")).decode().splitlines()

    assert header.split(",") == list(exports.FIELDS)
    assert row.startswith('youtube,-ample_0001,"A film, ""quoted""; and more",Field Films,')


@given(video_records, video_records)
def test_any_records_read_back_the_same_from_lines_of_json(one, other):
    written = records.write_json_line(one) + records.write_json_line(other)

    assert [without_origin(item) for item in read(written)] == [one, other]


@given(video_records, video_records)
def test_any_records_read_back_the_same_from_a_table(one, other):
    assert [without_origin(item) for item in read(as_csv(one, other))] == [one, other]


@given(video_records)
def test_bytes_of_a_row_are_a_record_by_themselves(record):
    for content in (records.write_json_line(record).encode(), as_csv(record)):
        (item,) = read(content)
        again = records.parse("export", item.raw)
        assert without_origin(again) == record
        assert again.raw == item.raw


def test_longest_description_fits_into_a_row():
    record = replace(FULL, description="\n".join(["x"] * 50_000))

    assert [without_origin(item) for item in read(as_csv(record, FULL))] == [record, FULL]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_spreadsheets_may_save_the_table_their_own_way(delimiter):
    table = "\ufeffplatform_id,Platform,extra\r\nSample_0001,youtube,x\r\n,,\r\n\r\n"
    (record,) = read(table.replace(",", delimiter))

    assert (record.platform, record.platform_id, record.line) == ("youtube", "Sample_0001", 2)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("youtube,Sample_0001,A,many\n", "views", "not a whole number"),
        ("youtube,short,A,1\n", "platform_id", "not a YouTube id"),
        (",Sample_0001,A,1\n", "platform", "which platform"),
        ("youtube,,A,1\n", "platform_id", "no video id"),
        ("youtube,Sample_0001,A\n", "", "3 cells, but the header has 4"),
        ('youtube,Sample_0001,"A"b,1\n', "", "cannot be read"),
        ('youtube,Sample_0001,"A,1\n', "", "cannot be read"),
        ("youtube,Sample_0001,\udc80,1\n", "", "not UTF-8"),
        ("youtube,Sample_0001,\0,1\n", "title", "NUL"),
        (f"youtube,Sample_0001,{'x' * 140_000},1\n", "", "larger than field limit"),
        (f"youtube,Sample_0001,{'x' * 2_100_000},1\n", "", "more than 2,000,000 bytes"),
    ],
)
def test_broken_row_does_not_stop_the_others(row, field, reason):
    good = "youtube,Sample_0002,B,2\n"
    content = (HEADER + good + row + good + good).encode("utf-8", "surrogateescape")
    items = read(content)

    assert [type(item) for item in items] == [VideoRecord, RecordError, VideoRecord, VideoRecord]
    assert (items[1].line, items[1].field) == (3, field)
    assert reason in items[1].reason


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"title,views\n", "this table has no column platform and no column platform_id"),
        (b"platform;title\n", "this table has no column platform_id"),
        (b"platform,platform_id,title,title\n", "this table has the column “title” twice"),
        (b"Dear title, dear views\n", "there is no front matter: the first line"),
    ],
)
def test_a_table_that_is_not_ours_is_told_what_it_lacks(header, reason):
    (item,) = records.parse_all("films.csv", header + b"x,y\n")
    assert isinstance(item, RecordError)
    assert item.reason.startswith(reason)


def test_quotes_that_never_close_cost_no_more_than_their_rows():
    rows = ['youtube,Sample_0001,"open,1\n', "youtube,Sample_0002,B,2\n", "youtube,Sample_0003,C,2"]
    items = read(HEADER + "".join(rows))

    assert [type(item) for item in items] == [RecordError, VideoRecord, VideoRecord]


def test_table_full_of_open_quotes_ends():
    items = read(HEADER + 'youtube,Sample_0001,"a "b,1\n"\n' * 20_000)

    assert items
    assert not any(isinstance(item, VideoRecord) for item in items)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"platform": "a b"}, "platform"),
        ({"platform_id": 5}, "platform_id"),
        ({"tags": [["a"]]}, "tags"),
        ({"published_at": True}, "published_at"),
        ({"duration_ms": 10**12}, "duration_ms"),
        ({"duration_ms": 1.5}, "duration_ms"),
        ({"language": "English!"}, "language"),
        ({"url": "ftp://a"}, "url"),
    ],
)
def test_value_at_fault_is_named(fields, field):
    (item,) = read(json.dumps({"platform": "youtube", "platform_id": "Sample_0001", **fields}))

    assert isinstance(item, RecordError)
    assert item.field == field


def test_day_stays_a_day_even_if_a_time_is_written():
    given = {"platform": "youtube", "platform_id": "Sample_0001"}
    (record,) = read(json.dumps(given | {"published_on": "2009-10-25T10:00:00Z"}))

    assert record.published == date(2009, 10, 25)


@given(
    st.lists(
        st.sampled_from(['"', ",", "\n", "\r\n", "youtube", "Sample_0001", "A", "1", '""', "é"]),
        max_size=40,
    )
)
def test_no_table_raises_anything(pieces):
    for item in read(HEADER + "".join(pieces)):
        assert not isinstance(item, RecordError) or item.reason
