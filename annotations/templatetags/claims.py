"""What templates say about claims. Catalogue pages learn of claims only here.

The catalogue's code does not know of claims; its templates may.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django import template
from django.db.models import Case, CharField, Count, Value, When
from django.db.models.functions import Coalesce

from annotations import film_search, search, verdict_words
from annotations.models import Claim, Occurrence, VerdictState
from annotations.templatetags.verdicts import FILED, LOOKS
from catalogue import highlights, timecodes
from catalogue.models import Tag, Video
from catalogue.search import Query
from catalogue.search_page import within

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


@dataclass(frozen=True, slots=True)
class Share:
    """How many claims of a film are in one state, and the part of a bar that stands for it."""

    look: str
    label: str
    count: int
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class FilmClaims:
    """How many claims are marked in a film, and their states."""

    count: int
    shares: list[Share]


_FILED = "filed"
# In the order of a bar.
_STATES = (
    VerdictState.ACCURATE.value, VerdictState.NEEDS_CONTEXT.value, VerdictState.INACCURATE.value,
    VerdictState.NEEDS_RATINGS.value, _FILED,
)  # fmt: skip


@register.simple_tag
def film_claims(videos: Iterable[Video]) -> dict[int, FilmClaims]:
    """Return the claims marked in each film. One query for any number of films."""
    state = Case(
        When(film_search.JUDGED, then=Coalesce("claim__standing__state", Value(_STATES[3]))),
        default=Value(_FILED),
        output_field=CharField(),
    )
    rows = (
        Occurrence.objects.visible()
        .filter(video__in=[video.pk for video in videos])
        .order_by()
        .values_list("video", state)
        .annotate(claims=Count("claim", distinct=True))
    )
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    for video, name, claims in rows:
        counted[video][name] = claims
    return {video: _film_claims(states) for video, states in counted.items()}


def _film_claims(states: dict[str, int]) -> FilmClaims:
    total, before, shares = sum(states.values()), 0, []
    for state in _STATES:
        if count := states.get(state):
            label = FILED if state == _FILED else VerdictState(state).label
            look = LOOKS.get(state, _FILED)
            x, wide = (f"{100 * part / total:.2f}%" for part in (before, count))
            shares.append(Share(look, str(label), count, x, wide))
            before += count
    return FilmClaims(total, shares)


class Found(NamedTuple):
    """Claims that say what was searched for, each statement in pieces; and if there are more."""

    claims: list[tuple[Claim, highlights.Pieces]]
    is_more: bool


# The search for films shows a few claims, and leads to the list of all.
FOUND_SHOWN = 5


@register.simple_tag
def claims_found(query: Query) -> Found:
    """Return the newest claims that say what films are searched for. Four queries at most.

    With other filters, of the films that those leave.
    """
    if not query.q:
        return Found([], is_more=False)
    rows = search.claims(search.Query(q=query.q))
    films = within(query)
    if films is not None:
        made = Occurrence.objects.visible().filter(video__in=films.order_by().values("pk"))
        rows = rows.filter(pk__in=made.order_by().values("claim"))
    found = list(rows.for_page().order_by("-created_at", "-pk")[: FOUND_SHOWN + 1])
    shown = found[:FOUND_SHOWN]
    told = search.highlights_of(shown, query.q)
    return Found([(claim, told[claim.pk]) for claim in shown], is_more=len(found) > len(shown))


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
