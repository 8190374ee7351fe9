"""Claims over REST: searching, reading, marking, editing and withdrawing them, and their log."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import (
    claims,
    merge_serializers,
    merges,
    occurrences,
    permissions,
    presenters,
    search,
    serializers,
)
from annotations.api.merges import leading_on
from annotations.api.writing import edited, video_named, withdrawn, written
from annotations.models import Claim, Kind, State, VerdictState
from annotations.permissions import Action
from annotations.revisions import of_claim
from annotations.similar import similar_to
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
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

CLAIMS = "Claims"

# What a value means is for search to say: pages ask it the same.
CLAIM_FILTERS = (
    Parameter("q", "Words of the statement, as in a web search, or a part of it."),
    Parameter("video", "Key of a video, as `youtube:swje6NSdkfk`."),
    choice("kind", "What sort of statement; of several, any.", Kind.values, repeatable=True),
    choice(
        "verdict",
        "What is stated; what is only filed is in none. Of several, any.",
        VerdictState.values,
        repeatable=True,
    ),
    Parameter(
        "speaker",
        "Number of who says it; of several, any.",
        schema={"type": "integer", "minimum": 0},
        repeatable=True,
    ),
    Parameter("language", "Language of the statement, as `en`."),
    Parameter("tag", "Slug of a tag; of several, all.", repeatable=True),
    Parameter("author", "User name."),
    choice("sort", "Order; `newest` if not given.", search.SORTS),
)

CLAIM_EXAMPLE = OpenApiExample(
    "A claim in a film",
    request_only=True,
    value={
        "statement": "The river was turned north within a single winter.",
        "language": "en",
        "kind": "quantity",
        "tags": ["Rivers"],
        "occurrence": {
            "video": "youtube:swje6NSdkfk",
            "start_ms": 72000,
            "end_ms": 84000,
            "quote": "and by the spring the river ran north",
            "speaker": "A narrator",
        },
    },
)
CLAIM_EDIT_EXAMPLE = OpenApiExample(
    "A correction",
    request_only=True,
    value={"version": 1, "statement": "The river was turned north within two winters."},
)


class Claims(Endpoint):
    """All claims that everyone may read."""

    known = (*CLAIM_FILTERS, *PAGING)

    @documented(
        "claims_list",
        "List and search claims",
        under=CLAIMS,
        answer=serializers.Claim,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of claims with their occurrences. Three queries."""
        values, query = parameters.read_query(request, self.known, search.parse_query)
        rows = search.claims(query).for_page()
        return listing(request, rows, search.SORTS[query.sort], presenters.claim, values)

    @documented(
        "claims_create",
        "Mark a claim at a moment of a video",
        under=CLAIMS,
        body=serializers.ClaimBody,
        answer=serializers.Claim,
        status=201,
        writes=True,
        examples=(CLAIM_EXAMPLE,),
    )
    def post(self, request: Request) -> Response:
        """Create a claim with its first occurrence."""
        values = checked(serializers.ClaimBody, request.data)
        place = values.pop("occurrence")
        place["video"] = video_named(place["video"], ("occurrence", "video"))
        try:
            row = claims.create(by=member_of(request), **values, **place)
        except DjangoValidationError as error:
            raise _nested(error, place) from None
        return _claim_answer(request, row.pk, status=201)


def _nested(error: DjangoValidationError, place: dict[str, Any]) -> ValidationError:
    """Return what the operation says of its flat arguments, by where they stand in the body."""
    outer: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    for name, errors in error.error_dict.items():
        told = [
            ErrorDetail(message, code=one.code or "invalid")
            for one in errors
            for message in one.messages
        ]
        (inner if name in place or name in occurrences.EDITABLE else outer)[name] = told
    return ValidationError({**outer, **({"occurrence": inner} if inner else {})})


