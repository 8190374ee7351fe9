"""Evidence over REST: listing, reading, bringing, editing and withdrawing cards; their links."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import F, Q
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import evidence
from annotations import evidence_serializers as serializers
from annotations.api.writing import claim_numbered, edited, require_readable, withdrawn, written
from annotations.models import (
    Evidence,
    EvidenceQuerySet,
    LinkState,
    SourceKind,
    Stance,
)
from annotations.search import SORTS
from catalogue import paging
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

EVIDENCE = "Evidence"

EVIDENCE_FILTERS = (
    Parameter("q", "Words of title, author, publisher, quote or reason; of several, all."),
    number("claim", "Number of a claim."),
    choice("stance", "What it does to the claim.", Stance.values),
    choice("kind", "What sort of source.", SourceKind.values),
    Parameter("author", "User name of who brought it."),
    choice("link", "How its address is doing.", LinkState.values),
)
_LOOKUPS = {
    "claim": "claim",
    "stance": "stance",
    "kind": "kind",
    "author": "author__username__iexact",
    "link": "link__state",
}
_WORDS_IN = ("title", "creator", "publisher", "quote", "why")
LATEST = paging.Ordering("latest", F("at"), paging.read_moment)

EVIDENCE_EXAMPLE = OpenApiExample(
    "A paper by its DOI",
    request_only=True,
    value={
        "claim": 12,
        "source_url": "10.1000/ice.1961",
        "title": "Ice on the upper river, winter of 1961",
        "stance": "qualifies",
        "kind": "peer_reviewed",
        "creator": "Ada Brook",
        "published_on": "1961-03",
        "quote": "Ice lay on the upper river until May.",
        "locator": "p. 14",
    },
)


class EvidenceCards(Endpoint):
    """All evidence that everyone may read."""

    known = (*EVIDENCE_FILTERS, *PAGING)

    @documented(
        "evidence_list",
        "List and search evidence, newest first",
        under=EVIDENCE,
        answer=serializers.Card,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of cards. One query."""
        values = parameters.read(request, self.known)
        return listing(request, _found(values), SORTS["newest"], serializers.card, values)

    @documented(
        "evidence_create",
        "Bring a source to a claim",
        under=EVIDENCE,
        description=(
            "A page stands once on a claim, in whatever spelling: if it does already, the "
            "request is refused and the card named (code `duplicate`)."
        ),
        body=serializers.EvidenceBody,
        answer=serializers.Card,
        status=201,
        writes=True,
        examples=(EVIDENCE_EXAMPLE,),
    )
    def post(self, request: Request) -> Response:
        """Bring a source."""
        values = checked(serializers.EvidenceBody, request.data)
        claim = claim_numbered(values.pop("claim"))
        try:
            row = evidence.bring(claim, by=member_of(request), **_arguments(values))
        except DjangoValidationError as error:
            raise _named(error) from None
        return _card_answer(request, row.pk, status=201)


class EvidenceCard(Endpoint):
    """One card."""

    @documented(
        "evidence_read", "Read a card", under=EVIDENCE, answer=serializers.Card, problems=(404, 410)
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a card. One query."""
        parameters.read(request, ())
        row = _get_card(pk, request.user)
        return single(request, serializers.card(row, site_of(request)), version=row.version)

    @documented(
        "evidence_edit",
        "Edit a card that one brought",
        under=EVIDENCE,
        description="What is not given stays; its claim always does. `version` as for claims.",
        body=serializers.EvidenceEditBody,
        answer=serializers.Card,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit a card."""
        row = _get_card(pk, request.user)
        try:
            edited(request, row, serializers.EvidenceEditBody, _edit, under=row.claim)
        except DjangoValidationError as error:
            raise _named(error) from None
        return _card_answer(request, pk)

    @documented(
        "evidence_withdraw",
        "Withdraw a card that one brought",
        under=EVIDENCE,
        description="Nobody sees it any more; the log keeps it, and anyone may bring it again.",
        takes=(IF_MATCH,),
        status=204,
        writes=True,
        problems=(404, 410, 412),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw a card."""
        row = _get_card(pk, request.user)
        return withdrawn(request, row, evidence.withdraw, under=row.claim)


class EvidenceChecks(Endpoint):
    """The history of a card's link."""

    @documented(
        "evidence_checks_list",
        "List what the address of a card answered, newest first",
        under=EVIDENCE,
        description="A row for each time that its state changed.",
        answer=serializers.Check,
        is_list=True,
        takes=PAGING,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one page of changes. Two queries."""
        values = parameters.read(request, PAGING)
        row = _get_card(pk, request.user)
        rows = row.link.checks.all()
        return listing(request, rows, LATEST, lambda one, _site: serializers.check(one), values)


def _found(values: dict[str, Any]) -> EvidenceQuerySet:
    """Return the cards that everyone may read and that are asked for."""
    rows = Evidence.objects.visible().for_page()
    for name, lookup in _LOOKUPS.items():
        if name in values:
            rows = rows.filter(**{lookup: values[name]})
    for word in values.get("q", "").split():
        anywhere = Q()
        for field in _WORDS_IN:
            anywhere |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(anywhere)
    return rows


def _edit(row: Evidence, *, by: User, version: int, **changes: Any) -> Evidence:
    return evidence.edit(row, by=by, version=version, **_arguments(changes))


def _arguments(values: dict[str, Any]) -> dict[str, Any]:
    """Return a body's values as the operation calls them: `url` is the card's own over REST."""
    return {"url" if name == "source_url" else name: value for name, value in values.items()}


def _named(error: DjangoValidationError) -> ValidationError:
    """Return what the operation says of its arguments, by their names in the body."""
    return ValidationError(
        {
            "source_url" if name == "url" else name: [
                ErrorDetail(message, code=one.code or "invalid")
                for one in errors
                for message in one.messages
            ]
            for name, errors in error.error_dict.items()
        }
    )


def _get_card(pk: int, user: User | AnonymousUser) -> Evidence:
    """Return a card; raises Http404, or Gone where this user may not read it."""
    rows = Evidence.objects.for_page().select_related("claim").defer("claim__search")
    row = get_row(rows.filter(pk=pk), _("There is no such evidence."))
    require_readable(user, row, row.claim, withdrawn=_("This evidence was withdrawn."))
    return row


def _card_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Evidence.objects.for_page().get(pk=pk)
    return written(serializers.card(row, site_of(request)), row.version, status)
