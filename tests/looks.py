"""Looks at videos, as a worker hands them in."""

from datetime import datetime

from django.utils import timezone

from catalogue.models import Video
from catalogue.platforms import Failure, Observation
from catalogue.refreshing import leases, storing


def look(video: Video, found: Observation | Failure, *, now: datetime | None = None) -> None:
    """Take a video, whenever it is due, and hand in what was found."""
    now = now or timezone.now()
    (lease,) = leases.take([video.pk], now=now)
    assert storing.store([(lease, found)], now=now) == 1
