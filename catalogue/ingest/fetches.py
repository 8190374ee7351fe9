"""Addresses that are to be fetched into runs: which are due, and what becomes of them.

A row that is due is the queue (`models.fetches`): workers lease one, take a step, and say with
the lease how it goes on. A lease that was not handed back runs out by itself.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from catalogue.models import Fetch, FetchPage, ImportRun, RunState, Subscription
from catalogue.platforms import Failure, FailureKind
from catalogue.platforms.documents import Entry
from catalogue.records.targets import Target

# Longer than a task lives (CELERY_TASK_TIME_LIMIT), so that no lease runs out under a
# worker that still works.
LEASE = timedelta(minutes=5)
# One member's addresses that wait; whoever has more brings files.
OPEN_MAX = 100
# How often in a row something may go wrong that may go right the next time.
TRIES = 6
_FIRST_WAIT = {
    FailureKind.TEMPORARY: timedelta(minutes=1),
    FailureKind.RATE_LIMITED: timedelta(minutes=10),
}
LONGEST_WAIT = timedelta(days=1)

# What yt-dlp says around a reason: who says it of what, and what a programmer may want.
_NOISE = re.compile(
    r"^\[[\w:+-]+\] (?:\S+: )?|Unable to download (?:webpage|API page): |\s*\(caused by .*\)$", re.I
)
_TOLD = {
    FailureKind.GONE: gettext_lazy("%(site)s says that it is gone"),
    FailureKind.PRIVATE: gettext_lazy("%(site)s shows it to its owner only"),
    FailureKind.TERMINATED_CHANNEL: gettext_lazy("%(site)s says that its channel is gone"),
    FailureKind.MISSING: gettext_lazy("%(site)s does not know it"),
    FailureKind.GEO_BLOCKED: gettext_lazy("%(site)s does not show it where this site runs"),
    FailureKind.AGE_RESTRICTED: gettext_lazy(
        "%(site)s shows it only to those who sign in and are of age"
    ),
    FailureKind.RATE_LIMITED: gettext_lazy("%(site)s asked us to wait"),
    FailureKind.QUOTA_EXHAUSTED: gettext_lazy("%(site)s was asked as often as it allows"),
    FailureKind.MISCONFIGURED: gettext_lazy("%(site)s does not let this site ask"),
    FailureKind.TEMPORARY: gettext_lazy("%(site)s did not answer as it should"),
    FailureKind.MALFORMED: gettext_lazy("No film can be read there"),
    FailureKind.REFUSED: gettext_lazy("This address is not asked"),
}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to take one step of a fetch, until a moment that is also its number."""

    run_id: int
    until: datetime


def create(target: Target, *, by: User | None, held_until: datetime | None = None) -> ImportRun:
    """Note an address to be fetched, at once, and return the run that it comes into.

    One transaction. `held_until` keeps it from the workers: `Lease(run.pk, held_until)` is
    yours. Raises ValidationError if a member has too many that wait.
    """
    with transaction.atomic():
        if by is not None:
            _require_room(by)
        run = ImportRun.objects.create(source=target.url[:500], by=by, state=RunState.WAITING)
        Fetch.objects.create(
            run=run,
            kind=target.kind.value,
            url=target.url,
            due_at=timezone.now(),
            leased_until=held_until,
        )
    return run


def create_listed(
    subscription: Subscription, entries: Iterable[Entry], *, title: str, is_held: bool
) -> Lease:
    """Note the films that a look at a subscription found, to be asked for their details.

    Inside the transaction of the look. `is_held` keeps them from the workers: the lease is
    yours then.
    """
    now = timezone.now()
    lease_until = now + LEASE
    run = ImportRun.objects.create(
        source=subscription.url[:500],
        by=subscription.by,
        state=RunState.WAITING,
        subscription=subscription,
    )
    Fetch.objects.create(
        run=run,
        kind=subscription.kind,
        url=subscription.url,
        due_at=now,
        leased_until=lease_until,
    )
    lease = Lease(run.pk, lease_until)
    add_pages(lease, entries, title=title, note="")
    if not is_held:
        Fetch.objects.filter(pk=run.pk).update(leased_until=None)
    return lease


def _require_room(by: User) -> None:
    # Two forms at once would both find room.
    User.objects.select_for_update(no_key=True).filter(pk=by.pk).values("pk").first()
    if Fetch.objects.filter(run__by=by, due_at__isnull=False).count() >= OPEN_MAX:
        message = ngettext(
            "%(count)d of your addresses is still waiting. Come back when it is done.",
            "%(count)d of your addresses are still waiting. Come back when some are done.",
            OPEN_MAX,
        )
        raise ValidationError(message, code="too_many", params={"count": OPEN_MAX})


