"""Addresses that evidence cites: which are due to be asked, and what their answers mean.

A row that is due is the queue: a worker leases one, asks, and hands the answer in with the
lease. A lease that was not handed in runs out by itself. Dead is only what said so twice, on
two days: a link that is called dead sends readers away from a source that may be there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urldefrag, urlsplit

from django.conf import settings
from django.db import connection, transaction

from annotations import sources
from annotations.models import READABLE, Link, LinkCheck, LinkState
from catalogue.platforms import pages
from catalogue.platforms.pages import PageAnswer, Problem

# Longer than a task lives (CELERY_TASK_TIME_LIMIT), so that no lease runs out under a
# worker that still works.
LEASE = timedelta(minutes=5)
# One site is asked about one page at a time, and then left alone.
HOST_PAUSE = timedelta(seconds=10)
# All that one question may take.
ASK_SECONDS = 15.0

MONTH = timedelta(days=30)
WEEK = timedelta(days=7)
# More than a day, so that the second look falls on another one, wherever that begins.
DEAD_AGAIN = timedelta(hours=25)

_GONE_STATUSES = frozenset({404, 410})
# Of all who take at once, one looks: what is leased must be seen by the next.
_TAKING = 0x6C696E6B

# What is leased is due when its lease ends, so the one index finds both.
_CHOOSE = """
WITH asked AS MATERIALIZED (
    SELECT host FROM annotations_link
     WHERE due_at > %(now)s AND due_at <= %(until)s AND leased_until > %(now)s
), free AS MATERIALIZED (
    SELECT l.id FROM annotations_link l
     WHERE l.due_at <= %(now)s AND l.host NOT IN (SELECT host FROM asked)
       AND EXISTS (
            SELECT 1 FROM annotations_evidence e JOIN annotations_claim c ON c.id = e.claim_id
             WHERE e.link_id = l.id AND e.state = ANY(%(readable)s) AND c.state = ANY(%(readable)s)
       )
       AND NOT EXISTS (
            SELECT 1 FROM annotations_link o
             WHERE o.host = l.host AND o.checked_at > %(now)s - %(pause)s
       )
     ORDER BY l.due_at, l.id LIMIT 1
)
SELECT l.id FROM annotations_link l JOIN free ON free.id = l.id FOR UPDATE OF l SKIP LOCKED
"""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to hand in one answer of one link, until a moment that is also its number."""

    link_id: int
    url: str
    until: datetime


def find_or_create(url: str, *, now: datetime) -> Link:
    """Return the link of a clean address, made and due at once if there is none.

    The place on a page is left out, since no server is told it. Any number may ask at once.
    """
    page = urldefrag(url).url
    known = {"key": sources.mark(page), "host": host_of(page), "due_at": now}
    link, _is_new = Link.objects.get_or_create(url=page, defaults=known)
    return link


def host_of(url: str) -> str:
    """Return the name of the site that a clean address is on."""
    return urlsplit(url).hostname or ""


def take_due(*, now: datetime) -> Lease | None:
    """Lease the link that is due for longest, None if there is none to ask now.

    Left alone are links that no readable card cites, and hosts that are being asked, or were
    within HOST_PAUSE. Any number of workers may take at once; each link goes to one.
    """
    until = now + LEASE
    given: dict[str, Any] = {
        "now": now,
        "until": until,
        "pause": HOST_PAUSE,
        "readable": [str(state) for state in READABLE],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TAKING])
        cursor.execute(_CHOOSE, given)
        found = cursor.fetchone()
        if found is None:
            return None
        row = Link.objects.get(pk=found[0])
        row.leased_until = row.due_at = until
        row.save(update_fields=["leased_until", "due_at"])
    return Lease(row.pk, row.url, until)


def ask(lease: Lease) -> PageAnswer:
    """Ask the page of a leased link, by the rules of addresses that fetches have."""
    return pages.ask(
        lease.url,
        agent=f"Sidenote link check (+{settings.SITE_URL})",
        timeout_s=ASK_SECONDS,
        allow_private=settings.FETCH_PRIVATE_ADDRESSES,
    )


def hand_in(lease: Lease, answer: PageAnswer, *, now: datetime) -> Link | None:
    """Store what a link answered, with a row of its history if its state changed.

    Sets when it is asked again. None, and nothing is stored, if the lease was lost.
    """
    with transaction.atomic():
        held = Link.objects.select_for_update().filter(pk=lease.link_id, leased_until=lease.until)
        row = held.first()
        if row is None:
            return None
        is_gone = _is_gone(answer)
        row.failures = _days_gone(row, now) if is_gone else 0
        state = _state_of(answer, is_dead=row.failures > 1)
        if state != row.state:
            row.state, row.since = state, now
            LinkCheck.objects.create(
                link=row, at=now, state=state, http_status=answer.status, detail=answer.detail
            )
        row.http_status = answer.status
        row.checked_at, row.leased_until = now, None
        row.due_at = now + _wait(row, now, is_gone=is_gone)
        row.save(
            update_fields=[
                "state", "since", "http_status", "checked_at", "due_at", "leased_until", "failures",
            ]
        )  # fmt: skip
    return row


def _is_gone(answer: PageAnswer) -> bool:
    return answer.status in _GONE_STATUSES or answer.problem == Problem.NO_NAME


def _days_gone(row: Link, now: datetime) -> int:
    """Return on how many days in a row it said gone; twice in one day is the same bad hour."""
    is_same_day = row.checked_at is not None and row.checked_at.date() == now.date()
    return row.failures if row.failures and is_same_day else row.failures + 1


def _state_of(answer: PageAnswer, *, is_dead: bool) -> LinkState:
    """Return what an answer means. `is_dead` if one that says gone is believed."""
    if answer.problem == Problem.NOT_PUBLIC:
        return LinkState.REFUSED
    if answer.is_there:
        return LinkState.OK
    return LinkState.DEAD if _is_gone(answer) and is_dead else LinkState.UNSURE


def _wait(row: Link, now: datetime, *, is_gone: bool) -> timedelta:
    """Return how long a link is left alone; what does not answer us for a month, for a month."""
    if row.state != LinkState.UNSURE:
        return MONTH
    if is_gone:
        return DEAD_AGAIN
    return WEEK if row.since is None or now - row.since < MONTH else MONTH
