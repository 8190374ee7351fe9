"""How the refresh stands: what operators read on their page, in metrics and in a terminal.

All is read from the database, so any process gives the same answer, whatever becomes of Redis.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from catalogue.models import NEVER_PACED, GatewayState, SampleThinning, Span
from catalogue.platforms import FailureKind
from catalogue.refreshing import asking, schedule
from catalogue.refreshing.asking import Way

# What failed without a word: its worker died, and the lease ran out.
RAN_OUT = "lease_ran_out"
# What no gateway of today says.
OTHER = "other"
KINDS = (*(str(kind) for kind in FailureKind), RAN_OUT, OTHER)

# Somebody may hold a lock on a partition, and Prometheus waits ten seconds.
_PATIENCE = "SET LOCAL statement_timeout = '8s'"

_IS_FREE = "(leased_until IS NULL OR leased_until <= %(now)s)"
# One scan for all of it: most of these have no index, and those that have save little.
_COUNT_VIDEOS = f"""
SELECT site, CASE WHEN failures > 0 THEN split_part(last_failure, ':', 1) END,
       count(*),
       count(*) FILTER (WHERE refresh_at IS NOT NULL),
       count(*) FILTER (WHERE refresh_at <= %(now)s AND {_IS_FREE}),
       min(refresh_at) FILTER (WHERE refresh_at <= %(now)s AND {_IS_FREE}),
       count(*) FILTER (WHERE leased_until > %(now)s),
       count(*) FILTER (WHERE refresh_at IS NOT NULL AND pace = %(never)s)
  FROM catalogue_videocounts GROUP BY 1, 2
"""  # noqa: S608 (conditions of ours)
_FIND_PARTITIONS = r"""
SELECT c.relname, to_date(substring(c.relname from '_(\d{4}_\d{2})$'), 'YYYY_MM'),
       CASE WHEN pg_relation_size(c.oid) > 0 THEN nullif(c.reltuples, -1)::bigint ELSE 0 END
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'catalogue_countsample'::regclass
   AND c.relname <> 'catalogue_countsample_later'
 ORDER BY 2 NULLS FIRST
"""
# As many as anybody needs to know; more are counted as so many.
MOST_WAITING = 100_000
_COUNT_WAITING = f"""
SELECT count(*) FROM (SELECT 1 FROM catalogue_countsample_later LIMIT {MOST_WAITING}) waiting
"""  # noqa: S608


class Breaker(enum.StrEnum):
    """Whether a gateway is asked: TRYING is when the pause is over, and one call is to tell."""

    CLOSED = "closed"
    OPEN = "open"
    TRYING = "trying"


@dataclass(frozen=True, slots=True)
class GatewayFigures:
    """One gateway: its queue (in videos), its budget, its breaker and its load.

    `videos` are all that it is asked about, `due` those that a worker could take at once, the
    oldest since `oldest_due_at`; those that are `leased` are not among them. `used` and `limit`
    are units of the window that ends at `window_ends_at`. `calls` and `answers` (of videos)
    only grow. `turn` is in days, None without a round. `missing` are the looks a day that the
    budget lacks to meet every video within the longest interval.
    """

    name: str
    videos: int
    due: int
    oldest_due_at: datetime | None
    leased: int
    never_asked: int
    used: int
    limit: int
    window_ends_at: datetime
    breaker: Breaker
    open_until: datetime | None
    failures: int
    last_failure: str
    failed_at: datetime | None
    answered_at: datetime | None
    calls: int
    answers: int
    stretch: float
    turn: float | None
    load_at: datetime | None
    missing: float


@dataclass(frozen=True, slots=True)
class PartitionFigures:
    """Samples of one month, or of all before the first (`month` is None).

    `rows` is PostgreSQL's own estimate, None before its first analysis. All videos are thinned
    out to `thinned_to`, some already to `thinning_to`; `dropped` samples went.
    """

    name: str
    month: datetime | None
    rows: int | None
    thinned_to: Span | None
    thinning_to: Span | None
    dropped: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How the refresh stands at one moment.

    `failing` has every kind of KINDS: videos whose last look was not answered. `partitions`
    are there until `partitioned_until`, and `waiting` samples (MOST_WAITING at most) lie where
    those go that came for a month without one.
    """

    at: datetime
    is_on: bool
    gateways: list[GatewayFigures]
    failing: dict[str, int]
    partitions: list[PartitionFigures]
    partitioned_until: datetime | None
    waiting: int


