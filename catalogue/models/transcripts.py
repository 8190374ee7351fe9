"""Timed text of a video."""

from typing import ClassVar
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue import languages
from catalogue.models.videos import Video


class TranscriptKind(models.TextChoices):
    """Who wrote the words down."""

    MANUAL = "manual", _("Written by a person")
    AUTOMATIC = "automatic", _("Recognised by a machine")


class Transcript(models.Model):
    """All timed text of a video in one language.

    `source` is the file it came from, `added_by` the member who brought it, if one did.
    `content_hash` is the fingerprint of its cues, `changed_at` when they came to say what they say.
    """

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="transcripts")
    language = models.CharField(max_length=35)
    kind = models.CharField(max_length=9, choices=TranscriptKind, default=TranscriptKind.MANUAL)
    source = models.CharField(max_length=500, blank=True, default="")
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    content_hash = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("language", "kind")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "language", "kind"], name="transcript_once"),
        ]

    def __str__(self) -> str:
        return f"{self.language} of {self.video_id}"

    def get_absolute_url(self) -> str:
        """Return its place on the film's page. Needs the film."""
        return f"{self.video.get_absolute_url()}?{urlencode({'transcript': self.key})}#transcript"

    @property
    def key(self) -> str:
        """What it is called among those of its film, as in its file's name: `en`, `en.auto`."""
        is_automatic = self.kind == TranscriptKind.AUTOMATIC
        return f"{self.language}.auto" if is_automatic else self.language


class Cue(models.Model):
    """One line of a transcript; times in milliseconds from the start of the film.

    `configuration` is the text-search configuration of its language. Where that is
    `languages.BY_PARTS`, `parts` are what the line is found by, and `search` is null.
    """

    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="cues")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.TextField()
    configuration = models.CharField(max_length=20, blank=True, default=languages.SIMPLE)
    parts = ArrayField(models.TextField(), blank=True, default=list)
    # One branch for each configuration: with the name of one out of a column, the
    # expression would not be immutable.
    search = models.GeneratedField(
        expression=Case(
            *[
                When(configuration=name, then=SearchVector("text", config=name))
                for name in languages.ALL
            ]
        ),
        output_field=SearchVectorField(null=True),
        db_persist=True,
    )

    class Meta:
        ordering = ("start_ms", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(start_ms__lt=F("end_ms")), name="cue_has_length"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["transcript", "start_ms"], name="cue_in_order"),
            GinIndex(fields=["search"], name="cue_search"),
            GinIndex(
                fields=["parts"],
                name="cue_parts",
                condition=Q(configuration=languages.BY_PARTS),
            ),
        ]

    def __str__(self) -> str:
        return self.text
