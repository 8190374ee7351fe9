"""One's own watched phrases over REST."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Scope, User
from catalogue import phrases, transcripts, watches
from catalogue.models import PhraseWatch
from catalogue.records.cues import Cue as RecordCue
from tests.makers import make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def member(author: User) -> Caller:
    return Caller(make_token(author))


def bring(*titles: str) -> None:
    for title in titles:
        make_video(title=title)
    phrases.find_fresh(now=timezone.now())


def test_a_watch_is_made_read_changed_and_deleted(member: Caller, author: User):
    EmailAddress.objects.create(user=author, email=author.email, verified=True)
    made = member.post("watches/", {"phrase": '"social  credit"', "language": "EN"})
    assert made.status_code == 201
    row = PhraseWatch.objects.get()
    url = f"http://testserver/api/v1/watches/{row.pk}/"
    assert made.headers["Location"] == url
    told = made.json()
    assert told == {
        "id": row.pk,
        "url": url,
        "page": f"http://testserver/watches/{row.pk}/",
        "matches_url": f"{url}matches/",
        "phrase": "social credit",
        "place": "both",
        "language": "en",
        "by_mail": False,
        "is_active": True,
        "since": told["since"],
        "created_at": told["created_at"],
        "found_count": 0,
        "unseen_count": 0,
    }
    read = member.get(url)
    assert read.json() == told
    assert member.get(url, If_None_Match=read.headers["ETag"]).status_code == 304
    assert member.get("watches/").json()["results"] == [told]
    changed = member.patch(url, {"by_mail": True, "is_active": False}).json()
    assert (changed["by_mail"], changed["is_active"], changed["phrase"]) == (
        True, False, "social credit",
    )  # fmt: skip
    assert member.delete(url).status_code == 204
    for answer in (member.get(url), member.patch(url, {}), member.delete(url)):
        assert answer.status_code == 404


def test_what_was_found_is_listed_and_marked_as_seen(member: Caller, author: User):
    row = watches.create(by=author, phrase="wells")
    video = make_video(platform_id="swje6NSdkfk", title="A talk")
    transcripts.store(video, language="en", cues=[RecordCue(63_500, 64_000, "the wells")])
    bring("Wells")
    path = f"watches/{row.pk}/"
    assert member.get(path).json()["unseen_count"] == 2
    (titled, said) = sorted(
        member.get(f"{path}matches/").json()["results"], key=lambda one: one["line_count"]
    )
    assert (titled["in_title"], titled["start_ms"], titled["language"], titled["line"]) == (
        True, None, None, "Wells",
    )  # fmt: skip
    assert said == {
        "id": said["id"],
        "video": "youtube:swje6NSdkfk",
        "video_url": "http://testserver/api/v1/videos/youtube:swje6NSdkfk/",
        "title": "A talk",
        "page": "http://testserver/videos/youtube/swje6NSdkfk/?t=63.5&transcript=en",
        "in_title": False,
        "start_ms": 63_500,
        "language": "en",
        "line": "the wells",
        "line_count": 1,
        "found_at": said["found_at"],
        "seen_at": None,
    }
    first = min(titled["id"], said["id"])
    assert member.post(f"{path}seen/", {"until": first}).json() == {"seen": 1}
    for seen in ("yes", "no"):
        assert len(member.get(f"{path}matches/?seen={seen}").json()["results"]) == 1
    assert member.post(f"{path}seen/", {}).json() == {"seen": 1}
    assert member.post(f"{path}seen/", {}).json() == {"seen": 0}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["phrase"]),
        ({"phrase": ""}, ["phrase"]),
        ({"phrase": "a"}, ["phrase"]),
        ({"phrase": 7}, ["phrase"]),
        ({"phrase": "x" * 201}, ["phrase"]),
        ({"phrase": "a\0b"}, ["phrase"]),
        ({"phrase": "wells", "place": "here"}, ["place"]),
        ({"phrase": "wells", "language": "English"}, ["language"]),
        ({"phrase": "wells", "by_mail": "yes"}, ["by_mail"]),
        ({"phrase": "wells", "by_mail": True}, ["by_mail"]),
        ({"phrase": "wells", "is_active": False}, ["is_active"]),
    ],
)
def test_a_watch_that_cannot_be_is_refused_by_field(member: Caller, body: Any, fields: list[str]):
    answer = member.post("watches/", body)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields
    assert not PhraseWatch.objects.exists()


def test_a_hundred_are_the_most_and_twice_is_refused(member: Caller, author: User):
    for number in range(watches.PER_MEMBER_MAX):
        watches.create(by=author, phrase=f"phrase {number}")
    (error,) = member.post("watches/", {"phrase": "one more"}).json()["errors"]
    assert error["code"] == "too_many"
    (error,) = member.patch(
        f"watches/{PhraseWatch.objects.latest('pk').pk}/", {"phrase": "Phrase 1"}
    ).json()["errors"]
    assert error["code"] == "exists"


@pytest.mark.parametrize(
    ("who", "read", "write"),
    [
        ("nobody", 401, 401),
        ("expired token", 401, 401),
        ("reading token", 200, 403),
        ("writing token", 403, 200),
        ("another member", 404, 404),
        ("staff", 404, 404),
        ("its owner", 200, 200),
    ],
)
def test_a_watch_is_its_owners_alone(
    who: str, read: int, write: int, author: User, stranger: User, moderator: User
):
    row = watches.create(by=author, phrase="wells")
    caller = {
        "nobody": nobody,
        "expired token": Caller(make_token(author, lifetime=timedelta(seconds=-1))),
        "reading token": Caller(make_token(author, Scope.READ)),
        "writing token": Caller(make_token(author, Scope.WRITE)),
        "another member": Caller(make_token(stranger)),
        "staff": Caller(make_token(moderator)),
        "its owner": Caller(make_token(author)),
    }[who]
    path = f"watches/{row.pk}/"
    assert caller.get(path).status_code == read
    assert caller.get(f"{path}matches/").status_code == read
    listed = caller.get("watches/")
    if read == 404:
        assert listed.json()["results"] == []
    else:
        assert listed.status_code == read
    assert caller.patch(path, {"place": "titles"}).status_code == write
    assert caller.post(f"{path}seen/", {}).status_code == write
    assert caller.delete(path).status_code == (204 if write == 200 else write)


def test_unknown_parameters_and_cursors_are_refused(member: Caller, author: User):
    row = watches.create(by=author, phrase="wells")
    for path in (
        "watches/?q=x", "watches/?cursor=x", f"watches/{row.pk}/matches/?seen=maybe",
        f"watches/{row.pk}/?x=1",
    ):  # fmt: skip
        assert member.get(path).status_code == 400, path


def test_lists_cost_the_same_for_few_and_many_and_come_in_pages(member: Caller, author: User):
    row = watches.create(by=author, phrase="wells")

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert member.get(path).status_code == 200
        return len(captured)

    bring("Wells")
    paths = ("watches/?page_size=100", f"watches/{row.pk}/matches/?page_size=100")
    few = [cost(path) for path in paths]
    for number in range(20):
        watches.create(by=author, phrase=f"wells {number}")
    bring(*(f"Wells {number}" for number in range(40)))
    assert [cost(path) for path in paths] == few
    page = member.get(f"watches/{row.pk}/matches/?page_size=30").json()
    assert len(page["results"]) == 30
    assert len(member.get(page["next"]).json()["results"]) == 11
