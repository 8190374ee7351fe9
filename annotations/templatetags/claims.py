"""What templates say about claims. Catalogue pages learn of claims only here.

The catalogue's code does not know of claims; its templates may.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django import template
from django.db.models import Count

from annotations import verdict_words
from annotations.models import Claim, Occurrence
from catalogue import timecodes
from catalogue.models import Tag, Video

register = template.Library()

# A tag's page shows a few claims and leads to the list of all.
TAGGED_SHOWN = 6


@register.filter
def timecode(ms: int | None) -> str:
    """Return `12:34` or `1:02:03`; nothing for an unknown time."""
    return "" if ms is None else timecodes.format_timecode(ms)


@register.filter
def exact_timecode(ms: int) -> str:
    """Return `12:34.5`."""
    return timecodes.format_timecode(ms, exact=True)


@register.filter
def span(occurrence: Occurrence) -> str:
    """Return `12:31 – 12:48`."""
    return timecodes.format_span(occurrence.start_ms, occurrence.end_ms)


@register.filter
def seconds(ms: int | None) -> str:
    """Return milliseconds as seconds, as `?t=` and players count: `63.5`; nothing for none."""
    return "" if ms is None else f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


@register.filter
def percent(share: float) -> str:
    """Return a share as `87 %`, never more than there is."""
    return verdict_words.likely(share)


@register.simple_tag
def claim_counts(videos: Iterable[Video]) -> dict[int, int]:
    """Return how many claims are marked in each film. One query for any number of films."""
    rows = Occurrence.objects.visible().filter(video__in=[video.pk for video in videos])
    return dict(rows.values_list("video").annotate(claims=Count("claim", distinct=True)))


@register.simple_tag
def tag_claim_counts(tags: Iterable[Tag]) -> dict[int, int]:
    """Return how many claims carry each tag. One query for any number of tags."""
    rows = Claim.objects.visible().filter(tags__in=[tag.pk for tag in tags])
    return dict(rows.values_list("tags").annotate(claims=Count("pk")))


class Tagged(NamedTuple):
    """The claims that a tag's page shows, and whether there are more."""

    claims: list[Claim]
    is_more: bool


@register.simple_tag
def claims_tagged(tag: Tag) -> Tagged:
    """Return the newest claims that carry a tag. Three queries."""
    rows = Claim.objects.visible().filter(tags=tag).for_page().order_by("-created_at", "-pk")
    found = list(rows[: TAGGED_SHOWN + 1])
    return Tagged(found[:TAGGED_SHOWN], len(found) > TAGGED_SHOWN)
