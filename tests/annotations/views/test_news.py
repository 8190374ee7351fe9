"""What is told to those who ask what happened since, and who else is there."""

import json
import secrets
import time
from typing import Any, cast

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from annotations import live, moderation, presence
from annotations.live import Topic
from catalogue.models import Video
from tests.annotations.redis_of_its_own import OwnRedis
from tests.makers import make_claim
from tests.running import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_asks_is_told_of_claims_since_then(client: Client, author: User, video: Video):
    claim = make_claim(author=author, video=video)
    film = f"{video.get_absolute_url()}news/"
    page = f"/claims/{claim.pk}/news/"
    begun = str(int(time.time() * 1000))
    nothing = client.get(film, {"since": begun}).json()
    assert nothing == {"last": begun, "claims": [], "gap": False, "here": None, "stale": True}
    live.announce(claim.pk)
    for address in (film, page):
        first = client.get(address, {"since": begun}).json()
        assert first["claims"] == [claim.pk]
        assert client.get(address, {"since": first["last"]}).json()["claims"] == []


def test_who_asks_without_a_beginning_is_refused(client: Client, video: Video):
    assert client.get(f"{video.get_absolute_url()}news/").status_code == 400
    assert client.get(f"{video.get_absolute_url()}news/", {"since": "now"}).status_code == 400
    assert client.get("/claims/999999/news/", {"since": "0"}).status_code == 404


def test_a_moment_that_is_to_come_keeps_nothing_from_who_asks(
    client: Client, author: User, video: Video
):
    claim = make_claim(author=author, video=video)
    film = f"{video.get_absolute_url()}news/"
    told = client.get(film, {"since": "999999999999999-9999999999"}).json()
    live.announce(claim.pk)
    assert client.get(film, {"since": told["last"]}).json()["claims"] == [claim.pk]


def test_who_was_away_for_longer_than_is_kept_is_told_of_a_gap(
    client: Client, author: User, video: Video
):
    claim = make_claim(author=author, video=video)
    film = f"{video.get_absolute_url()}news/"
    long_ago = str(int((time.time() - live.KEPT_S - 60) * 1000))
    told = client.get(film, {"since": long_ago}).json()
    assert (told["gap"], told["claims"]) == (True, [])
    begun = str(int(time.time() * 1000))
    for _ in range(live.KEPT + 200):
        live.publish([claim.pk])
    told = client.get(film, {"since": begun}).json()
    assert told["gap"], "what was dropped may be another claim"
    again = client.get(film, {"since": told["last"]}).json()
    assert (again["gap"], again["claims"]) == (False, []), "it is told once"


class Page:
    """A page that asks now and then, as its script does."""

    def __init__(self, client: Client, path: str, topic: Topic, reader: User | None = None) -> None:
        self.client, self.path = client, path
        self.window = secrets.token_hex(8)
        self.since = str(int(time.time() * 1000))
        session = client.session.session_key if reader else ""
        self.ticket = presence.ticket_for(reader or AnonymousUser(), topic, session or "")

    def ask(self, **headers: str) -> HttpResponse:
        shown = {"X-Ticket": self.ticket, "X-Window": self.window} | headers
        answer = self.client.get(f"{self.path}news/", {"since": self.since}, headers=shown)
        return cast("HttpResponse", answer)

    def here(self) -> Any:
        return json.loads(self.ask().content)["here"]

    def leave(self) -> int:
        told = {"window": self.window, "ticket": self.ticket}
        return self.client.post("/here/leave/", told).status_code


def page_of(video: Video, reader: User | None = None) -> Page:
    client = Client()
    if reader:
        client.force_login(reader)
    return Page(client, video.get_absolute_url(), Topic("video", video.pk), reader)


def test_who_asks_is_counted_until_they_leave(video: Video, reader: User):
    one, two, mine, other = (page_of(video, each) for each in (None, None, reader, reader))
    assert one.here() == {"count": 1, "named": 0}
    assert two.here() == {"count": 2, "named": 0}
    assert one.here() == {"count": 2, "named": 0}, "asking twice is being there once"
    assert mine.here()["count"] == 3
    assert other.here()["count"] == 3, "windows of a member are one"
    assert two.leave() == 204
    assert other.leave() == 204
    assert one.here()["count"] == 2
    assert mine.leave() == 204
    assert one.here()["count"] == 1


