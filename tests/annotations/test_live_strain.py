"""The live service when things break, or come all at once: the real service, Redis and HTTP."""

import asyncio
import contextlib
import resource
import secrets
import selectors
import socket
import time
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from annotations import live, live_server, moderation, presence
from annotations.listeners import CONNECTIONS
from annotations.live import Topic
from annotations.models import Claim
from catalogue.models import Video
from tests.annotations.redis_of_its_own import OwnRedis
from tests.annotations.test_live import (
    PATIENCE_S,
    Listener,
    Service,
    film_of,
    listening_at,
    now_as_id,
    served,
    visiting,
)
from tests.makers import make_claim
from tests.running import wait_until

MANY = 300


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served() as found:
        yield found


@pytest.fixture
def claim(author: User, video: Video) -> Claim:
    return make_claim(author=author, video=video)


def open_streams(service: Service, path: str, count: int) -> list[socket.socket]:
    """Open streams by hand: a thread for each would take longer than what is tried."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    streams = []
    for _ in range(count):
        stream = socket.create_connection(("127.0.0.1", service.port), timeout=PATIENCE_S)
        stream.sendall(request)
        streams.append(stream)
    return streams


def read_until(streams: list[socket.socket], words: bytes) -> None:
    """Read all streams until each has said something."""
    until = time.monotonic() + PATIENCE_S
    said = dict.fromkeys(streams, b"")
    with selectors.DefaultSelector() as selector:
        for stream in streams:
            selector.register(stream, selectors.EVENT_READ, stream)
        while selector.get_map():
            assert time.monotonic() < until, f"{len(selector.get_map())} were not told"
            for key, _events in selector.select(timeout=1):
                stream = key.data
                some = stream.recv(65536)
                assert some, "a stream ended"
                said[stream] += some
                if words in said[stream]:
                    selector.unregister(stream)


def listeners_of(service: Service) -> int:
    connection, answer = service.request("/healthz")
    with contextlib.closing(connection):
        return int(answer.read().split()[0])


def test_three_hundred_at_once_are_all_told(service: Service, video: Video, claim: Claim):
    path = visiting(film_of(video))
    before, clients = listeners_of(service), len(live.store().client_list())
    streams = open_streams(service, path, MANY)
    try:
        read_until(streams, b'"count": 300,')
        assert listeners_of(service) == before + MANY
        live.publish([claim.pk])
        read_until(streams, f'"claims": [{claim.pk}]'.encode())
        shared = len(live.store().client_list()) - clients
        assert shared <= CONNECTIONS + 1, "all share a few connections, and one is the channel's"
    finally:
        for stream in streams:
            stream.close()
    wait_until(lambda: listeners_of(service) == before)
    wait_until(lambda: presence.find_here(film_of(video)) == presence.NOBODY)


def test_one_too_many_is_refused_and_comes_in_when_another_leaves(video: Video):
    path = visiting(film_of(video))
    with served(SIDENOTE_LIVE_LISTENERS="2") as small, small.listening(path) as first:
        first.here(1)
        with small.listening(path) as second:
            second.here(2)
            connection, answer = small.request(path)
            assert answer.status == 503
            assert answer.getheader("Retry-After") == "30"
            connection.close()
            connection, answer = small.request("/live/video/7?ticket=none")
            assert answer.status == 403
            connection.close()
        wait_until(lambda: listeners_of(small) == 1)
        with small.listening(path) as third:
            third.here(2)


def test_as_many_are_let_in_as_files_can_be_open(settings: Settings):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    settings.LIVE_LISTENERS_MAX = hard + 5
    try:
        assert live_server.Live().most == hard - 200
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_service_that_was_killed_goes_on_where_its_listeners_were(
    video: Video, claim: Claim, author: User
):
    second, third = (make_claim(author=author, video=video) for _ in range(2))
    window = secrets.token_hex(8)
    path = visiting(film_of(video), window=window)
    with served() as first_one, first_one.listening(path) as film:
        film.here(1)
        live.publish([claim.pk])
        last, claims = film.news()
        assert claims == [claim.pk]
        live.publish([second.pk])
        last, claims = film.news()
        assert claims == [second.pk]
        first_one.kill()
        live.publish([third.pk])
    with served() as second_one, second_one.listening(path, Last_Event_ID=last) as film:
        assert film.news()[1] == [third.pk], "nothing twice, and nothing is missing"
        # The connection of before is noted for a while yet: it is the same page.
        assert presence.find_here(film_of(video)).count == 1
        with second_one.listening(visiting(film_of(video))) as other:
            other.here(2)


def test_who_was_away_for_longer_than_is_kept_is_told_so(
    service: Service, video: Video, claim: Claim, author: User
):
    begun = now_as_id()
    for _ in range(live.KEPT + 200):
        live.publish([claim.pk])
    with service.listening(visiting(film_of(video), since=begun)) as film:
        event = film.data()
        assert event["gap"] is True
        last = event["id"]
    other = make_claim(author=author, video=video)
    live.publish([other.pk])
    with service.listening(visiting(film_of(video)), Last_Event_ID=last) as film:
        told = film.data()
        assert (told["claims"], "gap" in told) == ([other.pk], False)


def test_a_redis_that_was_away_ends_no_listener_and_a_gap_is_told(
    video: Video, claim: Claim, own_redis: OwnRedis
):
    with (
        served(REDIS_URL=own_redis.url) as service,
        service.listening(visiting(film_of(video))) as film,
    ):
        film.here(1)
        live.publish([claim.pk])
        assert film.news()[1] == [claim.pk]
        own_redis.stop()
        # Nobody hears of this one.
        live.publish([claim.pk])
        own_redis.forget()
        own_redis.start()
        told = film.data()
        assert (told["claims"], told["gap"]) == ([], True)
        wait_until(lambda: presence.find_here(film_of(video)).count == 1)
        live.publish([claim.pk])
        told = film.data()
        assert (told["claims"], "gap" in told) == ([claim.pk], False)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "now",
        "-1",
        "0-",
        "1-2-3",
        "1e9",
        "99999999999999999999-0",
        "999999999999999-9999999999",
        "\N{ARABIC-INDIC DIGIT ONE}",
        "x" * 5000,
    ],
)
def test_an_id_that_is_none_is_taken_for_now(
    service: Service, video: Video, claim: Claim, wrong: str
):
    live.publish([claim.pk])
    path = visiting(film_of(video))
    encoded = wrong.encode().decode("latin-1")
    with service.listening(path, Last_Event_ID=encoded) as film:
        film.here(1)
        begun = time.monotonic()
        live.publish([claim.pk])
        assert film.news()[1] == [claim.pk]
        assert time.monotonic() - begun < PATIENCE_S


def ended(listener: Listener) -> bool:
    """Wait until an answer has ended; tell whether it did."""
    return not listener.answer.read().strip().startswith(b"id:")


def test_a_claim_that_was_hidden_is_listened_to_by_those_who_may_read_it_only(
    service: Service, claim: Claim, moderator: User
):
    topic = Topic("claim", claim.pk)
    old = visiting(topic)
    with service.listening(old) as page:
        page.here(1)
        moderation.decide(claim, by=moderator, deed="hide", reason="Off topic.")
        live.publish([claim.pk])
        assert page.event("stale") == "{}"
        assert ended(page)
    with service.listening(old) as again:
        assert again.next() == {"retry": str(live_server.RETRY_MS)}
        assert again.next()["event"] == "stale", "it is told nothing"
        assert ended(again)
    assert presence.find_here(topic) == presence.NOBODY
    with service.listening(listening_at(moderator, topic)) as page:
        page.here(1)
        live.publish([claim.pk])
        assert page.event("stale") == "{}", "with each change rights are looked at again"


def test_who_signed_out_listens_as_a_member_no_more(service: Service, video: Video, reader: User):
    topic = film_of(video)
    reader.shows_presence = True
    client, elsewhere = Client(), Client()
    for each in (client, elsewhere):
        each.force_login(reader)
    mine, other = (
        presence.ticket_for(reader, topic, each.session.session_key or "")
        for each in (client, elsewhere)
    )
    client.logout()
    with service.listening(f"/live/video/{video.pk}?ticket={mine}") as page:
        assert page.event("stale") == "{}"
        assert ended(page)
    assert presence.find_here(topic) == presence.NOBODY
    with service.listening(f"/live/video/{video.pk}?ticket={other}") as page:
        page.here(1)


def test_a_listener_that_does_not_read_is_let_go(video: Video, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live_server, "SENDS_S", 0.2)
    path, _mark, query = visiting(film_of(video)).partition("?")
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [],
    }
    sent: list[MutableMapping[str, Any]] = []

    async def stays() -> MutableMapping[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def takes_two(message: MutableMapping[str, Any]) -> None:
        # What the server's buffer takes; then it waits for who does not read.
        if len(sent) == 2:
            await asyncio.Event().wait()
        sent.append(message)

    async def serve() -> None:
        application = live_server.Live()
        await asyncio.wait_for(application(scope, stays, takes_two), PATIENCE_S)
        assert application.open == 0
        await application.hub.close()

    asyncio.run(serve())
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert presence.find_here(film_of(video)) == presence.NOBODY
