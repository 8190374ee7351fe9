"""Timed text of a video."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalogue.models.videos import Video


class TranscriptKind(models.TextChoices):
    """Who wrote the words down."""

    MANUAL = "manual", _("Written by a person")
    AUTOMATIC = "automatic", _("Recognised by a machine")


class Transcript(models.Model):
    """All timed text of a video in one language."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="transcripts")
    language = models.CharField(max_length=35)
    kind = models.CharField(max_length=9, choices=TranscriptKind, default=TranscriptKind.MANUAL)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("language", "kind")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "language", "kind"], name="transcript_once"),
        ]

    def __str__(self) -> str:
        return f"{self.language} of {self.video_id}"


class Cue(models.Model):
    """One line of a transcript; times in milliseconds from the start of the film."""

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="cues")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ("start_ms", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(start_ms__lt=F("end_ms")), name="cue_has_length"),
        ]
        indexes: ClassVar = [models.Index(fields=["transcript", "start_ms"], name="cue_in_order")]

    def __str__(self) -> str:
        return self.text
