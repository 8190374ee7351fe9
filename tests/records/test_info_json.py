"""What yt-dlp and youtube-dl write: one video, and lists of them."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from catalogue import records
from catalogue.records import Counts, RecordError, VideoRecord

ID = "Sample_0001"
WHY_EMPTY = "this entry is empty (null): the video could not be read when the list was made"


def make_info(**fields: Any) -> dict[str, Any]:
    """Return a whole video as yt-dlp writes it today."""
    return {
        "id": ID,
        "title": "How Rivers Remember",
        "thumbnail": "https://films.example/a.webp",
        "description": "A river.\n\n0:11 - Start",
        "channel_id": "UCabcdefghijklmnopqrstuv",
        "channel": "Field Films",
        "duration": 582.4,
        "view_count": 9973,
        "like_count": 333,
        "comment_count": None,
        "webpage_url": f"https://www.youtube.com/watch?v={ID}",
        "categories": ["Education"],
        "tags": ["rivers", "old, maps"],
        "upload_date": "20091025",
        "extractor": "youtube",
        "extractor_key": "Youtube",
        "uploader_id": "@fieldfilms",
        "language": "en",
        "epoch": 1702591235,
        "_type": "video",
        **fields,
    }


def make_flat(number: int, **fields: Any) -> dict[str, Any]:
    """Return an entry of a flat list."""
    return {
        "_type": "url",
        "ie_key": "Youtube",
        "id": f"Flat000000{number}",
        "url": f"https://www.youtube.com/watch?v=Flat000000{number}",
        "title": f"Part {number}",
        "duration": 60.0,
        **fields,
    }


def make_list(*entries: object, **fields: Any) -> dict[str, Any]:
    return {
        "_type": "playlist",
        "id": "PL0123456789",
        "title": "A list",
        "channel": "Somebody's lists",
        "webpage_url": "https://www.youtube.com/playlist?list=PL0123456789",
        "entries": list(entries),
        "extractor": "youtube:tab",
        "extractor_key": "YoutubeTab",
        "epoch": 1702591235,
        **fields,
    }


def read(document: object) -> list[Any]:
    return list(records.parse_all("a.info.json", json.dumps(document).encode()))


def record_of(document: object) -> VideoRecord:
    (item,) = read(document)
    assert isinstance(item, VideoRecord), item
    return item


def error_of(document: object) -> RecordError:
    (item,) = read(document)
    assert isinstance(item, RecordError), item
    return item


def test_video_says_all_it_knows():
    content = json.dumps(make_info(), indent=1).encode()

    assert records.parse("a.info.json", content) == VideoRecord(
        platform="youtube",
        platform_id=ID,
        title="How Rivers Remember",
        raw=content,
        description="A river.\n\n0:11 - Start",
        channel="Field Films",
        channel_id="UCabcdefghijklmnopqrstuv",
        category="Education",
        language="en",
        tags=("rivers", "old, maps"),
        url=f"https://www.youtube.com/watch?v={ID}",
        image_url="https://films.example/a.webp",
        published=date(2009, 10, 25),
        recorded_at=datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC),
        duration_ms=582_400,
        counts=Counts(views=9973, likes=333),
        source="a.info.json",
    )


@pytest.mark.parametrize(
    ("fields", "published"),
    [
        ({"upload_date": "20091025"}, date(2009, 10, 25)),
        ({"upload_date": None}, None),
        ({"timestamp": 1465767393}, datetime(2016, 6, 12, 21, 36, 33, tzinfo=UTC)),
        ({"upload_date": "NA", "timestamp": "NA"}, None),
        ({"upload_date": "20091025", "timestamp": 0}, date(2009, 10, 25)),
        (
            {"upload_date": None, "release_timestamp": -1e8},
            datetime(1966, 10, 31, 14, 13, 20, tzinfo=UTC),
        ),
        (
            {"upload_date": None, "live_status": "is_upcoming", "release_timestamp": 1900000000},
            None,
        ),
        ({"upload_date": None, "release_date": "19870727"}, date(1987, 7, 27)),
        ({"upload_date": "20091025", "release_date": "19870727"}, date(2009, 10, 25)),
    ],
)
def test_publication_is_known_as_exactly_as_the_record_knows_it(fields, published):
    assert record_of(make_info(**fields)).published == published


def test_moment_of_a_flat_entry_is_a_day_at_most_since_youtube_shows_years_ago():
    record = record_of(make_list(make_flat(1, timestamp=1465767393)))

    assert record.published == date(2016, 6, 12)


@pytest.mark.parametrize(
    ("fields", "channel", "channel_id"),
    [
        ({}, "Field Films", "UCabcdefghijklmnopqrstuv"),
        ({"channel": None, "channel_id": None, "uploader": "Field", "uploader_id": "@field"},
         "Field", ""),
        ({"channel": None, "channel_id": None, "uploader": "Field", "uploader_id": "FieldVEVO"},
         "Field", ""),
        ({"channel": None, "channel_id": None, "uploader": "Field",
          "uploader_id": "UCabcdefghijklmnopqrstuv"}, "Field", "UCabcdefghijklmnopqrstuv"),
        ({"channel_id": None, "uploader": "Another", "uploader_id": "UCabcdefghijklmnopqrstuv"},
         "Field Films", ""),
        ({"extractor_key": "Vimeo", "channel": None, "channel_id": None, "uploader": "Field",
          "uploader_id": "user12"}, "Field", "user12"),
        ({"channel": None, "channel_id": None}, "", ""),
    ],
)  # fmt: skip
def test_uploader_stands_for_a_channel_that_is_not_named(fields, channel, channel_id):
    record = record_of(make_info(**fields))

    assert (record.channel, record.channel_id) == (channel, channel_id)


@pytest.mark.parametrize(
    ("fields", "platform"),
    [
        ({"extractor_key": "Vimeo", "extractor": "vimeo"}, "vimeo"),
        ({"extractor_key": "TwitchClips", "extractor": "twitch:clips"}, "twitchclips"),
        ({"extractor_key": None, "extractor": "twitch:clips"}, "twitchclips"),
        ({"extractor_key": "ArchiveOrg", "extractor": "archive.org"}, "archiveorg"),
        ({"extractor_key": None, "extractor": None}, "youtube"),
        ({"extractor_key": "Generic", "webpage_url": "https://www.films.example/a.mp4"},
         "films-example"),
    ],
)  # fmt: skip
def test_extractor_names_the_platform(fields, platform):
    assert record_of(make_info(**fields)).platform == platform


def test_platform_that_nobody_names_is_refused():
    error = error_of(make_info(extractor_key=None, extractor=None, webpage_url="https://a.example"))

    assert (error.field, error.reason) == (
        "extractor_key", "the record does not say which platform the video is on",
    )  # fmt: skip


def test_further_categories_become_tags():
    record = record_of(make_info(categories=[None, "Nature", "Rivers", "rivers"]))

    assert (record.category, record.tags) == ("Nature", ("rivers", "old, maps", "Rivers"))


def test_pictures_and_languages_nobody_can_use_are_left_out():
    record = record_of(
        make_info(thumbnail="//cdn/a.jpg", language="the English one", webpage_url="a b")
    )

    assert (record.image_url, record.language, record.url) == ("", "", "")


def test_best_of_several_pictures_is_taken():
    stills = [{"url": "https://a.example/1.jpg"}, {"url": "https://a.example/2.jpg"}, {}]

    assert record_of(make_info(thumbnail=None, thumbnails=stills)).image_url.endswith("2.jpg")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"view_count": -1}, "view_count"),
        ({"like_count": "many"}, "like_count"),
        ({"comment_count": True}, "comment_count"),
        ({"duration": -3}, "duration"),
        ({"duration": 1e300}, "duration"),
        ({"timestamp": 1e30}, "timestamp"),
        ({"timestamp": []}, "timestamp"),
        ({"upload_date": "20091325"}, "upload_date"),
        ({"epoch": "yesterday"}, "epoch"),
        ({"tags": {"a": 1}}, "tags"),
        ({"tags": [str(number) for number in range(100_000)]}, "tags"),
        ({"title": ["a"]}, "title"),
        ({"title": "half \ud800"}, "title"),
        ({"description": "nul \0"}, "description"),
        ({"description": 5.5, "title": "x" * 1001}, "title"),
        ({"id": None, "webpage_url": None}, "id"),
        ({"id": "a/b", "extractor_key": "Vimeo"}, "id"),
        ({"id": "short"}, "id"),
        ({"extractor_key": 5}, "extractor_key"),
        ({"extractor_key": "!", "extractor": "", "webpage_url": "http://["}, "extractor_key"),
    ],
)
def test_value_at_fault_is_named(fields, field):
    error = error_of(make_info(**fields))

    assert error.field == field
    assert len(error.reason.split()) >= 3


def test_nothing_and_null_mean_unknown():
    record = record_of(make_info(view_count=None, duration=0, tags=None, categories=[]))

    assert (record.counts.views, record.duration_ms, record.tags, record.category) == (
        None, None, (), "",
    )  # fmt: skip


def test_signed_addresses_and_strangers_comments_are_not_kept():
    info = make_info(
        formats=[{"url": "https://media.example/?ip=192.0.2.1"}], comments=["x"], url="https://m"
    )
    record = record_of(info)

    assert json.loads(record.raw) == make_info()
    assert records.parse("a.info.json", record.raw) == record


# --- Lists ----------------------------------------------------------------------------


def test_entries_of_a_list_are_records_of_the_day_the_list_was_made():
    items = read(make_list(make_flat(1), make_flat(2)))

    assert [item.platform_id for item in items] == ["Flat0000001", "Flat0000002"]
    assert {item.recorded_at for item in items} == {datetime(2023, 12, 14, 22, 0, 35, tzinfo=UTC)}
    assert items[0].url == "https://www.youtube.com/watch?v=Flat0000001"
    assert items[0].duration_ms == 60_000


def test_each_entry_can_be_read_again_by_itself():
    page = "https://www.youtube.com/@field/videos"
    for item in read(make_list(make_flat(1), make_info(), webpage_url=page)):
        assert records.parse("a.info.json", item.raw) == item


def test_missing_and_broken_entries_do_not_stop_the_others():
    items = read(make_list(None, make_flat(1, view_count="many"), "text", make_flat(2)))

    assert [str(item) for item in items[:3]] == [
        f"a.info.json: entries[0]: {WHY_EMPTY}",
        "a.info.json: entries[1].view_count: “many” is not a whole number of 0 or more",
        "a.info.json: entries[2]: this entry is no video",
    ]
    assert isinstance(items[3], VideoRecord)


def test_lists_inside_lists_are_read_with_their_path():
    tab = make_list(make_flat(1), {"_type": "url", "ie_key": "YoutubeTab", "id": "PL1", "url": "x"})
    items = read(make_list(tab))

    assert isinstance(items[0], VideoRecord)
    assert (items[1].field, items[1].reason) == (
        "entries[0].entries[1].ie_key", "this entry is a list of videos, not a video",
    )  # fmt: skip


def test_endless_lists_inside_lists_are_refused():
    document = make_flat(1)
    for _ in range(50):
        document = make_list(document)

    assert "nested more than 5 deep" in error_of(document).reason


@pytest.mark.parametrize("document", [make_list(), make_list() | {"entries": None}])
def test_empty_list_holds_nothing_and_is_no_fault(document):
    assert read(document) == []


def test_channel_gives_its_name_to_its_videos_and_a_playlist_does_not():
    page = "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos"
    channel = make_list(
        make_flat(1), make_flat(2, channel="A guest", channel_id="UCother"),
        webpage_url=page, channel="Field Films", channel_id="UCabcdefghijklmnopqrstuv",
    )  # fmt: skip

    assert [(item.channel, item.channel_id) for item in read(channel)] == [
        ("Field Films", "UCabcdefghijklmnopqrstuv"), ("A guest", "UCother"),
    ]  # fmt: skip
    assert record_of(make_list(make_flat(1))).channel == ""


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"title": "[Private video]"}, "[Private video]"),
        ({"title": None, "duration": None}, "[Deleted video]"),
        ({"title": None, "duration": None, "availability": "private"}, "[Private video]"),
        ({"title": None, "view_count": 5}, ""),
        ({"title": "youtube video #Flat0000001", "extractor": "youtube"}, ""),
    ],
)
def test_entry_without_a_title_says_whether_anything_was_seen(fields, title):
    assert record_of(make_list(make_flat(1, **fields))).title == title


def test_youtube_id_is_found_in_the_address_if_need_be():
    entry = make_flat(1, id=None, url="https://youtu.be/Flat0000007?t=3")

    assert record_of(make_list(entry)).platform_id == "Flat0000007"


def test_type_of_another_kind_is_no_list():
    assert record_of(make_info(_type=["playlist"])).platform_id == ID


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"duration": None, "duration_string": "3:32"}, 212_000),
        ({"duration": None, "duration_string": "1:03:32"}, 3_812_000),
        ({"duration": None, "duration_string": "7"}, 7_000),
        ({"duration": 212.09, "duration_string": "3:32"}, 212_090),
        ({"duration": "NA", "duration_string": "NA"}, None),
        ({"duration": None, "duration_string": None}, None),
    ],
)
def test_length_is_read_from_its_clock_where_the_seconds_are_missing(fields, expected):
    assert record_of(make_info(**fields)).duration_ms == expected


def test_counts_that_are_not_available_are_unknown():
    record = record_of(make_info(view_count="NA", like_count=10.0, language="und"))

    assert (record.counts.views, record.counts.likes, record.language) == (None, 10, "")


@pytest.mark.parametrize("key", ["Generic", "HTML5MediaEmbed", "html5"])
def test_extractors_of_any_page_name_the_site_since_ids_hold_there_only(key):
    info = make_info(
        id="trailer-1", extractor_key=key, extractor=key, webpage_url="https://www.films.example/p"
    )

    assert record_of(info).platform == "films-example"
