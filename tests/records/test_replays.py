"""Which stretches of a film are played again: yt-dlp's curve, and ours."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import RecordError, VideoRecord, replays
from tests.records.test_info_json import make_flat, make_info, make_list

LENGTH_MS = 582_400
NAN, INFINITE = float("nan"), float("inf")


def make_heatmap(*values: Any, length: float = LENGTH_MS / 1000) -> list[dict[str, Any]]:
    """Return equal stretches of a film in the form that yt-dlp gives them."""
    step = length / len(values)
    return [
        {"start_time": number * step, "end_time": (number + 1) * step, "value": value}
        for number, value in enumerate(values)
    ]


def read(content: bytes | str) -> VideoRecord | RecordError:
    content = content.encode() if isinstance(content, str) else content
    (item,) = records.parse_all("a", content)
    return item


def curve_of(heatmap: object, **fields: Any) -> tuple[int, ...]:
    item = read(json.dumps(make_info(heatmap=heatmap, **fields)))
    assert isinstance(item, VideoRecord), item
    return item.replays


# --- yt-dlp's -------------------------------------------------------------------------


def test_equal_stretches_are_thousandths_of_the_most_replayed_one():
    assert curve_of(make_heatmap(0.25, 0.5, 0.1, 0)) == (500, 1000, 200, 0)


def test_a_hundred_stretches_as_youtube_has_them_are_kept_as_they_are():
    values = [((number * 37) % 100) / 99 for number in range(100)]
    assert curve_of(make_heatmap(*values)) == tuple(round(value * 1000) for value in values)


def test_what_is_not_equal_is_cut_into_a_hundred_by_the_time_that_lies_in_each():
    heatmap = [
        {"start_time": 0, "end_time": 145.6, "value": 1.0},
        {"start_time": 145.6, "end_time": 582.4, "value": 0.25},
    ]
    assert curve_of(heatmap) == (1000,) * 25 + (250,) * 75


def test_a_stretch_across_two_parts_is_their_mean():
    heatmap = [
        {"start_time": 0, "end_time": 2.912, "value": 1.0},
        {"start_time": 2.912, "end_time": 582.4, "value": 0.5},
    ]
    # Half of the first hundredth at 1 and half at 0.5; that is the greatest, so it is 1,000.
    assert curve_of(heatmap) == (1000,) + (667,) * 99


def test_rounded_times_are_no_gap_and_no_other_length():
    heatmap = make_heatmap(0.5, 1, 0.25, length=583)
    heatmap[1]["start_time"] += 1
    assert curve_of(heatmap, duration=582.4) == (500, 1000, 250)


@pytest.mark.parametrize(
    "heatmap",
    [
        None,
        [],
        {},
        "0;1",
        5,
        True,
        [1, 2],
        [None, None],
        [{}, {}],
        make_heatmap(1),
        make_heatmap(0, 0),
        make_heatmap(0.5, 1.5),
        make_heatmap(0.5, -0.1),
        make_heatmap(0.5, NAN),
        make_heatmap(0.5, INFINITE),
        make_heatmap(0.5, None),
        make_heatmap(0.5, "1"),
        make_heatmap(0.5, True),
        make_heatmap(0.5, 10**400),
        make_heatmap(0.5, [1]),
        make_heatmap(0.5, 1)[::-1],
        make_heatmap(0.5, 1) * 2,
        make_heatmap(0.5, 1, 0.5)[:2],
        make_heatmap(0.5, 1, 0.5)[1:],
        make_heatmap(0.5, 1, 0.5, 1)[::2],
        make_heatmap(0.5, 1, length=900),
        make_heatmap(0.5, 1, length=1e300),
        [{"start_time": -5, "end_time": 300, "value": 1}, *make_heatmap(0, 1)[1:]],
        [{"start_time": 0, "end_time": 0, "value": 1}, *make_heatmap(0.5, 1)],
        [{"start_time": 0, "end_time": 400, "value": 1}, *make_heatmap(0, 1)[1:]],
        [{"start_time": 0, "end_time": 200, "value": 1}, *make_heatmap(0, 1)[1:]],
        make_heatmap(*[0.5] * 1001),
    ],
    ids=repr,
)
def test_what_is_no_sensible_curve_is_unknown_and_refuses_nothing(heatmap: object):
    assert curve_of(heatmap) == ()


def test_a_list_of_hundreds_of_thousands_is_not_walked_through():
    item = read(json.dumps(make_info(heatmap=[0.5] * 900_000)))
    assert isinstance(item, VideoRecord)
    assert item.replays == ()
    assert b"heatmap" not in item.raw


@pytest.mark.parametrize("fields", [{"duration": None}, {"duration": 0}, {"duration": 290}])
def test_without_the_films_length_or_with_another_there_is_no_curve(fields: dict[str, Any]):
    assert curve_of(make_heatmap(0.5, 1), **fields) == ()


def test_entries_of_a_list_have_curves_of_their_own():
    document = make_list(make_flat(1, heatmap=make_heatmap(1, 0.5, length=60)), make_flat(2))
    found = list(records.parse_all("a", json.dumps(document).encode()))
    assert [item.replays for item in found if isinstance(item, VideoRecord)] == [(1000, 500), ()]


def test_bytes_that_are_kept_say_the_same_again():
    heatmap = make_heatmap(0.5, 1, 0.25)
    item = read(json.dumps(make_info(heatmap=heatmap, formats=[{"url": "https://a.example"}])))
    assert isinstance(item, VideoRecord)
    assert json.loads(item.raw)["heatmap"] == heatmap
    again = records.parse("a", item.raw)
    assert again.replays == item.replays == (500, 1000, 250)


numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
entries = st.fixed_dictionaries(
    {"start_time": numbers, "end_time": numbers, "value": numbers}
) | st.builds(
    lambda start, length, value: {"start_time": start, "end_time": start + length, "value": value},
    st.floats(0, 60),
    st.floats(0, 60),
    st.floats(0, 1),
)


@given(st.lists(entries, max_size=8) | st.lists(st.floats(0, 1), min_size=2, max_size=150).map(
    lambda values: make_heatmap(*values, length=60)
), st.none() | st.integers(0, 120_000))  # fmt: skip
def test_whatever_is_given_a_curve_is_one_that_we_would_write(heatmap: object, duration_ms: Any):
    curve = replays.read_heatmap(heatmap, duration_ms)
    if curve:
        assert replays.fault(curve, duration_ms) == ""
        assert replays.clean("", list(curve), duration_ms) == curve


# --- Ours -----------------------------------------------------------------------------

FULL = VideoRecord(
    platform="vimeo", platform_id="76979871", title="A", raw=b"", duration_ms=9000,
    replays=(0, 1000, 20),
)  # fmt: skip
HEAD = "platform,platform_id,duration_ms,replays\n"


def test_a_line_of_json_has_a_list_and_a_table_a_cell_with_semicolons():
    assert json.loads(records.write_json_line(FULL))["replays"] == [0, 1000, 20]
    assert ",9000,0; 1000; 20," in records.write_csv_row(FULL)
    assert "replays" not in records.write_json_line(replace(FULL, replays=()))


def test_front_matter_may_have_a_curve_too():
    text = records.format_front_matter(FULL)
    assert 'replays: "0; 1000; 20"\n' in text
    assert records.parse("a.md", text.encode()).replays == FULL.replays
    text = text.replace('"0; 1000; 20"', "[0, 1000, 20]")
    assert records.parse("a.md", text.encode()).replays == FULL.replays


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("5", "this should be a list of whole numbers"),
        ("{}", "this should be a list of whole numbers"),
        ("[1000]", "a curve has 2 to 1,000 numbers, not 1"),
        (json.dumps([1000] * 1001), "a curve has 2 to 1,000 numbers, not 1,001"),
        ("[1000,null]", "“None” is not a whole number from 0 to 1,000"),
        ("[1000,1001]", "“1001” is not a whole number from 0 to 1,000"),
        ("[1000,-1]", "“-1” is not a whole number of 0 or more"),
        ("[1000,0.5]", "“0.5” is not a whole number of 0 or more"),
        ("[1000,[]]", "this should be a whole number, but it is a list"),
        ("[1000,true]", "this should be text or a number, but it is true"),
        ("[0,999]", "the numbers should go from 0 to 1,000, and the greatest should be 1,000"),
    ],
)
def test_a_curve_of_our_own_that_is_none_refuses_the_record(given: str, reason: str):
    line = f'{{"platform":"vimeo","platform_id":"a","duration_ms":9000,"replays":{given}}}'
    item = read(line)
    assert isinstance(item, RecordError)
    assert (item.field, item.reason) == ("replays", reason)


def test_a_curve_of_our_own_needs_the_films_length():
    item = read('{"platform":"vimeo","platform_id":"a","replays":[0,1000]}')
    assert isinstance(item, RecordError)
    assert item.reason == "without the film's length nobody knows which stretches these are"


def test_a_cell_of_a_table_is_read_as_it_is_written():
    item = read(f"{HEAD}vimeo,a,9000,0;1000; 20\n")
    assert isinstance(item, VideoRecord)
    assert item.replays == (0, 1000, 20)
    empty = read(f"{HEAD}vimeo,a,9000,\n")
    assert isinstance(empty, VideoRecord)
    assert empty.replays == ()


# --- What our REST interface answers --------------------------------------------------


@pytest.mark.parametrize(
    ("length", "date", "curve"),
    [
        (9000, "2024-05-03T00:00:00Z", (0, 1000)),
        (8000, "2024-05-03T00:00:00Z", ()),
        (None, None, ()),
        (9000, "2023-05-03T00:00:00Z", ()),
        (9000, None, ()),
    ],
)
def test_an_answer_tells_a_curve_of_the_film_as_long_as_it_is_and_of_the_records_own_date(
    length: int | None, date: str | None, curve: tuple[int, ...]
):
    answer = {
        "platform": "vimeo", "platform_id": "a", "title": "A", "counts": {}, "duration_ms": 9000,
        "recorded_at": "2024-05-03T00:00:00Z",
        "replays": [0, 1000], "replays_ms": length, "replays_recorded_at": date,
    }  # fmt: skip
    item = read(json.dumps(answer))
    assert isinstance(item, VideoRecord), item
    assert item.replays == curve
