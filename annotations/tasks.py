"""What Celery runs."""

import time

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from annotations import links

# A sweep asks for so long, and no link after that; the next one goes on.
CHECKING_SECONDS = 10.0


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
        links.hand_in(lease, links.ask(lease), now=timezone.now())
        asked += 1
    return asked
