"""Who is on a film's or a claim's page: all are counted, and named who chose so.

A page carries a short-lived signed ticket that says whose it is; the live service checks it, so
it keeps nothing and can name nobody who was not let in. Redis holds a mark for every open
window: a mark that says nothing of whose it is, and a member's number if they chose to be
named. Names are never sent: a page asks for them, and then the choice is looked at again.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import redis
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.utils.crypto import salted_hmac

from accounts.models import User
from annotations import live
from annotations.live import Topic

# A connection opened with a ticket outlives it by the time that the page has to renew it.
TICKET_S: Final = 600
NAMED_MAX: Final = 8
_SALT = "annotations.presence"


@dataclass(frozen=True, slots=True)
class Ticket:
    """Who a listener is: `who` is the same in all windows of a member, and says nothing.

    `member` is the member's number if they chose to be named. `until` is when it lapses.
    """

    who: str
    member: int | None
    until: float


@dataclass(frozen=True, slots=True)
class Here:
    """How many are here, and the numbers of those who chose to be named."""

    count: int
    members: frozenset[int]


NOBODY = Here(0, frozenset())


def key_of(topic: Topic) -> str:
    """Return the name of the set of marks: each with the moment at which it runs out."""
    return f"{topic.key}:here"


def ticket_for(reader: User | AnonymousUser, topic: Topic) -> str:
    """Return the ticket that a page carries; visitors need none to be counted."""
    if not isinstance(reader, User):
        return ""
    named = reader.pk if reader.shows_presence and reader.is_active else None
    who = salted_hmac(_SALT, f"{topic.key}:{reader.pk}", algorithm="sha256").hexdigest()[:16]
    held = [topic.kind, topic.number, who, named, int(time.time()) + TICKET_S]
    return signing.Signer(salt=_SALT).sign_object(held)


def read_ticket(ticket: str, topic: Topic) -> Ticket | None:
    """Return what a ticket says, or None if it is not ours, not for this topic, or lapsed."""
    try:
        kind, number, who, member, until = signing.Signer(salt=_SALT).unsign_object(ticket)
    except (signing.BadSignature, ValueError):
        return None
    if (kind, number) != (topic.kind, topic.number) or until <= time.time():
        return None
    return Ticket(who, member, until)


def mark_of(window: str, ticket: Ticket | None) -> str:
    """Return what is noted of a window. A visitor's window is somebody of its own."""
    if ticket is None:
        return window
    return f"{window}:{ticket.who}:{ticket.member or ''}"


def here_of(marks: Iterable[bytes]) -> Here:
    """Return who is here by the marks of all windows; a member's windows are one."""
    people, members = set(), set()
    for mark in marks:
        window, _colon, rest = mark.decode().partition(":")
        who, _colon, member = rest.partition(":")
        people.add(who or window)
        if member:
            members.add(int(member))
    return Here(len(people), frozenset(members))


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
