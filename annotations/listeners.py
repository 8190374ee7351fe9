"""Those who listen to the live service: woken by a channel, noted in Redis while they are there."""

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from typing import Any

import redis.asyncio
from django.conf import settings

from annotations import presence
from annotations.live import Topic, channel
from annotations.presence import Here

logger = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
GATHER_S = 0.2
# After this a browser connects again; proxies cut long answers anyway.
LONGEST_S = 3600.0
# How long a page has to come with a fresh ticket; then it is let go, and comes as a visitor.
GRACE_S = 30.0


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


class Window:
    """An open page, noted for all processes until it is not renewed."""

    def __init__(self, hub: Hub, topic: Topic, shown: str) -> None:
        self._hub = hub
        self._topic = topic
        self._ticket = presence.read_ticket(shown, topic) if shown else None
        self._needs_none = not shown
        self._mark = presence.mark_of(secrets.token_hex(8), self._ticket)
        self._member = self._ticket.member if self._ticket else None
        self._renewed: float | None = None
        self._told: tuple[int, frozenset[int]] | None = None

    @property
    def _left_s(self) -> float:
        return self._ticket.until - time.time() if self._ticket else LONGEST_S

    @property
    def stays_s(self) -> float:
        """Return how long it may listen."""
        return min(LONGEST_S, self._left_s + GRACE_S)

    @property
    def waits_s(self) -> float:
        """Return how long it may be left alone."""
        left = self._left_s
        return min(HEARTBEAT_S, left) if left > 0 else HEARTBEAT_S

    def needs_ticket(self) -> bool:
        """Tell once that the ticket it showed does not hold, or not any more."""
        if self._needs_none or (self._ticket and self._left_s > 0):
            return False
        self._needs_none = True
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
