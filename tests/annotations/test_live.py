"""What listeners are told, by the real service, a real Redis and real HTTP."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import User
from annotations import live, presence
from annotations.live import Topic
from catalogue.models import Video
from config import processes
from tests.makers import make_claim, make_occurrence, make_user, make_video
from tests.running import end, kill

PATIENCE_S = 30.0


class Service:
    """A live service of its own."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port = port
        self.process = process

    def kill(self) -> None:
        """End it as kill -9 does."""
        kill(self.process)

    def request(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request(
            method, path, headers={n.replace("_", "-"): v for n, v in headers.items()}
        )
        return connection, connection.getresponse()

    @contextmanager
    def listening(self, path: str, **headers: str) -> Iterator["Listener"]:
        connection, answer = self.request(path, **headers)
        try:
            assert answer.status == 200
            yield Listener(answer)
        finally:
            connection.close()


class Listener:
    """One stream of events."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer
        self.until = time.monotonic() + PATIENCE_S

    def next(self) -> dict[str, str]:
        """Return the next event's fields."""
        fields: dict[str, str] = {}
        while True:
            assert time.monotonic() < self.until, "it was not told"
            line = self.answer.readline().decode().rstrip("\n")
            if not line and fields:
                return fields
            assert line or not fields, "the stream ended"
            if line and not line.startswith(":"):
                name, _colon, value = line.partition(": ")
                fields[name] = value

    def news(self) -> tuple[str, list[int]]:
        """Return the next news: its id, and the claims it is about."""
        while True:
            event = self.next()
            if "data" in event and "event" not in event:
                return event["id"], json.loads(event["data"])["claims"]

    def data(self) -> dict[str, Any]:
        """Return the next news as it was said, and its id."""
        while True:
            event = self.next()
            if "data" in event and "event" not in event:
                return {"id": event["id"], **json.loads(event["data"])}

    def event(self, name: str) -> str:
        """Wait for an event of a name; return its data."""
        while True:
            event = self.next()
            if event.get("event") == name:
                return event["data"]

    def here(self, count: int, *, named: int = 0) -> None:
        """Wait until so many are said to be here, and so many others to be named."""
        while True:
            if json.loads(self.event("here")) == {"count": count, "named": named}:
                return


@contextmanager
def served(**environ: str) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = processes.live(host="127.0.0.1", port=port)
    process = subprocess.Popen(
        [sys.executable, *command[1:]], cwd=settings.BASE_DIR, env={**os.environ, **environ},
        start_new_session=True,
    )  # fmt: skip
    found = Service(port, process)
    stop = time.monotonic() + PATIENCE_S
    while True:
        try:
            found.request("/healthz")[0].close()
            break
        except OSError:
            assert process.poll() is None, "it ended"
            assert time.monotonic() < stop, "it does not answer"
    try:
        yield found
    finally:
        end(process)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with served() as found:
        yield found


def visiting(topic: Topic, **query: str) -> str:
    """Return where a page that a visitor opened listens."""
    return listening_at(AnonymousUser(), topic, **query)


def listening_at(reader: User | AnonymousUser, topic: Topic, **query: str) -> str:
    shown = {"ticket": presence.ticket_for(reader, topic)} | query
    return f"/live/{topic.kind}/{topic.number}?{urlencode(shown)}"


def film_of(video: Video) -> Topic:
    return Topic("video", video.pk)


def now_as_id() -> str:
    """Return where a page made now goes on from. Streams outlive a run of the tests."""
    return str(int(time.time() * 1000))


@pytest.fixture
def video(transactional_db: None) -> Video:
    return make_video()


def test_a_listener_hears_of_a_claim_once_it_is_committed(
    service: Service, video: Video, author: User
):
    claim = make_claim(author=author, video=video)
    with service.listening(visiting(film_of(video))) as film:
        film.here(1)
        with service.listening(visiting(Topic("claim", claim.pk))) as page:
            page.here(1)
            with transaction.atomic():
                live.announce(claim.pk)
                live.announce(claim.pk)
            assert film.news()[1] == [claim.pk]
            assert page.news()[1] == [claim.pk]


def test_what_is_rolled_back_is_not_told(service: Service, video: Video, author: User):
    gone, told = make_claim(author=author, video=video), make_claim(author=author, video=video)
    with service.listening(visiting(film_of(video))) as film:
        film.here(1)
        with transaction.atomic():
            live.announce(gone.pk)
            transaction.set_rollback(True)
        live.announce(told.pk)
        assert film.news()[1] == [told.pk]


def test_all_films_of_a_claim_hear_of_it_and_no_other(service: Service, video: Video, author: User):
    claim, other = make_claim(author=author, video=video), make_video()
    make_occurrence(claim=claim, video=other)
    begun = now_as_id()
    live.announce(claim.pk)
    for film in (video, other):
        assert live.since(Topic("video", film.pk), begun).claims == (claim.pk,)
    assert live.since(Topic("video", make_video().pk), begun).claims == ()


def test_a_listener_goes_on_where_it_was(service: Service, video: Video, author: User):
    first, second = make_claim(author=author, video=video), make_claim(author=author, video=video)
    address, begun = visiting(film_of(video)), now_as_id()
    with service.listening(address) as film:
        film.here(1)
        live.announce(first.pk)
        last, claims = film.news()
        assert claims == [first.pk]
    live.announce(second.pk)
    with service.listening(address, Last_Event_ID=last) as film:
        assert film.news()[1] == [second.pk]
    with service.listening(f"{address}&since={begun}") as film:
        assert film.news()[1] == [first.pk, second.pk], "a page knows when it was made"
    with service.listening(f"{address}&since=nonsense") as film:
        film.here(1)


def test_a_burst_is_gathered(service: Service, video: Video, author: User):
    claim = make_claim(author=author, video=video)
    with service.listening(visiting(film_of(video))) as film:
        film.here(1)
        begun = now_as_id()
        for _ in range(200):
            live.publish([claim.pk])
        last, told = begun, 0
        while live.since(Topic("video", video.pk), last).claims:
            last, claims = film.news()
            told += 1
            assert claims == [claim.pk]
        assert told < 50, "two hundred events are a few answers"


def test_who_leaves_is_counted_no_more(service: Service, video: Video):
    address = visiting(film_of(video))
    with service.listening(address) as one:
        one.here(1)
        with service.listening(address) as two:
            two.here(2)
            one.here(2)
        one.here(1)


def address_for(member: User, video: Video) -> str:
    """Return where a film's page that a member opened listens."""
    return listening_at(member, film_of(video))


def names(video: Video, reader: User) -> list[str]:
    here = presence.find_here(Topic("video", video.pk))
    return [member.username for member in presence.named_in(here, reader)]


def test_who_chose_so_is_named_and_others_are_counted(
    service: Service, video: Video, author: User, reader: User, stranger: User
):
    User.objects.filter(pk=reader.pk).update(shows_presence=True)
    reader.refresh_from_db()
    with (
        service.listening(address_for(author, video)) as silent,
        service.listening(address_for(reader, video)) as named,
        service.listening(visiting(film_of(video))) as visitor,
    ):
        for listener, others in ((silent, 1), (visitor, 1), (named, 0)):
            listener.here(3, named=others)
        assert names(video, author) == ["reader"]
        assert names(video, reader) == [], "nobody is told of themselves"
        User.objects.filter(pk=reader.pk).update(shows_presence=False)
        assert names(video, author) == [], "a choice can be taken back"


def test_windows_of_a_member_are_one_whichever_process_they_listen_to(
    service: Service, video: Video, reader: User
):
    silent = address_for(reader, video)
    User.objects.filter(pk=reader.pk).update(shows_presence=True)
    reader.refresh_from_db()
    address = address_for(reader, video)
    with served() as other, other.listening(visiting(film_of(video))) as visitor:
        with service.listening(address) as first:
            visitor.here(2, named=1)
            with service.listening(silent), other.listening(address) as second:
                second.here(2)
                with service.listening(visiting(film_of(video))):
                    first.here(3)
                first.here(2)
            assert names(video, make_user("somebody")) == ["reader"], "one window is open still"
        visitor.here(1)


def test_nobody_is_named_by_a_ticket_that_is_forged_for_elsewhere_or_lapsed(
    service: Service, video: Video, reader: User, monkeypatch: pytest.MonkeyPatch
):
    reader.shows_presence = True
    topic, begun = Topic("video", video.pk), time.time()
    ticket = presence.ticket_for(reader, topic)
    with monkeypatch.context() as earlier:
        earlier.setattr(time, "time", lambda: begun - presence.TICKET_S - 1)
        lapsed = presence.ticket_for(reader, topic)
    for wrong in (
        lapsed,
        presence.ticket_for(reader, Topic("claim", video.pk)),
        presence.ticket_for(reader, Topic("video", video.pk + 1)),
        ticket[:-1] + ("A" if ticket[-1] != "A" else "B"),
        str(reader.pk),
        "\N{SNOWMAN}" * 9,
        "\0",
        "x" * 5000,
        "",
    ):
        connection, answer = service.request(f"/live/video/{video.pk}?ticket={quote(wrong)}")
        assert answer.status == 403, wrong
        connection.close()
    assert presence.find_here(topic) == presence.NOBODY


def test_a_page_is_asked_for_another_ticket_before_it_is_let_go(
    service: Service, video: Video, reader: User, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(presence, "TICKET_S", 3)
    with service.listening(address_for(reader, video)) as listener:
        listener.here(1)
        with service.listening(visiting(film_of(video))) as other:
            other.here(2)
            assert listener.event("stale") == "{}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/live/video/0", 404),
        ("GET", "/live/film/7", 404),
        ("GET", "/live/video/7x", 404),
        ("GET", "/", 404),
        ("POST", "/live/video/7", 405),
    ],
)
def test_anything_else_is_refused(service: Service, method: str, path: str, status: int):
    connection, answer = service.request(path, method)
    assert answer.status == status
    connection.close()


def test_only_pages_of_this_site_may_read(service: Service, video: Video):
    for origin, allowed in (
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://elsewhere.example", None),
    ):
        connection, answer = service.request(visiting(film_of(video)), Origin=origin)
        assert answer.getheader("Access-Control-Allow-Origin") == allowed
        connection.close()
