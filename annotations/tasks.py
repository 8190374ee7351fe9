"""What Celery runs for claims."""

import logging
import time

from celery import shared_task
from django.utils import timezone

from annotations import shadow, standings
from annotations.bridging import NotConverged

logger = logging.getLogger(__name__)

# A sweep looks at held verdicts for so long, and leaves the rest to the next.
SETTLING_SECONDS = 30.0


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
