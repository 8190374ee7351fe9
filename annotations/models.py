"""The tables of claims. Every insert, update and delete is logged by triggers (pghistory)."""

from typing import Any, ClassVar, Self

import pghistory
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.addresses import address
from catalogue.models import Tag, Video
from catalogue.text import validate_language, validate_readable

STATEMENT_MIN, STATEMENT_MAX = 10, 280
QUOTE_MAX = 500
SPAN_MAX_MS = 10 * 60 * 1000

models.CharField.register_lookup(Length)


def logged(*, exclude: tuple[str, ...] = ()) -> Any:
    """Log every insert, update and delete of a model, by triggers, into a table of its own.

    Columns the database derives are left out: what they come from is in the log.
    """
    return pghistory.track(
        pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent(),
        exclude=list(exclude), append_only=True,
    )  # fmt: skip


class Kind(models.TextChoices):
    """What sort of statement a claim is. The last two are filed but not judged."""

    QUANTITY = "quantity", _("Quantity")
    CAUSE = "cause", _("Cause")
    LAW = "law", _("Law or rule")
    QUOTATION = "quotation", _("Quotation")
    FOOTAGE = "footage", _("Footage provenance")
    OMISSION = "omission", _("Omission or context")
    OTHER = "other", _("Other")
    PREDICTION = "prediction", _("Prediction")
    EXPERIENCE = "experience", _("Personal experience")


NOT_JUDGED = (Kind.PREDICTION, Kind.EXPERIENCE)


class State(models.TextChoices):
    """Whether others may see a claim or an occurrence."""

    VISIBLE = "visible", _("Visible")
    WITHDRAWN = "withdrawn", _("Withdrawn by its author")


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Which claims, and with what."""

    def visible(self) -> Self:
        """Return the claims that everyone may read."""
        return self.filter(state=State.VISIBLE)

    def for_page(self) -> Self:
        """Load what a list or a claim's own page shows. Three queries for any length."""
        return (
            self.select_related("author")
            .prefetch_related(
                models.Prefetch("tags", Tag.objects.order_by("claim_tags__id")),
                models.Prefetch("occurrences", Occurrence.objects.visible().for_page()),
            )
            .defer("search")
        )


@logged(exclude=("search",))
class Claim(models.Model):
    """One checkable statement, independent of any film."""

    statement = models.CharField(
        max_length=STATEMENT_MAX,
        validators=[MinLengthValidator(STATEMENT_MIN), validate_readable],
    )
    language = models.CharField(max_length=35, default="en", validators=[validate_language])
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    state = models.CharField(max_length=9, choices=State, default=State.VISIBLE)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="claims")
    tags = models.ManyToManyField(Tag, through="ClaimTag", related_name="claims")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    search = models.GeneratedField(
        expression=SearchVector("statement", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(statement__length__gte=STATEMENT_MIN), name="claim_statement_length"
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="claim_search"),
            GinIndex(
                OpClass(Upper("statement"), name="gin_trgm_ops"), name="claim_statement_trigram"
            ),
            models.Index(fields=["state", "-created_at", "-id"], name="claim_newest"),
        ]

    def __str__(self) -> str:
        return self.statement

    def get_absolute_url(self) -> str:
        """Return the claim's page."""
        return address("annotations:claim", self.pk)

    @property
    def is_judged(self) -> bool:
        """Tell whether people may vote on it: predictions and experience are only filed."""
        return self.kind not in NOT_JUDGED


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    """Which occurrences, and with what."""

    def visible(self) -> Self:
        """Return the occurrences that everyone may read, of claims that everyone may read."""
        return self.filter(state=State.VISIBLE, claim__state=State.VISIBLE)

    def made_in(self, key: str) -> Self:
        """Return the occurrences in the video of a key such as `youtube:swje6NSdkfk`."""
        platform, _colon, platform_id = key.partition(":")
        return self.filter(video__platform=platform, video__platform_id=platform_id)

    def for_page(self) -> Self:
        """Load the film beside each occurrence, in film order. One query."""
        return (
            self.select_related("video__channel", "author")
            .defer("video__description", "video__search", "video__keywords", "video__origins")
            .order_by("start_ms", "end_ms", "id")
        )

    def for_watch(self, video: Video) -> Self:
        """Load the claims made in one film, in film order, as its page shows them. Two queries."""
        return (
            self.visible()
            .filter(video=video)
            .select_related("claim__author")
            .defer("claim__search")
            .prefetch_related(
                models.Prefetch("claim__tags", Tag.objects.order_by("claim_tags__id"))
            )
            .order_by("start_ms", "end_ms", "id")
        )


@logged()
class Occurrence(models.Model):
    """A claim made in one film: time range in milliseconds, verbatim quote, speaker.

    `video_duration_ms` is the film's length as seen when it was marked, so that a re-cut
    is noticed.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="occurrences")
    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="occurrences")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    quote = models.CharField(max_length=QUOTE_MAX, blank=True, validators=[validate_readable])
    speaker = models.CharField(max_length=200, blank=True, validators=[validate_readable])
    speaker_role = models.CharField(max_length=200, blank=True, validators=[validate_readable])
    video_duration_ms = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.VISIBLE)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="occurrences")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(start_ms__lt=F("end_ms"), end_ms__lte=F("start_ms") + SPAN_MAX_MS),
                name="occurrence_span",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["video", "start_ms"], name="occurrence_in_film_order"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} in {self.video_id} at {self.start_ms} ms"

    def get_absolute_url(self) -> str:
        """Return the moment on the watch page."""
        return f"{self.video.get_absolute_url()}?t={self.start_s:.10g}#moment-{self.pk}"

    @property
    def start_s(self) -> float:
        """The start in seconds, as players count."""
        return self.start_ms / 1000


@logged()
class ClaimTag(models.Model):
    """One tag on one claim, and who put it there."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="claim_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="claim_tags")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "tag"], name="claimtag_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.claim_id}"
