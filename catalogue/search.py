"""From a query string to the films it asks for.

Pages, API and saved searches share this module. `docs/api.md` lists the filters, and
`docs/search.md` tells how films are found.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, Count, F, Q, QuerySet
from django.db.models.functions import Cast, Coalesce, Upper
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import additions, filters
from catalogue.models import UNGROWN, Availability, Video, VideoQuerySet, VideoTag
from catalogue.models.videos import NEVER
from catalogue.paging import Ordering, read_moment, read_number, read_text

CONFIG = "english"
# Ranking looks at this many matches at most; a common word has far more.
RANKED_MAX = 1000
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
        (
            gettext_lazy("Fastest growing"),
            Ordering("growth", Coalesce("counts__gained", UNGROWN), read_number),
        ),
        (
            gettext_lazy("Most discussed"),
            Ordering("discussed", Coalesce("counts__discussed", 0), read_number),
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
# Every film has counts: told so, PostgreSQL reads these orders from an index of theirs.
BY_COUNTS = frozenset({"views", "growth", "discussed", "likes"})


class Length(StrEnum):
    """How long a film takes, in minutes: from the first, and less than the second."""

    SHORT = "under-10"
    MEDIUM = "10-30"
    LONG = "30-60"
    FEATURE = "over-60"


_MINUTE = 60_000
BOUNDS_MS: dict[Length, tuple[int, int | None]] = {
    Length.SHORT: (0, 10 * _MINUTE),
    Length.MEDIUM: (10 * _MINUTE, 30 * _MINUTE),
    Length.LONG: (30 * _MINUTE, 60 * _MINUTE),
    Length.FEATURE: (60 * _MINUTE, None),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for. Several values of one filter mean any of them; of tags, all.

    Durations in seconds, dates inclusive, years of UTC. `added` are values by the name of a
    filter that another application adds.
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
    length: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    availability: tuple[str, ...] = ()
    added: tuple[tuple[str, tuple[str, ...]], ...] = ()
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

    def chosen(self, name: str) -> tuple[Any, ...]:
        """Return the values of a filter that can be given several times."""
        if name in additions.FILTERS:
            return dict(self.added).get(name, ())
        values: tuple[Any, ...] = getattr(self, name)
        return values

    def without(self, name: str) -> "Query":
        """Return the same without such a filter."""
        if name in additions.FILTERS:
            return replace(self, added=tuple(one for one in self.added if one[0] != name))
        none: dict[str, Any] = {name: ()}
        return replace(self, **none)


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
    "length": filters.one_of(Length),
    "year": filters.year,
    "availability": filters.one_of(Availability.values),
    "sort": filters.one_of([RELEVANCE, *SORTS]),
}
_REPEATABLE = frozenset(
    {"channel", "tag", "category", "language", "length", "year", "availability"}
)


def filter_names() -> tuple[str, ...]:
    """Return the names of all parameters that say which films, and in which order."""
    return (*_READERS, *additions.FILTERS)


def parse_query(params: QueryDict | Mapping[str, list[str]]) -> Query:
    """Read the filters out of a query string; names that are no filter are left alone.

    Empty values count as absent, as forms send them. Raises ValidationError by parameter.
    """
    added = {one.name: filters.one_of(one.choices) for one in additions.FILTERS.values()}
    values = filters.read(params, _READERS | added, repeatable={*_REPEATABLE, *added})
    given = tuple((name, values.pop(name)) for name in added if name in values)
    query = Query(**values, added=given)
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
    rank = SearchRank(F("search"), search_query(query.q)) * 1e9
    return Ordering(RELEVANCE, Cast(rank, BigIntegerField()), read_number)


def videos(query: Query) -> VideoQuerySet:
    """Return the films a query asks for, unordered.

    Sorted by relevance, only the first RANKED_MAX matches found are ranked.
    """
    found = Video.objects.filter(_conditions(query))
    for name, chosen in query.added:
        found = found.filter(additions.FILTERS[name].condition(chosen))
    if query.sort in BY_COUNTS:
        found = found.filter(counts__isnull=False)
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
    matches = Q(search=search_query(text))
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
        ("availability__in", query.availability),
    ):
        if value:
            wanted &= Q(**{lookup: value})
    return wanted & _published(query) & _lasting(query) & _as_long_as(query.length)


def _published(query: Query) -> Q:
    wanted = Q()
    if query.published_after:
        wanted &= Q(published_at__gte=_start_of(query.published_after))
    if query.published_before and query.published_before < date.max:
        wanted &= Q(published_at__lt=_start_of(query.published_before + timedelta(days=1)))
    return wanted & any_of(
        Q(published_at__gte=datetime(year, 1, 1, tzinfo=UTC))
        & (Q(published_at__lt=datetime(year + 1, 1, 1, tzinfo=UTC)) if year < MAXYEAR else Q())
        for year in query.year
    )


def _lasting(query: Query) -> Q:
    wanted = Q()
    if query.duration_min is not None:
        wanted &= Q(duration_ms__gte=min(query.duration_min * 1000, 2**62))
    if query.duration_max is not None:
        wanted &= Q(duration_ms__lte=min(query.duration_max * 1000, 2**62))
    return wanted


def _as_long_as(lengths: tuple[str, ...]) -> Q:
    bounds = [BOUNDS_MS[Length(one)] for one in lengths]
    return any_of(
        Q(duration_ms__gte=least) & (Q() if below is None else Q(duration_ms__lt=below))
        for least, below in bounds
    )


def any_of(conditions: Iterable[Q]) -> Q:
    """Return the condition that any of some conditions holds; none at all without any."""
    wanted = Q()
    for one in conditions:
        wanted |= one
    return wanted


def search_query(text: str) -> SearchQuery:
    """Return a text as PostgreSQL looks for it, read as a web search."""
    return SearchQuery(text, config=CONFIG, search_type="websearch")


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
