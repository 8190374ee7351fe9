"""Which videos are due, and who may ask about them now.

A row that is due is the queue: workers lease rows, ask the platform, and hand the answer
back with the lease. A lease that was not handed back runs out by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from catalogue.models import Site
from catalogue.models.videos import page_of
from catalogue.platforms.gateways import Asked
from catalogue.refreshing.schedule import Policy

# Longer than a batch may take (CELERY_TASK_TIME_LIMIT), so that no lease runs out under a
# worker that still works.
LEASE = timedelta(minutes=5)
# The octaves of hours between two looks: below two hours, below four, … more than three years.
PACES = range(16)
# Many who begin at one moment are after the same ones, and two of them get all. The others
# look again, past what was taken: each look lets two more have their share.
LOOKS = 8

_IS_FREE = "(c.leased_until IS NULL OR c.leased_until <= %(now)s)"

# The longest due of each octave, and the most urgent of those. Of one octave the longest due
# is the most urgent but for a factor of two, so this finds what a sort of the whole queue
# would, however long that is. Those that were never looked at take every second place. One
# by one they are locked, in that order, until there are enough: a join would be free to read
# the whole queue. Where others snatched some of them, what fills no call is left: a call costs
# a unit however few it asks about, and the next sweep meets nobody.
_CHOOSE = f"""
WITH candidates AS MATERIALIZED (
    SELECT d.* FROM unnest(%(sites)s::text[]) AS s (site)
     CROSS JOIN generate_series(-1, {PACES.stop - 1}) AS p (pace)
     CROSS JOIN LATERAL (
        SELECT c.video_id, c.pace = -1 AS is_first,
               extract(epoch FROM %(now)s - c.refresh_at) / 86400
                   / greatest(c.wanted, %(shortest)s) AS lateness,
               c.failures = 0 AND c.looked_at <= %(now)s - %(longest)s * interval '1 day'
                   AS is_starved,
               c.refresh_at
          FROM catalogue_videocounts c
         WHERE c.site = s.site AND c.pace = p.pace AND c.refresh_at <= %(now)s AND {_IS_FREE}
         ORDER BY c.refresh_at LIMIT %(candidates)s
     ) d
), ranked AS MATERIALIZED (
    SELECT video_id, refresh_at, row_number() OVER (
        PARTITION BY is_first
            ORDER BY is_starved DESC NULLS LAST, lateness DESC NULLS LAST, refresh_at
    ) AS place FROM candidates
), locked AS MATERIALIZED (
    SELECT c.video_id FROM (SELECT video_id FROM ranked ORDER BY place, refresh_at) r
     CROSS JOIN LATERAL (
        SELECT c.video_id FROM catalogue_videocounts c
         WHERE c.video_id = r.video_id AND c.refresh_at <= %(now)s AND {_IS_FREE}
           FOR UPDATE SKIP LOCKED
     ) c LIMIT %(limit)s
), chosen AS MATERIALIZED (
    SELECT video_id FROM (
        SELECT video_id, row_number() OVER () AS place, count(*) OVER () AS count FROM locked
    ) l
     WHERE count >= least(%(limit)s, (SELECT count(*) FROM ranked))
        OR place <= count / %(call)s * %(call)s
)
"""  # noqa: S608 (numbers and conditions of ours)

_CHOOSE_NAMED = f"""
WITH chosen AS MATERIALIZED (
    SELECT c.video_id FROM catalogue_videocounts c
     WHERE c.video_id = ANY(%(videos)s) AND c.site = ANY(%(sites)s)
       AND c.refresh_at IS NOT NULL AND {_IS_FREE}
     ORDER BY c.video_id LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED
)
"""  # noqa: S608

_LEASE = """
UPDATE catalogue_videocounts c
   SET failures = c.failures + (c.leased_until IS NOT NULL)::int,
       leased_until = %(now)s + make_interval(secs => %(lease)s * power(2, least(c.failures, 6)))
  FROM chosen JOIN catalogue_video v ON v.id = chosen.video_id
 WHERE c.video_id = chosen.video_id
