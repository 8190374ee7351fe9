"""From a query string to the claims it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils.translation import gettext as _

from annotations.models import Claim, ClaimQuerySet, Kind
from catalogue import paging

CONFIG = "english"
TEXT_MAX = 200
SORTS = {
    "newest": paging.Ordering("newest", F("created_at"), paging.read_moment),
    "oldest": paging.Ordering("oldest", F("created_at"), paging.read_moment, descending=False),
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for; empty means all."""

    q: str = ""
    kind: str = ""
    tag: str = ""

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is asked for at all."""
        return self != Query()


def parse_query(params: Mapping[str, str]) -> Query:
    """Read the filters out of a query string. Raises ValidationError by parameter."""
    values = {name: params.get(name, "").strip() for name in ("q", "kind", "tag")}
    wrong: dict[str, ValidationError] = {
        name: ValidationError(
            _("Expected at most %(max)d characters, none of them NUL.") % {"max": TEXT_MAX},
            code="invalid",
        )
        for name, value in values.items()
        if "\0" in value or len(value) > TEXT_MAX
    }
    if values["kind"] and values["kind"] not in Kind.values:
        names = ", ".join(Kind.values)
        wrong["kind"] = ValidationError(
            _("Expected one of %(names)s.") % {"names": names}, code="invalid"
        )
    if wrong:
        raise ValidationError(wrong)
    return Query(**values)


def claims(query: Query) -> ClaimQuerySet:
    """Return the claims that everyone may read and that are asked for, unordered."""
    wanted = Q()
    if query.q:
        # Parts of words too, as people type them.
        wanted &= Q(search=SearchQuery(query.q, config=CONFIG, search_type="websearch")) | Q(
            statement__icontains=query.q
        )
    if query.kind:
        wanted &= Q(kind=query.kind)
    if query.tag:
        wanted &= Q(tags__slug=query.tag)
    return Claim.objects.visible().filter(wanted)
