"""What happens at a claim or in a film, told to those who look at it: numbers only, never text.

Every topic (a film, a claim) has a Redis stream, whose ids a browser resumes from, and all
share one channel that wakes the readers. Whoever hears of a claim asks for it again as
themselves, so rights always hold. Losing Redis loses liveness for a while, and nothing else.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings
from django.db import connection, transaction

from annotations.models import Occurrence

logger = logging.getLogger(__name__)

# What a stream keeps for those who were away, in events and in seconds.
KEPT, KEPT_S = 1000, 24 * 3600
READ_AT_ONCE: Final = 500
_SOON_S = 2.0


@dataclass(frozen=True, slots=True)
class Topic:
    """What one can listen to: `video` or `claim`, and its number."""

    kind: str
    number: int

    @property
    def key(self) -> str:
        """The name of its stream."""
        return f"{prefix()}:live:{self.kind}:{self.number}"


@dataclass(frozen=True, slots=True)
class News:
    """The claims that something happened to since an id, and the id to go on from."""

    last: str
    claims: tuple[int, ...]


def prefix() -> str:
    """Return what all our names in Redis begin with."""
    return str(settings.CACHES["default"]["KEY_PREFIX"])


def channel() -> str:
    """Return the name of the channel that wakes the readers."""
    return f"{prefix()}:live"


class _Announcement:
    """The claims to tell of when a transaction, or this savepoint of it, is committed."""

    def __init__(self) -> None:
        self.claims: set[int] = set()

    def __call__(self) -> None:
        publish(self.claims)


def announce(*claims: int) -> None:
    """Tell of claims once this transaction is committed; nothing is told if it is not.

    Any number of calls between two savepoints make one announcement.
    """
    savepoints = set(connection.savepoint_ids)
    for entry in connection.run_on_commit:
        within, waiting = entry[0], entry[1]
        if isinstance(waiting, _Announcement) and within == savepoints:
            waiting.claims.update(claims)
            return
    announcement = _Announcement()
    announcement.claims.update(claims)
    transaction.on_commit(announcement, robust=True)


def publish(claims: Iterable[int]) -> None:
    """Tell of claims now, on their own topics and on those of the films they are made in."""
    numbers = sorted(set(claims))
    made = Occurrence.objects.filter(claim__in=numbers).values_list("video", "claim").distinct()
    pairs = [(Topic("video", video), claim) for video, claim in made]
    pairs += [(Topic("claim", claim), claim) for claim in numbers]
    try:
        pipe = store().pipeline(transaction=False)
        for topic, claim in pairs:
            pipe.xadd(topic.key, {"claim": claim}, maxlen=KEPT, approximate=True)
            pipe.expire(topic.key, KEPT_S)
        pipe.publish(channel(), " ".join(dict.fromkeys(topic.key for topic, _claim in pairs)))
        pipe.execute()
    except redis.RedisError as error:
        # It is stored; who looks sees it at their next look.
        logger.warning("nobody is told of claims %s: %s", numbers, error)


def since(topic: Topic, last: str) -> News:
    """Return what happened after an id, for those who ask now and then.

    Raises redis.RedisError while Redis is away.
    """
    entries: Any = store().xrange(topic.key, min=f"({last}", max="+", count=READ_AT_ONCE)
    return news_of(entries, last)


def news_of(entries: Iterable[tuple[bytes, dict[bytes, bytes]]], last: str) -> News:
    """Return entries of a stream as news."""
    claims: dict[int, None] = {}
    for entry, fields in entries:
        last = entry.decode()
        claims[int(fields[b"claim"])] = None
    return News(last, tuple(claims))


@cache
def store() -> "redis.Redis":
    """Return the connection that everything here reads and writes by."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_SOON_S, socket_connect_timeout=_SOON_S
    )
