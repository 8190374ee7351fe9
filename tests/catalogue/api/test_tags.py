"""Tags over REST: the words, and putting them on films."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Scope, User
from catalogue import tags
from catalogue.models import Tag, Video, VideoTag
from tests.makers import make_claim, make_tag, make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def member(author: User) -> Caller:
    """Return a caller who may write."""
    return Caller(make_token(author))


@pytest.fixture
def other(stranger: User) -> Caller:
    """Return another member."""
    return Caller(make_token(stranger))


def named(response: Any) -> list[str]:
    """Return the names in a list."""
    return [tag["name"] for tag in response.json()["results"]]


# --- The words ------------------------------------------------------------------------


def test_a_tag_is_made_read_edited_and_withdrawn(member: Caller):
    made = member.post("tags/", {"name": "#Sci  Fi", "description": "Not yet."})
    assert made.status_code == 201
    assert made.headers["Location"] == "http://testserver/api/v1/tags/sci-fi/"
    told = nobody.get("tags/sci-fi/").json()
    assert told == {
        "slug": "sci-fi",
        "name": "Sci Fi",
        "description": "Not yet.",
        "url": "http://testserver/api/v1/tags/sci-fi/",
        "page": "http://testserver/tags/sci-fi/",
        "videos_url": "http://testserver/api/v1/videos/?tag=sci-fi",
        "created_by": "author",
        "created_at": told["created_at"],
    }
    assert member.patch("tags/sci-fi/", {"description": "Soon."}).json()["description"] == "Soon."
    assert member.delete("tags/sci-fi/").status_code == 204
    assert nobody.get("tags/sci-fi/").status_code == 404


def test_a_tag_that_is_there_already_is_not_made_again(member: Caller):
    make_tag("Sci-Fi")
    response = member.post("tags/", {"name": "sci fi"})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/name"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "###"}, "name"),
        ({"name": "a" * 101}, "name"),
        ({"name": "a\u0007b"}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": 7}, "name"),
        ({"name": ["Rivers"]}, "name"),
        ({"name": "Rivers", "description": "a" * 501}, "description"),
        ({"name": "Rivers", "slug": "rivers"}, "slug"),
        ({"name": "Rivers", "\ud800": 1}, "\ud800"),
    ],
)
def test_a_tag_that_cannot_be_is_refused_by_field(member: Caller, body: Any, field: str):
    response = member.post("tags/", body)
    assert response.status_code == 400
    assert [error["field"] for error in response.json()["errors"]] == [field]
    assert not Tag.objects.exists()


@pytest.mark.parametrize("name", ["ﷺ" * 100, "İ" * 100, "C++", "日本", "🜁"])
def test_any_printable_name_makes_a_tag(member: Caller, name: str):
    response = member.post("tags/", {"name": name})
    assert response.status_code == 201
    assert nobody.get(response.json()["url"]).json()["name"] == name


def test_the_name_of_a_tag_is_its_identity(member: Caller, author: User):
    tags.create(by=author, name="Rivers")
    response = member.patch("tags/rivers/", {"name": "Streams"})
    assert response.status_code == 400
    assert {error["field"] for error in response.json()["errors"]} == {"name", "description"}


def test_tags_come_by_name_and_can_be_searched(author: User):
    for name in ("zebra", "Apes", "Zoo", "Bears"):
        make_tag(name)
    first = nobody.get("tags/?page_size=3")
    assert named(first) == ["Apes", "Bears", "zebra"]
    assert named(nobody.get(first.json()["next"])) == ["Zoo"]
    assert named(nobody.get("tags/?q=Z")) == ["zebra", "Zoo"]
    assert named(nobody.get("tags/?prefix=zO")) == ["Zoo"]
    assert named(nobody.get("tags/?prefix=oo")) == []
    assert nobody.get("tags/?q=%00").status_code == 400
    assert nobody.get("tags/?sort=name").status_code == 400


@pytest.mark.parametrize("slug", ["nothing", "a%00b", "%2e%2e"])
def test_a_tag_that_is_not_here_is_not_found(member: Caller, slug: str):
    assert nobody.get(f"tags/{slug}/").status_code == 404
    assert member.delete(f"tags/{slug}/").status_code == 404


def test_a_tag_that_something_carries_cannot_be_withdrawn(member: Caller, author: User):
    tags.create(by=author, name="Rivers")
    make_claim(author=author, tags=["Rivers"])
    assert member.delete("tags/rivers/").status_code == 409
    assert Tag.objects.filter(slug="rivers").exists()


@pytest.mark.parametrize(
    ("who", "make", "edit", "withdraw"),
    [
        ("nobody", 401, 401, 401),
        ("expired token", 401, 401, 401),
        ("revoked token", 401, 401, 401),
        ("reading token", 403, 403, 403),
        ("another member", 201, 403, 403),
        ("its maker", 201, 200, 204),
        ("staff", 201, 200, 204),
    ],
)
def test_who_may_do_what_with_a_tag(
    who: str, make: int, edit: int, withdraw: int, author: User, stranger: User, moderator: User
):
    row = tags.create(by=author, name="Rivers")
    revoked = make_token(author)
    author.auth_token_set.all().delete()
    caller = {
        "nobody": nobody,
        "expired token": Caller(make_token(author, lifetime=timedelta(seconds=-1))),
        "revoked token": Caller(revoked),
        "reading token": Caller(make_token(author, Scope.READ)),
        "another member": Caller(make_token(stranger)),
        "its maker": Caller(make_token(author)),
        "staff": Caller(make_token(moderator)),
    }[who]
    assert caller.post("tags/", {"name": "Streams"}).status_code == make
    assert caller.patch("tags/rivers/", {"description": "Mine."}).status_code == edit
    row.refresh_from_db()
    assert row.description == ("Mine." if edit == 200 else "")
    assert caller.delete("tags/rivers/").status_code == withdraw
    assert Tag.objects.filter(slug="rivers").exists() == (withdraw != 204)


# --- On films -------------------------------------------------------------------------


def test_a_member_tags_a_video_by_name_and_takes_the_tag_off(member: Caller, video: Video):
    address = f"videos/{video.key}/"
    made = member.post(f"{address}tags/", {"name": "Rivers"})
    assert (made.status_code, made.json()["slug"]) == (201, "rivers")
    assert nobody.get(address).json()["tags"] == [
        {"slug": "rivers", "name": "Rivers", "source": "member"}
    ]
    assert member.delete(f"{address}tags/rivers/").status_code == 204
    assert member.delete(f"{address}tags/rivers/").status_code == 204
    assert nobody.get(address).json()["tags"] == []


def test_a_tag_that_exists_is_put_on_a_video_once(member: Caller, video: Video):
    make_tag("Rivers")
    for _again in range(2):
        assert member.put(f"videos/{video.key}/tags/rivers/").status_code == 204
    assert VideoTag.objects.count() == 1
    assert member.put(f"videos/{video.key}/tags/streams/").status_code == 404


def test_a_tag_of_the_record_or_of_another_member_stays(other: Caller, author: User):
    video = make_video(tags=["Rivers"])
    tags.add_to_video(video, "Streams", by=author)
    for slug in ("rivers", "streams"):
        assert other.delete(f"videos/{video.key}/tags/{slug}/").status_code == 403
    assert video.video_tags.count() == 2


def test_who_may_tag_a_video(video: Video, author: User):
    make_tag("Rivers")
    for caller, status in (
        (nobody, 401),
        (Caller(make_token(author, Scope.READ)), 403),
        (Caller(make_token(author)), 204),
    ):
        assert caller.put(f"videos/{video.key}/tags/rivers/").status_code == status


@pytest.mark.parametrize("name", ["", "#", 7, "a" * 101, "\0", None])
def test_a_video_takes_no_name_that_is_no_tag(member: Caller, video: Video, name: Any):
    response = member.post(f"videos/{video.key}/tags/", {"name": name})
    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == ["/name"]


def test_a_video_that_is_not_here_takes_no_tag(member: Caller):
    make_tag("Rivers")
    assert member.post("videos/youtube:none/tags/", {"name": "Rivers"}).status_code == 404
    assert member.put("videos/youtube:none/tags/rivers/").status_code == 404


def test_parameters_nobody_reads_are_refused_when_writing_too(member: Caller, video: Video):
    make_tag("Rivers")
    response = member.put(f"videos/{video.key}/tags/rivers/?dry_run=1")
    assert response.status_code == 400
    assert not VideoTag.objects.exists()
