"""The live service: server-sent events, in an ASGI process of its own.

`GET /live/video/<number>` or `/live/claim/<number>` answers with events whose data is
`{"claims": [7, 12]}`, and with `here` events that tell how many are listening and how many
others may be named (`annotations.presence`). `stale` asks for a fresh `?ticket=`. It resumes
from `Last-Event-ID` (or `?since=`), is silent for `HEARTBEAT_S` at most, and gathers what
happens within `GATHER_S`. It knows neither texts nor names, and asks no database.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis.asyncio
from django.conf import settings
from django.http.request import validate_host

from annotations.listeners import GATHER_S, Hub, Window
from annotations.live import READ_AT_ONCE, News, Topic, news_of

logger = logging.getLogger(__name__)

LISTENERS_MAX = 5000
RETRY_MS = 3000

_PATH = re.compile(r"/live/(video|claim)/([1-9][0-9]{0,17})/?")
_ID = re.compile(r"[0-9]{1,15}(-[0-9]{1,10})?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Live:
    """The ASGI application."""

    def __init__(self) -> None:
        self._hub: Hub | None = None

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
            await _answer(send, 200, f"{self._hub.count if self._hub else 0} listen\n")
            return
        match = _PATH.fullmatch(path)
        if match is None:
            await _answer(send, 404, "There is nothing here.\n")
        elif scope["method"] != "GET":
            await _answer(send, 405, "Only GET.\n", [(b"allow", b"GET")])
        elif self.hub.count >= LISTENERS_MAX:
            await _answer(send, 503, "Too many listen.\n", [(b"retry-after", b"30")])
        else:
            await self._stream(scope, receive, send, Topic(match[1], int(match[2])))

    async def _stream(self, scope: Scope, receive: Receive, send: Send, topic: Topic) -> None:
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
        events = self._events(topic, _asked_from(scope, headers), _ticket_in(scope))
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
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except StopAsyncIteration:
            pass
        except (redis.RedisError, OSError) as error:
            # The browser comes back by itself, and asks the pages meanwhile.
            logger.warning("a listener is let go: %s", error)
        finally:
            gone.cancel()
            await events.aclose()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _events(self, topic: Topic, last: str, shown: str) -> AsyncGenerator[str, None]:
        """Give what a listener is sent, for an hour, or for as long as a ticket lasts."""
        woken = self.hub.join(topic.key)
        window = Window(self.hub, topic, shown)
        end = time.monotonic() + window.stays_s
        try:
            yield f"retry: {RETRY_MS}\n\n"
            while time.monotonic() < end:
                woken.clear()
                news = await self._news(topic, last, woken)
                last = news.last
                if news.claims:
                    yield f"id: {last}\ndata: {json.dumps({'claims': news.claims})}\n\n"
                if (here := await window.look()) is not None:
                    yield f"event: here\ndata: {json.dumps(here)}\n\n"
                if window.needs_ticket():
                    yield "event: stale\ndata: {}\n\n"
                try:
                    await asyncio.wait_for(woken.wait(), window.waits_s)
                    await asyncio.sleep(GATHER_S)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self.hub.leave(topic.key, woken)
            await window.leave()

    async def _news(self, topic: Topic, last: str, woken: asyncio.Event) -> News:
        entries: Any = await self.hub.redis.xrange(
            topic.key, min=f"({last}", max="+", count=READ_AT_ONCE
        )
        if len(entries) == READ_AT_ONCE:
            # There is more.
            woken.set()
        return news_of(entries, last)


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
    query = parse_qs(scope["query_string"].decode("latin-1"))
    named = headers.get(b"last-event-id", b"").decode("latin-1")
    for asked in (named, *query.get("since", [])):
        if _ID.fullmatch(asked):
            return str(asked)
    return str(int(time.time() * 1000))


def _ticket_in(scope: Scope) -> str:
    """Return the ticket that a page shows. Browsers let it stand in the address only."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return str(query.get("ticket", [""])[0])


def _cross_origin(origin: str) -> list[tuple[bytes, bytes]]:
    """Let pages of this site read the answer, whichever port it comes from."""
    host = urlsplit(origin).hostname
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
