"""What happens at a claim or in a film, told to those who look at it: numbers only, never text.

Every topic (a film, a claim) has a Redis stream, whose ids a browser resumes from, and all
share one channel that wakes the readers. Whoever hears of a claim asks for it again as
themselves, so rights always hold. Losing Redis loses liveness for a while, and nothing else.
"""

import logging
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings
from django.db import connection, transaction

from annotations.models import READABLE, Claim

logger = logging.getLogger(__name__)

# What a stream keeps for those who were away, in events and in seconds.
KEPT, KEPT_S = 1000, 24 * 3600
READ_AT_ONCE: Final = 500
# How long a ticket can hold, and more: after that none is left that was to end.
ENDED_S: Final = 3600
_ID = re.compile(r"[0-9]{1,15}(-[0-9]{1,10})?", re.ASCII)
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
    """The claims that something happened to since an id, and the id to go on from.

    `is_gap` says that more happened than is kept: which claims it happened to is not known.
    `is_full` says that there may be more to read at once.
    """

    last: str
    claims: tuple[int, ...] = ()
    is_gap: bool = False
    is_full: bool = False


def prefix() -> str:
    """Return what all our names in Redis begin with."""
    return str(settings.CACHES["default"]["KEY_PREFIX"])


def channel() -> str:
    """Return the name of the channel that wakes the readers."""
    return f"{prefix()}:live"


def ended_key(name: str) -> str:
    """Return where it is noted that tickets of a topic or a session end: by its key, its mark."""
    return f"{prefix()}:live:ended:{name}"


def end_tickets(pipe: Any, name: str) -> None:
    """Let no ticket hold that was made for a topic or in a session until now."""
    pipe.set(ended_key(name), time.time(), ex=ENDED_S)


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
    found = Claim.objects.filter(pk__in=numbers).values_list("pk", "state", "occurrences__video")
    rows = list(found.distinct())
    pairs = [(Topic("video", video), claim) for claim, _state, video in rows if video]
    pairs += [(Topic("claim", claim), claim) for claim in numbers]
    # Who listens to what only some may read now comes with a fresh ticket, or no more.
    closed = {claim for claim, state, _video in rows if state not in READABLE}
    try:
        pipe = store().pipeline(transaction=False)
        for topic, claim in pairs:
            pipe.xadd(topic.key, {"claim": claim}, maxlen=KEPT, approximate=True)
            pipe.expire(topic.key, KEPT_S)
        for claim in closed:
            end_tickets(pipe, Topic("claim", claim).key)
        pipe.publish(channel(), " ".join(dict.fromkeys(topic.key for topic, _claim in pairs)))
        pipe.execute()
    except redis.RedisError as error:
        # It is stored; who looks sees it at their next look.
        logger.warning("nobody is told of claims %s: %s", numbers, error)


def since(topic: Topic, last: str) -> News:
    """Return what happened after an id, for those who ask now and then.

    Raises redis.RedisError while Redis is away.
    """
    pipe = store().pipeline(transaction=False)
    look(pipe, topic, last)
    # Whoever asks now and then does not notice that Redis was away meanwhile.
    pipe.info("server")
    *found, server = pipe.execute()
    return news_of(found, last, begun_ms=begun_ms(server))


def look(pipe: Any, topic: Topic, last: str) -> None:
    """Put into a pipeline (of either sort) what `news_of` reads."""
    pipe.xrange(topic.key, min=f"({last}", max="+", count=READ_AT_ONCE)
    pipe.xrange(topic.key, count=1)
    pipe.xlen(topic.key)


def begun_ms(server: dict[str, Any]) -> int:
    """Return when Redis began to run, at the latest: what happened before may not be told."""
    # It tells whole seconds, rounded down.
    now, runs = int(server["server_time_usec"]) // 1_000_000, int(server["uptime_in_seconds"])
    return (now - runs + 1) * 1000


def news_of(found: Iterable[Any], last: str, *, begun_ms: int = 0) -> News:
    """Return what `look` found as news. `begun_ms` is since when nothing can be missing."""
    entries, first, length = found
    # Where all that is kept is new, more was new and is not kept.
    is_cut = length >= KEPT and _order(first[0][0].decode()) > _order(last)
    now_ms = int(time.time() * 1000)
    if now_ms < begun_ms:
        return News(last)
    if is_cut or _order(last)[0] < max(begun_ms, now_ms - KEPT_S * 1000):
        return News(str(now_ms), is_gap=True)
    claims: dict[int, None] = {}
    for entry, fields in entries:
        last = entry.decode()
        claims[int(fields[b"claim"])] = None
    return News(last, tuple(claims), is_full=len(entries) == READ_AT_ONCE)


def read_id(asked: str) -> str | None:
    """Return an id that somebody goes on from, or None if it is none.

    One that is still to come would keep everything from them until then: it is taken for now.
    """
    if not _ID.fullmatch(asked):
        return None
    now_ms = int(time.time() * 1000)
    return asked if _order(asked)[0] <= now_ms else str(now_ms)


def _order(entry: str) -> tuple[int, int]:
    milliseconds, _dash, number = entry.partition("-")
    return int(milliseconds), int(number or 0)


@cache
def store() -> "redis.Redis":
    """Return the connection that everything here reads and writes by."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_SOON_S, socket_connect_timeout=_SOON_S
    )
