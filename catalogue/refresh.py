"""Which videos are due, and what a look at them changes; docs/refresh.md.

A row that is due is the queue: workers lease rows, ask the platform, and hand the answer
back with the lease. A lease that was not handed back runs out by itself.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from catalogue.models import (
    Availability,
    Change,
    ChangeField,
    CountSample,
    Video,
    VideoCounts,
)
from catalogue.platforms import Failure, FailureKind, Observation
from catalogue.records import Counts

# Longer than a batch may take (CELERY_TASK_TIME_LIMIT), so that no lease runs out under a
# worker that still works.
LEASE = timedelta(minutes=5)
SHORTEST_WAIT, LONGEST_WAIT = timedelta(hours=1), timedelta(days=30)
# A film is asked again after a fiftieth of its age: hourly for two days, monthly from the
# fifth year on.
AGE_SHARE = 50
WAIT_FOR_UNKNOWN_AGE = timedelta(days=1)
# Without a change, one sample a day still says that somebody looked.
HEARTBEAT = timedelta(days=1)
FIRST_WAIT = timedelta(minutes=10)
# That a film is gone is believed when a look on another day says so too.
CONFIRM_AFTER = timedelta(days=1)

_NUMBERS = ("views", "likes", "dislikes", "comments")
_STANDING = ("failures", "failing_since", "last_failure", "refresh_at", "leased_until")
_LOST = {
    FailureKind.GONE: Availability.GONE,
    FailureKind.PRIVATE: Availability.PRIVATE,
}


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to hand in one look at one video, until a moment that is also its number."""

    video_id: int
    url: str
    until: datetime


def take_due(limit: int, *, now: datetime) -> list[Lease]:
    """Lease up to `limit` videos that are due, longest due first. One statement, never waits.

    Any number of workers may take at once; each row goes to one. A lease that ran out
    counts as a failure, and each failure doubles the next lease, since a look that ends its
    worker can say nothing for itself. Those that failed come last, so that the others are
    done by then.
    """
    return _lease("refresh_at <= %(now)s", now=now, limit=limit)


def take(video: Video, *, now: datetime) -> Lease | None:
    """Lease one video whether it is due or not; None if somebody holds it, or nobody can ask."""
    leases = _lease("video_id = %(video)s", now=now, limit=1, video=video.pk)
    return leases[0] if leases else None


