"""Samples of counts as they grow old: a partition for each month, and fewer of them with age.

The longer ago, the coarser: of each hour, then day, then week only the samples stay that are
the first, the last, the lowest or the highest of one of their numbers. Those are real
observations as they came; nothing is averaged.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from catalogue.models import SampleThinning, Span

# How long before a month begins its partition is there.
MADE_AHEAD = timedelta(days=62)
# From which age on a month of samples is told by the hour, by the day, by the week.
AGES: dict[Span, timedelta] = {
    Span.HOUR: timedelta(days=14),
    Span.DAY: timedelta(days=180),
    Span.WEEK: timedelta(days=3 * 365),
}
# Videos of one transaction: a month of hourly samples of each is a few hundred thousand rows.
VIDEOS_AT_ONCE = 500
_NUMBERS = ("views", "likes", "dislikes", "comments")
# Nobody waits long for us, who come again tomorrow.
_PATIENCE = "SET LOCAL lock_timeout = '5s'"


@dataclass(frozen=True, slots=True)
class Thinned:
    """What one step did: samples that went, and whether there is more to do."""

    dropped: int
    is_more: bool


def make_partitions(*, now: datetime) -> int:
    """Make the partitions of this month and the next two where they are missing; returns how many.

    Samples that came for a month without one move into it. Raises django.db.OperationalError
    if other work does not let us in within seconds; then nothing has changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute("SELECT make_sample_partitions(%s)", [now + MADE_AHEAD])
        made: int = cursor.fetchone()[0]
    return made


def _times_kept(number: str) -> str:
    """Return SQL for when a number was first and last told in a span, and lowest and highest.

    Of equal ones the earliest: what came after it said nothing new.
    """
    known = f"FILTER (WHERE {number} IS NOT NULL)"
    return f"""
        min(observed_at) {known}, max(observed_at) {known},
        (array_agg(observed_at ORDER BY {number}, observed_at) {known})[1],
        (array_agg(observed_at ORDER BY {number} DESC, observed_at) {known})[1]"""


_THIN = f"""
WITH chosen AS (
    SELECT DISTINCT video_id FROM (
        SELECT video_id FROM catalogue_countsample
         WHERE observed_at >= %(begins)s AND observed_at < %(ends)s AND video_id > %(after)s
         ORDER BY video_id
    ) v LIMIT %(videos)s
), spans AS (
    SELECT s.video_id, date_trunc(%(span)s, s.observed_at, 'UTC') AS begins,
           ARRAY[min(observed_at), max(observed_at),
                 {", ".join(map(_times_kept, _NUMBERS))}] AS kept
      FROM catalogue_countsample s JOIN chosen USING (video_id)
     WHERE s.observed_at >= %(begins)s AND s.observed_at < %(ends)s
     GROUP BY 1, 2 HAVING count(*) > 1
), dropped AS (
    DELETE FROM catalogue_countsample s USING spans
     WHERE s.video_id = spans.video_id
       AND s.observed_at >= %(begins)s AND s.observed_at < %(ends)s
       AND date_trunc(%(span)s, s.observed_at, 'UTC') = spans.begins
       AND s.observed_at <> ALL(array_remove(spans.kept, NULL))
    RETURNING 1
)
SELECT (SELECT count(*) FROM dropped), (SELECT max(video_id) FROM chosen)
"""  # noqa: S608 (names of ours)


def thin(*, now: datetime) -> Thinned:
    """Thin out some samples of one month that has come of age. One transaction.

    The oldest month first. Goes on where the last step ended, also after a crash; of
    several at once one works. What comes in later for such a month stays as it is.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [0x51E2])
        if not cursor.fetchone()[0]:
            return Thinned(0, is_more=False)
        task = _next_task(now)
        if task is None:
            return Thinned(0, is_more=False)
        cursor.execute(
            _THIN,
            {
                "begins": task.month,
                "ends": _month_after(task.month),
                "span": task.span,
                "after": task.last_video,
                "videos": VIDEOS_AT_ONCE,
            },
        )
        dropped, last = cursor.fetchone()
        task.dropped += dropped
        if last is None:
            task.done_at = now
        else:
            task.last_video = last
        task.save()
    return Thinned(dropped, is_more=True)


def _next_task(now: datetime) -> SampleThinning | None:
    """Return the first month that is old enough for a span and not done, with its coarsest."""
    done = {(one.month, one.span): one for one in SampleThinning.objects.all()}
    for month in _months_with_partitions():
        for span, age in reversed(AGES.items()):
            if _month_after(month) + age > now:
                continue
            found = done.get((month, span)) or SampleThinning(month=month, span=span)
            if found.done_at is None:
                return found
            break
    return None


def _months_with_partitions() -> list[datetime]:
    """Return the beginnings of the months that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT to_date(right(c.relname, 7), 'YYYY_MM')
              FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
             WHERE i.inhparent = 'catalogue_countsample'::regclass
               AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
             ORDER BY 1
            """
        )
        return [datetime(month.year, month.month, 1, tzinfo=UTC) for (month,) in cursor.fetchall()]


def _month_after(month: datetime) -> datetime:
    return (month + timedelta(days=32)).replace(day=1)
