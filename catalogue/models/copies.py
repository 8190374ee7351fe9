"""Other places where a film can be seen."""

from typing import ClassVar, Self

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.addresses import address
from catalogue.models.videos import YOUTUBE, Video
from catalogue.text import validate_readable

NOTE_MAX = 200
# A copy inside a broadcast of a whole day is found; more is a slip of the hand.
OFFSET_MAX_MS = 24 * 3_600_000


class CopyQuerySet(models.QuerySet["Copy"]):
    """Which copies, and with what."""

    def standing(self) -> Self:
        """Return those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def of_film(self, video: Video) -> Self:
        """Return the copies of a film that stand, in the order added, with who did. One query."""
        return self.standing().filter(video=video).select_related("added_by").order_by("pk")


# Every change is logged by triggers, old and new, as claims are.
@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(), append_only=True
)
class Copy(models.Model):
    """Another place where the same film can be seen.

    Time in the copy = time in the film + `offset_ms`: a copy that begins with a trailer of
    12 seconds has +12,000. `platform` and `platform_id` are its identity where that is
    known, else empty; `media_url` is a file that browsers play. `mark` is the place's
    fingerprint. A withdrawn copy is kept, and can be added anew.
    """

    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="copies")
    platform = models.CharField(max_length=32, blank=True)
    platform_id = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=2000, blank=True)
    media_url = models.CharField(max_length=2000, blank=True)
    mark = models.CharField(max_length=64)
    offset_ms = models.IntegerField(
        default=0,
        validators=[MinValueValidator(-OFFSET_MAX_MS), MaxValueValidator(OFFSET_MAX_MS)],
    )
    note = models.CharField(max_length=NOTE_MAX, blank=True, validators=[validate_readable])
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("copies")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["video", "mark"],
                name="copy_once",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(offset_ms__range=(-OFFSET_MAX_MS, OFFSET_MAX_MS)), name="copy_offset"
            ),
            models.CheckConstraint(
                condition=Q(platform="", platform_id="") | ~Q(platform="") & ~Q(platform_id=""),
                name="copy_identity_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(url="") | ~Q(media_url="") | ~Q(platform=""), name="copy_is_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="copy_withdrawn_by_somebody",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["video", "id"], name="copy_in_order")]

    def __str__(self) -> str:
        return f"copy #{self.pk} of {self.video_id}"

    def get_absolute_url(self) -> str:
        """Return the film's page, playing this copy. Needs its video."""
        return f"{address('annotations:watch', *self.video.key.split(':', 1))}?copy={self.pk}"

    @property
    def is_youtube(self) -> bool:
        """Tell whether YouTube's player can show it."""
        return self.platform == YOUTUBE
