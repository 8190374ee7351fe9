"""From a query string to the films it asks for, and what else could be asked.

Pages and API share this module. `docs/api.md` lists the filters.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, Upper
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import filters
from catalogue.models import Channel, Tag, Video, VideoQuerySet, VideoTag
from catalogue.models.videos import NEVER
from catalogue.paging import Ordering, read_moment, read_number, read_text

CONFIG = "english"
# Ranking and counting facets look at this many matches at most; a common word has far more.
RANKED_MAX = 1000
FACETED_MAX = 2000
FACET_VALUES = 12
# After all that was ever published.
ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
# Shorter texts have no trigram to look up.
TRIGRAM_MIN = 3

SORTS: dict[str, tuple[Any, Ordering]] = {
    ordering.name: (label, ordering)
    for label, ordering in (
        (gettext_lazy("Newest"), Ordering("newest", Coalesce("published_at", NEVER), read_moment)),
        (
            gettext_lazy("Oldest"),
            Ordering(
                "oldest",
                Coalesce("published_at", ALWAYS),
                read_moment,
                descending=False,
            ),
        ),
        (
            gettext_lazy("Most viewed"),
            Ordering("views", Coalesce("counts__views", -1), read_number),
        ),
        (gettext_lazy("Most liked"), Ordering("likes", Coalesce("counts__likes", -1), read_number)),
        (gettext_lazy("Longest"), Ordering("longest", Coalesce("duration_ms", -1), read_number)),
        (
            gettext_lazy("Shortest"),
            Ordering("shortest", Coalesce("duration_ms", 2**62), read_number, descending=False),
        ),
        (gettext_lazy("Title"), Ordering("title", Upper("title"), read_text, descending=False)),
        (gettext_lazy("Recently added"), Ordering("added", F("created_at"), read_moment)),
    )
}
RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. Several channels, categories or languages mean any of them; tags, all.

    Durations in seconds, dates inclusive.
    """

    q: str = ""
    channel: tuple[int, ...] = ()
    tag: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    platform: str = ""
    published_after: date | None = None
    published_before: date | None = None
    duration_min: int | None = None
    duration_max: int | None = None
    sort: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything but the order is asked for."""
        return replace(self, sort="") != Query()

    @property
    def ordering_name(self) -> str:
        """The order in force: as asked, else by relevance for a text and newest first."""
        if self.sort:
            return self.sort
        return RELEVANCE if self.q else "newest"


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value a list can be narrowed to, and how many films that leaves (a lower bound)."""

    value: str
    label: str
    count: int
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facets:
    """The values of each facet, most frequent first; `is_capped` if counts are lower bounds."""

    channel: list[FacetValue] = field(default_factory=list)
    category: list[FacetValue] = field(default_factory=list)
    tag: list[FacetValue] = field(default_factory=list)
    language: list[FacetValue] = field(default_factory=list)
    is_capped: bool = False


# --- Reading a query string -----------------------------------------------------------


_READERS: dict[str, Callable[[str], Any]] = {
    "q": filters.text,
    "channel": filters.number,
    "tag": filters.text,
    "category": filters.text,
    "language": filters.text,
    "platform": filters.text,
    "published_after": filters.day,
    "published_before": filters.day,
    "duration_min": filters.number,
    "duration_max": filters.number,
    "sort": filters.one_of([RELEVANCE, *SORTS]),
}
_REPEATABLE = frozenset({"channel", "tag", "category", "language"})
FILTERS = tuple(_READERS)


def parse_query(params: QueryDict | Mapping[str, list[str]]) -> Query:
    """Read the filters out of a query string; names that are no filter are left alone.

    Empty values count as absent, as forms send them. Raises ValidationError by parameter.
    """
    query = Query(**filters.read(params, _READERS, repeatable=_REPEATABLE))
    if query.sort == RELEVANCE and not query.q:
        message = _("Only a search (q) can be sorted by relevance.")
        raise ValidationError({"sort": ValidationError(message, code="invalid")})
    return query


# --- Films ----------------------------------------------------------------------------


def ordering(query: Query) -> Ordering:
    """Return the order a query's films come in, for `paging.page`."""
    if query.ordering_name != RELEVANCE:
        return SORTS[query.ordering_name][1]
    # A whole number: ranks are compared for equality when the next page is asked for.
    rank = SearchRank(F("search"), _search_query(query.q)) * 1e9
    return Ordering(RELEVANCE, Cast(rank, BigIntegerField()), read_number)


def videos(query: Query) -> VideoQuerySet:
    """Return the films a query asks for, unordered.

    Sorted by relevance, only the first RANKED_MAX matches found are ranked.
    """
    found = Video.objects.filter(_conditions(query))
    if query.tag:
        found = found.filter(carrying(query.tag, VideoTag.objects.all(), "video"))
    if query.ordering_name == RELEVANCE:
        return Video.objects.filter(pk__in=found.order_by().values("pk")[:RANKED_MAX])
    return found