class SimilarClaims(Endpoint):
    """Claims that say nearly the same as a statement."""

    known = (
        Parameter("statement", "What is to be claimed, or its beginning; 10 characters or more."),
        Parameter("language", "Of the statement: claims in it come first."),
        Parameter("speaker", "A name: claims of this speaker come first."),
        number("but_not", "Number of a claim to leave out."),
    )

    @documented(
        "claims_similar",
        "Find claims that say nearly the same",
        under=CLAIMS,
        description="Five at most, the likest first: to be asked before a claim is marked anew.",
        answer=merge_serializers.SimilarClaims,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return similar claims. A constant number of queries."""
        values = parameters.read(request, self.known)
        found = similar_to(values.pop("statement", ""), **values)
        site = site_of(request)
        return Response(
            {"results": [merge_serializers.present_similar(one, site) for one in found]}
        )


class ClaimDetail(Endpoint):
    """One claim."""

    @documented(
        "claims_read",
        "Read a claim",
        under=CLAIMS,
        description="One that was merged leads to the other (308).",
        answer=serializers.Claim,
        also={(308, "application/json"): merge_serializers.MergedAway},
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a claim with its occurrences. Three queries."""
        parameters.read(request, ())
        row = _any_claim(pk)
        if row.merged_into_id is not None:
            return leading_on(request, row, merges.end_of(row))
        _require_readable(request.user, row)
        body = presenters.claim(row, site_of(request))
        return single(request, body, version=row.version)

    @documented(
        "claims_edit",
        "Edit one's own claim",
        under=CLAIMS,
        description=(
            "What is not given stays; `tags` replace all. The edit names the `version` it starts "
            "from, in the body or by `If-Match`; if somebody edited the claim since, it is "
            "refused (409, or 412 with `If-Match`) and nothing is written."
        ),
        body=serializers.ClaimEditBody,
        answer=serializers.Claim,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
        examples=(CLAIM_EDIT_EXAMPLE,),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit a claim."""
        row = get_claim(pk, request.user)
        edited(request, row, serializers.ClaimEditBody, claims.edit)
        return _claim_answer(request, pk)

    @documented(
        "claims_withdraw",
        "Withdraw one's own claim",
        under=CLAIMS,
        description="Nobody sees it any more, its occurrences neither; the log keeps it.",
        takes=(IF_MATCH,),
        status=204,
        writes=True,
        problems=(404, 410, 412),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw a claim."""
        row = get_claim(pk, request.user)
        return withdrawn(request, row, claims.withdraw)


class ClaimRevisions(Endpoint):
    """The log of one claim."""

    @documented(
        "claims_revisions_list",
        "List the revisions of a claim, newest first",
        under=CLAIMS,
        description=(
            "Of a withdrawn claim only its author and moderators may read them. Of a moment, a "
            "card or a comment that is hidden or withdrawn now, others learn only that it was "
            "changed: `is_told` is false, and there is no field."
        ),
        answer=serializers.Revisions,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return every revision. Seventeen queries at most."""
        parameters.read(request, ())
        row = _any_claim(pk)
        if not permissions.may(request.user, Action.READ_LOG, row):
            raise _gone(row)
        log = of_claim(row, reader=request.user)
        return Response({"results": [presenters.revision(one) for one in log]})


def _any_claim(pk: int) -> Claim:
    return get_row(Claim.objects.for_page().filter(pk=pk), _("There is no such claim."))


def get_claim(pk: int, user: User | AnonymousUser) -> Claim:
    """Return a claim; raises Http404, or Gone for one that this user may not read."""
    row = _any_claim(pk)
    _require_readable(user, row)
    return row


def _require_readable(user: User | AnonymousUser, row: Claim) -> None:
    if not permissions.may(user, Action.READ, row):
        raise _gone(row)


def _gone(row: Claim) -> Gone:
    if row.state == State.HIDDEN:
        return Gone(_("A moderator has hidden this claim."))
    return Gone(_("This claim was withdrawn by its author."))


def _claim_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = _any_claim(pk)
    return written(presenters.claim(row, site_of(request)), row.version, status)