def _lease(condition: str, *, now: datetime, limit: int, video: int | None = None) -> list[Lease]:
    # Materialized: a plan that read the choice again for each row would lock more every time.
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH chosen AS MATERIALIZED (
                SELECT video_id FROM catalogue_videocounts
                 WHERE {condition} AND refresh_at IS NOT NULL
                   AND (leased_until IS NULL OR leased_until <= %(now)s)
                 ORDER BY refresh_at LIMIT %(limit)s
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE catalogue_videocounts c
               SET failures = c.failures + (c.leased_until IS NOT NULL)::int,
                   leased_until = %(now)s + make_interval(
                       secs => %(lease)s * power(2, least(c.failures, 6))
                   )
              FROM chosen JOIN catalogue_video v ON v.id = chosen.video_id
             WHERE c.video_id = chosen.video_id
            RETURNING c.video_id, c.failures, c.leased_until, v.url, v.platform, v.platform_id
            """,  # noqa: S608 (the condition is one of two above)
            {"now": now, "lease": LEASE.total_seconds(), "limit": limit, "video": video},
        )
        rows = sorted(cursor.fetchall(), key=lambda row: (row[1], row[0]))
    return [
        Lease(pk, Video(platform=platform, platform_id=platform_id, url=url).page_url, until)
        for pk, _failures, until, url, platform, platform_id in rows
    ]


def apply(lease: Lease, observation: Observation) -> bool:
    """Store what was seen, and when to look again. Returns False if the lease was lost.

    One transaction. Applying twice is harmless: the lease is given back by the first. Newer
    numbers win, an older observation only fills gaps, and unknown never replaces known.
    Changes of title, description, length and availability are kept, old and new.
    """
    with transaction.atomic():
        held = _hold(lease)
        if held is None:
            return False
        video, row = held
        if row.looked_at is None or observation.observed_at >= row.looked_at:
            _apply_words(video, observation)
            row.looked_at = observation.observed_at
        _add_sample(row, observation)
        _apply_counts(row, observation)
        row.failures, row.failing_since, row.last_failure = 0, None, ""
        row.refresh_at = next_look(now=observation.observed_at, published_at=video.published_at)
        row.leased_until = None
        row.save(update_fields=[*_NUMBERS, "observed_at", "earlier", "looked_at", *_STANDING])
    return True


def postpone(lease: Lease, failure: Failure, *, now: datetime) -> bool:
    """Store why nothing was seen, and look again later. Returns False if the lease was lost.

    One transaction. Waits double with each failure in a row. Gone and private change the
    availability only when a look on another day confirms them; the last known values stay.
    """
    with transaction.atomic():
        held = _hold(lease)
        if held is None:
            return False
        video, row = held
        is_same = row.last_failure.startswith(f"{failure.kind}:")
        if not is_same or row.failing_since is None:
            row.failing_since = now
        row.failures += 1
        row.last_failure = f"{failure.kind}: {failure.reason}"[:300]
        row.refresh_at = now + back_off(
            failure,
            failures=row.failures,
            share=random.random(),  # noqa: S311 (spreads load)
        )
        row.leased_until = None
        row.save(update_fields=_STANDING)
        lost = _LOST.get(failure.kind)
        if lost and now - row.failing_since >= CONFIRM_AFTER:
            is_placeholder = video.origins.pop("availability", None) is not None
            if _change(video, ChangeField.AVAILABILITY, lost.value, now) or is_placeholder:
                video.save(update_fields=["availability", "origins", "updated_at"])
    return True


def next_look(*, now: datetime, published_at: datetime | None) -> datetime:
    """Return when to ask again after an answer: the older a film, the rarer. Pure."""
    if published_at is None:
        return now + WAIT_FOR_UNKNOWN_AGE
    return now + min(max((now - published_at) / AGE_SHARE, SHORTEST_WAIT), LONGEST_WAIT)


def back_off(failure: Failure, *, failures: int, share: float) -> timedelta:
    """Return how long to wait after the `failures`-th failure in a row. Pure.

    Doubles from ten minutes to thirty days, plus up to a quarter by `share` (0 to 1), so
    that what failed together does not come back together. What is gone can be confirmed a
    day later at the earliest. The platform's own wish is never undercut.
    """
    wait: timedelta = min(FIRST_WAIT * 2 ** min(failures - 1, 20), LONGEST_WAIT)
    if failure.kind in _LOST:
        wait = max(wait, CONFIRM_AFTER)
    return max(wait, failure.retry_after or wait) * (1 + share / 4)


# --- One row --------------------------------------------------------------------------


def _hold(lease: Lease) -> tuple[Video, VideoCounts] | None:
    """Lock video and counts, in the order ingest locks them; None if the lease was lost."""
    video = (
        Video.objects.select_for_update(no_key=True)
        .defer("search")
        .filter(pk=lease.video_id)
        .first()
    )
    row = VideoCounts.objects.select_for_update().filter(pk=lease.video_id).first()
    if video is None or row is None or row.leased_until != lease.until:
        return None
    return video, row


def _apply_words(video: Video, observation: Observation) -> None:
    """Take over title, description and length where they really differ.

    The record's date and hash stay: they say what the records say. That the platform was
    looked at later is what keeps an old record from bringing its title back.
    """
    seen = {
        ChangeField.TITLE: observation.title,
        ChangeField.DESCRIPTION: observation.description,
        ChangeField.DURATION: observation.duration_ms,
        ChangeField.AVAILABILITY: Availability.AVAILABLE.value,
    }
    changed = [
        field.value
        for field, value in seen.items()
        if value is not None and _change(video, field, value, observation.observed_at)
    ]
    # What a title that said nothing had said is over: nothing is to bring back what was before.
    if video.origins.pop("availability", None) or changed:
        video.save(update_fields=[*changed, "origins", "updated_at"])


def _change(video: Video, field: ChangeField, new: str | int, observed_at: datetime) -> bool:
    """Set a field if it differs, and keep the change; what fills a gap is none."""
    old = getattr(video, field.value)
    if _says_the_same(old, new):
        return False
    setattr(video, field.value, new)
    is_first_look = (old, new) == (Availability.UNKNOWN, Availability.AVAILABLE)
    # Ingest lets the id stand for a title that no record said.
    if old not in {None, "", video.platform_id} and not is_first_look:
        Change.objects.create(video=video, field=field, old=old, new=new, observed_at=observed_at)
    return True


def _says_the_same(old: str | int | None, new: str | int) -> bool:
    """Tell whether two values differ only in how they are written.

    Records and pages break lines differently, and pages round lengths to seconds.
    """
    if isinstance(old, str) and isinstance(new, str):
        return old.split() == new.split()
    if isinstance(old, int) and isinstance(new, int):
        return abs(old - new) < 1000
    return False


def _apply_counts(row: VideoCounts, observation: Observation) -> None:
    """Take over the numbers that are newer than ours, each by its own date."""
    if not observation.counts:
        return
    seen_at = observation.observed_at
    dates = {name: _date_of(row, name) for name in _NUMBERS if getattr(row, name) is not None}
    for name in _NUMBERS:
        seen: int | None = getattr(observation.counts, name)
        known_at = dates.get(name)
        if seen is not None and (known_at is None or seen_at >= known_at):
            setattr(row, name, seen)
            dates[name] = seen_at
    row.observed_at = max(date for date in dates.values() if date)
    row.earlier = {
        name: date and date.isoformat() for name, date in dates.items() if date != row.observed_at
    }


def _date_of(row: VideoCounts, name: str) -> datetime | None:
    """Return when one of the latest numbers was true, None if nobody knows."""
    if name not in row.earlier:
        return row.observed_at
    earlier: str | None = row.earlier[name]
    return datetime.fromisoformat(earlier) if earlier else None


def _add_sample(row: VideoCounts, observation: Observation) -> None:
    """Keep a sample if a number moved since the last one, or that is a day ago."""
    if not observation.counts:
        return
    last = CountSample.objects.filter(video=row.video_id).order_by("-observed_at").first()
    if last is not None:
        moved = any(
            getattr(observation.counts, name) not in {None, getattr(last, name)}
            for name in _NUMBERS
        )
        if not moved and observation.observed_at - last.observed_at < HEARTBEAT:
            return
    _save_sample(row.video_id, observation.observed_at, observation.counts)


def _save_sample(video_id: int, observed_at: datetime, counts: Counts) -> None:
    sample = CountSample(
        video_id=video_id,
        observed_at=observed_at,
        views=counts.views,
        likes=counts.likes,
        dislikes=counts.dislikes,
        comments=counts.comments,
    )
    CountSample.objects.bulk_create([sample], ignore_conflicts=True)
