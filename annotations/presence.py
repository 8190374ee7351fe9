"""Who is on a film's or a claim's page: all are counted, and named who chose so.

A page carries a short-lived signed ticket that says whose it is; the live service checks it, so
it keeps nothing, lets in nobody who may not read the page, and can name nobody who did not
choose so. Redis holds a mark for every open window: a mark that says nothing of whose it is,
and a member's number if they chose to be named. Names are never sent: a page asks for them,
and then the choice is looked at again.
"""

import re
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import redis
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts.models import User
from annotations import live
from annotations.live import Topic

# A connection opened with a ticket outlives it by the time that the page has to renew it.
TICKET_S: Final = 600
NAMED_MAX: Final = 8
_SALT = "annotations.presence"
# For how long a question counts. A page asks again within a minute, give or take a quarter.
ASKED_S: Final = 90
_ASKS = "asks"
_WINDOW = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who a listener is: `who` is the same in all windows of a member, and says nothing.

    It is empty for a visitor. `member` is the member's number if they chose to be named,
    `session` a mark of the session in which the ticket was `made`; `until` is when it lapses.
    """

    topic: Topic
    who: str
    member: int | None
    session: str
    made: float
    until: float

    @property
    def ended_keys(self) -> list[str]:
        """Return where it is noted that this ticket does not hold any more."""
        return [live.ended_key(name) for name in (self.topic.key, self.session) if name]

    def is_ended(self, noted: Iterable[bytes | str | None]) -> bool:
        """Tell by what is noted there whether it was made before."""
        return any(at is not None and float(at) >= self.made for at in noted)


@dataclass(frozen=True, slots=True)
class Here:
    """How many are here, and the numbers of those who chose to be named."""

    count: int
    members: frozenset[int]


NOBODY = Here(0, frozenset())


def key_of(topic: Topic) -> str:
    """Return the name of the set of marks: each with the moment at which it runs out."""
    return f"{topic.key}:here"


def ticket_for(reader: User | AnonymousUser, topic: Topic, session: str = "") -> str:
    """Return the ticket that a page carries. `session` is the key of the reader's session."""
    who, named = "", None
    if isinstance(reader, User):
        named = reader.pk if reader.shows_presence and reader.is_active else None
        who = _mark(f"{topic.key}:{reader.pk}")
    now = time.time()
    held = [topic.kind, topic.number, who, named, session_mark(session), now, now + TICKET_S]
    return signing.Signer(salt=_SALT).sign_object(held)


def session_mark(session: str) -> str:
    """Return what stands for a session in tickets; it leads back to none."""
    return _mark(f"session:{session}") if session else ""


def _mark(text: str) -> str:
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()[:16]


def read_ticket(ticket: str) -> Ticket | None:
    """Return what a ticket says, or None if it is not ours. It may have lapsed."""
    try:
        kind, number, *rest = signing.Signer(salt=_SALT).unsign_object(ticket)
        return Ticket(Topic(kind, number), *rest)
    except (signing.BadSignature, ValueError, TypeError):
        return None


def find_ticket(ticket: str, topic: Topic) -> Ticket | None:
    """Return what a ticket says, or None if it is not ours, not for this topic, or lapsed."""
    found = read_ticket(ticket)
    return found if found and found.topic == topic and found.until > time.time() else None


def mark_of(window: str, way: str, ticket: Ticket) -> str:
    """Return what is noted of a window that listens by one connection or another (`way`)."""
    return f"{window}.{way}:{ticket.who}:{ticket.member or ''}"


def is_window(name: str) -> bool:
    """Tell whether this is how pages name themselves: by chance, anew with every load."""
    return bool(_WINDOW.fullmatch(name))


def here_of(marks: Iterable[bytes]) -> Here:
    """Return who is here by the marks of all windows.

    A member's windows are one, and so are the connections of a visitor's window: one that
    was lost is noted for a while beside the one that took its place.
    """
    people, members = set(), set()
    for mark in marks:
        place, who, member = mark.decode().split(":")
        people.add(who or place.partition(".")[0])
        if member:
            members.add(int(member))
    return Here(len(people), frozenset(members))


def told_to(here: Here, member: int | None) -> dict[str, int]:
    """Return what a page is told: how many are here, and how many others are to be named."""
    return {"count": here.count, "named": len(here.members - {member})}


def note(window: str, ticket: Ticket) -> Here | None:
    """Note a window that asks now and then; return who is here.

    None if the ticket has ended. Raises redis.RedisError while Redis is away.
    """
    key, now = key_of(ticket.topic), time.time()
    mark = mark_of(window, _ASKS, ticket)
    pipe = live.store().pipeline(transaction=False)
    pipe.mget(ticket.ended_keys)
    pipe.zscore(key, mark)
    pipe.zrangebyscore(key, now, "+inf")
    noted, score, marks = pipe.execute()
    if ticket.is_ended(noted):
        return None
    pipe.zadd(key, {mark: now + ASKED_S})
    pipe.expire(key, ASKED_S)
    if is_new := score is None or score <= now:
        pipe.publish(live.channel(), ticket.topic.key)
    pipe.execute()
    return here_of([*marks, mark.encode()] if is_new else marks)


def leave(window: str, ticket: Ticket) -> None:
    """Note no more that a window asks; nothing happens while Redis is away."""
    pipe = live.store().pipeline(transaction=False)
    pipe.zrem(key_of(ticket.topic), mark_of(window, _ASKS, ticket))
    pipe.publish(live.channel(), ticket.topic.key)
    with suppress(redis.RedisError):
        pipe.execute()


def on_sign_out(request: HttpRequest | None, **_signal: object) -> None:
    """Let the tickets of a session end: whoever signs out is not here as a member any more."""
    if request is None or not request.session.session_key:
        return
    with suppress(redis.RedisError):
        live.end_tickets(live.store(), session_mark(request.session.session_key))


def find_here(topic: Topic) -> Here:
    """Return who is at a topic now; nobody while Redis is away."""
    try:
        marks: Any = live.store().zrangebyscore(key_of(topic), time.time(), "+inf")
    except redis.RedisError:
        return NOBODY
    return here_of(marks)


def named_in(here: Here, reader: User | AnonymousUser) -> list[User]:
    """Return who of those here is named to a reader: who chooses so still, but the reader."""
    chosen = User.objects.filter(pk__in=here.members, shows_presence=True, is_active=True)
    return list(chosen.exclude(pk=reader.pk or 0).order_by("username")[:NAMED_MAX])
