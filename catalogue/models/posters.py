"""Posters of films: where each comes from, what was fetched, and whom we may ask when."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from catalogue.addresses import address
from catalogue.models.videos import Video

URL_MAX = 2000
HASH_MAX = 32
# The narrower of the two pictures that are kept. Nothing is ever made wider than it came.
SMALL_WIDTH = 480
LARGE_WIDTH = 1280


class PosterHost(models.Model):
    """A site that posters come from. It is asked for one at a time, and not before `free_at`.

    `failures` counts refusals in a row that were meant for us rather than for one picture.
    """

    name = models.CharField(max_length=255, primary_key=True)
    free_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["free_at"], name="posterhost_free")]

    def __str__(self) -> str:
        return self.name


class Poster(models.Model):
    """The picture of one film: its address elsewhere, and what we hold of it.

    A row that is due is the queue. `content_hash` names the files of the picture that is shown
    (empty: none yet), `width` and `height` are those of the larger one. A picture stays until
    another one has come: what fails leaves no more than `failures` in a row and `failure`.
    """

    video = models.OneToOneField(
        Video, on_delete=models.CASCADE, primary_key=True, related_name="poster"
    )
    url = models.CharField(max_length=URL_MAX)
    host = models.ForeignKey(PosterHost, on_delete=models.PROTECT, related_name="posters")
    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=250, blank=True)
    content_hash = models.CharField(max_length=HASH_MAX, blank=True)
    width = models.PositiveSmallIntegerField(null=True, blank=True)
    height = models.PositiveSmallIntegerField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(content_hash="", width=None, height=None, fetched_at=None)
                | (~Q(content_hash="") & Q(width__gt=0, height__gt=0, fetched_at__isnull=False)),
                name="poster_is_whole",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["host", "due_at", "video"],
                name="poster_due",
                condition=Q(due_at__isnull=False),
            ),
            models.Index(
                fields=["content_hash"], name="poster_by_hash", condition=~Q(content_hash="")
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def widths(self) -> tuple[int, ...]:
        """The widths of the pictures that are kept, the narrower first; none before it came."""
        return () if self.width is None else widths_of(self.width)

    def address_of(self, width: int) -> str:
        """Return the address of one of the pictures. Another picture has another address."""
        return address("catalogue:poster", self.content_hash, width)


def picture_of(video: Video) -> Poster | None:
    """Return the poster of a film if there is a picture. No query after `select_related`."""
    poster: Poster | None = getattr(video, "poster", None)
    return poster if poster and poster.content_hash else None


def widths_of(width: int) -> tuple[int, ...]:
    """Return the widths in which a picture is kept that is this wide at its largest."""
    return (SMALL_WIDTH, width) if width > SMALL_WIDTH else (width,)


class PosterWalk(models.Model):
    """How far the catalogue was walked through for addresses of posters; one row.

    Videos up to `at_video` have been looked at since `begun_at`.
    """

    at_video = models.BigIntegerField(default=0)
    begun_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="posterwalk_once")]

    def __str__(self) -> str:
        return f"up to {self.at_video}"
