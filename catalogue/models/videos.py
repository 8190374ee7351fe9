"""Films as catalogue entries, the channels they stand in and the tags they carry."""

from datetime import UTC, datetime
from typing import ClassVar, Self

import pghistory
import pgtrigger
from django.contrib.postgres.aggregates import JSONBAgg
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, JSONObject, Upper
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from catalogue.addresses import address
from catalogue.text import validate_readable

SAMPLE_PLATFORM = "sample"
YOUTUBE = "youtube"
# What a JSON column holds from the start, also where a statement of ours does not name it.
EMPTY = models.Value({}, models.JSONField())
# Where lists put what was published nobody knows when. Orders and their indexes agree on it.
NEVER = datetime(1, 1, 1, tzinfo=UTC)


class Availability(models.TextChoices):
    """What the platform last said of a video. An import alone says nothing."""

    UNKNOWN = "unknown", _("Not yet looked at")
    AVAILABLE = "available", _("Available")
    PRIVATE = "private", _("Private")
    GONE = "gone", pgettext_lazy("film", "Gone")


class Precision(models.TextChoices):
    """How exactly a moment is known."""

    SECOND = "second", _("To the second")
    DAY = "day", _("To the day")


class Channel(models.Model):
    """Who published a video. Records often know only the name; then the name identifies it.

    Where the id does, the name is that of the newest record that says both, and `named_at` is
    the date of that record (null: it has none, or no record said both). After another name its
    films' words for search are renewed by a sweep, due at `keywords_due_at`.
    """

    platform = models.CharField(max_length=32)
    platform_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001
    name = models.CharField(max_length=300)
    named_at = models.DateTimeField(null=True, blank=True)
    keywords_due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["platform", "platform_id"],
                name="channel_platform_id",
                condition=Q(platform_id__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["platform", "name"],
                name="channel_name_without_id",
                condition=Q(platform_id__isnull=True),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="channel_has_name"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["platform", "name"], name="channel_by_name"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="channel_name_trigram"),
            models.Index(
                fields=["keywords_due_at"],
                name="channel_keywords_due",
                condition=Q(keywords_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the channel's page."""
        return reverse("catalogue:channel", args=[self.pk, self.slug])

    @property
    def slug(self) -> str:
        """The readable tail of the address; the number before it is the identity."""
        return slugify(self.name, allow_unicode=True) or "channel"


class Tag(models.Model):
    """A subject word. The slug is the identity: names that differ by case or dashes are one."""

    slug = models.SlugField(max_length=120, unique=True, allow_unicode=True)
    name = models.CharField(max_length=100)
    description = models.CharField(max_length=500, blank=True, validators=[validate_readable])
    created_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(slug=""), name="tag_has_slug")]
        indexes: ClassVar = [
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="tag_name_trigram"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the tag's page."""
        return reverse("catalogue:tag", args=[self.slug])


class VideoQuerySet(models.QuerySet["Video"]):
    """Which videos, and with what."""

    def identified(self, platform: str, platform_id: str) -> Self:
        """Return the one video of this identity, or none."""
        return self.filter(platform=platform, platform_id=platform_id)

    def hold(self, video: "Video") -> None:
        """Keep a video in the catalogue until the transaction ends.

        Raises Video.DoesNotExist if the import that brought it was taken back meanwhile.
        """
        if not self.select_for_update(no_key=True).filter(pk=video.pk).values("pk").first():
            raise self.model.DoesNotExist(_("This film is no longer in the catalogue."))

    def for_cards(self) -> Self:
        """Load what a list shows: channel, counts and tags. Two queries for any length."""
        return (
            self.select_related("channel", "counts", "poster")
            .prefetch_related("tags")
            .defer("description", "search", "keywords", "origins", "replays")
        )

    def for_page(self) -> Self:
        """Load what a video's own page shows, tags with who put them there. Two queries."""
        return (
            self.select_related("channel", "counts", "poster")
            .prefetch_related(
                models.Prefetch("video_tags", VideoTag.objects.select_related("tag", "added_by"))
            )
            .defer("search", "keywords")
        )

    def for_api(self) -> Self:
        """Load what an API answer shows. One query for any length.

        The tags are written as JSON by the database, the record's in their order, then the
        members': rows of their own for each took half the time of a list.
        """
        tags = (
            VideoTag.objects.filter(video=models.OuterRef("pk"))
            .order_by()
            .values("video")
            .annotate(
                told=JSONBAgg(
                    JSONObject(slug="tag__slug", name="tag__name", source="source"),
                    # "record" comes after "member".
                    order_by=("-source", "position", "id"),
                )
            )
        )
        return (
            self.select_related("channel", "counts", "poster")
            .annotate(told_tags=models.Subquery(tags.values("told")))
            .defer("search", "keywords")
        )


class Video(models.Model):
    """One upload on one platform. `(platform, platform_id)` is its identity and never changes.

    Every column but `availability` is imported: ingest writes them, people do not. Counts
    live in VideoCounts, since each update of this wide row would enter every index again
    (measured 81 times slower).

    `recorded_at`, `content_hash` and `record_name` are the date, fingerprint and file name of
    the greatest record so far, and `raw_hash` is the digest of the file that held just it, by
    which that file is known unread (null: none did). `origins` names the record of each value
    that another one said:
    `{"category": [date, fingerprint, file name]}` (docs/ingest.md, "Which value wins").

    `replays` says how often equal stretches are played again, in thousandths of the most
    replayed one, of a film of `replays_ms`: what this film's length was in that record.
    """

    platform = models.CharField(max_length=32)
    platform_id = models.CharField(max_length=200)
    url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(max_length=1000)
    description = models.TextField(blank=True)
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="videos"
    )
    category = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=35, blank=True)
    tags = models.ManyToManyField(Tag, through="VideoTag", related_name="videos")
    image_url = models.CharField(max_length=2000, blank=True)
    media_url = models.CharField(max_length=2000, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_precision = models.CharField(max_length=6, choices=Precision, blank=True)
    duration_ms = models.BigIntegerField(null=True, blank=True)
    replays = ArrayField(models.SmallIntegerField(), null=True, blank=True)
    replays_ms = models.BigIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    content_hash = models.CharField(max_length=64)
    record_name = models.CharField(max_length=200, blank=True, db_default="", default="")
    raw_hash = models.UUIDField(null=True, blank=True)
    origins = models.JSONField(blank=True, default=dict, db_default=EMPTY)
    keywords = models.TextField(blank=True, help_text=_("Channel, category and tags, for search."))
    availability = models.CharField(
        max_length=12, choices=Availability, default=Availability.UNKNOWN
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    search = models.GeneratedField(
        expression=(
            SearchVector("title", weight="A", config="english")
            + SearchVector("keywords", weight="B", config="english")
            + SearchVector("description", weight="C", config="english")
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = VideoQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["platform", "platform_id"], name="video_identity"),
            models.CheckConstraint(
                condition=~Q(platform="") & ~Q(platform_id="") & ~Q(title=""),
                name="video_is_named",
            ),
            models.CheckConstraint(
                condition=Q(duration_ms__gte=0), name="video_duration_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_precision="")
                | Q(published_at__isnull=False, published_precision__in=Precision.values),
                name="video_published_with_precision",
            ),
            models.CheckConstraint(
                condition=Q(replays__isnull=True, replays_ms__isnull=True)
                # A comparison with null would be no violation.
                | Q(replays__isnull=False, replays_ms__isnull=False, replays_ms__gt=0),
                name="video_replays_with_length",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search"], name="video_search"),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="video_title_trigram"),
            models.Index(
                Coalesce("published_at", NEVER).desc(), F("id").desc(), name="video_newest"
            ),
            models.Index(fields=["channel", "-published_at"], name="video_by_channel"),
            models.Index(fields=["category", "-published_at"], name="video_by_category"),
            models.Index(fields=["raw_hash"], name="video_by_raw_hash"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the watch page."""
        return address("annotations:watch", self.platform, self.platform_id)

    @property
    def key(self) -> str:
        """The identity in one word, as the API writes it: `youtube:swje6NSdkfk`."""
        return f"{self.platform}:{self.platform_id}"

    @property
    def is_sample(self) -> bool:
        """Tell whether this is one of the fictional films shipped with Sidenote."""
        return self.platform == SAMPLE_PLATFORM

    @property
    def is_youtube(self) -> bool:
        """Tell whether YouTube's player can show it."""
        return self.platform == YOUTUBE

    @property
    def replays_at(self) -> datetime | None:
        """When the record was written that says `replays`; None if it has no date."""
        if self.replays is None or "replays" not in self.origins:
            return None if self.replays is None else self.recorded_at
        date = self.origins["replays"][0]
        return datetime.fromisoformat(date) if date else None

    @property
    def page_url(self) -> str:
        """The film's page on its platform, empty if there is none.

        YouTube's follows from the id: no record leads visitors, or the look at the counts,
        elsewhere.
        """
        return page_of(self.platform, self.platform_id, self.url)


def page_of(platform: str, platform_id: str, url: str) -> str:
    """Return what `Video.page_url` does, without a Video."""
    if platform == YOUTUBE:
        return f"https://www.youtube.com/watch?v={platform_id}"
    return url


class TagSource(models.TextChoices):
    """Where a tag on a video comes from. Ingest touches its own only."""

    RECORD = "record", _("In the record")
    MEMBER = "member", _("Added by a member")


@pghistory.track(
    # What members do is logged by triggers; what records say is in the ledger of their run.
    pghistory.InsertEvent(condition=pgtrigger.Q(new__source=TagSource.MEMBER.value)),
    pghistory.DeleteEvent(condition=pgtrigger.Q(old__source=TagSource.MEMBER.value)),
    exclude=["position"],
    append_only=True,
)
class VideoTag(models.Model):
    """One tag on one video, and who put it there."""

    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="video_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="video_tags")
    source = models.CharField(max_length=6, choices=TagSource)
    position = models.PositiveSmallIntegerField(default=0)
    added_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("source", "position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["video", "tag"], name="videotag_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["tag", "video"], name="videotag_by_tag")]
        verbose_name = _("tag on a video")

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.video_id}"
