"""What Celery runs."""

import logging

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from catalogue import digests, phrases, refresh
from catalogue.platforms import Failure, FailureKind, ytdlp
from catalogue.refresh import Lease

logger = logging.getLogger(__name__)

# A look takes twice FETCH_TIMEOUT_SECONDS at most, and the batch has to be done before its
# leases run out. With the pause between sweeps this is also what keeps us polite: five
# looks every five seconds.
BATCH_SIZE = 5
# A large import is searched within minutes, and no sweep outlives its time limit.
PHRASE_BATCHES = 20

_TOO_LONG = Failure(FailureKind.TEMPORARY, "the look took too long")


@shared_task
def refresh_due() -> int:
    """Look at some of the videos that are due; returns how many. Beat calls this.

    Does nothing while `REFRESH_ENABLED` is off. Any number may run at once. Whatever one
    video does, the others are looked at.
    """
    if not settings.REFRESH_ENABLED:
        return 0
    leases = refresh.take_due(BATCH_SIZE, now=timezone.now())
    for lease in leases:
        look_at(lease)
    return len(leases)


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


def look_at(lease: Lease) -> bool:
    """Ask the platform about one leased video, and store the answer; tells whether it was one.

    A broken extractor or a value that the database refuses is logged and looked at again
    later, like any other failure.
    """
    try:
        found = ytdlp.fetch(
            lease.url,
            timeout_s=settings.FETCH_TIMEOUT_SECONDS,
            allow_private=settings.FETCH_PRIVATE_ADDRESSES,
        )
        if not isinstance(found, Failure):
            refresh.apply(lease, found)
            return True
    except SoftTimeLimitExceeded:
        # The rest of the batch is left to others: its leases run out.
        refresh.postpone(lease, _TOO_LONG, now=timezone.now())
        raise
    except Exception as error:  # the outer edge of one look; logged
        logger.warning("the look at %s broke", lease.url, exc_info=True)
        found = Failure(FailureKind.MALFORMED, f"{type(error).__name__}: {error}")
    logger.info("no answer from %s: %s: %s", lease.url, found.kind, found.reason)
    refresh.postpone(lease, found, now=timezone.now())
    return False
