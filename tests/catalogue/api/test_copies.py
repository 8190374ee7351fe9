"""Other places of a film over REST."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Scope, User
from catalogue import copies
from catalogue.models import Copy, Video
from tests.makers import make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()

PAGE = "https://example.org/the-river"
FILM = "videos/youtube:swje6NSdkfk/"
PLACES = f"{FILM}copies/"


@pytest.fixture
def film(db: None) -> Video:
    return make_video(platform_id="swje6NSdkfk")


@pytest.fixture
def member(author: User) -> Caller:
    return Caller(make_token(author))


def test_a_place_is_added_listed_read_corrected_and_withdrawn(member: Caller, film: Video):
    body = {"address": PAGE, "media_url": f"{PAGE}.webm", "offset_ms": 12_000, "note": "Colour"}
    made = member.post(PLACES, body)
    assert made.status_code == 201
    row = Copy.objects.get()
    url = f"http://testserver/api/v1/{PLACES}{row.pk}/"
    assert made.headers["Location"] == url
    assert made.json() == {
        "id": row.pk,
        "url": url,
        "page": f"http://testserver/videos/youtube/swje6NSdkfk/?copy={row.pk}",
        "platform": None,
        "platform_id": None,
        "source_url": PAGE,
        "media_url": f"{PAGE}.webm",
        "offset_ms": 12_000,
        "note": "Colour",
        "availability": "unknown",
        "video": None,
        "video_url": None,
        "added_by": "author",
        "created_at": made.json()["created_at"],
        "edited_at": None,
    }
    told = nobody.get(nobody.get(FILM).json()["copies_url"]).json()
    assert told == {"results": [made.json()]}
    read = nobody.get(url)
    assert read.json() == made.json()
    assert nobody.get(url, If_None_Match=read.headers["ETag"]).status_code == 304
    edited = member.patch(url, {"offset_ms": -500}).json()
    assert (edited["offset_ms"], edited["note"]) == (-500, "Colour")
    assert edited["edited_at"]
    assert member.delete(url).status_code == 204
    assert nobody.get(PLACES).json() == {"results": []}
    for answer in (nobody.get(url), member.patch(url, {"note": ""}), member.delete(url)):
        assert answer.status_code == 410


def test_a_place_that_is_a_video_here_names_it(member: Caller, film: Video):
    make_video(platform_id="aaaaaaaaaaa", availability="gone")
    told = member.post(PLACES, {"address": "https://youtu.be/aaaaaaaaaaa"}).json()
    assert (told["platform"], told["platform_id"]) == ("youtube", "aaaaaaaaaaa")
    assert told["source_url"] == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert (told["video"], told["availability"]) == ("youtube:aaaaaaaaaaa", "gone")
    assert nobody.get(told["video_url"]).status_code == 200


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["address"]),
        ({"address": ""}, ["address"]),
        ({"address": 7}, ["address"]),
        ({"address": "youtube:swje6NSdkfk"}, ["address"]),
        ({"address": "http://testserver/videos/youtube/swje6NSdkfk/"}, ["address"]),
        ({"address": PAGE, "offset_ms": "12"}, ["offset_ms"]),
        ({"address": PAGE, "offset_ms": 1.5}, ["offset_ms"]),
        ({"address": PAGE, "offset_ms": 86_400_001}, ["offset_ms"]),
        ({"address": PAGE, "note": "x" * 201}, ["note"]),
        ({"address": PAGE, "media_url": "ftp://example.org/x"}, ["media_url"]),
        ({"address": PAGE, "platform": "youtube"}, ["platform"]),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_field(
    member: Caller, film: Video, body: Any, fields: list[str]
):
    answer = member.post(PLACES, body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert not Copy.objects.exists()


def test_a_place_is_taken_once(member: Caller, film: Video):
    assert member.post(PLACES, {"address": PAGE}).status_code == 201
    answer = member.post(PLACES, {"address": f"{PAGE}/"})
    assert [error["code"] for error in answer.json()["errors"]] == ["exists"]


def test_nothing_is_found_under_another_film_or_no_film(member: Caller, film: Video, author: User):
    row = copies.add(film, by=author, address=PAGE)
    other = make_video()
    for key in (other.key, "youtube:none", "youtube", "a%00b:c"):
        assert nobody.get(f"videos/{key}/copies/{row.pk}/").status_code == 404
        assert member.delete(f"videos/{key}/copies/{row.pk}/").status_code == 404
    assert nobody.get("videos/youtube:none/copies/").status_code == 404
    assert member.post("videos/youtube:none/copies/", {"address": PAGE}).status_code == 404
    assert nobody.get(f"{PLACES}999999999/").status_code == 404
    assert nobody.get(f"{PLACES}?page_size=3").status_code == 400


@pytest.mark.parametrize(
    ("who", "add", "edit", "withdraw"),
    [
        ("nobody", 401, 401, 401),
        ("expired token", 401, 401, 401),
        ("reading token", 403, 403, 403),
        ("another member", 201, 403, 403),
        ("who added it", 201, 200, 204),
        ("staff", 201, 200, 204),
    ],
)
def test_who_may_do_what_with_a_place(
    who: str,
    add: int,
    edit: int,
    withdraw: int,
    film: Video,
    author: User,
    stranger: User,
    moderator: User,
):
    row = copies.add(film, by=author, address=PAGE)
    caller = {
        "nobody": nobody,
        "expired token": Caller(make_token(author, lifetime=timedelta(seconds=-1))),
        "reading token": Caller(make_token(author, Scope.READ)),
        "another member": Caller(make_token(stranger)),
        "who added it": Caller(make_token(author)),
        "staff": Caller(make_token(moderator)),
    }[who]
    assert caller.post(PLACES, {"address": f"{PAGE}/2"}).status_code == add
    assert caller.patch(f"{PLACES}{row.pk}/", {"note": "Mine"}).status_code == edit
    assert caller.delete(f"{PLACES}{row.pk}/").status_code == withdraw
    row.refresh_from_db()
    assert (row.note == "Mine", row.withdrawn_at is not None) == (edit == 200, withdraw == 204)
