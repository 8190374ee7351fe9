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
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import redis.asyncio
from django.conf import settings
from django.http.request import validate_host

from annotations import presence
from annotations.live import READ_AT_ONCE, News, Topic, channel, news_of
from annotations.presence import Here, Ticket

logger = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
GATHER_S = 0.2
# After this a browser connects again; proxies cut long answers anyway.
LONGEST_S = 3600.0
LISTENERS_MAX = 5000
RETRY_MS = 3000
# How long a page has to come with a fresh ticket; then it is let go, and comes as a visitor.
GRACE_S = 30.0
STALE = "event: stale\ndata: {}\n\n"

_PATH = re.compile(r"/live/(video|claim)/([1-9][0-9]{0,17})/?")
_ID = re.compile(r"[0-9]{1,15}(-[0-9]{1,10})?")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Hub:
    """Wakes the listeners of a topic when the channel names it. One reader for the process."""

    def __init__(self) -> None:
        self.redis = redis.asyncio.Redis.from_url(settings.REDIS_URL)
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None
        self._looks: dict[str, tuple[float, asyncio.Task[Here]]] = {}
        self.count = 0

    def join(self, key: str) -> asyncio.Event:
        """Return what is set whenever something happens at a topic."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        event = asyncio.Event()
        self._listeners[key].add(event)
        self.count += 1
        return event

    def leave(self, key: str, event: asyncio.Event) -> None:
        """Forget a listener."""
        self.count -= 1
        self._listeners[key].discard(event)
        if not self._listeners[key]:
            del self._listeners[key]
            self._looks.pop(key, None)

    async def here(self, topic: Topic) -> Here:
        """Return who is at a topic. One look serves all who were woken together."""
        begun, look = self._looks.get(topic.key, (0.0, None))
        if look is None or time.monotonic() - begun > GATHER_S / 2:
            look = asyncio.create_task(self._look(topic))
            self._looks[topic.key] = (time.monotonic(), look)
        # Whoever leaves meanwhile must not end the look of the others.
        return await asyncio.shield(look)

    async def _look(self, topic: Topic) -> Here:
        marks: Any = await self.redis.zrangebyscore(presence.key_of(topic), time.time(), "+inf")
        return presence.here_of(marks)

    async def _read(self) -> None:
        """Read the channel for ever. After a gap everyone looks at their stream again."""
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=True) as channels:
                    await channels.subscribe(channel())
                    self._wake(list(self._listeners))
                    async for message in channels.listen():
                        self._wake(message["data"].decode().split())
            except (redis.RedisError, OSError) as error:
                logger.warning("the channel is lost: %s", error)
                await asyncio.sleep(1)

    def _wake(self, keys: list[str]) -> None:
        for key in keys:
            for event in self._listeners.get(key, ()):
                event.set()


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
        ticket = presence.read_ticket(shown, topic) if shown else None
        window = Window(self.hub, topic, ticket)
        end = time.monotonic() + LONGEST_S
        is_stale = bool(shown) and ticket is None
        if ticket is not None:
            end = min(end, time.monotonic() + ticket.until + GRACE_S - time.time())
        try:
            yield f"retry: {RETRY_MS}\n\n"
            if is_stale:
                yield STALE
            while time.monotonic() < end:
                woken.clear()
                news = await self._news(topic, last)
                last = news.last
                if news.claims:
                    yield f"id: {last}\ndata: {json.dumps({'claims': news.claims})}\n\n"
                if (here := await window.look()) is not None:
                    yield f"event: here\ndata: {json.dumps(here)}\n\n"
                if ticket is not None and not is_stale and ticket.until <= time.time():
                    is_stale = True
                    yield STALE
                try:
                    await asyncio.wait_for(woken.wait(), HEARTBEAT_S)
                    await asyncio.sleep(GATHER_S)
                except TimeoutError:
                    yield ": still here\n\n"
        finally:
            self.hub.leave(topic.key, woken)
            await window.leave()

    async def _news(self, topic: Topic, last: str) -> News:
        entries: Any = await self.hub.redis.xrange(
            topic.key, min=f"({last}", max="+", count=READ_AT_ONCE
        )
        return news_of(entries, last)


class Window:
    """An open page, noted for all processes until it is not renewed."""

    def __init__(self, hub: Hub, topic: Topic, ticket: Ticket | None) -> None:
        self._hub = hub
        self._topic = topic
        self._mark = presence.mark_of(secrets.token_hex(8), ticket)
        self._member = ticket.member if ticket else None
        self._renewed: float | None = None
        self._told: tuple[int, frozenset[int]] | None = None

    async def look(self) -> dict[str, int] | None:
        """Return how many are here and how many others to be named, if others than before.

        The first look only notes the window, and wakes everyone, this one too.
        """
        is_new = self._renewed is None
        if self._renewed is None or time.monotonic() - self._renewed > HEARTBEAT_S / 2:
            await self._renew()
        if is_new:
            await self._wake()
            return None
        here = await self._hub.here(self._topic)
        others = here.members - {self._member}
        if (here.count, others) == self._told:
            return None
        self._told = (here.count, others)
        return {"count": here.count, "named": len(others)}

    async def _renew(self) -> None:
        key, now = presence.key_of(self._topic), time.time()
        pipe = self._hub.redis.pipeline(transaction=False)
        pipe.zadd(key, {self._mark: now + 2.5 * HEARTBEAT_S})
        pipe.zremrangebyscore(key, "-inf", now)
        pipe.expire(key, int(4 * HEARTBEAT_S))
        await pipe.execute()
        self._renewed = time.monotonic()

    async def _wake(self) -> None:
        await self._hub.redis.publish(channel(), self._topic.key)

    async def leave(self) -> None:
        """Be there no more."""
        try:
            await self._hub.redis.zrem(presence.key_of(self._topic), self._mark)
            await self._wake()
        except (redis.RedisError, OSError):
            pass  # It runs out by itself.


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
    return parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]


def _cross_origin(origin: str) -> list[tuple[bytes, bytes]]:
    """Let pages of this site read the answer, whichever port it comes from."""
    host = urlsplit(origin).hostname
    if not host or not validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")]
