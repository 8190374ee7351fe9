"""Notes on who stands behind a channel, over REST."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import disclosure_serializers as serializers
from annotations import disclosures, search
from annotations.api.writing import edited, require_readable, row_numbered, withdrawn, written
from annotations.models import READABLE, Backing, Disclosure
from catalogue.models import Channel
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    PAGING,
    Endpoint,
    documented,
    get_row,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import Parameter, choice, number
from catalogue.rest.strict import checked

DISCLOSURES = "Notes on channels"


class Disclosures(Endpoint):
    """What members found out about who owns and funds channels."""

    known = (
        number("channel", "Number of a channel."),
        choice("kind", "What it is about.", Backing.values),
        Parameter("author", "User name of who wrote it first."),
        *PAGING,
    )

    @documented(
        "disclosures_list",
        "List notes on channels, newest first",
        under=DISCLOSURES,
        answer=serializers.Disclosure,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of notes. One query."""
        values = parameters.read(request, self.known)
        rows = Disclosure.objects.filter(state__in=READABLE).select_related("author", "channel")
        for name, lookup in (
            ("channel", "channel"), ("kind", "kind"), ("author", "author__username__iexact"),
        ):  # fmt: skip
            if name in values:
                rows = rows.filter(**{lookup: values[name]})
        return listing(request, rows, search.SORTS["newest"], serializers.present, values)

    @documented(
        "disclosures_create",
        "Note who owns or funds a channel",
        under=DISCLOSURES,
        body=serializers.DisclosureBody,
        answer=serializers.Disclosure,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Write a note."""
        values = checked(serializers.DisclosureBody, request.data)
        rows, missing = Channel.objects.all(), _("There is no such channel.")
        channel = row_numbered(rows, values.pop("channel"), "channel", missing)
        row = disclosures.create(channel, by=member_of(request), **values)
        return _answer(request, row.pk, status=201)


class DisclosureDetail(Endpoint):
    """One note on a channel."""

    @documented(
        "disclosures_read",
        "Read a note on a channel",
        under=DISCLOSURES,
        answer=serializers.Disclosure,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a note. One query."""
        parameters.read(request, ())
        row = _get_disclosure(pk, request.user)
        return single(request, serializers.present(row, site_of(request)), version=row.version)

    @documented(
        "disclosures_edit",
        "Set a note on a channel right",
        under=DISCLOSURES,
        description="Any member can. What is not given stays. `version` as for claims.",
        body=serializers.DisclosureEditBody,
        answer=serializers.Disclosure,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit a note."""
        row = _get_disclosure(pk, request.user)
        edited(request, row, serializers.DisclosureEditBody, disclosures.edit)
        return _answer(request, pk)

    @documented(
        "disclosures_withdraw",
        "Withdraw one's own note on a channel",
        under=DISCLOSURES,
        takes=(IF_MATCH,),
        status=204,
        writes=True,
        problems=(404, 410, 412),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw a note."""
        return withdrawn(request, _get_disclosure(pk, request.user), disclosures.withdraw)


def _get_disclosure(pk: int, user: User | AnonymousUser) -> Disclosure:
    """Return a note; raises Http404, or Gone where this user may not read it."""
    rows = Disclosure.objects.select_related("author", "channel")
    row = get_row(rows.filter(pk=pk), _("There is no such note."))
    require_readable(user, row, withdrawn=_("It was withdrawn by its author."))
    return row


def _answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Disclosure.objects.select_related("author", "channel").get(pk=pk)
    return written(serializers.present(row, site_of(request)), row.version, status)
