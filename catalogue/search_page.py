"""What the page of films shows beside the films: chips, orders, layouts, and what else to try."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalogue import search, transcript_search
from catalogue.facets import Facets
from catalogue.models import Channel, Video

# Filters that have no field on the page are carried along by it.
WITH_FIELDS = frozenset({"q", "sort"})
LAYOUTS: dict[str, Any] = {"grid": gettext_lazy("Grid"), "list": gettext_lazy("List")}
LAYOUT_KEPT_S = 365 * 24 * 3600
# How alike the letters of a word have to be to be offered instead: half of its trigrams or so.
NEAR = 0.4
NEAR_SHOWN = 4
NEAR_MAX = 60


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in force, and the address of the list without it."""

    name: str
    label: str
    url: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class NearMisses:
    """Films and channels that are called much like what was searched for."""

    films: list[Video]
    channels: list[Channel]


def chips(params: QueryDict, facets: Facets, names: Iterable[str]) -> Iterator[Chip]:
    """Give those of some filters that are in force, each with the way back."""
    looks = {(facet.name, one.value): one.look for facet in facets.offered for one in facet.values}
    for name in names:
        for value in dict.fromkeys(params.getlist(name)):
            if name == "sort" or not value.strip():
                continue
            rest = _list_params(params)
            rest.setlist(name, [other for other in params.getlist(name) if other != value])
            label = facets.label_of(name, value) or _label(name, value)
            yield Chip(name, label, f"?{rest.urlencode()}", looks.get((name, value), ""))


def _label(name: str, value: str) -> str:
    """Return what a filter without a facet says."""
    sentences = {
        "q": _("“%(value)s”"),
        "published_after": _("From %(value)s on"),
        "published_before": _("Until %(value)s"),
        "duration_min": _("At least %(value)s s"),
        "duration_max": _("At most %(value)s s"),
    }
    return sentences.get(name, "%(value)s") % {"value": value}


def carried(params: QueryDict, facets: Facets, names: Iterable[str]) -> list[tuple[str, str]]:
    """Return those of some filters that are in force and have no field on the page."""
    fields = WITH_FIELDS | {facet.name for facet in facets.offered}
    return [
        (name, value)
        for name in names
        if name not in fields
        for value in params.getlist(name)
        if value
    ]


def sorts(query: search.Query) -> list[tuple[str, str, bool]]:
    """Return (value, label, is in force) of the orders to choose from.

    The usual one has no value, so that it gives way to relevance once a text is searched.
    """
    usual = search.RELEVANCE if query.q else "newest"
    named = [(name, str(label)) for name, (label, _ordering) in search.SORTS.items()]
    if query.q:
        named.insert(0, (search.RELEVANCE, _("Relevance")))
    return [
        ("" if name == usual else name, label, name == query.ordering_name) for name, label in named
    ]


def layout_of(request: HttpRequest) -> str:
    """Return the layout that is asked for, or was chosen before."""
    for chosen in (request.GET.get("view"), request.COOKIES.get("view")):
        if chosen in LAYOUTS:
            return str(chosen)
    return "grid"


def layouts(request: HttpRequest) -> list[tuple[str, str, str, bool]]:
    """Return (name, label, address, is in force) of the layouts to choose from."""
    rest = request.GET.copy()
    found = []
    for name, label in LAYOUTS.items():
        rest["view"] = name
        found.append((name, str(label), f"?{rest.urlencode()}", name == layout_of(request)))
    return found


def keep_layout(request: HttpRequest, response: HttpResponse) -> None:
    """Keep a layout that was asked for, in the browser that asked."""
    if request.GET.get("view") in LAYOUTS:
        response.set_cookie(
            "view", layout_of(request), max_age=LAYOUT_KEPT_S, httponly=True,
            samesite="Lax", secure=request.is_secure(),
        )  # fmt: skip


def said(query: search.Query) -> list[transcript_search.FoundFilm]:
    """Return the lines of films that say what is searched for, within the filters in force."""
    return transcript_search.find_cues(query.q, videos=within(query))


def within(query: search.Query) -> QuerySet[Video] | None:
    """Return the films that the filters besides the text leave; None if there are no others."""
    rest = replace(query, q="", sort="")
    return search.videos(rest) if rest.is_filtered else None


def near_misses(text: str) -> NearMisses:
    """Return what is called much like a text: people mistype. Two queries, by indexes."""
    text = text[:NEAR_MAX]
    if len(text) < search.TRIGRAM_MIN:
        return NearMisses([], [])
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)",
                           [str(NEAR)])  # fmt: skip
        films = Video.objects.select_related("channel").defer(
            "description", "search", "keywords", "origins", "replays"
        )
        return NearMisses(
            list(_nearest(films, "title", text)),
            list(_nearest(Channel.objects.all(), "name", text)),
        )


def _nearest(rows: QuerySet[Any], column: str, text: str) -> QuerySet[Any]:
    upper = text.upper()
    found: QuerySet[Any] = (
        rows.alias(upper=Upper(column))
        .alias(likeness=TrigramWordSimilarity(upper, "upper"))
        .filter(upper__trigram_word_similar=upper)
        .order_by("-likeness", "pk")[:NEAR_SHOWN]
    )
    return found


def _list_params(params: QueryDict) -> QueryDict:
    """Return what an address says of a list, from its beginning."""
    rest = params.copy()
    rest.pop("cursor", None)
    rest.pop("view", None)
    return rest
