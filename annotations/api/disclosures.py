"""Notes on who stands behind a channel, over REST."""

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import disclosure_serializers as serializers
from annotations import disclosures, permissions, search
from annotations.api.writing import stale, version_of, written
from annotations.models import READABLE, Backing, Disclosure, State
from annotations.permissions import Action
from annotations.revisions import StaleVersion
from catalogue.models import Channel
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    PAGING,
    Endpoint,
    documented,
    listing,
    member_of,
    single,
    site_of,
    version_asked,
)
from catalogue.rest.parameters import Parameter, choice, number
from catalogue.rest.refusals import Gone
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
        site = site_of(request)
        newest = search.SORTS["newest"]
        return listing(request, rows, newest, lambda row: serializers.present(row, site), values)

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
        channel = Channel.objects.filter(pk=values.pop("channel")).first()
        if channel is None:
            message = _("There is no such channel.")
            raise ValidationError({"channel": [ErrorDetail(message, code="does_not_exist")]})
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
        permissions.require(member_of(request), Action.EDIT, row)
        changes = checked(serializers.DisclosureEditBody, request.data, partial=True)
        version = version_of(request, row, changes)
        try:
            disclosures.edit(row, by=member_of(request), version=version, **changes)
        except StaleVersion as error:
            raise stale(request, error) from None
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
        row = _get_disclosure(pk, request.user)
        permissions.require(member_of(request), Action.WITHDRAW, row)
        version_asked(request, current=row.version)
        disclosures.withdraw(row, by=member_of(request))
        return Response(status=204)


def _get_disclosure(pk: int, user: User | AnonymousUser) -> Disclosure:
    """Return a note; raises Http404, or Gone where this user may not read it."""
    row = Disclosure.objects.select_related("author", "channel").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such note."))
    if not permissions.may(user, Action.READ, row):
        raise Gone(
            _("A moderator has hidden it.")
            if row.state == State.HIDDEN
            else _("It was withdrawn by its author.")
        )
    return row


def _answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Disclosure.objects.select_related("author", "channel").get(pk=pk)
    return written(serializers.present(row, site_of(request)), row.version, status)
