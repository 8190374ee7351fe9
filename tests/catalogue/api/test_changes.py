"""Observed changes over REST: of one film, and of all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from catalogue.models import Change, Video
from tests.makers import make_channel, make_video
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()
START = datetime(2026, 1, 1, tzinfo=UTC)


def make_change(video: Video, field: str, new: Any, *, day: int = 0, old: Any = None) -> Change:
    return Change.objects.create(
        video=video, field=field, old=old, new=new, observed_at=START + timedelta(days=day)
    )


def told(response: Any) -> list[Any]:
    assert response.status_code == 200, response.content
    return [change["new"] for change in response.json()["results"]]


def test_changes_come_newest_first(video: Video):
    for number in range(3):
        Change.objects.create(
            video=video,
            field="title",
            old=f"title {number}",
            new=f"title {number + 1}",
            observed_at=datetime(2022, 1, 1, tzinfo=UTC),
        )
    first = nobody.get(f"videos/{video.key}/changes/?page_size=2").json()
    second = nobody.get(first["next"]).json()
    told = first["results"] + second["results"]
    assert [change["new"] for change in told] == ["title 3", "title 2", "title 1"]
    assert told[0] == {
        "field": "title",
        "old": "title 2",
        "new": "title 3",
        "observed_at": "2022-01-01T00:00:00Z",
    }


def test_changes_of_some_kinds_can_be_asked_for(video: Video):
    make_change(video, "title", "A title", day=1)
    make_change(video, "availability", "gone", day=2)
    make_change(video, "duration_ms", 586_000, day=3)
    address = f"videos/{video.key}/changes/"
    assert told(nobody.get(f"{address}?field=availability")) == ["gone"]
    assert told(nobody.get(f"{address}?field=title&field=duration_ms")) == [586_000, "A title"]
    assert told(nobody.get(f"{address}?field=tags")) == []
    page = nobody.get(f"{address}?field=title&field=availability&page_size=1").json()
    assert told(nobody.get(page["next"])) == ["A title"]


# --- Of all films ---------------------------------------------------------------------


def test_changes_of_all_films_come_newest_first_and_tell_of_which(video: Video):
    other = make_video(platform="vimeo", platform_id="1", title="Another", channel=None)
    make_change(video, "title", "one", day=2)
    make_change(other, "availability", "gone", day=1, old="available")
    make_change(video, "title", "three", day=3)
    assert told(nobody.get("changes/")) == ["three", "one", "gone"]
    assert nobody.get("changes/").json()["results"][2] == {
        "field": "availability",
        "old": "available",
        "new": "gone",
        "observed_at": "2026-01-02T00:00:00Z",
        "video": "vimeo:1",
        "video_url": "http://testserver/api/v1/videos/vimeo:1/",
        "page": "http://testserver/videos/vimeo/1/",
        "title": "Another",
    }


def test_changes_of_one_moment_are_all_told_over_pages(video: Video):
    for number in range(5):
        make_change(video, "title", str(number))
    first = nobody.get("changes/?page_size=3")
    second = nobody.get(first.json()["next"])
    assert told(first) + told(second) == ["4", "3", "2", "1", "0"]
    assert told(nobody.get(second.json()["previous"])) == told(first)


def test_changes_of_all_films_can_be_narrowed(video: Video):
    other = make_video(channel=make_channel("Others"))
    make_change(video, "title", "early", day=0)
    make_change(video, "title", "late", day=9)
    make_change(other, "title", "elsewhere", day=5)
    make_change(other, "description", "longer", day=5)
    for query, expected in (
        ("field=description", ["longer"]),
        (f"channel={video.channel_id}", ["late", "early"]),
        ("since=2026-01-10", ["late"]),
        ("since=2026-01-06T00:00:00Z&field=title", ["late", "elsewhere"]),
        (f"channel={other.channel_id}&since=2026-01-07", []),
    ):
        assert told(nobody.get(f"changes/?{query}")) == expected, query


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("changes/", "field=views", "field"),
        ("changes/", "since=soon", "since"),
        ("changes/", "channel=x", "channel"),
        ("changes/", "until=2026-01-01", "until"),
        ("videos/{key}/changes/", "field=", "field"),
        ("videos/{key}/changes/", "since=2026-01-01", "since"),
        ("videos/{key}/changes/", "cursor=x", "cursor"),
    ],
)
def test_what_is_wrong_is_named(video: Video, path: str, query: str, parameter: str):
    response = nobody.get(f"{path.format(key=video.key)}?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]
