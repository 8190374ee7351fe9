"""What all workers share of a gateway: what it may still use, and whether it answers at all.

One row of GatewayState each, changed by one short transaction a call. Units are taken before
a call is made and never given back for one that was: a budget is not overrun, whoever dies.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from catalogue.models import GatewayState, Site
from catalogue.platforms import Failure, FailureKind
from catalogue.refreshing import budgets, schedule
from catalogue.refreshing.budgets import Budget, Window
from catalogue.refreshing.schedule import Load, Policy

# Calls in a row that said nothing about any video, until the breaker opens.
FAILURES_BORNE = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
# Until then a worker that asks for all has said how it went, or died.
PROBE = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class Grant:
    """Units that were taken from a window, to be used for calls now."""

    units: int
    window: Window


def reserve(name: str, units: int, *, budget: Budget, now: datetime) -> Grant:
    """Take up to `units` from the budget, none while the breaker is open. One transaction.

    After a pause one worker is let through with one unit, and the others wait for what it
    meets.
    """
    window = budget.window_of(now)
    with transaction.atomic():
        row = _lock(name)
        if row.open_until:
            if row.open_until > now or (row.probe_until and row.probe_until > now):
                return Grant(0, window)
            units = min(units, 1)
        used = row.used if row.window_start == window.start else 0
        if row.window_start and row.window_start > window.start:
            # A clock that is behind the others' has no budget of its own.
            return Grant(0, window)
        granted = min(units, budgets.units_now(budget, window=window, now=now, used=used))
        if granted:
            row.window_start, row.used = window.start, used + granted
            if row.open_until:
                row.probe_until = now + PROBE
            row.save(update_fields=["window_start", "used", "probe_until"])
    return Grant(granted, window)


def refund(name: str, grant: Grant, units: int) -> None:
    """Give back units for which no call was made. Of a window that is over nothing comes back."""
    if units > 0:
        GatewayState.objects.filter(name=name, window_start=grant.window.start).update(
            used=Greatest(F("used") - units, 0), probe_until=None
        )


def note_answers(name: str, *, calls: int, answers: int, now: datetime) -> None:
    """Note calls that told something about videos; the breaker closes after its pause.

    While the pause lasts they were made before it began, by another worker: what the platform
    wished since holds.
    """
    state = GatewayState.objects.filter(name=name)
    state.update(calls=F("calls") + calls, answers=F("answers") + answers, answered_at=now)
    state.exclude(open_until__gt=now).update(failures=0, open_until=None, probe_until=None)


def note_failure(name: str, failure: Failure, *, grant: Grant, now: datetime) -> datetime | None:
    """Note a call that said nothing about any video; returns until when nobody asks, if so.

    The breaker opens at once where the platform says that it wants no more, and after
    FAILURES_BORNE else: for as long as it wishes, to the end of the window if its quota is used
    up, for a minute doubled up to six hours otherwise, plus up to a quarter at random.
    """
    with transaction.atomic():
        row = _lock(name)
        row.calls += 1
        row.failures += 1
        row.last_failure = f"{failure.kind}: {failure.reason}"[:300]
        row.failed_at = now
        row.probe_until = None
        if failure.kind.stops_gateway or row.failures >= FAILURES_BORNE or row.open_until:
            doubled = FIRST_PAUSE * 2 ** min(max(row.failures - 1, 0), 16)
            pause = max(min(doubled, LONGEST_PAUSE), failure.retry_after or timedelta())
            if failure.kind == FailureKind.QUOTA_EXHAUSTED:
                pause = max(failure.retry_after or grant.window.end - now, FIRST_PAUSE)
            # Not all of many keys and workers come back in the same second.
            row.open_until = now + pause * (1 + random.random() / 4)  # noqa: S311
        row.save(
            update_fields=[
                "calls", "failures", "last_failure", "failed_at", "probe_until", "open_until",
            ]
        )  # fmt: skip
    return row.open_until


def is_open(name: str, *, now: datetime) -> bool:
    """Tell whether nobody asks by a gateway now, since its breaker is open."""
    return GatewayState.objects.filter(name=name, open_until__gt=now).exists()


def load_of(name: str) -> Load:
    """Return the load that all intervals of a gateway are stretched by, as last found."""
    found = GatewayState.objects.filter(name=name).values_list("stretch", "turn").first()
    if found is None:
        return schedule.CALM
    stretch, turn = found
    return Load(stretch, float("inf") if turn is None else turn)


def find_load(
    name: str, *, sites: list[Site], budget: Budget, policy: Policy, now: datetime
) -> Load:
    """Find the load anew from all videos that the gateway asks for, and keep it. Reads them all."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT pace, count(*), count(*) / sum(1 / wanted),
                   avg(power(coalesce(views, 0) + 1.0::float8, 0.125)),
                   count(*) FILTER (WHERE refresh_at <= %s)
              FROM catalogue_videocounts
             WHERE site = ANY(%s) AND refresh_at IS NOT NULL
             GROUP BY pace
            """,
            [now, [str(site) for site in sites]],
        )
        rows = cursor.fetchall()
    groups = [
        schedule.Group(count, wanted or policy.unknown_age, weight)
        for _pace, count, wanted, weight, _due in rows
    ]
    load = schedule.find_load(
        groups,
        looks_per_day=budget.looks_per_day,
        backlog=sum(due for *_rest, due in rows),
        policy=policy,
    )
    turn = None if load.turn == float("inf") else load.turn
    GatewayState.objects.update_or_create(
        name=name, defaults={"stretch": load.stretch, "turn": turn, "load_at": now}
    )
    return load


def _lock(name: str) -> GatewayState:
    GatewayState.objects.get_or_create(name=name)
    return GatewayState.objects.select_for_update().get(name=name)
