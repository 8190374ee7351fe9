"""How the counts of a film went: its samples, whole hours, days or weeks of them, an outline.

Only reads. Each function asks one query, along the key of samples (video, time), and nothing
of a sample is taken for granted but that: they may lie in partitions, and old ones may be
thinned, as long as each hour, day or week keeps its first, last, least and most.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection, models
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext_lazy as _

from catalogue import paging
from catalogue.models import CountSample, Video

NUMBERS = ("views", "likes", "dislikes", "comments")
# Rows that are read at once where all are wanted.
CHUNK = 2000
# Every outline is drawn at this many points at most.
POINTS = 200
# What an outline keeps of a stretch of time: first, last, least and most of two numbers.
_KEPT = 6


class Resolution(models.TextChoices):
    """How finely counts over time are told. Hours, days and weeks are those of UTC."""

    RAW = "raw", _("As observed")
    HOUR = "hour", _("By the hour")
    DAY = "day", _("By the day")
    WEEK = "week", _("By the week, from Monday")


LENGTHS = {
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAY: timedelta(days=1),
    Resolution.WEEK: timedelta(weeks=1),
}


class Spread(NamedTuple):
    """How one number went within a bucket, by time (first, last) and by size."""

    first: int
    last: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was observed from `start` until before `end`; a number that never was known is None.

    `count` samples, the first observed at `first_at` and the last at `last_at`.
    """

    start: datetime
    end: datetime
    count: int
    first_at: datetime
    last_at: datetime
    views: Spread | None
    likes: Spread | None
    dislikes: Spread | None
    comments: Spread | None


class Sample(NamedTuple):
    """The counts observed at one time; unknown is None."""

    observed_at: datetime
    views: int | None
    likes: int | None
    dislikes: int | None
    comments: int | None


class Growth(NamedTuple):
    """How many views came a day, from one observation to the latest."""

    per_day: float
    since: datetime
    until: datetime

    @property
    def days(self) -> int:
        """How many days lie between, to the nearest."""
        return round((self.until - self.since) / timedelta(days=1))


# The samples of one video: the time alone is their order.
LATEST = paging.Ordering("latest", models.F("observed_at"), paging.read_moment, tie="video_id")


# --- All of them, by page -------------------------------------------------------------


def page(
    video: Video,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    resolution: Resolution = Resolution.RAW,
    cursor: str = "",
    size: int = paging.SIZE,
) -> paging.Page[Any]:
    """Return a page of CountSamples, or of Buckets, newest first: from `since`, before `until`.

    One query. Raises ValidationError (field "cursor") for a cursor of another range or
    resolution.
    """
    name = _name(since, until, resolution)
    if resolution == Resolution.RAW:
        ordering = paging.Ordering(name, LATEST.key, LATEST.read, tie=LATEST.tie)
        return paging.page(
            samples(video, since=since, until=until), ordering, cursor=cursor, size=size
        )
    length = LENGTHS[resolution]

    def read_start(value: Any) -> datetime:
        start = paging.read_moment(value)
        # Raises OverflowError at the end of time, where no bucket can begin.
        return start + length - length

    def fetch(position: datetime | None, limit: int, *, is_back: bool) -> list[Bucket]:
        first, end = since, until
        if position is not None and is_back:
            first = max(filter(None, (since, position + length)))
        elif position is not None:
            end = min(filter(None, (until, position)))
        return buckets(
            video, resolution, since=first, until=end, limit=limit, newest_first=not is_back
        )

    return paging.page_of(fetch, name, read_start, lambda one: one.start, cursor=cursor, size=size)


