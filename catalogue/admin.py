"""The catalogue for operators: to look at, and to correct what ingest leaves to people."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from catalogue.models import (
    Change,
    Channel,
    Copy,
    Fetch,
    GatewayState,
    ImportRow,
    ImportRun,
    Subscription,
    Tag,
    Transcript,
    Video,
    VideoCounts,
)


class ReadOnlyAdmin(admin.ModelAdmin[Model]):
    """Rows that the product writes itself."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody adds."""
        return False

    def has_change_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Nobody deletes."""
        return False


@admin.register(Video)
class VideoAdmin(ReadOnlyAdmin):
    """Films by identity; every column is imported."""

    list_display = ("key", "title", "channel", "availability", "published_at", "recorded_at")
    list_filter = ("platform", "availability")
    list_select_related = ("channel",)
    list_per_page = 50
    # A count of a million rows for each page helps nobody.
    show_full_result_count = False
    search_fields = ("=platform_id", "title__istartswith")
    exclude = ("search",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out the search column."""
        return super().get_queryset(request).defer("search")


@admin.register(VideoCounts)
class VideoCountsAdmin(ReadOnlyAdmin):
    """The refresh queue: what is due, who holds it, why it fails."""

    list_display = (
        "video_id", "views", "likes", "observed_at", "refresh_at", "leased_until", "failures",
        "last_failure",
    )  # fmt: skip
    ordering = ("refresh_at",)
    show_full_result_count = False
    search_fields = ("=video__platform_id", "last_failure__istartswith")


@admin.register(GatewayState)
class GatewayStateAdmin(ReadOnlyAdmin):
    """What workers know of each gateway, as stored; the page /admin/refresh/ tells what it means.

    Its right to change is the right to act on that page (`catalogue.operators`).
    """

    list_display = ("name", "used", "failures", "open_until", "stretch", "calls", "answers")


@admin.register(Channel)
class ChannelAdmin(ReadOnlyAdmin):
    """Who published films."""

    list_display = ("name", "platform", "platform_id")
    list_filter = ("platform",)
    search_fields = ("name__istartswith", "=platform_id")


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin[Tag]):
    """Subject words; only their description is for people to write."""

    list_display = ("name", "slug", "created_by", "created_at")
    list_select_related = ("created_by",)
    search_fields = ("name__istartswith", "=slug")
    fields = ("name", "slug", "description", "created_by", "created_at")
    readonly_fields = ("name", "slug", "created_by", "created_at")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Tags are made by members and records."""
        return False

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002
        obj: Model | None = None,  # noqa: ARG002
    ) -> bool:
        """Nobody deletes here: every film and claim would lose the tag, and nobody be asked."""
        return False


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    """What came in."""

    list_display = (
        "id", "source", "state", "by", "started_at", "created", "updated", "unchanged", "rejected",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("by",)


@admin.register(Fetch)
class FetchAdmin(ReadOnlyAdmin):
    """What is fetched, and how it goes."""

    list_display = (
        "run_id", "url", "kind", "due_at", "leased_until", "failures", "pages_asked",
        "pages_found", "last_failure",
    )  # fmt: skip
    list_filter = ("kind",)
    ordering = ("-run_id",)
    raw_id_fields = ("run",)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """What members follow."""

    list_display = (
        "id", "by", "url", "interval", "is_active", "due_at", "looked_at", "failures",
        "brought_in", "passed_by",
    )  # fmt: skip
    list_filter = ("is_active", "interval")
    list_select_related = ("by",)


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnlyAdmin):
    """What became of each record."""

    list_display = ("run_id", "number", "source", "line", "outcome", "field", "reason")
    list_filter = ("outcome",)
    ordering = ("-id",)
    show_full_result_count = False
    search_fields = ("=run__id",)
    exclude = ("raw",)
    raw_id_fields = ("run", "video")


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """What was seen to change."""

    list_display = ("video_id", "field", "old", "new", "observed_at")
    list_filter = ("field",)
    show_full_result_count = False


@admin.register(Copy)
class CopyAdmin(ReadOnlyAdmin):
    """Where else films can be seen, withdrawn places too."""

    list_display = ("id", "video_id", "url", "offset_ms", "added_by", "withdrawn_at")
    list_select_related = ("added_by",)
    ordering = ("-id",)
    show_full_result_count = False
    raw_id_fields = ("video", "added_by", "withdrawn_by")


@admin.register(Transcript)
class TranscriptAdmin(ReadOnlyAdmin):
    """Which films have timed text."""

    list_display = ("video_id", "language", "kind", "created_at")
    list_filter = ("language", "kind")
