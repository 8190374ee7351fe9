"""Claims, and where they are made."""

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Upper
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from annotations.models.logged import logged
from annotations.models.speakers import Speaker
from annotations.models.states import READABLE, State, Stated
from catalogue.addresses import address
from catalogue.models import Tag, Video
from catalogue.text import validate_language, validate_readable

STATEMENT_MIN, STATEMENT_MAX = 10, 280
QUOTE_MAX = 500
WHY_MAX = 200
SPAN_MAX_MS = 10 * 60 * 1000

models.CharField.register_lookup(Length)


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


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Which claims, and with what."""

    def visible(self) -> Self:
        """Return the claims that everyone may read."""
        return self.filter(state__in=READABLE)

    def for_page(self) -> Self:
        """Load what a list or a claim's own page shows. Three queries for any length.

        Who reads a hidden claim reads where it is made, too.
        """
        return (
            self.select_related("author", "standing")
            .prefetch_related(
                models.Prefetch("tags", Tag.objects.order_by("claim_tags__id")),
                models.Prefetch(
                    "occurrences", Occurrence.objects.filter(state__in=READABLE).for_page()
                ),
            )
            .defer("search")
        )


@logged(exclude=("search",))
class Claim(Stated):
    """One checkable statement, independent of any film.

    `version` counts its edits; votes say which version they are about.
    """

    statement = models.CharField(
        max_length=STATEMENT_MAX,
        validators=[MinLengthValidator(STATEMENT_MIN), validate_readable],
    )
    language = models.CharField(max_length=35, default="en", validators=[validate_language])
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    is_checkable = models.BooleanField(default=True)
    not_checkable_why = models.CharField(
        max_length=WHY_MAX, blank=True, validators=[validate_readable]
    )
    tags = models.ManyToManyField(Tag, through="ClaimTag", related_name="claims")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )
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
            # What was merged may be hidden or withdrawn besides: it leads on all the same.
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | Q(state__in=READABLE, merged_into__isnull=True)
                | Q(state__in=(State.HIDDEN, State.WITHDRAWN)),
                name="claim_merged_into",
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
        """Tell whether people vote on it: what cannot be checked is only filed."""
        return self.is_checkable and self.kind not in NOT_JUDGED


class OccurrenceQuerySet(models.QuerySet["Occurrence"]):
    """Which occurrences, and with what."""

    def visible(self) -> Self:
        """Return the occurrences that everyone may read, of claims that everyone may read."""
        return self.filter(state__in=READABLE, claim__state__in=READABLE)

    def made_in(self, key: str) -> Self:
        """Return the occurrences in the video of a key such as `youtube:swje6NSdkfk`."""
        platform, _colon, platform_id = key.partition(":")
        return self.filter(video__platform=platform, video__platform_id=platform_id)

    def for_page(self) -> Self:
        """Load the film beside each occurrence, in film order. One query."""
        return (
            self.select_related("video__channel", "author", "spoken_by")
            .defer(
                "video__description",
                "video__search",
                "video__keywords",
                "video__origins",
                "video__replays",
            )
            .order_by("start_ms", "end_ms", "id")
        )

    def for_watch(self, video: Video) -> Self:
        """Load the claims made in one film, in film order, as its page shows them. Two queries."""
        return (
            self.visible()
            .filter(video=video)
            .select_related("claim__author", "claim__standing", "spoken_by")
            .defer("claim__search")
            .prefetch_related(
                models.Prefetch("claim__tags", Tag.objects.order_by("claim_tags__id"))
            )
            .order_by("start_ms", "end_ms", "id")
        )


class AnchorHealth(models.TextChoices):
    """How well an occurrence still stands where it was pinned."""

    UNKNOWN = "unknown", _("Not looked at")
    SOUND = "sound", _("The quote is found there")
    MOVED = "moved", _("The quote is found elsewhere")
    DOUBTFUL = "doubtful", _("It is not clear where the quote is")
    LOST = "lost", _("The quote is not found")
    UNQUOTED = "unquoted", _("There is no quote to go by")


@logged(exclude=("anchor_health", "anchor_score", "anchor_checked_at"))
class Occurrence(Stated):
    """A claim made in one film: time range in milliseconds, verbatim quote, speaker.

    `video_duration_ms` is the film's length as seen when it was marked, so that a re-cut
    is noticed. `speaker` is the name as it was written here, `spoken_by` whose it is.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="occurrences")
    video = models.ForeignKey(Video, on_delete=models.PROTECT, related_name="occurrences")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    quote = models.CharField(max_length=QUOTE_MAX, blank=True, validators=[validate_readable])
    speaker = models.CharField(max_length=200, blank=True, validators=[validate_readable])
    speaker_role = models.CharField(max_length=200, blank=True, validators=[validate_readable])
    spoken_by = models.ForeignKey(
        Speaker, null=True, blank=True, on_delete=models.PROTECT, related_name="occurrences"
    )
    video_duration_ms = models.BigIntegerField(null=True, blank=True)
    anchor_health = models.CharField(
        max_length=8, choices=AnchorHealth, default=AnchorHealth.UNKNOWN
    )
    anchor_score = models.FloatField(null=True, blank=True)
    anchor_checked_at = models.DateTimeField(null=True, blank=True)

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
    def is_named(self) -> bool:
        """Tell whether everyone may read who speaks. Needs `spoken_by` loaded.

        Not where a moderator has hidden them: their name stays, and is told to nobody here.
        """
        return self.spoken_by is None or self.spoken_by.state != State.HIDDEN

    @property
    def speaker_told(self) -> str:
        """The name as everyone may read it. Needs `spoken_by` loaded."""
        return self.speaker if self.is_named else ""

    @property
    def role_told(self) -> str:
        """The speaker's role as everyone may read it. Needs `spoken_by` loaded."""
        return self.speaker_role if self.is_named else ""

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
