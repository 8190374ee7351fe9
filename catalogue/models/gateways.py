"""How gateways stand, and how far samples have been thinned out: rows of the house's own."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class GatewayState(models.Model):
    """What all workers know of one gateway: its budget, its breaker and its load.

    `used` units of the window that began at `window_start`; `calls` and `answers` (of videos)
    only grow. While `open_until` is to come nobody asks; after that one worker may, until
    `probe_until`, and what it meets closes the breaker or opens it again. `failures` counts
    calls in a row that said nothing about videos. `stretch` and `turn` are the schedule's
    load as of `load_at` (`turn` null: no round).
    """

    name = models.CharField(max_length=16, primary_key=True)
    window_start = models.DateTimeField(null=True, blank=True)
    used = models.PositiveIntegerField(default=0)
    calls = models.PositiveBigIntegerField(default=0)
    answers = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.CharField(max_length=300, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    open_until = models.DateTimeField(null=True, blank=True)
    probe_until = models.DateTimeField(null=True, blank=True)
    stretch = models.FloatField(default=1.0)
    turn = models.FloatField(null=True, blank=True)
    load_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Span(models.TextChoices):
    """Of how long a stretch of time one look is told."""

    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")
    WEEK = "week", _("Week")


class SampleThinning(models.Model):
    """How far the samples of a month have been thinned out to one span.

    Videos up to `last_video` are done, and `dropped` samples went; all are done at `done_at`.
    """

    month = models.DateTimeField()
    span = models.CharField(max_length=4, choices=Span)
    last_video = models.BigIntegerField(default=0)
    dropped = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "span"], name="samplethinning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} by the {self.span}"
