"""What Celery runs for claims."""

import logging
import time

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.utils import timezone

from annotations import anchor_checks, film_search, links, shadow, standings
from annotations.bridging import NotConverged
from catalogue.platforms.pages import PageAnswer, Problem

logger = logging.getLogger(__name__)

# A sweep asks for so long, and no link after that; the next one goes on.
CHECKING_SECONDS = 10.0
# A sweep looks at held verdicts for so long, and leaves the rest to the next.
SETTLING_SECONDS = 30.0
# A large import of transcripts is looked at within minutes, and no sweep outlives its limit.
ANCHOR_BATCHES = 20


@shared_task
def check_links() -> int:
    """Ask some of the links of evidence that are due; returns how many. Beat calls this.

    Does nothing while `LINK_CHECKS_ENABLED` is off. Any number may run at once.
    """
    if not settings.LINK_CHECKS_ENABLED:
        return 0
    begun, asked = time.monotonic(), 0
    while time.monotonic() - begun < CHECKING_SECONDS:
        lease = links.take_due(now=timezone.now())
        if lease is None:
            break
        check(lease)
        asked += 1
    return asked


def check(lease: links.Lease) -> None:
    """Ask one leased link. What breaks is logged, and tells nothing of the page."""
    try:
        answer = links.ask(lease)
    except SoftTimeLimitExceeded:
        # Its lease runs out.
        raise
    except Exception:  # the outer edge of one question; logged
        logger.exception("the check of link %s broke", lease.link_id)
        answer = PageAnswer(problem=Problem.SILENT, detail="the check broke")
    links.hand_in(lease, answer, now=timezone.now())


@shared_task
def count_discussed() -> int:
    """Write how much each film is discussed, to sort by; returns how many differed.

    Beat calls this.
    """
    return film_search.count_discussed()


@shared_task
def settle_verdicts() -> int:
    """Look again at claims whose held verdict is due; returns how many. Beat calls this.

    Any number may run at once.
    """
    begun, settled = time.monotonic(), 0
    while time.monotonic() - begun < SETTLING_SECONDS:
        found = standings.settle_due(now=timezone.now())
        if not found:
            break
        settled += found
    return settled


@shared_task
def score_bridging() -> int:
    """Compute the bridging score of all evidence anew; returns of how much. Beat calls this."""
    try:
        scores = shadow.score(now=timezone.now())
    except NotConverged:
        logger.exception("The bridging score was not found; the last one stays")
        return 0
    logger.info(
        "Bridging: %d items by %d raters, %d sweeps",
        len(scores.shadow), scores.raters, scores.sweeps,
    )  # fmt: skip
    return len(scores.shadow)


@shared_task
def check_anchors() -> int:
    """Look whether quotes are still said where they were; returns how many. Beat calls this.

    Any number may run at once. What one leaves is swept by the next.
    """
    now, looked_at = timezone.now(), 0
    for _batch in range(ANCHOR_BATCHES):
        count = anchor_checks.check_due(now=now)
        looked_at += count
        if count < anchor_checks.LIMIT:
            break
    return looked_at
