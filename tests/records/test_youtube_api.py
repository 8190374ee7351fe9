"""Answers of YouTube's API: whole, in parts, of playlists, and refusals."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord

ID = "Sample_0001"


def make_item(**parts: Any) -> dict[str, Any]:
    return {
        "kind": "youtube#video",
        "id": ID,
        "snippet": {
            "publishedAt": "2019-12-05T18:00:14.000Z",
            "channelId": "UCabcdefghijklmnopqrstuv",
            "title": "How Rivers Remember",
            "description": "A river.",
            "thumbnails": {
                "default": {"url": "https://films.example/default.jpg"},
                "high": {"url": "https://films.example/high.jpg"},
            },
            "channelTitle": "Field Films",
            "tags": ["rivers", "maps"],
            "categoryId": "27",
            "defaultLanguage": "fr",
            "defaultAudioLanguage": "en-GB",
        },
        "contentDetails": {"duration": "PT9M46S"},
        "statistics": {"viewCount": "3507573655", "likeCount": "5", "commentCount": "0"},
        **parts,
    }


def make_answer(*items: object, **fields: Any) -> dict[str, Any]:
    return {"kind": "youtube#videoListResponse", "items": list(items), **fields}


def read(document: object) -> list[Any]:
    return list(records.parse_all("answer.json", json.dumps(document).encode()))


def error_of(document: object) -> RecordError:
    (item,) = read(document)
    assert isinstance(item, RecordError), item
    return item


def test_item_says_all_it_knows():
    (record,) = read(make_answer(make_item()))

    assert record == VideoRecord(
        platform="youtube",
        platform_id=ID,
        title="How Rivers Remember",
        raw=json.dumps(make_item(), separators=(",", ":")).encode(),
        description="A river.",
        channel="Field Films",
        channel_id="UCabcdefghijklmnopqrstuv",
        category="Education",
        language="en-GB",
        tags=("rivers", "maps"),
        image_url="https://films.example/high.jpg",
        published=datetime(2019, 12, 5, 18, 0, 14, tzinfo=UTC),
        duration_ms=586_000,
        counts=Counts(views=3_507_573_655, likes=5, comments=0),
        source="answer.json",
    )
    assert records.parse("answer.json", record.raw) == record


def test_answer_in_parts_knows_no_more_than_its_parts():
    (record,) = read({"items": [{"id": ID, "statistics": {"viewCount": "12"}}]})

    assert (record.title, record.counts) == ("", Counts(views=12))
    assert (record.published, record.duration_ms, record.channel) == (None, None, "")


def test_running_stream_has_no_length_and_unknown_category_no_name():
    item = make_item(contentDetails={"duration": "P0D"}, snippet={"categoryId": "999"})
    (record,) = read(item)

    assert (record.duration_ms, record.category) == (None, "")


@pytest.mark.parametrize("document", [make_answer(), {"items": []}])
def test_answer_without_items_holds_nothing_and_is_no_fault(document):
    assert read(document) == []


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (None, "items[1]"),
        (make_item(statistics={"viewCount": "-1"}), "items[1].statistics.viewCount"),
        (make_item(snippet={"publishedAt": "soon"}), "items[1].snippet.publishedAt"),
        (make_item(snippet=[]), "items[1].snippet"),
        (make_item(contentDetails={"duration": "long"}), "items[1].contentDetails.duration"),
        (make_item(id={"kind": "youtube#channel", "channelId": "UC"}), "items[1].id"),
        (make_item(id=""), "items[1].id"),
    ],
)
def test_broken_item_does_not_stop_the_others(item, field):
    first, error, last = read(make_answer(make_item(), item, make_item()))

    assert isinstance(first, VideoRecord)
    assert isinstance(last, VideoRecord)
    assert error.field == field


# --- Playlists ------------------------------------------------------------------------


def make_playlist_item(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "youtube#playlistItem",
        "id": "UExwbGF5bGlzdC1pdGVt",
        "snippet": {
            "publishedAt": "2023-01-01T00:00:00Z",
            "channelId": "UCownerOfThePlaylist0000",
            "channelTitle": "Somebody's lists",
            "title": "How Rivers Remember",
            "description": "A river.",
            "resourceId": {"kind": "youtube#video", "videoId": ID},
            "videoOwnerChannelTitle": "Field Films",
            "videoOwnerChannelId": "UCabcdefghijklmnopqrstuv",
            **fields,
        },
        "contentDetails": {"videoId": ID, "videoPublishedAt": "2019-12-05T18:00:14Z"},
    }


def test_playlist_item_is_the_video_and_not_the_playlists_entry():
    (record,) = read({"kind": "youtube#playlistItemListResponse", "items": [make_playlist_item()]})

    assert (record.platform_id, record.channel, record.channel_id) == (
        ID, "Field Films", "UCabcdefghijklmnopqrstuv",
    )  # fmt: skip
    assert record.published == datetime(2019, 12, 5, 18, 0, 14, tzinfo=UTC)


def test_playlist_item_without_details_knows_neither_date_nor_channel():
    item = make_playlist_item(videoOwnerChannelTitle=None, videoOwnerChannelId=None)
    del item["contentDetails"], item["kind"]
    (record,) = read({"items": [item]})

    assert (record.platform_id, record.published, record.channel) == (ID, None, "")


@pytest.mark.parametrize(
    ("title", "description", "expected"),
    [
        ("Private video", "This video is private.", "[Private video]"),
        ("Deleted video", "This video is unavailable.", "[Deleted video]"),
        ("Private video", "A film of that name.", "Private video"),
    ],
)
def test_video_that_cannot_be_seen_is_told_from_a_film_of_that_name(title, description, expected):
    (record,) = read(make_answer(make_playlist_item(title=title, description=description)))

    assert record.title == expected


# --- Refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            {"code": 403, "message": 'Over <a href="/q">quota</a>.',
             "errors": [{"reason": "quotaExceeded"}]},
            "quotaExceeded: 403: Over quota.",
        ),
        ("error message", "error message"),
        ({}, "no reason is given"),
        (None, "no reason is given"),
        ({"errors": [5], "message": "\u202eodd\n"}, "odd"),
    ],
)  # fmt: skip
def test_refusal_of_the_api_is_told_in_its_own_words(error, said):
    reason = error_of({"error": error}).reason

    assert reason.startswith("this is no record but a refusal of YouTube's API: ")
    assert reason.endswith(said)
    assert reason.isprintable()


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"kind": "youtube#activityListResponse", "items": []}, "another answer"),
        ({"kind": "youtube#videoListResponse"}, "no list of items"),
        ({"kind": "youtube#videoListResponse", "items": {}}, "no list of items"),
    ],
)
def test_other_answers_are_refused_by_name(document, reason):
    assert reason in error_of(document).reason


def test_search_tells_of_videos_and_passes_no_beginning_off_as_a_description():
    found = {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": "Sample_0001"},
        "snippet": {
            "publishedAt": "2020-02-29T23:59:58Z",
            "channelId": "UCabcdefghijklmnopqrstuv",
            "channelTitle": "Rivers &amp; Dams",
            "title": "What &quot;rivers&quot; remember",
            "description": "A river leaves its old ...",
        },
    }
    other = {"kind": "youtube#searchResult", "id": {"kind": "youtube#channel", "channelId": "UC"}}
    answer = {"kind": "youtube#searchListResponse", "items": [found, other]}
    record, error = records.parse_all("a.json", json.dumps(answer).encode())

    assert isinstance(record, VideoRecord)
    assert record.platform_id == "Sample_0001"
    assert record.title == 'What "rivers" remember'
    assert (record.channel, record.channel_id) == ("Rivers & Dams", "UCabcdefghijklmnopqrstuv")
    assert record.published == datetime(2020, 2, 29, 23, 59, 58, tzinfo=UTC)
    assert record.description == ""
    assert isinstance(error, RecordError)
    assert (error.field, error.reason) == (
        "items[1].id",
        "this names another thing than a video (“channel”)",
    )


def test_stream_of_weeks_has_its_whole_length():
    item = {"id": "Sample_0001", "contentDetails": {"duration": "P1W2DT3H"}}
    (record,) = records.parse_all("a.json", json.dumps({"items": [item]}).encode())

    assert isinstance(record, VideoRecord)
    assert record.duration_ms == (9 * 24 + 3) * 3_600_000