RETURNING c.video_id, c.failures, c.leased_until, v.url, v.platform, v.platform_id
"""


_Given = int | float | list[str] | list[int]


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to hand in one look at one video, until a moment that is also its number."""

    asked: Asked
    until: datetime

    @property
    def video_id(self) -> int:
        """Return our number of the video."""
        return self.asked.video_id

    @property
    def url(self) -> str:
        """Return the page to ask."""
        return self.asked.url


def take_due(
    limit: int,
    *,
    now: datetime,
    sites: Collection[Site] = tuple(Site),
    policy: Policy = Policy(),  # noqa: B008 (frozen)
    call: int = 1,
) -> list[Lease]:
    """Lease up to `limit` videos that are due, the most urgent first. Never waits.

    Any number of workers may take at once; each row goes to one. Where they are after the
    same ones, each takes as many as make full calls of `call` videos, and whoever gets none
    looks again, up to LOOKS times. It is one statement where something was got.

    A lease that ran out counts as a failure, and each failure doubles the next lease, since a
    look that ends its worker can say nothing for itself. Those that failed come last, so that
    the others are done by then.
    """
    given: dict[str, _Given] = {
        "sites": [str(site) for site in sites],
        # Others may be taking the same ones at this moment.
        "candidates": 2 * limit,
        "call": call,
        "shortest": policy.shortest,
        "longest": policy.longest,
    }
    for _look in range(LOOKS):
        taken = _lease(_CHOOSE, now=now, limit=limit, **given)
        if taken or not is_worth_a_call(1, timedelta(), now=now, sites=sites):
            return taken
    return []


def is_worth_a_call(
    videos: int, patience: timedelta, *, now: datetime, sites: Collection[Site]
) -> bool:
    """Tell whether so many videos are due, or one has been for longer than our patience."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT count(*) >= %(limit)s OR coalesce(min(refresh_at) <= %(late)s, false) FROM (
                SELECT d.refresh_at FROM unnest(%(sites)s::text[]) AS s (site)
                 CROSS JOIN generate_series(-1, {PACES.stop - 1}) AS p (pace)
                 CROSS JOIN LATERAL (
                    SELECT c.refresh_at FROM catalogue_videocounts c
                     WHERE c.site = s.site AND c.pace = p.pace AND c.refresh_at <= %(now)s
                       AND {_IS_FREE}
                     ORDER BY c.refresh_at LIMIT %(limit)s
                 ) d
            ) due
            """,  # noqa: S608 (a condition of ours)
            {
                "now": now,
                "late": now - patience,
                "limit": videos,
                "sites": [str(site) for site in sites],
            },
        )
        is_worth: bool = cursor.fetchone()[0]
    return is_worth


def take(
    videos: Sequence[int], *, now: datetime, sites: Collection[Site] = tuple(Site)
) -> list[Lease]:
    """Lease videos whether they are due or not, but those that somebody holds or nobody can ask."""
    given: dict[str, _Given] = {"videos": list(videos), "sites": [str(site) for site in sites]}
    return _lease(_CHOOSE_NAMED, now=now, limit=len(videos), **given)


def _lease(choose: str, *, now: datetime, limit: int, **given: _Given) -> list[Lease]:
    # Materialized: a plan that read the choice again for each row would lock more every time.
    with connection.cursor() as cursor:
        cursor.execute(
            choose + _LEASE, {"now": now, "lease": LEASE.total_seconds(), "limit": limit, **given}
        )
        rows = sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))
    return [
        Lease(Asked(pk, platform, platform_id, page_of(platform, platform_id, url)), until)
        for pk, _failures, until, url, platform, platform_id in rows
    ]


def release(leases: Collection[Lease]) -> None:
    """Give leases back unused: the videos are due as before. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE catalogue_videocounts c SET leased_until = NULL
              FROM unnest(%s::bigint[], %s::timestamptz[]) AS l (video_id, until)
             WHERE c.video_id = l.video_id AND c.leased_until = l.until
            """,
            [[lease.video_id for lease in leases], [lease.until for lease in leases]],
        )
