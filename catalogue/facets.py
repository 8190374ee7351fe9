"""What a list of films can be narrowed to, and how many films each choice leaves.

Counts are taken over FACETED_MAX films, in whatever order they are found: a common word has
far more, and nobody waits for all of them to be counted. Then counts are lower bounds.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from catalogue import additions
from catalogue.models import Availability, Channel, Tag
from catalogue.search import BOUNDS_MS, Length, Query, videos

FACETED_MAX = 2000
FACET_VALUES = 12

# In the order of the page.
HEADINGS: dict[str, Any] = {
    "category": _("Category"),
    "tag": _("Tag"),
    "channel": _("Channel"),
    "language": _("Spoken language"),
    "length": _("Length"),
    "year": _("Year"),
    "availability": _("Availability"),
}
LENGTHS: dict[str, Any] = {
    Length.SHORT: _("Under 10 min"),
    Length.MEDIUM: _("10–30 min"),
    Length.LONG: _("30–60 min"),
    Length.FEATURE: _("Over an hour"),
}
# These have an order of their own; the others go by how many films.
ORDERS: dict[str, list[str]] = {
    "length": [str(one) for one in Length],
    "availability": list(Availability.values),
}

_READ = (
    "pk", "channel_id", "category", "language", "duration_ms", "published_at", "availability",
)  # fmt: skip
_LENGTH = " ".join(
    f"WHEN duration_ms < {below} THEN '{name}'" if below else f"ELSE '{name}'"
    for name, (_least, below) in BOUNDS_MS.items()
)
# What SQL tells of a film's row for each facet; nothing for null.
_VALUES = {
    "category": "nullif(category, '')",
    "channel": "channel_id::text",
    "language": "nullif(language, '')",
    "length": f"CASE WHEN duration_ms IS NULL THEN NULL {_LENGTH} END",
    "year": "date_part('year', published_at AT TIME ZONE 'UTC')::int::text",
    "availability": "availability",
}
_COUNT = """
(SELECT '{name}', value, count(*) AS films FROM (SELECT {value} AS value FROM {sample}) told
  WHERE value IS NOT NULL GROUP BY value ORDER BY films DESC, value LIMIT {most})"""
# A tag that is chosen narrows further: tags count with it.
_COUNT_TAGS = """
(SELECT 'tag', tag.slug, count(*) AS films
   FROM among JOIN catalogue_videotag AS placed ON placed.video_id = among.id
   JOIN catalogue_tag AS tag ON tag.id = placed.tag_id
  GROUP BY tag.slug ORDER BY films DESC, tag.slug LIMIT {most})"""

# The films of a sample, for somebody else to count.
_NUMBERS = """
(SELECT '{name}', coalesce(string_agg(id::text, ' '), ''), count(*) FROM {sample})"""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value a list can be narrowed to, and how many films that leaves (a lower bound)."""

    value: str
    label: str
    count: int
    is_chosen: bool = False
    look: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with the values that can be chosen, under its parameter's name."""

    name: str
    heading: str
    values: list[FacetValue]


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets that offer anything, and how many films there are.

    `is_capped` if more than `total` films were found, so that all counts are lower bounds.
    """

    offered: list[Facet]
    total: int
    is_capped: bool

    def values_of(self, name: str) -> list[FacetValue]:
        """Return the values of a facet, none if it offers nothing."""
        return next((facet.values for facet in self.offered if facet.name == name), [])

    def label_of(self, name: str, value: str) -> str | None:
        """Return what a value is called, None if no facet has it."""
        found = (one.label for one in self.values_of(name) if one.value == value)
        return next(found, None)


def facets(query: Query) -> Facets:
    """Count what a list can be narrowed to. Three queries, and one for each added filter.

    Each facet counts without its own choice, so that another value can be picked.
    """
    counted, sampled, total = _counts(query)
    for name, one in additions.FILTERS.items():
        counted[name] = dict(one.tally(sampled[name]))
    offered = []
    labels = _labels(query, counted)
    headings = {one.name: one.heading for one in additions.FILTERS.values()} | HEADINGS
    for name, heading in headings.items():
        values = _values(name, counted[name], query.chosen(name), labels.get(name, {}))
        if values:
            offered.append(Facet(name, str(heading), values))
    return Facets(offered, min(total, FACETED_MAX), total > FACETED_MAX)


def _counts(query: Query) -> tuple[dict[str, dict[str, int]], dict[str, list[int]], int]:
    """Return films by value for each facet; the films that each added filter is to count.

    And how many films there are, up to one too many. One statement, with a sample of films
    for all facets of which nothing is chosen, and one for each of the others.
    """
    # By relevance some films would be left out.
    samples = {"among": replace(query, sort="newest")}

    def sample_for(name: str) -> str:
        if not query.chosen(name):
            return "among"
        samples[f"without_{name}"] = samples["among"].without(name)
        return f"without_{name}"

    told = [
        _COUNT.format(name=name, value=value, sample=sample_for(name), most=FACET_VALUES)
        for name, value in _VALUES.items()
    ]
    told += [_NUMBERS.format(name=name, sample=sample_for(name)) for name in additions.FILTERS]
    told += [_COUNT_TAGS.format(most=FACET_VALUES), "(SELECT '', '', count(*) FROM among)"]
    parts: list[str] = []
    params: list[Any] = []
    for name, sampled in samples.items():
        found = videos(sampled).order_by().values_list(*_READ)[: FACETED_MAX + 1]
        sql, given = found.query.sql_with_params()
        columns = ", ".join(_READ).replace("pk", "id")
        parts.append(f"{name} ({columns}) AS MATERIALIZED ({sql})")
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(parts)} {' UNION ALL '.join(told)}", params)
        rows = cursor.fetchall()
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    numbers: dict[str, list[int]] = {}
    for name, value, films in rows:
        if name in additions.FILTERS:
            numbers[name] = [int(number) for number in value.split()]
        else:
            counted[name][value] = films
    return counted, numbers, counted.pop("")[""]


def _labels(query: Query, counted: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, str]]:
    """Return what values are called, by facet, where that is not how they are written."""
    channels = {*counted["channel"], *map(str, query.channel)}
    tags = {*counted["tag"], *query.tag}
    named = Channel.objects.filter(pk__in=channels).values_list("pk", "name")
    added = additions.FILTERS.values()
    return {
        "channel": {str(number): name for number, name in named},
        "tag": dict(Tag.objects.filter(slug__in=tags).values_list("slug", "name")),
        "length": {name: str(label) for name, label in LENGTHS.items()},
        "availability": {str(value): str(label) for value, label in Availability.choices},
        **{one.name: {name: str(word) for name, word in one.choices.items()} for one in added},
    }


def _values(
    name: str, counted: Mapping[str, int], chosen: Iterable[Any], labels: Mapping[str, str]
) -> list[FacetValue]:
    """Return a facet's values; what is chosen stays listed even when it counts for nothing."""
    taken = [str(value) for value in chosen]
    found = list(dict.fromkeys([*counted, *taken]))
    if name in additions.FILTERS:
        found.sort(key=list(additions.FILTERS[name].choices).index)
    elif name in ORDERS:
        found.sort(key=ORDERS[name].index)
    elif name == "year":
        found.sort(key=int, reverse=True)
    looks = additions.FILTERS[name].looks if name in additions.FILTERS else {}
    return [
        FacetValue(
            value, labels.get(value, value), counted.get(value, 0), value in taken,
            looks.get(value, ""),
        )
        for value in found
    ]  # fmt: skip