@dataclass(slots=True)
class _Queue:
    """Videos of one site, or of several."""

    videos: int = 0
    due: int = 0
    oldest_due_at: datetime | None = None
    leased: int = 0
    never_asked: int = 0

    def add(self, other: "_Queue") -> None:
        self.videos += other.videos
        self.due += other.due
        dates = [at for at in (self.oldest_due_at, other.oldest_due_at) if at]
        self.oldest_due_at = min(dates, default=None)
        self.leased += other.leased
        self.never_asked += other.never_asked


def read(*, now: datetime) -> Figures:
    """Return how all stands. Six statements, one of which reads all rows of VideoCounts.

    That takes 150 ms for a million videos, so once a minute is no burden. Locks nothing. Raises
    django.db.Error if the database does not answer, or not within seconds.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            cursor.execute(_COUNT_VIDEOS, {"now": now, "never": NEVER_PACED})
            counted = cursor.fetchall()
            cursor.execute(_FIND_PARTITIONS)
            found = cursor.fetchall()
            cursor.execute(_COUNT_WAITING)
            (waiting,) = cursor.fetchone()
        states = {state.name: state for state in GatewayState.objects.all()}
        thinned = list(SampleThinning.objects.all())
    queues: dict[str, _Queue] = {}
    failing = dict.fromkeys(KINDS, 0)
    for site, kind, videos, *queue in counted:
        queues.setdefault(site, _Queue()).add(_Queue(*queue))
        if kind is not None:
            failing[_known(kind)] += videos
    partitions = [_partition(name, begins, rows, thinned) for name, begins, rows in found]
    months = [one.month for one in partitions if one.month]
    return Figures(
        at=now,
        is_on=settings.REFRESH_ENABLED,
        gateways=[
            _gateway(way, states.get(way.name) or GatewayState(name=way.name), queues, now)
            for way in asking.ways()
        ],
        failing=failing,
        partitions=partitions,
        partitioned_until=_month_after(max(months)) if months else None,
        waiting=waiting,
    )


def _known(kind: str) -> str:
    if not kind:
        return RAN_OUT
    return kind if kind in KINDS else OTHER


def _gateway(
    way: Way, state: GatewayState, queues: dict[str, _Queue], now: datetime
) -> GatewayFigures:
    queue = _Queue()
    for site in way.sites:
        queue.add(queues.get(site, _Queue()))
    window = way.budget.window_of(now)
    return GatewayFigures(
        name=way.name,
        videos=queue.videos,
        due=queue.due,
        oldest_due_at=queue.oldest_due_at,
        leased=queue.leased,
        never_asked=queue.never_asked,
        used=state.used if state.window_start == window.start else 0,
        limit=way.budget.limit,
        window_ends_at=window.end,
        breaker=_breaker(state, now),
        open_until=state.open_until,
        failures=state.failures,
        last_failure=state.last_failure,
        failed_at=state.failed_at,
        answered_at=state.answered_at,
        calls=state.calls,
        answers=state.answers,
        stretch=state.stretch,
        turn=state.turn,
        load_at=state.load_at,
        missing=schedule.shortfall(
            queue.videos,
            looks_per_day=way.budget.looks_per_day,
            policy=asking.policy_of(way),
        ),
    )


def _breaker(state: GatewayState, now: datetime) -> Breaker:
    if state.open_until is None:
        return Breaker.CLOSED
    return Breaker.OPEN if state.open_until > now else Breaker.TRYING


def _partition(
    name: str, begins: datetime | None, rows: int | None, thinned: Iterable[SampleThinning]
) -> PartitionFigures:
    month = datetime(begins.year, begins.month, 1, tzinfo=UTC) if begins else None
    ours = [one for one in thinned if one.month == month]
    return PartitionFigures(
        name=name,
        month=month,
        rows=rows,
        thinned_to=_coarsest(one.span for one in ours if one.done_at),
        thinning_to=_coarsest(one.span for one in ours if not one.done_at),
        dropped=sum(one.dropped for one in ours),
    )


def _coarsest(spans: Iterable[str]) -> Span | None:
    return max(map(Span, spans), key=list(Span).index, default=None)


def _month_after(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)
