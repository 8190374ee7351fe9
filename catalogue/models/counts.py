"""What was observed of a video over time: counts now, counts then, and changes."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from catalogue.models.videos import EMPTY, Video


def _never_negative() -> Q:
    """Return the rule all count columns share. A null passes: unknown is allowed."""
    return Q(views__gte=0) & Q(likes__gte=0) & Q(dislikes__gte=0) & Q(comments__gte=0)


class Site(models.TextChoices):
    """Where a video is asked about."""

    YOUTUBE = "youtube", "YouTube"
    WEB = "web", _("elsewhere")


# The pace of what was never looked at.
NEVER_PACED = -1
# Where lists put what nobody knows the growth of: after all that shrank.
UNGROWN = -(2**62)


class VideoCounts(models.Model):
    """The latest known counts of a video, and when it is to be asked again.

    One narrow row a video. Unknown is null, never 0. `observed_at` is when the newest of the
    numbers were true; `earlier` has the dates of the others (`{"likes": date}`, null: nobody
    knows). `refresh_at` null means: never ask (no gateway can). A worker that takes a row holds
    it until `leased_until`. `looked_at` is the last look that was answered; `failures` counts
    those since that were not, `failing_since` is when the present kind of failure was first
    met, and `failed_by` which gateway met the last.

    `site` says who can be asked and never changes. The schedule remembers `velocity` (views per
    day), the days it `wanted` between two looks, and its octave as `pace`
    (`catalogue.refreshing`); nothing yet of what was never looked at. `sampled_at` is the
    last sample that a look has left.

    Lists are sorted by `gained` (views in the month before the last count: `catalogue.trends`)
    and by `discussed` (how much is said about it; who stands above the catalogue counts that).
    Sweeps write them.
    """

    video = models.OneToOneField(
        Video, on_delete=models.CASCADE, primary_key=True, related_name="counts"
    )
    views = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    dislikes = models.BigIntegerField(null=True, blank=True)
    comments = models.BigIntegerField(null=True, blank=True)
    observed_at = models.DateTimeField(null=True, blank=True)
    earlier = models.JSONField(blank=True, default=dict, db_default=EMPTY)
    refresh_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_failure = models.CharField(max_length=300, blank=True)
    failed_by = models.CharField(max_length=16, blank=True, default="", db_default="")
    site = models.CharField(max_length=8, choices=Site, default=Site.WEB, db_default=Site.WEB)
    pace = models.SmallIntegerField(default=NEVER_PACED, db_default=NEVER_PACED)
    wanted = models.FloatField(null=True, blank=True)
    velocity = models.FloatField(null=True, blank=True)
    sampled_at = models.DateTimeField(null=True, blank=True)
    gained = models.BigIntegerField(null=True, blank=True)
    discussed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name_plural = "video counts"
        constraints: ClassVar = [
            models.CheckConstraint(condition=_never_negative(), name="videocounts_not_negative"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["site", "pace", "refresh_at"],
                name="videocounts_due",
                condition=Q(refresh_at__isnull=False),
            ),
            models.Index(
                Coalesce("views", -1).desc(), F("video").desc(), name="videocounts_by_views"
            ),
            models.Index(
                Coalesce("likes", -1).desc(), F("video").desc(), name="videocounts_by_likes"
            ),
            models.Index(
                Coalesce("gained", UNGROWN).desc(), F("video").desc(), name="videocounts_by_growth"
            ),
            models.Index(
                Coalesce("discussed", 0).desc(), F("video").desc(), name="videocounts_by_talk"
            ),
        ]

    def __str__(self) -> str:
        return f"counts of {self.video_id}"


class CountSample(models.Model):
    """The counts of a video as observed at one time.

    No number of its own: the pair is the key, since the table is partitioned by month
    (`catalogue.samples`).
    """

    pk = models.CompositePrimaryKey("video", "observed_at")
    video = models.ForeignKey(
        Video, on_delete=models.CASCADE, related_name="samples", db_index=False
    )
    observed_at = models.DateTimeField()
    views = models.BigIntegerField(null=True, blank=True)
    likes = models.BigIntegerField(null=True, blank=True)
    dislikes = models.BigIntegerField(null=True, blank=True)
    comments = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_never_negative(), name="countsample_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.video_id} at {self.observed_at:%Y-%m-%d %H:%M}"


class ChangeField(models.TextChoices):
    """What of a video can be seen to change."""

    TITLE = "title", _("Title")
    DESCRIPTION = "description", _("Description")
    DURATION = "duration_ms", _("Length")
    CHANNEL = "channel", _("Channel")
    CATEGORY = "category", _("Category")
    TAGS = "tags", _("Tags")
    PUBLISHED = "published", _("Publication date")
    AVAILABILITY = "availability", _("Availability")


class Change(models.Model):
    """An observed change of a video: old and new value (JSON), when it was seen. Append-only."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="changes")
    field = models.CharField(max_length=12, choices=ChangeField)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    observed_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-observed_at", "-id")
        indexes: ClassVar = [
            models.Index(fields=["video", "-observed_at"], name="change_by_video"),
            models.Index(fields=["-observed_at", "-id"], name="change_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.video_id}"