def may_cancel(run: ImportRun, user: User | AnonymousUser) -> bool:
    """Tell whether somebody may stop a fetch: the member who asked for it, and staff."""
    return run.may_be_changed_by(user)


def cancel(run: ImportRun, *, by: User) -> None:
    """Stop fetching. What came in stays, and can be taken back. Idempotent.

    A worker in the middle of a step finds out when it is done with the question at hand.
    Raises PermissionDenied.
    """
    if not may_cancel(run, by):
        raise PermissionDenied(_("Only who asked for it, and staff, can cancel this."))
    with transaction.atomic():
        fetch = Fetch.objects.select_for_update().filter(pk=run.pk, due_at__isnull=False).first()
        if fetch is None:
            return
        reason = _("Cancelled by %(name)s.") % {"name": by.username}
        fetch.is_cancelled = True
        _end(fetch, reason)
        held = ImportRun.objects.for_ledger().get(pk=run.pk)
        if held.standing != RunState.RUNNING:
            ImportRun.objects.filter(pk=run.pk).update(
                state=RunState.FAILED, finished_at=timezone.now()
            )


# --- Leases ---------------------------------------------------------------------------


def take_due(*, now: datetime) -> Lease | None:
    """Lease the fetch that has been due longest, if one is. One statement, never waits.

    Any number of workers may take at once; each row goes to one. A lease that ran out
    counts as a failure.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH chosen AS MATERIALIZED (
                SELECT run_id FROM catalogue_fetch
                 WHERE due_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
                 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
            )
            UPDATE catalogue_fetch f
               SET failures = f.failures + (f.leased_until IS NOT NULL)::int,
                   leased_until = %(until)s
              FROM chosen WHERE f.run_id = chosen.run_id
            RETURNING f.run_id
            """,
            {"now": now, "until": now + LEASE},
        )
        row = cursor.fetchone()
    return Lease(row[0], now + LEASE) if row else None


def tell(lease: Lease, doing: str) -> bool:
    """Say what is being done now; tells whether the lease still holds."""
    held = Fetch.objects.filter(pk=lease.run_id, leased_until=lease.until)
    return bool(held.update(doing=doing[:300]))


def renew(lease: Lease) -> Lease | None:
    """Return a lease for the next step of a fetch that goes on at once, if it does."""
    until = timezone.now() + LEASE
    open_ = Fetch.objects.filter(pk=lease.run_id, due_at__lte=timezone.now(), leased_until=None)
    return Lease(lease.run_id, until) if open_.update(leased_until=until) else None


def stop(run: ImportRun, reason: str) -> None:
    """End a fetch that nobody will go on with, if it is open: what came in stays."""
    with transaction.atomic():
        fetch = Fetch.objects.select_for_update().filter(pk=run.pk, due_at__isnull=False).first()
        if fetch is None:
            return
        told = fetch.last_failure or reason
        state = RunState.FINISHED if fetch.is_listed else RunState.FAILED
        if fetch.is_listed:
            fetch.note = f"{fetch.note} {told}".strip()[:500]
        _end(fetch, "" if fetch.is_listed else told)
        ImportRun.objects.filter(pk=run.pk).update(state=state, finished_at=timezone.now())


# --- How it goes on -------------------------------------------------------------------
#
# Each says with the lease how a fetch goes on after a step, inside the transaction that closes
# the step's run, and returns the state that the run is left in.


def finish(lease: Lease, *, note: str = "") -> RunState:
    """All was asked."""
    if (fetch := _hold(lease)) is None:
        return _state_of_lost(lease)
    fetch.note = " ".join(filter(None, [fetch.note, note]))[:500]
    fetch.last_failure = ""
    _end(fetch)
    return RunState.FINISHED


def fail(lease: Lease, reason: str) -> RunState:
    """Nothing can be fetched, and asking again would not help."""
    if (fetch := _hold(lease)) is None:
        return _state_of_lost(lease)
    _end(fetch, reason)
    return RunState.FAILED


def go_on(lease: Lease, *, after: timedelta = timedelta(0)) -> RunState:
    """There is more to ask."""
    if (fetch := _hold(lease)) is None:
        return _state_of_lost(lease)
    fetch.due_at, fetch.leased_until, fetch.doing = timezone.now() + after, None, ""
    fetch.save(update_fields=["due_at", "leased_until", "doing"])
    return RunState.WAITING


