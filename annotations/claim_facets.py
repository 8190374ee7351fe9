"""What a list of claims can be narrowed to, and how many claims each choice leaves.

Counted over FACETED_MAX claims, as those of films are (`catalogue.facets`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Count, F, QuerySet
from django.utils.translation import gettext_lazy as _

from annotations.film_search import LOOKS
from annotations.models import (
    NOT_JUDGED,
    READABLE,
    Claim,
    ClaimTag,
    Kind,
    Occurrence,
    Speaker,
    VerdictState,
)
from annotations.search import Query, claims
from catalogue import paging
from catalogue.facets import FACET_VALUES, FACETED_MAX, Facet, Facets, FacetValue
from catalogue.models import Tag

HEADINGS: dict[str, Any] = {
    "verdict": _("State"),
    "kind": _("Kind"),
    "tag": _("Tag"),
    "speaker": _("Speaker"),
}
# In the order of a scale, not of the table.
_STATES = (
    VerdictState.ACCURATE, VerdictState.NEEDS_CONTEXT, VerdictState.INACCURATE,
    VerdictState.NEEDS_RATINGS,
)  # fmt: skip


def facets(query: Query) -> Facets:
    """Count what a list of claims can be narrowed to. Seven queries at most.

    Each facet counts without its own choice; tags narrow further, so they count with it.
    """
    total = paging.count_up_to(claims(query), FACETED_MAX)
    counted = {
        "verdict": _states(_sample_of(replace(query, verdict=()))),
        "kind": _most(Claim.objects.filter(pk__in=_sample_of(replace(query, kind=()))), "kind"),
        "tag": _most(ClaimTag.objects.filter(claim__in=_sample_of(query)), "tag__slug"),
        "speaker": _most(
            Occurrence.objects.visible().filter(
                claim__in=_sample_of(replace(query, speaker=())), spoken_by__state__in=READABLE
            ),
            "spoken_by",
            of="claim",
        ),
    }
    labels = _labels(query, counted)
    offered = []
    for name, heading in HEADINGS.items():
        values = _values(counted[name], getattr(query, name), labels[name])
        if values:
            offered.append(Facet(name, str(heading), values))
    return Facets(offered, min(total, FACETED_MAX), total > FACETED_MAX)


def _sample_of(query: Query) -> QuerySet[Claim, Any]:
    return claims(query).order_by().values("pk")[:FACETED_MAX]


def _states(sample: QuerySet[Claim, Any]) -> dict[str, int]:
    """Return how many claims are in each state; what is only filed is in none."""
    judged = Claim.objects.filter(pk__in=sample, is_checkable=True).exclude(kind__in=NOT_JUDGED)
    counted = _most(judged.filter(standing__isnull=False), "standing__state")
    return {state: counted[state] for state in _STATES if state in counted}


def _most(rows: QuerySet[Any], name: str, *, of: str = "pk") -> dict[str, int]:
    """Return the most frequent values of a column with how many rows have each."""
    found = (
        rows.order_by()
        .values_list(F(name))
        .annotate(many=Count(of, distinct=True))
        .order_by("-many", name)[:FACET_VALUES]
    )
    return {str(value): many for value, many in found}


def _labels(query: Query, counted: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, str]]:
    tags = Tag.objects.filter(slug__in={*counted["tag"], *query.tag})
    numbers = {*map(int, counted["speaker"]), *query.speaker}
    named = Speaker.objects.filter(pk__in=numbers, state__in=READABLE).values_list("pk", "name")
    return {
        "verdict": {str(value): str(label) for value, label in VerdictState.choices},
        "kind": {str(value): str(label) for value, label in Kind.choices},
        "tag": dict(tags.values_list("slug", "name")),
        "speaker": {str(number): name for number, name in named},
    }


def _values(
    counted: Mapping[str, int], chosen: Iterable[Any], labels: Mapping[str, str]
) -> list[FacetValue]:
    """Return a facet's values; what is chosen stays listed even when it counts for nothing."""
    taken = [str(value) for value in chosen]
    return [
        FacetValue(
            value,
            labels.get(value, value),
            counted.get(value, 0),
            value in taken,
            LOOKS.get(value, ""),
        )
        for value in dict.fromkeys([*counted, *taken])
    ]
