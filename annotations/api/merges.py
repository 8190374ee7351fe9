"""Merges over REST: proposing, deciding and reading them, and where what was merged leads."""

from collections.abc import Callable
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import merge_page, merge_serializers, merges
from annotations.models import Merge, MergeState
from annotations.permissions import thing_of
from catalogue import paging
from catalogue.addresses import address
from catalogue.rest import parameters
from catalogue.rest.answers import (
    PAGING,
    Endpoint,
    created,
    documented,
    get_row,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import choice, number
from catalogue.rest.refusals import Conflict
from catalogue.rest.strict import checked

MERGES = "Merges"
NEWEST = paging.Ordering("newest", F("id"), paging.read_number)
MERGE_FILTERS = (
    choice("thing", "Of what.", merge_serializers.THINGS),
    choice("state", "How far it has come.", MergeState.values),
    number("source", "Number of what leads to the other."),
    number("target", "Number of what stays."),
)


class Merges(Endpoint):
    """What is said to be the same."""

    known = (*MERGE_FILTERS, *PAGING)

    @documented(
        "merges_list",
        "List merges, newest first",
        under=MERGES,
        answer=merge_serializers.Merge,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of merges. One query."""
        values = parameters.read(request, self.known)
        rows = merge_page.rows()
        for name, column in (
            ("thing", "thing"),
            ("state", "state"),
            ("source", "source_id"),
            ("target", "target_id"),
        ):
            if name in values:
                rows = rows.filter(**{column: values[name]})
        return listing(request, rows, NEWEST, merge_serializers.present, values)

    @documented(
        "merges_create",
        "Propose to merge two claims, or two speakers",
        under=MERGES,
        description="A moderator decides. Both have to be there for everyone to read.",
        body=merge_serializers.MergeBody,
        answer=merge_serializers.Merge,
        status=201,
        writes=True,
        problems=(409,),
    )
    def post(self, request: Request) -> Response:
        """Propose a merge."""
        values = checked(merge_serializers.MergeBody, request.data)
        thing = values.pop("thing")
        sides: Any = [_named(thing, values.pop(name), name) for name in ("source", "target")]
        try:
            row = merges.propose(*sides, by=member_of(request), why=values.get("why", ""))
        except merges.NotPossible as error:
            raise Conflict(str(error)) from None
        return created(merge_serializers.present(_get_merge(row.pk), site_of(request)))


class MergeDetail(Endpoint):
    """One merge."""

    @documented(
        "merges_read",
        "Read a merge",
        under=MERGES,
        answer=merge_serializers.Merge,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a merge. One query."""
        parameters.read(request, ())
        return single(request, merge_serializers.present(_get_merge(pk), site_of(request)))


class MergeAccept(Endpoint):
    """Merging what is proposed."""

    @documented(
        "merges_accept",
        "Merge what is proposed, as a moderator",
        under=MERGES,
        description=(
            "All that the target lacks moves there: occurrences, evidence, votes, comments, tags; "
            "what would stand twice stays behind. The source leads to the target from then on."
        ),
        body=merge_serializers.ReasonBody,
        answer=merge_serializers.Merge,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Merge."""
        return _decided(request, pk, merges.accept)


class MergeRefuse(Endpoint):
    """Deciding that the two are not the same."""

    @documented(
        "merges_refuse",
        "Refuse a merge, as a moderator",
        under=MERGES,
        body=merge_serializers.ReasonBody,
        answer=merge_serializers.Merge,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Refuse a merge."""
        return _decided(request, pk, merges.refuse)


class MergeUndo(Endpoint):
    """Taking a merge back."""

    @documented(
        "merges_undo",
        "Undo a merge, as a moderator",
        under=MERGES,
        description=(
            "What the merge took along and is still there returns, as it is by now. 409 where "
            "the target was itself merged since: undo that first."
        ),
        body=merge_serializers.ReasonBody,
        answer=merge_serializers.Merge,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Undo a merge."""
        return _decided(request, pk, merges.undo)


class MergeWithdraw(Endpoint):
    """Taking a proposal back."""

    @documented(
        "merges_withdraw",
        "Take back a merge that one proposed",
        under=MERGES,
        description="Before it is decided; afterwards 409. It can be proposed again.",
        answer=merge_serializers.Merge,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take back what one proposed."""
        try:
            merges.withdraw(_get_merge(pk), by=member_of(request))
        except merges.NotPossible as error:
            raise Conflict(str(error)) from None
        return Response(merge_serializers.present(_get_merge(pk), site_of(request)))


def leading_on(request: Request, row: merges.Mergeable, end: merges.Mergeable) -> HttpResponse:
    """Lead from what was merged to what it was merged into.

    The method stays (308), and whoever keeps answers asks again: a merge can be undone.
    """
    base = site_of(request)
    url = base + address(f"api:{thing_of(end)}", end.pk)
    body = {
        "detail": _("%(source)s was merged into %(target)s.")
        % {"source": merges.name_of(row), "target": merges.name_of(end)},
        "id": end.pk,
        "url": url,
        "page": f"{base}{end.get_absolute_url()}",
    }
    return Response(body, status=308, headers={"Location": url, "Cache-Control": "no-cache"})


def _decided(request: Request, pk: int, decide: Callable[..., Merge]) -> Response:
    row = _get_merge(pk)
    values = checked(merge_serializers.ReasonBody, request.data)
    try:
        decide(row, by=member_of(request), reason=values["reason"])
    except merges.NotPossible as error:
        raise Conflict(str(error)) from None
    return Response(merge_serializers.present(_get_merge(pk), site_of(request)))


def _get_merge(pk: int) -> Merge:
    return get_row(merge_page.rows().filter(pk=pk), _("There is no such merge."))


def _named(thing: str, pk: int, field: str) -> merges.Mergeable:
    row = merges.find_by_number(thing, pk)
    if row is None:
        message = _("There is none of this number that everyone may read.")
        raise ValidationError({field: [ErrorDetail(message, code="does_not_exist")]})
    return row
