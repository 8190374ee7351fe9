"""Films over REST."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Scope, User
from catalogue import tags
from catalogue.models import (
    ImportRow,
    ImportRun,
    Precision,
    Video,
    VideoCounts,
)
from catalogue.records.record import MAX_RECORD_BYTES, Counts
from tests.makers import PUBLISHED, make_channel, make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()

# The facts of the project's first record; the description is ours.
SEED = """---
title: "Keeping Score: How Bad is China's Social Credit System? | InfoBites"
image: "https:\\/\\/i.ytimg.com\\/vi\\/swje6NSdkfk\\/hqdefault.jpg"
vid_id: "swje6NSdkfk"
categories: "Film-Animation"
tags: ["RT Documentary","Documentary Channel","Documentary film"]
date: "2022-02-01T13:20:51+03:00"
vid_date: "2021-07-30T14:00:24Z"
duration: "PT9M46S"
viewcount: "154080"
likeCount: "3003"
dislikeCount: ""
channel: "RT Documentary"
---
{% raw %}A first line.<br />A second one.{% endraw %}
"""


@pytest.fixture
def member(author: User) -> Caller:
    """Return a caller who may write."""
    return Caller(make_token(author))


def keys(response: Any) -> list[str]:
    """Return the identities in a list."""
    assert response.status_code == 200, response.content
    return [video["key"] for video in response.json()["results"]]


# --- Reading one ----------------------------------------------------------------------


def test_the_seed_comes_out_as_it_went_in(member: Caller):
    assert member.post("videos/", {"record": SEED}).status_code == 201
    told = nobody.get("videos/youtube:swje6NSdkfk/").json()
    row = Video.objects.get()
    channel = row.channel
    assert channel is not None
    assert told == {
        "key": "youtube:swje6NSdkfk",
        "platform": "youtube",
        "platform_id": "swje6NSdkfk",
        "url": "http://testserver/api/v1/videos/youtube:swje6NSdkfk/",
        "page": "http://testserver/videos/youtube/swje6NSdkfk/",
        "source_url": "https://www.youtube.com/watch?v=swje6NSdkfk",
        "title": "Keeping Score: How Bad is China's Social Credit System? | InfoBites",
        "description": "A first line.\nA second one.",
        "replays": None,
        "replays_ms": None,
        "replays_recorded_at": None,
        "channel": {
            "id": channel.pk,
            "platform_id": None,
            "name": "RT Documentary",
            "url": f"http://testserver/api/v1/channels/{channel.pk}/",
        },
        "category": "Film-Animation",
        "language": None,
        "tags": [
            {
                "slug": "rt-documentary",
                "name": "RT Documentary",
                "source": "record",
            },
            {"slug": "documentary-channel", "name": "Documentary Channel", "source": "record"},
            {"slug": "documentary-film", "name": "Documentary film", "source": "record"},
        ],
        "published_at": "2021-07-30T14:00:24Z",
        "published_on": "2021-07-30",
        "duration_ms": 586_000,
        "duration": "PT9M46S",
        "image_url": "https://i.ytimg.com/vi/swje6NSdkfk/hqdefault.jpg",
        "poster_url": None,
        "media_url": None,
        "availability": "unknown",
        "is_sample": False,
        "copies_url": "http://testserver/api/v1/videos/youtube:swje6NSdkfk/copies/",
        "counts": {
            "views": 154_080,
            "likes": 3_003,
            "dislikes": None,
            "comments": None,
            "observed_at": "2022-02-01T10:20:51Z",
        },
        "recorded_at": "2022-02-01T10:20:51Z",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
        "updated_at": row.updated_at.isoformat().replace("+00:00", "Z"),
    }


def test_what_is_unknown_is_null_and_never_zero():
    make_video(
        platform="vimeo",
        platform_id="1",
        channel=None,
        category="",
        published_at=None,
        duration_ms=None,
        recorded_at=None,
    )
    told = nobody.get("videos/vimeo:1/").json()
    unknown = (
        *("channel", "category", "language", "published_at", "published_on", "duration_ms"),
        *("duration", "image_url", "media_url", "source_url", "recorded_at"),
    )
    assert {name: told[name] for name in unknown} == dict.fromkeys(unknown)
    assert set(told["counts"].values()) == {None}


def test_a_film_that_lies_on_this_site_has_a_whole_address():
    make_video(platform="sample", platform_id="clip", media_url="/static/sample/clip.webm")
    told = nobody.get("videos/sample:clip/").json()
    assert told["media_url"] == "http://testserver/static/sample/clip.webm"
    assert told["is_sample"]


def test_a_video_without_a_row_of_counts_has_unknown_counts():
    VideoCounts.objects.filter(video=make_video(platform_id="bare")).delete()
    assert set(nobody.get("videos/youtube:bare/").json()["counts"].values()) == {None}


def test_a_day_is_not_told_as_a_moment():
    make_video(platform_id="day", published_at=PUBLISHED, published_precision=Precision.DAY)
    told = nobody.get("videos/youtube:day/").json()
    assert (told["published_at"], told["published_on"]) == (None, "2021-07-30")


def test_tags_of_members_follow_those_of_the_record(author: User):
    video = make_video(platform_id="tagged", tags=["Zebras", "Apes"])
    tags.add_to_video(video, "Bears", by=author)
    told = nobody.get("videos/youtube:tagged/").json()["tags"]
    assert [(tag["name"], tag["source"]) for tag in told] == [
        ("Zebras", "record"),
        ("Apes", "record"),
        ("Bears", "member"),
    ]


@pytest.mark.parametrize("platform_id", ["a:b:c", "50%", "ü?#&=", "two words", "..", "a+b"])
def test_any_id_has_an_address(platform_id: str):
    make_video(platform_id=platform_id)
    told = nobody.get("videos/").json()["results"][0]
    assert nobody.get(told["url"]).json()["platform_id"] == platform_id


@pytest.mark.parametrize("key", ["youtube:nothing", "youtube", ":x", "youtube:a%00b"])
@pytest.mark.parametrize("below", ["", "counts/", "changes/", "transcripts/", "transcripts/en/"])
def test_a_video_that_is_not_here_is_not_found(key: str, below: str):
    assert nobody.get(f"videos/{key}/{below}").status_code == 404


def test_who_has_it_already_gets_nothing_again(video: Video):
    address = f"videos/{video.key}/"
    etag = nobody.get(address).headers["ETag"]
    assert etag.startswith('W/"')
    again = nobody.get(address, If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert "Content-Type" not in again.headers
    VideoCounts.objects.filter(video=video).update(views=7)
    assert nobody.get(address, If_None_Match=etag).status_code == 200


# --- Lists ----------------------------------------------------------------------------


def test_a_list_has_no_descriptions_and_no_curves(video: Video):
    (told,) = nobody.get("videos/").json()["results"]
    assert "description" not in told
    assert nobody.get(told["url"]).json() == {
        **told,
        "description": video.description,
        "replays": None,
        "replays_ms": None,
        "replays_recorded_at": None,
    }


def test_pages_lead_on_and_back():
    for number in range(5):
        make_video(platform_id=str(number), published_at=PUBLISHED + timedelta(days=number))
    first = nobody.get("videos/?page_size=2&platform=youtube")
    assert first.json()["previous"] is None
    second = nobody.get(first.json()["next"])
    third = nobody.get(second.json()["next"])
    assert [keys(page) for page in (first, second, third)] == [
        ["youtube:4", "youtube:3"],
        ["youtube:2", "youtube:1"],
        ["youtube:0"],
    ]
    assert third.json()["next"] is None
    assert keys(nobody.get(third.json()["previous"])) == keys(second)
    assert "platform=youtube" in second.json()["next"]


def test_an_empty_list_is_empty():
    assert nobody.get("videos/").json() == {"results": [], "next": None, "previous": None}


def test_filters_narrow_the_list():
    rivers = make_channel("Quiet Rivers")
    make_video(
        platform_id="river",
        title="A river turned",
        channel=rivers,
        category="Nature",
        language="en",
        tags=["Water", "North"],
        duration_ms=600_000,
        published_at=datetime(2021, 7, 30, tzinfo=UTC),
    )
    make_video(
        platform="vimeo",
        platform_id="other",
        title="Something else",
        channel=make_channel("Others", platform="vimeo"),
        category="Talk",
        language="fr",
        tags=["Water"],
        duration_ms=60_000,
        published_at=datetime(2023, 1, 1, tzinfo=UTC),
    )
    for query in (
        "q=turned",
        f"channel={rivers.pk}",
        "tag=north",
        "tag=north&tag=water",
        "category=Nature",
        "language=en",
        "platform=youtube",
        "published_before=2021-07-30",
        "duration_min=600",
    ):
        assert keys(nobody.get(f"videos/?{query}")) == ["youtube:river"], query
    for query in ("published_after=2022-01-01", "duration_max=60", "language=fr"):
        assert keys(nobody.get(f"videos/?{query}")) == ["vimeo:other"], query
    assert keys(nobody.get("videos/?language=fr&language=en&sort=oldest")) == [
        "youtube:river",
        "vimeo:other",
    ]


def test_lists_can_be_sorted_by_views():
    make_video(platform_id="few", counts=Counts(views=0))
    make_video(platform_id="many", counts=Counts(views=10))
    make_video(platform_id="unknown")
    assert keys(nobody.get("videos/?sort=views")) == [
        "youtube:many",
        "youtube:few",
        "youtube:unknown",
    ]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("chanel=3", "chanel"),
        ("has_claims=1", "has_claims"),
        ("sort=fame", "sort"),
        ("sort=relevance", "sort"),
        ("channel=x", "channel"),
        ("channel=", "channel"),
        ("q=", "q"),
        ("q=a&q=b", "q"),
        ("q=a%00b", "q"),
        ("tag=%00", "tag"),
        ("published_after=yesterday", "published_after"),
        ("duration_min=-1", "duration_min"),
        ("duration_max=1.5", "duration_max"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
        ("page_size=%D9%A3", "page_size"),
        ("cursor=", "cursor"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00", "cursor"),
    ],
)
def test_a_filter_that_is_wrong_is_named(query: str, parameter: str):
    response = nobody.get(f"videos/?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]


def test_everything_wrong_in_a_query_string_is_told_at_once():
    response = nobody.get("videos/?chanel=3&sort=fame&page_size=0")
    named = {error["parameter"]: error["detail"] for error in response.json()["errors"]}
    assert named.keys() == {"chanel", "sort", "page_size"}
    assert "channel" in named["chanel"]
    assert "newest" in named["sort"]


def test_a_cursor_of_another_list_is_refused():
    for number in range(3):
        make_video(platform_id=str(number))
    cursor = nobody.get("videos/?page_size=1").json()["next"].partition("cursor=")[2]
    for path in ("videos/?sort=views&", "channels/?", "imports/?"):
        response = nobody.get(f"{path}cursor={cursor.partition('&')[0]}")
        assert response.status_code == 400, path


def test_one_video_takes_no_filters(video: Video):
    assert nobody.get(f"videos/{video.key}/?q=a").status_code == 400


# --- Bringing a record in -------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["text/markdown", "text/plain; charset=utf-8"])
def test_a_record_may_come_as_it_stands_in_its_file(member: Caller, author: User, media_type: str):
    response = member.post("videos/", SEED.encode(), Content_Type=media_type)
    assert response.status_code == 201
    assert response.headers["Location"] == response.json()["url"]
    assert response.json()["outcome"] == "created"
    run = ImportRun.objects.get()
    assert (run.by, run.source, run.created) == (author, "api", 1)
    ledger = nobody.get(response.json()["import_url"]).json()
    assert (ledger["by"], ledger["created"]) == ("author", 1)


def test_the_same_record_again_changes_nothing(member: Caller):
    member.post("videos/", {"record": SEED})
    again = member.post("videos/", {"record": SEED})
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")


def test_a_newer_record_updates_the_video(member: Caller):
    member.post("videos/", {"record": SEED})
    newer = SEED.replace("2022-02-01", "2022-03-01").replace("154080", "160000")
    again = member.post("videos/", {"record": newer})
    assert (again.status_code, again.json()["outcome"]) == (200, "updated")
    assert again.json()["counts"]["views"] == 160_000
    assert Video.objects.count() == 1


def test_a_refused_record_is_told_where_and_why_and_stands_in_the_ledger(member: Caller):
    broken = SEED.replace('"PT9M46S"', '"long"')
    response = member.post("videos/", {"record": broken})
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["line"]) == ("/record", 9)
    assert error["field"] == "record.duration"
    assert "PT9M46S" in error["detail"]
    assert ImportRow.objects.get().reason == error["detail"]
    assert not Video.objects.exists()


def test_a_refused_plain_record_is_the_whole_body(member: Caller):
    response = member.post("videos/", b"no front matter", Content_Type="text/plain")
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert (error["pointer"], error["line"]) == ("", 1)


def test_a_record_that_is_too_large_is_refused(member: Caller):
    record = b"-" * (MAX_RECORD_BYTES + 1)
    assert member.post("videos/", record, Content_Type="text/plain").status_code == 413
    assert member.post("videos/", {"record": record.decode()}).status_code == 413


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "record"),
        ({"record": 7}, "record"),
        ({"record": ""}, "record"),
        ({"record": None}, "record"),
        ({"record": ["---"]}, "record"),
        ({"record": "---\0"}, "record"),
        ({"record": "---\ud800"}, "record"),
        ({"record": SEED, "source": "me"}, "source"),
        ([], ""),
        ("---", ""),
        (None, "record"),
    ],
)
def test_a_body_that_carries_no_record_is_refused(member: Caller, body: Any, field: str):
    response = member.post("videos/", body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not ImportRun.objects.exists()


def test_who_may_bring_records_in(author: User):
    expired = make_token(author, lifetime=timedelta(seconds=-1))
    for caller, status in (
        (nobody, 401),
        (Caller(expired), 401),
        (Caller(make_token(author, Scope.READ)), 403),
        (Caller(make_token(author)), 201),
    ):
        assert caller.post("videos/", {"record": SEED}).status_code == status


def test_no_video_is_edited_or_deleted_over_rest(member: Caller, video: Video):
    address = f"videos/{video.key}/"
    assert member.patch(address, {"title": "Mine"}).status_code == 405
    assert member.delete(address).status_code == 405


def test_the_days_of_a_filter_are_inclusive():
    make_video(platform_id="late", published_at=datetime(2021, 7, 30, 23, 59, 59, tzinfo=UTC))
    day = date(2021, 7, 30).isoformat()
    assert keys(nobody.get(f"videos/?published_after={day}&published_before={day}")) == [
        "youtube:late"
    ]
