"""Those who listen to the live service: woken by a channel, noted in Redis while they are there."""

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from dataclasses import dataclass

import redis.asyncio
from django.conf import settings

from annotations import live, presence
from annotations.live import News, Topic, channel
from annotations.presence import Here, Ticket

logger = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
GATHER_S = 0.2
# After this a browser connects again; proxies cut long answers anyway.
LONGEST_S = 3600.0
# How long a page has to come with a fresh ticket; then it is let go.
GRACE_S = 30.0
# To Redis, for all listeners of the process.
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Look:
    """Who is at a topic, and when its tickets were ended, if they were."""

    here: Here
    ended: bytes | None


class Hub:
    """Wakes the listeners of a topic when the channel names it. One reader for the process."""

    def __init__(self) -> None:
        # Whoever is woken with many others waits for a connection. A pool that does not let
        # wait refuses the hundred-and-first.
        self.redis = redis.asyncio.Redis(
            connection_pool=redis.asyncio.BlockingConnectionPool.from_url(
                settings.REDIS_URL,
                max_connections=CONNECTIONS,
                timeout=HEARTBEAT_S,
                socket_timeout=HEARTBEAT_S,
                socket_connect_timeout=HEARTBEAT_S,
            )
        )
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._reader: asyncio.Task[None] | None = None
        self._looks: dict[str, tuple[float, asyncio.Task[Look]]] = {}
        self._reads: dict[tuple[str, str], asyncio.Task[News]] = {}
        # Since when nothing can be missing: what happens while Redis is away is not told.
        self._begun_ms = 0
        self._was_lost = False

    def join(self, key: str) -> asyncio.Event:
        """Return what is set whenever something happens at a topic."""
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        event = asyncio.Event()
        self._listeners[key].add(event)
        return event

    def leave(self, key: str, event: asyncio.Event) -> None:
        """Forget a listener."""
        self._listeners[key].discard(event)
        if not self._listeners[key]:
            del self._listeners[key]
            self._looks.pop(key, None)

    async def close(self) -> None:
        """End the reader and the connections, when nobody listens any more."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait({self._reader})
        await self.redis.aclose()
        await self.redis.connection_pool.aclose()

    async def look(self, topic: Topic) -> Look:
        """Return who is at a topic. One look serves all who were woken together."""
        begun, look = self._looks.get(topic.key, (0.0, None))
        if look is None or time.monotonic() - begun > GATHER_S / 2:
            look = asyncio.create_task(self._look(topic))
            self._looks[topic.key] = (time.monotonic(), look)
        # Whoever leaves meanwhile must not end the look of the others.
        return await asyncio.shield(look)

    async def _look(self, topic: Topic) -> Look:
        pipe = self.redis.pipeline(transaction=False)
        pipe.zrangebyscore(presence.key_of(topic), time.time(), "+inf")
        pipe.get(live.ended_key(topic.key))
        marks, ended = await pipe.execute()
        return Look(presence.here_of(marks), ended)

    async def news(self, topic: Topic, last: str) -> News:
        """Return what happened after an id. One question serves all who go on from there."""
        asked = (topic.key, last)
        if (read := self._reads.get(asked)) is None:
            read = self._reads[asked] = asyncio.create_task(self._news(topic, last))
            read.add_done_callback(lambda _read: self._reads.pop(asked, None))
        return await asyncio.shield(read)

    async def _news(self, topic: Topic, last: str) -> News:
        pipe = self.redis.pipeline(transaction=False)
        live.look(pipe, topic, last)
        return live.news_of(await pipe.execute(), last, begun_ms=self._begun_ms)

    async def _read(self) -> None:
        """Read the channel for ever. After a gap everyone looks at their stream again."""
        # The channel may be silent for any time, so this connection has no limit of time.
        async with redis.asyncio.Redis.from_url(settings.REDIS_URL) as store:
            while True:
                try:
                    await self._read_channel(store)
                except (redis.RedisError, OSError) as error:
                    logger.warning("the channel is lost: %s", error)
                    self._was_lost = True
                    await asyncio.sleep(1)

    async def _read_channel(self, store: "redis.asyncio.Redis") -> None:
        async with store.pubsub(ignore_subscribe_messages=True) as channels:
            await channels.subscribe(channel())
            await self._begin()
            self._wake(list(self._listeners))
            async for message in channels.listen():
                self._wake(message["data"].decode().split())

    async def _begin(self) -> None:
        """Note since when nothing can be missing: since now, or since Redis began to run."""
        if self._was_lost:
            self._begun_ms = int(time.time() * 1000)
            self._was_lost = False
        else:
            self._begun_ms = live.begun_ms(await self.redis.info("server"))

    def _wake(self, keys: list[str]) -> None:
        for key in keys:
            for event in self._listeners.get(key, ()):
                event.set()


class Window:
    """An open page, noted for all processes until it is not renewed."""

    def __init__(self, hub: Hub, ticket: Ticket, name: str) -> None:
        self._hub = hub
        self._topic = ticket.topic
        self._ticket = ticket
        name = name if presence.is_window(name) else secrets.token_hex(8)
        self._mark = presence.mark_of(name, secrets.token_hex(4), ticket)
        self._renewed: float | None = None
        self._told: tuple[int, frozenset[int]] | None = None
        self._is_asked = False
        self.is_ended = False

    @property
    def _left_s(self) -> float:
        return self._ticket.until - time.time()

    @property
    def stays_s(self) -> float:
        """Return how long it may listen."""
        return min(LONGEST_S, self._left_s + GRACE_S)

    @property
    def waits_s(self) -> float:
        """Return how long it may be left alone."""
        return min(HEARTBEAT_S, self._left_s) if self._left_s > 0 else HEARTBEAT_S

    def needs_ticket(self) -> bool:
        """Tell once that the ticket it showed does not hold any more."""
        if self._is_asked or (self._left_s > 0 and not self.is_ended):
            return False
        self._is_asked = True
        return True

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
        look = await self._hub.look(self._topic)
        self.is_ended = self.is_ended or self._ticket.is_ended([look.ended])
        others = look.here.members - {self._ticket.member}
        if self.is_ended or (look.here.count, others) == self._told:
            return None
        self._told = (look.here.count, others)
        return presence.told_to(look.here, self._ticket.member)

    async def _renew(self) -> None:
        key, now = presence.key_of(self._topic), time.time()
        self.is_ended = self._ticket.is_ended(await self._hub.redis.mget(self._ticket.ended_keys))
        if self.is_ended:
            return
        pipe = self._hub.redis.pipeline(transaction=False)
        pipe.zadd(key, {self._mark: now + 2.5 * HEARTBEAT_S})
        pipe.zremrangebyscore(key, "-inf", now)
        # Those who ask now and then are noted for longer than those who listen.
        pipe.expire(key, presence.ASKED_S)
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
