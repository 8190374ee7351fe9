"""From a query string to the claims it asks for. Pages and API share this module."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F
from django.http import QueryDict

from annotations.models import (
    NOT_JUDGED,
    READABLE,
    Claim,
    ClaimQuerySet,
    ClaimTag,
    Kind,
    Occurrence,
    VerdictState,
)
from catalogue import filters, highlights, paging
from catalogue.search import carrying, matching

SORTS = {
    "newest": paging.Ordering("newest", F("created_at"), paging.read_moment),
    "oldest": paging.Ordering("oldest", F("created_at"), paging.read_moment, descending=False),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; empty means all. Several values mean any of them; of tags, all.

    `video` is a key such as `youtube:swje6NSdkfk`, `author` a user name in any case,
    `verdict` what is stated, `speaker` the number of who says it.
    """

    q: str = ""
    kind: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    speaker: tuple[int, ...] = ()
    language: str = ""
    author: str = ""
    video: str = ""
    sort: str = "newest"

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything but the order is asked for."""
        return replace(self, sort="newest") != Query()


_READERS: dict[str, Callable[[str], Any]] = {
    "q": filters.text,
    "kind": filters.one_of(Kind.values),
    "verdict": filters.one_of(VerdictState.values),
    "tag": filters.text,
    "speaker": filters.number,
    "language": filters.text,
    "author": filters.text,
    "video": filters.text,
    "sort": filters.one_of(SORTS),
}
FILTERS = tuple(_READERS)
_REPEATABLE = frozenset({"kind", "verdict", "tag", "speaker"})


def parse_query(params: QueryDict | Mapping[str, list[str]]) -> Query:
    """Read the filters out of a query string; names that are no filter are left alone.

    Empty values count as absent, as forms send them. Raises ValidationError by parameter.
    """
    return Query(**filters.read(params, _READERS, repeatable=_REPEATABLE))


def claims(query: Query) -> ClaimQuerySet:
    """Return the claims that everyone may read and that are asked for, unordered."""
    found = Claim.objects.visible()
    if query.q:
        found = found.filter(matching(query.q, parts_of="statement"))
    for lookup, value in (
        ("kind__in", query.kind),
        ("language", query.language),
        ("author__username__iexact", query.author),
    ):
        if value:
            found = found.filter(**{lookup: value})
    if query.video:
        made_there = Occurrence.objects.visible().made_in(query.video)
        found = found.filter(pk__in=made_there.values("claim"))
    if query.verdict:
        # What is only filed waits for no ratings.
        found = found.filter(standing__state__in=query.verdict, is_checkable=True)
        found = found.exclude(kind__in=NOT_JUDGED)
    if query.speaker:
        said = Occurrence.objects.visible().filter(
            spoken_by__in=query.speaker, spoken_by__state__in=READABLE
        )
        found = found.filter(pk__in=said.order_by().values("claim"))
    if query.tag:
        found = found.filter(carrying(query.tag, ClaimTag.objects.all(), "claim"))
    return found


def highlights_of(shown: Iterable[Claim], text: str) -> dict[int, highlights.Pieces]:
    """Return the statements of claims in pieces, what was searched for marked.

    By their numbers; one query, none without a text.
    """
    numbers = [claim.pk for claim in shown]
    if not (text and numbers):
        return {}
    return highlights.whole(Claim.objects.filter(pk__in=numbers), "statement", text)
