"""The live service: server-sent events, in an ASGI process of its own.

`GET /live/video/<number>` or `/live/claim/<number>` answers with events whose data is
`{"claims": [7, 12]}`, and with `here` events that tell how many are listening and how many
others may be named (`annotations.presence`). Who listens shows a `?ticket=`; `stale` asks for a
fresh one. It resumes from `Last-Event-ID` (or `?since=`), and says `"gap": true` where more
happened than is kept. It is silent for `HEARTBEAT_S` at most, gathers what happens within
`GATHER_S`, and lets go who does not read. It knows neither texts nor names, and asks no
database.
"""

import asyncio
import json
import logging
import re
import resource
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis
from django.conf import settings
from django.http.request import validate_host

from annotations import live, presence
from annotations.listeners import GATHER_S, Hub, Window
from annotations.live import News, Topic
from annotations.presence import Ticket

logger = logging.getLogger(__name__)

RETRY_MS = 3000
# How long one event may take to go out; who reads no more is let go.
SENDS_S = 20.0
# Open files of the process that are no listeners.
_OTHER_FILES = 200

_PATH = re.compile(r"/live/(video|claim)/([1-9][0-9]{0,17})/?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Live:
    """The ASGI application."""

    def __init__(self) -> None:
        self._hub: Hub | None = None
        self.open = 0
        self.most = min(settings.LIVE_LISTENERS_MAX, _open_files() - _OTHER_FILES)

    @property
    def hub(self) -> Hub:
        """The process's hub, made when there is a loop to run it."""
        if self._hub is None:
            self._hub = Hub()
        return self._hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path = scope["path"]
        if path == "/healthz":
            await _answer(send, 200, f"{self.open} listen\n")
            return
        match = _PATH.fullmatch(path)
        if match is None:
            await _answer(send, 404, "There is nothing here.\n")
        elif scope["method"] != "GET":
            await _answer(send, 405, "Only GET.\n", [(b"allow", b"GET")])
        else:
            await self._let_in(scope, receive, send, Topic(match[1], int(match[2])))

    async def _let_in(self, scope: Scope, receive: Receive, send: Send, topic: Topic) -> None:
        ticket = presence.find_ticket(_asked(scope, "ticket"), topic)
        if ticket is None:
            await _answer(send, 403, "This ticket does not hold.\n")
            return
        if self.open >= self.most:
            await _answer(send, 503, "Too many listen.\n", [(b"retry-after", b"30")])
            return
        self.open += 1
        try:
            await self._stream(scope, receive, send, ticket)
        finally:
            self.open -= 1

    async def _stream(self, scope: Scope, receive: Receive, send: Send, ticket: Ticket) -> None:
        headers = {name.lower(): value for name, value in scope["headers"]}
        start = {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                # Proxies of the nginx kind must not hold events back.
                (b"x-accel-buffering", b"no"),
                *_cross_origin(headers.get(b"origin", b"").decode("latin-1")),
            ],
        }
        await send(start)
        gone = asyncio.create_task(_until_gone(receive))
        window = Window(self.hub, ticket, _asked(scope, "window"))
        events = self._events(window, ticket.topic, _asked_from(scope, headers))
        try:
            while not gone.done():
                following = asyncio.ensure_future(anext(events))
                await asyncio.wait({gone, following}, return_when=asyncio.FIRST_COMPLETED)
                if not following.done():
                    following.cancel()
                    # Until it has ended, the events cannot be closed.
                    await asyncio.wait({following})
                    break
                body = following.result().encode()
                sent = send({"type": "http.response.body", "body": body, "more_body": True})
                await asyncio.wait_for(sent, SENDS_S)
        except StopAsyncIteration:
            pass
        except TimeoutError:
            logger.info("a listener that does not read is let go")
            return
        finally:
            gone.cancel()
            await events.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events(self, window: Window, topic: Topic, last: str) -> AsyncGenerator[str, None]:
        """Give what a listener is sent, for an hour, or for as long as a ticket lasts."""
        woken = self.hub.join(topic.key)
        end = time.monotonic() + window.stays_s
        try:
            yield f"retry: {RETRY_MS}\n\n"
            while time.monotonic() < end and not window.is_ended:
                woken.clear()
                news, here = await self._found(window, topic, last)
                if news.last != last and not window.is_ended:
                    last = news.last
                    yield f"id: {last}\ndata: {json.dumps(_told(news))}\n\n"
                if news.is_full:
                    woken.set()
                if here is not None:
                    yield f"event: here\ndata: {json.dumps(here)}\n\n"
                if window.needs_ticket():
                    yield "event: stale\ndata: {}\n\n"
                    continue
                try:
                    await asyncio.wait_for(woken.wait(), window.waits_s)
                    await asyncio.sleep(GATHER_S)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self.hub.leave(topic.key, woken)
            await window.leave()

    async def _found(
        self, window: Window, topic: Topic, last: str
    ) -> tuple[News, dict[str, int] | None]:
        try:
            return await self.hub.news(topic, last), await window.look()
        except (redis.RedisError, OSError) as error:
            # The listener stays: everyone is woken when Redis is back.
            logger.warning("nothing is known of %s: %s", topic.key, error)
            return News(last), None


def _told(news: News) -> dict[str, object]:
    return {"claims": news.claims} | ({"gap": True} if news.is_gap else {})


def _open_files() -> int:
    """Let the process have as many files as it may, for each listener is one; return how many."""
    soft: int
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = int(settings.LIVE_LISTENERS_MAX) + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(
    send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    told = [(b"content-type", b"text/plain; charset=utf-8"), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": text.encode()})


def _asked_from(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Return the id that a listener goes on from: theirs, the page's, or now."""
    named = headers.get(b"last-event-id", b"").decode("latin-1")
    for asked in (named, _asked(scope, "since")):
        if (found := live.read_id(asked)) is not None:
            return found
    return str(int(time.time() * 1000))


def _asked(scope: Scope, name: str) -> str:
    """Return a value of the address. Browsers let a stream's ticket stand nowhere else."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return str(query.get(name, [""])[0])


def _cross_origin(origin: str) -> list[tuple[bytes, bytes]]:
    """Let pages of this site read the answer, whichever port it comes from."""
    host = urlsplit(origin).hostname
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
