"""What Celery runs."""

import logging
import time

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError
from django.utils import timezone

from catalogue import (
    channels,
    digests,
    following,
    phrases,
    poster_files,
    posters,
    samples,
    trends,
)
from catalogue.ingest import fetches, fetching
from catalogue.platforms import Failure, FailureKind
from catalogue.records.said import said
from catalogue.refreshing import asking

logger = logging.getLogger(__name__)

# A large import is searched within minutes, and no sweep outlives its time limit.
PHRASE_BATCHES = 20

# Half a minute of work: the search column is made anew for each film.
RENEWED_AT_ONCE = 10_000
# So many films' samples are looked up by one statement: a fraction of a second.
GAINED_AT_ONCE = 5000
# A sweep takes steps of fetches for so long, and none is begun after that.
FETCHING_SECONDS = 30.0
# Old samples are thinned out for so long at a time.
KEEPING_SECONDS = 60.0

# A sweep for posters fetches for so long, and begins no other one after that.
POSTER_SECONDS = 30.0
# Steps of the walk in one sweep: a hundred thousand films.
WALK_STEPS = 20

_TOO_LONG = Failure(FailureKind.TEMPORARY, said("the look took too long"))


@shared_task
def refresh_due() -> int:
    """Ask about some of the videos that are due; returns about how many. Beat calls this.

    Does nothing while `REFRESH_ENABLED` is off. Any number may run at once. Whatever one
    video does, the others are asked about.
    """
    if not settings.REFRESH_ENABLED:
        return 0
    return asking.sweep().asked


@shared_task
def find_loads() -> None:
    """Find anew how far the budgets stretch the schedule's intervals. Beat calls this."""
    for name, stretch in asking.find_loads():
        logger.info("%s: intervals are stretched %.2f times", name, stretch)


@shared_task
def keep_samples() -> int:
    """Make coming months' partitions, and thin out old samples; returns how many went.

    Beat calls this. What one sweep leaves is done by the next.
    """
    now, begun, dropped = timezone.now(), time.monotonic(), 0
    try:
        samples.make_partitions(now=now)
        while time.monotonic() - begun < KEEPING_SECONDS:
            step = samples.thin(now=now)
            dropped += step.dropped
            if not step.is_more:
                break
    except OperationalError as error:
        # Somebody holds a lock: nothing was changed, and nothing is lost by waiting.
        logger.warning("samples are kept later: %s", error)
    return dropped


@shared_task
def count_gained() -> int:
    """Find anew how many views all films gained lately; returns how many differed. Beat calls this.

    Lists are sorted by it. What one sweep misses is found by the next.
    """
    found = 0
    last: int | None = 0
    while last is not None:
        written, last = trends.count_gained(after=last, limit=GAINED_AT_ONCE)
        found += written
    return found


@shared_task
def renew_keywords() -> int:
    """Let films be found by the new names of their channels; returns how many. Beat calls this."""
    return channels.renew_keywords(now=timezone.now(), limit=RENEWED_AT_ONCE)


@shared_task
def find_phrases() -> int:
    """Look for watched phrases in text that came in; returns how many texts. Beat calls this.

    Any number may run at once. What one leaves is swept by the next.
    """
    found = 0
    for _batch in range(PHRASE_BATCHES):
        count = phrases.find_fresh(now=timezone.now())
        found += count
        if not count:
            break
    return found


@shared_task
def send_digests() -> int:
    """Write to members about what was found for them; returns to how many. Beat calls this."""
    return digests.send_due(now=timezone.now())


@shared_task
def fetch_due() -> int:
    """Take steps of the fetches that are due; returns how many. Beat calls this.

    Does nothing while `FETCH_ENABLED` is off. Any number may run at once. A fetch that goes on
    is taken again by a later sweep, so that a long list keeps nobody waiting.
    """
    if not settings.FETCH_ENABLED:
        return 0
    begun, now, steps = time.monotonic(), timezone.now(), 0
    while time.monotonic() - begun < FETCHING_SECONDS and (lease := fetches.take_due(now=now)):
        step_of(lease)
        steps += 1
    return steps


def step_of(lease: fetches.Lease) -> None:
    """Take one step of a leased fetch. What breaks is logged, and tried again later."""
    try:
        fetching.take_step(lease)
    except SoftTimeLimitExceeded:
        # Its lease runs out, and counts as a failure.
        raise
    except Exception:  # the outer edge of one step; logged
        logger.exception("a step of run %s broke", lease.run_id)


@shared_task
def follow_due() -> int:
    """Look at the subscriptions that are due; returns how many. Beat calls this.

    Does nothing while `FETCH_ENABLED` is off. Any number may run at once.
    """
    if not settings.FETCH_ENABLED:
        return 0
    begun, now, looks = time.monotonic(), timezone.now(), 0
    while time.monotonic() - begun < FETCHING_SECONDS and (lease := following.take_due(now=now)):
        look_for_uploads(lease)
        looks += 1
    return looks


def look_for_uploads(lease: following.Lease) -> None:
    """Look at one leased subscription. What breaks is logged, and looked at again later."""
    try:
        following.look(lease)
    except SoftTimeLimitExceeded:
        following.postpone(lease, _TOO_LONG)
        raise
    except Exception as error:  # the outer edge of one look; logged
        logger.exception("the look at subscription %s broke", lease.subscription_id)
        reason = f"{type(error).__name__}: {error}"[:250]
        following.postpone(lease, Failure(FailureKind.TEMPORARY, reason))


@shared_task
def fetch_posters() -> int:
    """Look for films that want a poster, and fetch some that are due; returns how many.

    Beat calls this. Does nothing while `POSTERS_ENABLED` is off. Any number may run at once.
    """
    if not settings.POSTERS_ENABLED:
        return 0
    begun, fetched = time.monotonic(), 0
    for _step in range(WALK_STEPS):
        if not posters.walk(now=timezone.now()).is_more:
            break
    while time.monotonic() - begun < POSTER_SECONDS:
        lease = posters.take_due(now=timezone.now())
        if lease is None:
            break
        fetch_poster(lease)
        fetched += 1
    return fetched


def fetch_poster(lease: posters.Lease) -> None:
    """Fetch one leased poster. What breaks is logged, and tried again later."""
    try:
        came = posters.fetch(lease)
    except SoftTimeLimitExceeded:
        # Its lease runs out.
        raise
    except Exception:  # the outer edge of one picture; logged
        logger.exception("the poster of video %s broke", lease.video_id)
        came = Failure(FailureKind.TEMPORARY, said("fetching it broke"))
    posters.hand_in(lease, came, now=timezone.now())


@shared_task
def sweep_posters() -> int:
    """Delete files of posters that no film names; returns how many. Beat calls this every hour.

    Each hour has its share of the folders, so that each is looked at once a day.
    """
    hour = timezone.now().hour
    return sum(poster_files.sweep(number) for number in range(hour, poster_files.FOLDERS, 24))
