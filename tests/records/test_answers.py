"""What our own REST interface answers, read as records."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord

SITE = "https://sidenote.example"
ANSWER: dict[str, Any] = {
    "key": "youtube:-ample_0001",
    "platform": "youtube",
    "platform_id": "-ample_0001",
    "url": f"{SITE}/api/v1/videos/youtube:-ample_0001/",
    "page": f"{SITE}/videos/youtube/-ample_0001/",
    "source_url": "https://www.youtube.com/watch?v=-ample_0001",
    "title": "A film",
    "channel": {"id": 7, "platform_id": "UCa", "name": "Field Films", "url": f"{SITE}/c/7/"},
    "category": None,
    "language": "en",
    "tags": [
        {"slug": "rivers", "name": "Rivers", "source": "record"},
        {"slug": "mine", "name": "Mine", "source": "member"},
    ],
    "published_at": None,
    "published_on": "2009-10-25",
    "duration_ms": 582_400,
    "duration": "PT9M42.4S",
    "image_url": f"{SITE}/static/a.jpg",
    "media_url": None,
    "availability": "available",
    "is_sample": False,
    "counts": {
        "views": 0, "likes": None, "dislikes": None, "comments": None,
        "observed_at": "2023-12-14T22:00:35Z",
    },
    "recorded_at": "2023-12-14T22:00:35Z",
    "created_at": "2026-01-01T00:00:00.123456Z",
    "updated_at": "2026-01-01T00:00:00.123456Z",
    "description": "One\nTwo",
}  # fmt: skip


def read(value: object) -> list[Any]:
    return list(records.parse_all("answer", json.dumps(value).encode()))


def one(**changes: object) -> Any:
    (item,) = read(ANSWER | changes)
    return item


def test_an_answer_is_a_record():
    (record,) = read(ANSWER)
    assert record == VideoRecord(
        platform="youtube",
        platform_id="-ample_0001",
        title="A film",
        raw=json.dumps(ANSWER).encode(),
        description="One\nTwo",
        channel="Field Films",
        channel_id="UCa",
        language="en",
        tags=("Rivers",),
        image_url="/static/a.jpg",
        published=date(2009, 10, 25),
        recorded_at=datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC),
        duration_ms=582_400,
        counts=Counts(views=0),
        source="answer",
    )


def test_a_page_of_a_list_gives_each_and_others_are_refused_in_their_place():
    other = ANSWER | {"platform_id": "-ample_0002", "counts": {"views": "many"}}
    page = {"results": [ANSWER, other, {"statement": "x"}, 5], "next": None, "previous": None}
    first, second, third, fourth = read(page)
    assert first.platform_id == "-ample_0001"
    again = records.parse("answer", first.raw)
    assert (again.title, again.tags) == ("A film", ("Rivers",))
    assert second.field == "results[1].counts.views"
    assert "not a whole number" in second.reason
    for index, error in ((2, third), (3, fourth)):
        assert error.field == f"results[{index}]"
        assert error.reason == "this is no answer about a video"
    assert read(page | {"results": []}) == []


def test_answers_may_come_one_a_line_and_in_a_list():
    line = json.dumps(ANSWER)
    assert len(list(records.parse_all("a", f"{line}\n{line}\n".encode()))) == 2
    assert len(read([ANSWER, ANSWER])) == 2


def test_counts_of_another_day_than_the_record_date_it():
    counts = ANSWER["counts"] | {"observed_at": "2024-01-01T00:00:00Z"}
    assert one(counts=counts).recorded_at == datetime(2024, 1, 1, tzinfo=UTC)
    nothing = dict.fromkeys(counts)
    assert one(counts=nothing).recorded_at == datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC)
    assert one(counts=counts | {"observed_at": None}).recorded_at is None


def test_what_the_interface_made_up_is_left_out():
    assert one(title="-ample_0001").title == ""
    assert one(source_url="https://films.example/a").url == "https://films.example/a"
    assert one(image_url="https://else.example/static/a.jpg").image_url.startswith("https://else")
    assert one(media_url=f"{SITE}/static.mp4").media_url == f"{SITE}/static.mp4"
    assert one(url=None).image_url == f"{SITE}/static/a.jpg"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "Field Films"}, "channel"),
        ({"channel": {"name": ["x"]}}, "channel.name"),
        ({"source_url": "javascript:x"}, "source_url"),
        ({"tags": [{"name": {}}]}, "tags"),
        ({"tags": {}}, "tags"),
        ({"counts": []}, "counts"),
        ({"counts": {"views": -1}}, "counts.views"),
        ({"counts": {"views": 1, "observed_at": "soon"}}, "counts.observed_at"),
        ({"recorded_at": "soon", "counts": {}}, "recorded_at"),
        ({"published_on": "soon"}, "published_on"),
        ({"platform_id": None}, "platform_id"),
        ({"platform_id": "\0"}, "platform_id"),
    ],
)
def test_a_bad_value_is_named_as_the_answer_names_it(changes: dict[str, object], field: str):
    error = one(**changes)
    assert isinstance(error, RecordError)
    assert error.field == field


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(ANSWER)), json_values, max_size=6))
def test_no_value_makes_an_answer_raise(changes):
    for item in [*read(ANSWER | changes), *read({"results": [ANSWER | changes], "next": 1})]:
        assert isinstance(item, VideoRecord | RecordError)


@given(json_values)
def test_no_list_makes_reading_raise(value):
    for item in read({"results": value, "next": value}):
        assert isinstance(item, VideoRecord | RecordError)
