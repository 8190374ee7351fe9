"""What Celery runs for claims."""

from celery import shared_task
from django.utils import timezone

from annotations import anchor_checks

# A large import of transcripts is looked at within minutes, and no sweep outlives its limit.
ANCHOR_BATCHES = 20


# --- Anchors --------------------------------------------------------------------------


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