def carrying(slugs: Collection[str], placed: QuerySet[Any], row: str) -> Q:
    """Return the condition that a row carries all of these tags.

    `placed` is the table that puts tags on rows, each once; `row` its column that names the
    row. One join or one subquery, however many tags: with a join for each, PostgreSQL
    planned sixty for more than a minute.
    """
    wanted = set(slugs)
    if len(wanted) == 1:
        return Q(tags__slug=wanted.pop())
    found = placed.filter(tag__slug__in=wanted).order_by().values(row)
    return Q(pk__in=found.annotate(carried=Count("pk")).filter(carried=len(wanted)).values(row))


def matching(text: str, *, parts_of: str) -> Q:
    """Return the condition that a row's words match a text, as in a web search.

    Or that a column, which has an index of trigrams, holds the text: people type parts of
    words too.
    """
    matches = Q(search=_search_query(text))
    if len(text) >= TRIGRAM_MIN:
        matches |= Q(**{f"{parts_of}__icontains": text})
    return matches


def _conditions(query: Query) -> Q:
    wanted = Q()
    if query.q:
        wanted &= matching(query.q, parts_of="title")
    for lookup, value in (
        ("channel__in", query.channel),
        ("category__in", query.category),
        ("language__in", query.language),
        ("platform", query.platform),
    ):
        if value:
            wanted &= Q(**{lookup: value})
    return wanted & _published(query) & _lasting(query)


def _published(query: Query) -> Q:
    wanted = Q()
    if query.published_after:
        wanted &= Q(published_at__gte=_start_of(query.published_after))
    if query.published_before and query.published_before < date.max:
        wanted &= Q(published_at__lt=_start_of(query.published_before + timedelta(days=1)))
    return wanted


def _lasting(query: Query) -> Q:
    wanted = Q()
    if query.duration_min is not None:
        wanted &= Q(duration_ms__gte=min(query.duration_min * 1000, 2**62))
    if query.duration_max is not None:
        wanted &= Q(duration_ms__lte=min(query.duration_max * 1000, 2**62))
    return wanted


def _search_query(text: str) -> SearchQuery:
    return SearchQuery(text, config=CONFIG, search_type="websearch")


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


# --- Facets ---------------------------------------------------------------------------


def facets(query: Query) -> Facets:
    """Count what a list can be narrowed to. Eight queries at most, whatever is asked.

    Each facet counts without its own choice, so that another value can be picked; tags
    narrow further, so they count with it. Counts are taken over FACETED_MAX films.
    """
    plain = replace(query, sort="newest")
    within_tag = _sample_of(plain)
    counted = {
        "channel": _tally(_sample_of(replace(plain, channel=())), "channel"),
        "category": _tally(_sample_of(replace(plain, category=())), "category"),
        "language": _tally(_sample_of(replace(plain, language=())), "language"),
        "tag": _tally(within_tag, "tags__slug"),
    }
    names = dict(
        Channel.objects.filter(pk__in={*counted["channel"], *query.channel}).values_list(
            "pk", "name"
        )
    )
    words = dict(
        Tag.objects.filter(slug__in={*counted["tag"], *query.tag}).values_list("slug", "name")
    )
    return Facets(
        channel=_values(counted["channel"], query.channel, names),
        category=_values(counted["category"], query.category),
        tag=_values(counted["tag"], query.tag, words),
        language=_values(counted["language"], query.language),
        is_capped=len(within_tag) == FACETED_MAX,
    )


def _sample_of(query: Query) -> QuerySet[Video, int]:
    return videos(query).order_by().values_list("pk", flat=True)[:FACETED_MAX]


def _tally(sample: QuerySet[Video, int], name: str) -> dict[Any, int]:
    rows = (
        Video.objects.filter(pk__in=sample)
        .exclude(**{name: ""} if name in {"category", "language"} else {f"{name}__isnull": True})
        .values_list(name)
        .annotate(films=Count("pk"))
        .order_by("-films", name)[:FACET_VALUES]
    )
    return dict(rows)


def _values(
    counted: dict[Any, int], chosen: Iterable[Any], labels: Mapping[Any, str] | None = None
) -> list[FacetValue]:
    """Return a facet's values; what is chosen stays listed even when it counts for nothing."""
    chosen = tuple(chosen)
    return [
        FacetValue(
            str(value),
            labels.get(value, str(value)) if labels else str(value),
            counted.get(value, 0),
            value in chosen,
        )
        for value in dict.fromkeys([*counted, *chosen])
    ]
