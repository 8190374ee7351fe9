"""How views went lately, for many films at once; and how many they gained, to sort by."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from catalogue import charts
from catalogue.models import Video, VideoCounts

# The days up to when a film was last counted, and how many points are drawn of them.
LATELY = timedelta(days=90)
SPARK_SAMPLES = 30
# Films are sorted by the views they gained in so long, up to when they were last counted.
GAINED_IN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Trend:
    """How the views of a film went: a small line, and what it says in numbers."""

    spark: charts.Spark
    since: datetime
    until: datetime
    first: int
    last: int


# Each film's own time, so that the database reads no more than that, of partitions too. Its
# parts are counted from the end, and are shorter where counting began lately. Floating point:
# in exact numbers the same takes half as long again.
_LATELY = """
SELECT DISTINCT ON (video_id, part) video_id, observed_at, views
  FROM (
    SELECT video_id, observed_at, views,
           floor(
               %(parts)s * extract(epoch FROM until - observed_at)::float8
               / extract(epoch FROM until - since + interval '1 microsecond')::float8
           ) AS part
      FROM (
        SELECT film.video_id, film.until, sample.observed_at, sample.views,
               min(sample.observed_at) OVER (PARTITION BY film.video_id) AS since
          FROM unnest(%(videos)s, %(untils)s::timestamptz[]) AS film (video_id, until)
          JOIN catalogue_countsample AS sample
            ON sample.video_id = film.video_id AND sample.views IS NOT NULL
               AND sample.observed_at > film.until - %(lately)s
               AND sample.observed_at <= film.until
      ) AS counted
  ) AS placed
 ORDER BY video_id, part DESC, observed_at DESC
"""

# Only what differs is locked and written; a row that somebody else holds waits for the next sweep.
_GAIN = """
WITH chosen AS (
    SELECT video_id, observed_at, gained FROM catalogue_videocounts
     WHERE video_id > %(after)s ORDER BY video_id LIMIT %(videos)s
), told AS (
    SELECT chosen.video_id, chosen.gained AS known, newest.views - oldest.views AS gained
      FROM chosen
      LEFT JOIN LATERAL (
        SELECT views, observed_at FROM catalogue_countsample AS sample
         WHERE sample.video_id = chosen.video_id AND views IS NOT NULL
           AND sample.observed_at <= chosen.observed_at
         ORDER BY observed_at DESC LIMIT 1
      ) AS newest ON true
      LEFT JOIN LATERAL (
        SELECT views FROM catalogue_countsample AS sample
         WHERE sample.video_id = chosen.video_id AND views IS NOT NULL
           AND sample.observed_at >= newest.observed_at - %(gained_in)s
           AND sample.observed_at < newest.observed_at
         ORDER BY observed_at LIMIT 1
      ) AS oldest ON true
), held AS (
    SELECT counts.video_id, told.gained FROM catalogue_videocounts AS counts
      JOIN told USING (video_id)
     WHERE told.gained IS DISTINCT FROM told.known
     ORDER BY video_id FOR NO KEY UPDATE OF counts SKIP LOCKED
), written AS (
    UPDATE catalogue_videocounts AS counts SET gained = held.gained
      FROM held WHERE held.video_id = counts.video_id RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT max(video_id) FROM chosen)
"""


def count_gained(*, after: int = 0, limit: int) -> tuple[int, int | None]:
    """Find anew how many views films gained lately, of the next `limit` films after a number.

    Returns how many differed, and the number of the last film, None past the last. What was
    counted once only in that time has gained nobody knows what. One statement; idempotent.
    """
    told: dict[str, Any] = {"after": after, "videos": limit, "gained_in": GAINED_IN}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_GAIN, told)
        written, last = cursor.fetchone()
    return written, last


def views_of(videos: Iterable[Video]) -> dict[int, Trend]:
    """Return how views went for each film that was counted twice or more lately.

    Of each of SPARK_SAMPLES equal parts of LATELY the last known count, up to when the film was
    last counted. One query for any number of films. Needs their `counts`.
    """
    untils = {video.pk: until for video in videos if (until := _counted_at(video))}
    if not untils:
        return {}
    told: dict[str, Any] = {
        "videos": list(untils),
        "untils": list(untils.values()),
        "lately": LATELY,
        "parts": SPARK_SAMPLES,
    }
    series: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, told)
        for video, observed_at, views in cursor.fetchall():
            series[video].append((observed_at, views))
    trends = {video: _trend(samples) for video, samples in series.items()}
    return {video: trend for video, trend in trends.items() if trend}


def _counted_at(video: Video) -> datetime | None:
    try:
        return video.counts.observed_at
    except VideoCounts.DoesNotExist:
        return None


def _trend(samples: list[tuple[datetime, int]]) -> Trend | None:
    """Return the trend of (moment, views), oldest first; None if there are fewer than two."""
    spark = charts.spark([(moment.timestamp(), views) for moment, views in samples])
    if spark is None:
        return None
    (since, first), (until, last) = samples[0], samples[-1]
    return Trend(spark, since, until, first, last)