def postpone(lease: Lease, failure: Failure) -> RunState:
    """It is asked again later, as the site wishes; after too many tries it is over."""
    if (fetch := _hold(lease)) is None:
        return _state_of_lost(lease)
    fetch.failures += 1
    told = in_words(failure, fetch.url)
    if fetch.failures >= TRIES:
        return _give_up(fetch, told)
    share = random.random()  # noqa: S311 (spreads load)
    wait = back_off(failure, failures=fetch.failures, share=share)
    fetch.due_at, fetch.leased_until, fetch.doing = timezone.now() + wait, None, ""
    fetch.last_failure = told
    fetch.save(update_fields=["due_at", "leased_until", "doing", "failures", "last_failure"])
    return RunState.WAITING


def _give_up(fetch: Fetch, told: str) -> RunState:
    tries = _("%(count)d times in a row.") % {"count": fetch.failures}
    if not fetch.is_listed:
        _end(fetch, f"{told} {tries}")
        return RunState.FAILED
    left = fetch.pages.count()
    fetch.note = _("%(told)s %(tries)s %(left)s films were not asked for details.") % {
        "told": told, "tries": tries, "left": f"{left:,}",
    }  # fmt: skip
    _end(fetch)
    return RunState.FINISHED


def add_pages(lease: Lease, entries: Iterable[Entry], *, title: str, note: str) -> int | None:
    """Store the pages of a list's films to ask; return how many, None if the lease was lost."""
    pages = [
        FetchPage(fetch_id=lease.run_id, number=number, url=entry.url, said=dict(entry.said))
        for number, entry in enumerate(entries, start=1)
    ]
    with transaction.atomic():
        if (fetch := _hold(lease)) is None:
            return None
        FetchPage.objects.bulk_create(pages, batch_size=1000)
        fetch.is_listed, fetch.failures, fetch.last_failure = True, 0, ""
        fetch.pages_found, fetch.title, fetch.note = len(pages), title[:300], note[:500]
        fetch.save(
            update_fields=[
                "is_listed", "failures", "last_failure", "pages_found", "title", "note",
            ]
        )  # fmt: skip
    return len(pages)


def drop_page(lease: Lease, page: FetchPage) -> None:
    """Note that a page was asked, with an answer or without."""
    with transaction.atomic():
        fetch = _hold(lease)
        page.delete()
        if fetch is not None:
            fetch.pages_asked += 1
            fetch.failures, fetch.last_failure = 0, ""
            fetch.save(update_fields=["pages_asked", "failures", "last_failure"])


def back_off(failure: Failure, *, failures: int, share: float) -> timedelta:
    """Return how long to wait after the `failures`-th failure in a row. Pure.

    Doubles, plus up to a quarter by `share` (0 to 1), so that what failed together does not
    come back together. The site's own wish is never undercut.
    """
    first = _FIRST_WAIT.get(failure.kind, _FIRST_WAIT[FailureKind.TEMPORARY])
    wait: timedelta = min(first * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    return max(wait, failure.retry_after or wait) * (1 + share / 4)


def may_succeed_later(failure: Failure) -> bool:
    """Tell whether asking again can help."""
    return failure.kind in _FIRST_WAIT


def in_words(failure: Failure, url: str) -> str:
    """Return why an address told nothing, as a sentence for a person."""
    told = _TOLD[failure.kind] % {"site": site_of(url)}
    if failure.kind == FailureKind.RATE_LIMITED:
        return f"{told}."
    reason = _NOISE.sub("", failure.reason).strip().rstrip(".")
    return f"{told}: {reason}."[:500] if reason else f"{told}."


def site_of(url: str) -> str:
    """Return what to call the site of an address."""
    host = (urlsplit(url).hostname or url).removeprefix("www.")
    return "YouTube" if host in {"youtube.com", "youtu.be"} else host


def _hold(lease: Lease) -> Fetch | None:
    """Lock the row; None if the lease was lost."""
    return (
        Fetch.objects.select_for_update().filter(pk=lease.run_id, leased_until=lease.until).first()
    )


def _state_of_lost(lease: Lease) -> RunState:
    """Return the state of a run whose fetch was cancelled, or taken over, meanwhile."""
    fetch = Fetch.objects.filter(pk=lease.run_id).first()
    return RunState.WAITING if fetch is not None and fetch.is_open else RunState.FAILED


def _end(fetch: Fetch, reason: str = "") -> None:
    fetch.pages.all().delete()
    fetch.due_at = fetch.leased_until = None
    fetch.doing, fetch.last_failure = "", reason[:500]
    fetch.save(
        update_fields=[
            "due_at", "leased_until", "doing", "last_failure", "note", "failures", "is_cancelled",
        ]
    )  # fmt: skip