def test_who_asks_no_more_is_counted_no_more(video: Video, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(presence, "ASKED_S", 1)
    one, two = page_of(video), page_of(video)
    one.here()
    assert two.here()["count"] == 2
    wait_until(lambda: bool(two.here()["count"] == 1))


def test_who_chose_so_is_named_to_the_others_who_ask(video: Video, reader: User, author: User):
    reader.shows_presence = True
    reader.save(update_fields=["shows_presence"])
    named, silent = page_of(video, reader), page_of(video, author)
    assert named.here() == {"count": 1, "named": 0}
    assert silent.here() == {"count": 2, "named": 1}
    assert named.here() == {"count": 2, "named": 0}
    page = silent.client.get(f"{video.get_absolute_url()}here/").content.decode()
    assert "/people/reader/" in page
    named.leave()
    assert silent.here() == {"count": 1, "named": 0}


def test_where_nothing_is_new_nothing_is_sent(video: Video, author: User):
    claim, page = make_claim(author=author, video=video), page_of(video)
    etag = page.ask().headers["ETag"]
    again = page.ask(**{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    page_of(video).ask()
    assert page.ask(**{"If-None-Match": etag}).status_code == 200, "somebody came"
    etag = page.ask().headers["ETag"]
    live.announce(claim.pk)
    assert page.ask(**{"If-None-Match": etag}).status_code == 200


def test_asking_for_a_film_costs_one_query(
    video: Video, django_assert_num_queries: DjangoAssertNumQueries
):
    page = page_of(video)
    with django_assert_num_queries(1):
        page.ask()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Ticket": ""},
        {"X-Ticket": "no ticket"},
        {"X-Window": ""},
        {"X-Window": "0123456789abcde:"},
        {"X-Window": "0" * 4000},
    ],
)
def test_who_shows_nothing_that_holds_is_neither_counted_nor_told(
    video: Video, headers: dict[str, str]
):
    page = page_of(video)
    assert json.loads(page.ask(**headers).content)["here"] is None
    assert presence.find_here(Topic("video", video.pk)) == presence.NOBODY


def test_a_ticket_for_elsewhere_or_a_lapsed_one_is_to_be_renewed(
    video: Video, monkeypatch: pytest.MonkeyPatch
):
    elsewhere = page_of(video)
    elsewhere.ticket = presence.ticket_for(AnonymousUser(), Topic("claim", video.pk))
    assert json.loads(elsewhere.ask().content)["stale"]
    monkeypatch.setattr(presence, "TICKET_S", -1)
    assert json.loads(page_of(video).ask().content)["stale"]


def test_only_what_a_page_shows_itself_makes_it_leave(client: Client, video: Video):
    page = page_of(video)
    page.ask()
    for told in ({}, {"window": page.window}, {"window": "x", "ticket": page.ticket}):
        assert client.post("/here/leave/", told).status_code == 400
    assert client.get("/here/leave/").status_code == 405
    stranger = {"window": secrets.token_hex(8), "ticket": page.ticket}
    assert client.post("/here/leave/", stranger).status_code == 204
    assert page.here()["count"] == 1


def test_who_may_not_read_a_claim_any_more_is_told_nothing_of_it(
    client: Client, video: Video, author: User, moderator: User
):
    claim = make_claim(author=author, video=video)
    page = Page(client, claim.get_absolute_url(), Topic("claim", claim.pk))
    client_of_moderator = Client()
    client_of_moderator.force_login(moderator)
    other = Page(client_of_moderator, page.path, Topic("claim", claim.pk), moderator)
    assert page.here()["count"] == 1
    moderation.decide(claim, by=moderator, deed="hide", reason="Off topic.")
    assert page.ask().status_code == 404
    assert json.loads(other.ask().content)["stale"], "a ticket of before does not hold"
    other.ticket = presence.ticket_for(moderator, Topic("claim", claim.pk))
    assert other.here() is not None


def test_who_signs_out_is_here_as_a_member_no_more(video: Video, reader: User):
    page, other = page_of(video, reader), page_of(video, reader)
    assert page.here()["count"] == 1
    page.client.logout()
    assert json.loads(page.ask().content)["stale"]
    assert other.here() == {"count": 1, "named": 0}, "signed in elsewhere they are here still"


def test_what_happens_while_a_page_is_made_is_new_to_it(client: Client, video: Video, author: User):
    claim = make_claim(author=author, video=video)
    read: list[int] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if "annotations_" in sql:
            read.append(int(time.time() * 1000))
        return execute(sql, *rest)

    for path in (video.get_absolute_url(), claim.get_absolute_url()):
        read.clear()
        with connection.execute_wrapper(note):
            page = client.get(path).content.decode()
        since = int(page.split('data-since="')[1].split('"')[0])
        assert since <= min(read), path


@pytest.mark.parametrize("path", ["claim", "film"])
def test_while_redis_is_away_it_is_said_that_nothing_is_known(
    client: Client, video: Video, author: User, path: str, own_redis: OwnRedis
):
    claim = make_claim(author=author, video=video)
    place = claim.get_absolute_url() if path == "claim" else video.get_absolute_url()
    topic = Topic("claim", claim.pk) if path == "claim" else Topic("video", video.pk)
    page = Page(client, place, topic)
    assert page.here() == {"count": 1, "named": 0}
    own_redis.stop()
    told = json.loads(page.ask().content)
    assert (told["last"], told["claims"], told["here"]) == (page.since, [], None)
    assert page.leave() == 204
    live.announce(claim.pk)
    own_redis.start()
    # Redis says in whole seconds since when it runs.
    wait_until(lambda: bool(json.loads(page.ask().content)["gap"]))