def samples(
    video: Video, *, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[CountSample]:
    """Return what was observed from `since` and before `until`, in no order."""
    rows = CountSample.objects.filter(video=video)
    if since is not None:
        rows = rows.filter(observed_at__gte=since)
    return rows if until is None else rows.filter(observed_at__lt=until)


def every(
    video: Video,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    resolution: Resolution = Resolution.RAW,
) -> Iterator[Any]:
    """Give all CountSamples, or Buckets, newest first; CHUNK of them a query.

    No cursor is held open meanwhile: whoever reads slowly holds nobody up.
    """
    while True:
        if resolution == Resolution.RAW:
            rows = samples(video, since=since, until=until).order_by("-observed_at")
            found: list[Any] = list(rows[:CHUNK])
        else:
            found = buckets(video, resolution, since=since, until=until, limit=CHUNK)
        yield from found
        if len(found) < CHUNK:
            return
        last = found[-1]
        until = last.observed_at if resolution == Resolution.RAW else last.start


def _name(since: datetime | None, until: datetime | None, resolution: Resolution) -> str:
    """Return what a cursor is bound to. Without a range, that of samples is as it ever was."""
    name = LATEST.name if resolution == Resolution.RAW else resolution.value
    bounds = [moment.astimezone(UTC).isoformat() if moment else "" for moment in (since, until)]
    return " ".join([name, *bounds]) if any(bounds) else name


# --- Buckets --------------------------------------------------------------------------

# Of each number: all known values by time, of which the first and the last are taken.
_GATHERED = ",\n".join(
    f"array_agg({name} ORDER BY observed_at) FILTER (WHERE {name} IS NOT NULL) AS {name}, "
    f"min({name}) AS {name}_least, max({name}) AS {name}_most"
    for name in NUMBERS
)
_TOLD = ", ".join(
    f"{name}[1], {name}[cardinality({name})], {name}_least, {name}_most" for name in NUMBERS
)
_WITHIN = """
    video_id = %(video)s
    AND observed_at >= coalesce(%(since)s::timestamptz, '-infinity')
    AND observed_at < coalesce(%(until)s::timestamptz, 'infinity')
"""
_BUCKETS = """
SELECT start, count, first_at, last_at, {told}
  FROM (
    SELECT date_trunc(%(unit)s, observed_at, 'UTC') AS start, count(*),
           min(observed_at) AS first_at, max(observed_at) AS last_at, {gathered}
      FROM catalogue_countsample
     WHERE {within}
     GROUP BY 1 ORDER BY 1 {direction} LIMIT %(limit)s
  ) AS buckets
 ORDER BY start {direction}
"""


def buckets(
    video: Video,
    resolution: Resolution,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int,
    newest_first: bool = True,
) -> list[Bucket]:
    """Return the first `limit` hours, days or weeks in which something was observed. One query.

    Only samples from `since` and before `until` count, also in a bucket that begins earlier or
    ends later.
    """
    told: dict[str, Any] = {
        "video": video.pk, "unit": resolution.value, "since": since, "until": until,
        "limit": limit,
    }  # fmt: skip
    statement = _BUCKETS.format(
        told=_TOLD,
        gathered=_GATHERED,
        within=_WITHIN,
        direction="DESC" if newest_first else "ASC",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, told)
        return [_bucket(row, LENGTHS[resolution]) for row in cursor.fetchall()]


def _bucket(row: Sequence[Any], length: timedelta) -> Bucket:
    start, count, first_at, last_at, *numbers = row
    spreads = [
        None if numbers[at] is None else Spread(*numbers[at : at + 4])
        for at in range(0, 4 * len(NUMBERS), 4)
    ]
    return Bucket(start, start + length, count, first_at, last_at, *spreads)


# --- For drawing ----------------------------------------------------------------------

_OUTLINE = f"""
SELECT observed_at, views, likes, dislikes, comments
  FROM (
    SELECT observed_at, views, likes, dislikes, comments,
           row_number() OVER (PARTITION BY stretch ORDER BY observed_at) AS first,
           row_number() OVER (PARTITION BY stretch ORDER BY observed_at DESC) AS last,
           row_number() OVER (PARTITION BY stretch ORDER BY views, observed_at) AS few,
           row_number() OVER (
               PARTITION BY stretch ORDER BY views DESC NULLS LAST, observed_at DESC) AS many,
           row_number() OVER (PARTITION BY stretch ORDER BY likes, observed_at) AS few_likes,
           row_number() OVER (
               PARTITION BY stretch ORDER BY likes DESC NULLS LAST, observed_at DESC) AS many_likes,
           count(*) OVER () AS total
      FROM (
        SELECT *, date_bin(%(length)s, observed_at, %(since)s) AS stretch
          FROM catalogue_countsample
         WHERE {_WITHIN}
      ) AS placed
  ) AS ranked
 WHERE total <= %(most)s OR 1 IN (first, last, few, many, few_likes, many_likes)
 ORDER BY observed_at
"""  # noqa: S608 (our own words)
_BEFORE = """
SELECT observed_at, views, likes, dislikes, comments
  FROM catalogue_countsample
 WHERE video_id = %s AND observed_at < %s
 ORDER BY observed_at DESC LIMIT 1
"""


def extent(video: Video) -> tuple[datetime, datetime] | None:
    """Return when the film was first and last counted; None if it never was. One query."""
    found = CountSample.objects.filter(video=video).aggregate(
        first=Min("observed_at"), last=Max("observed_at")
    )
    return None if found["first"] is None else (found["first"], found["last"])


def outline(video: Video, *, since: datetime, until: datetime) -> list[Sample]:
    """Return the samples that tell how views and likes went, oldest first, POINTS at most.

    From `since` and before `until`, which is later. All of them, or of each of equal stretches
    of the time the first, the last, and the least and most views and likes. Nothing is made
    up: every one was observed. One query.
    """
    # Of counts that only grow two are kept of a stretch: its first is its least, and the last
    # of several as large is its most.
    length = (until - since) / (POINTS // _KEPT * 3) + timedelta.resolution
    told: dict[str, Any] = {
        "video": video.pk, "since": since, "until": until, "length": length, "most": POINTS,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_OUTLINE, told)
        found = [Sample(*row) for row in cursor.fetchall()]
    # Stretches three times as long are made of whole ones, so that nothing is missing.
    return found if len(found) <= POINTS else _thinned(found, since=since, length=3 * length)


def _thinned(found: Sequence[Sample], *, since: datetime, length: timedelta) -> list[Sample]:
    """Return of each stretch of a length, counted from `since`, what an outline keeps."""
    kept: list[Sample] = []
    for _number, stretch in groupby(found, lambda one: (one.observed_at - since) // length):
        here = list(stretch)
        ends = {here[0], here[-1]}
        for number in (itemgetter(1), itemgetter(2)):
            known = [one for one in here if number(one) is not None]
            if known:
                ends |= {min(known, key=number), max(reversed(known), key=number)}
        kept += sorted(ends, key=lambda one: one.observed_at)
    return kept


def find_before(video: Video, moment: datetime) -> Sample | None:
    """Return the last sample before a moment, if there is one. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [video.pk, moment])
        row = cursor.fetchone()
    return row and Sample(*row)


_GROWTH = """
SELECT latest.views, latest.observed_at, earlier.views, earlier.observed_at
  FROM (
    SELECT views, observed_at FROM catalogue_countsample
     WHERE video_id = %(video)s AND views IS NOT NULL
     ORDER BY observed_at DESC LIMIT 1
  ) AS latest
 CROSS JOIN unnest(%(days)s) AS days
 CROSS JOIN LATERAL (
    SELECT views, observed_at FROM catalogue_countsample
     WHERE video_id = %(video)s AND views IS NOT NULL
       AND observed_at <= latest.observed_at - days * interval '0.9 days'
       AND observed_at >= latest.observed_at - days * interval '1.5 days'
     ORDER BY abs(extract(epoch FROM latest.observed_at - observed_at) - days * 86400) LIMIT 1
  ) AS earlier
 ORDER BY days
"""


def growth(video: Video, *, days: Sequence[int] = (7, 30)) -> list[Growth]:
    """Return the views a day over about the last so many days, for each where that is known.

    Up to the latest observation, from the one nearest to that many days before it, which may
    lie a tenth less or a half more away: its own dates say which. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GROWTH, {"video": video.pk, "days": list(days)})
        rows = cursor.fetchall()
    return [
        Growth((views - before) / ((until - since) / timedelta(days=1)), since, until)
        for views, until, before, since in rows
    ]
