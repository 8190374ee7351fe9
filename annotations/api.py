"""Claims and occurrences over REST. The rules are the operations'; here they are asked."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import claims, occurrences, permissions, presenters, search, serializers
from annotations.models import Claim, ClaimQuerySet, ClaimTag, Kind, Occurrence, State
from annotations.permissions import Action
from annotations.revisions import StaleVersion, of_claim
from catalogue import paging
from catalogue import search as catalogue_search
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    PAGING,
    Endpoint,
    documented,
    etag_of,
    find_video,
    listing,
    member_of,
    single,
    site_of,
    version_asked,
)
from catalogue.rest.parameters import Parameter, choice, number
from catalogue.rest.refusals import Gone, PreconditionFailed
from catalogue.rest.strict import checked

CLAIMS = "Claims"
OCCURRENCES = "Occurrences"

FILM_ORDER = paging.Ordering("film", F("start_ms"), paging.read_number, descending=False)

VIDEO = Parameter("video", "Key of a video, as `youtube:swje6NSdkfk`.")
CLAIM_FILTERS = (
    Parameter("q", "Words of the statement, as in a web search."),
    VIDEO,
    choice("kind", "What sort of statement.", Kind.values),
    Parameter("language", "Language of the statement, as `en`."),
    Parameter("tag", "Slug of a tag; of several, all.", repeatable=True),
    Parameter("author", "User name."),
    choice("sort", "Order; `newest` if not given.", search.SORTS),
)
OCCURRENCE_FILTERS = (VIDEO, number("claim", "Number of a claim."))

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
        values = parameters.read(request, self.known)
        site = site_of(request)
        ordering = search.SORTS[values.get("sort", "newest")]
        return listing(
            request,
            _claims_asked(values).for_page(),
            ordering,
            lambda row: presenters.claim(row, site),
            values,
        )

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
        place["video"] = _video_named(place["video"], ("occurrence", "video"))
        try:
            row = claims.create(by=member_of(request), **values, **place)
        except DjangoValidationError as error:
            raise _nested(error, place) from None
        return _claim_answer(request, row.pk, status=201)


def _claims_asked(values: dict[str, Any]) -> ClaimQuerySet:
    """Return the claims that the checked parameters leave, unordered."""
    found = search.claims(search.Query(q=values.get("q", ""), kind=values.get("kind", "")))
    if "language" in values:
        found = found.filter(language=values["language"])
    if "author" in values:
        found = found.filter(author__username__iexact=values["author"])
    if "video" in values:
        made_there = Occurrence.objects.visible().filter(**_of_video(values["video"]))
        found = found.filter(pk__in=made_there.values("claim"))
    if "tag" in values:
        found = found.filter(
            catalogue_search.carrying(values["tag"], ClaimTag.objects.all(), "claim")
        )
    return found


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


def _video_named(key: str, path: tuple[str, ...]) -> Video:
    """Return the video that a body names; raises ValidationError at `path`."""
    video = find_video(key)
    if video is not None:
        return video
    message = _("There is no video %(key)s here; a key is platform:id.") % {"key": key[:250]}
    wrong: Any = [ErrorDetail(message, code="does_not_exist")]
    for name in reversed(path):
        wrong = {name: wrong}
    raise ValidationError(wrong)


class ClaimDetail(Endpoint):
    """One claim."""

    @documented(
        "claims_read",
        "Read a claim",
        under=CLAIMS,
        answer=serializers.Claim,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a claim with its occurrences. Three queries."""
        parameters.read(request, ())
        row = _get_claim(pk)
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
        row = _get_claim(pk)
        permissions.require(member_of(request), Action.EDIT, row)
        changes = checked(serializers.ClaimEditBody, request.data, partial=True)
        version = _version(request, row, changes)
        try:
            claims.edit(row, by=member_of(request), version=version, **changes)
        except StaleVersion as error:
            raise _stale(request, error) from None
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
        row = _get_claim(pk)
        permissions.require(member_of(request), Action.WITHDRAW, row)
        version_asked(request, current=row.version)
        claims.withdraw(row, by=member_of(request))
        return Response(status=204)


class ClaimRevisions(Endpoint):
    """The log of one claim."""

    @documented(
        "claims_revisions_list",
        "List the revisions of a claim, newest first",
        under=CLAIMS,
        description="Of a withdrawn claim only its author and staff may read them.",
        answer=serializers.Revisions,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return every revision. Six queries."""
        parameters.read(request, ())
        row = _any_claim(pk)
        if not permissions.may(request.user, Action.READ_LOG, row):
            raise Gone(_("This claim was withdrawn by its author."))
        return Response({"results": [presenters.revision(one) for one in of_claim(row)]})


class Occurrences(Endpoint):
    """Where claims are made."""

    known = (*OCCURRENCE_FILTERS, *PAGING)

    @documented(
        "occurrences_list",
        "List occurrences",
        under=OCCURRENCES,
        description="Of one video in film order; else the newest first.",
        answer=serializers.Occurrence,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of occurrences. One query."""
        values = parameters.read(request, self.known)
        rows = Occurrence.objects.visible().for_page()
        if "claim" in values:
            rows = rows.filter(claim=values["claim"])
        if "video" in values:
            rows = rows.filter(**_of_video(values["video"]))
        site = site_of(request)
        ordering = FILM_ORDER if "video" in values else search.SORTS["newest"]
        return listing(
            request, rows, ordering, lambda row: presenters.occurrence(row, site), values
        )

    @documented(
        "occurrences_create",
        "Mark a claim that is known at another moment",
        under=OCCURRENCES,
        body=serializers.OccurrenceBody,
        answer=serializers.Occurrence,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Pin a claim to another moment of a film."""
        values = checked(serializers.OccurrenceBody, request.data)
        values["video"] = _video_named(values["video"], ("video",))
        claim = Claim.objects.visible().filter(pk=values.pop("claim")).first()
        if claim is None:
            message = _("There is no such claim, or it was withdrawn.")
            raise ValidationError({"claim": [ErrorDetail(message, code="does_not_exist")]})
        row = occurrences.add(claim, by=member_of(request), **values)
        return _occurrence_answer(request, row.pk, status=201)


class OccurrenceDetail(Endpoint):
    """One occurrence."""

    @documented(
        "occurrences_read",
        "Read an occurrence",
        under=OCCURRENCES,
        answer=serializers.Occurrence,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return an occurrence. One query."""
        parameters.read(request, ())
        row = _get_occurrence(pk)
        body = presenters.occurrence(row, site_of(request))
        return single(request, body, version=row.version)

    @documented(
        "occurrences_edit",
        "Edit one's own occurrence",
        under=OCCURRENCES,
        description=(
            "Its claim and its video stay: mark another for those. `version` as for claims."
        ),
        body=serializers.OccurrenceEditBody,
        answer=serializers.Occurrence,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit an occurrence."""
        row = _get_occurrence(pk)
        permissions.require(member_of(request), Action.EDIT, row)
        changes = checked(serializers.OccurrenceEditBody, request.data, partial=True)
        version = _version(request, row, changes)
        try:
            occurrences.edit(row, by=member_of(request), version=version, **changes)
        except StaleVersion as error:
            raise _stale(request, error) from None
        return _occurrence_answer(request, pk)

    @documented(
        "occurrences_withdraw",
        "Withdraw one's own occurrence",
        under=OCCURRENCES,
        takes=(IF_MATCH,),
        status=204,
        writes=True,
        problems=(404, 410, 412),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Withdraw an occurrence."""
        row = _get_occurrence(pk)
        permissions.require(member_of(request), Action.WITHDRAW, row)
        version_asked(request, current=row.version)
        occurrences.withdraw(row, by=member_of(request))
        return Response(status=204)


def _of_video(key: str) -> dict[str, str]:
    platform, _colon, platform_id = key.partition(":")
    return {"video__platform": platform, "video__platform_id": platform_id}


def _any_claim(pk: int) -> Claim:
    row = Claim.objects.for_page().filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such claim."))
    return row


def _get_claim(pk: int) -> Claim:
    """Return a claim; raises Http404, or Gone once it is withdrawn, for its author too."""
    row = _any_claim(pk)
    if row.state != State.VISIBLE:
        raise Gone(_("This claim was withdrawn by its author."))
    return row


def _get_occurrence(pk: int) -> Occurrence:
    """Return an occurrence; raises Http404, or Gone once it or its claim is withdrawn."""
    row = Occurrence.objects.for_page().select_related("claim").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such occurrence."))
    if State.WITHDRAWN in (row.state, row.claim.state):
        raise Gone(_("This occurrence was withdrawn by its author."))
    return row


def _version(request: Request, row: Claim | Occurrence, changes: dict[str, Any]) -> int:
    """Take the version an edit starts from out of its changes, or out of `If-Match`.

    Raises ValidationError if there is none or there are two, PreconditionFailed.
    """
    in_body: int | None = changes.pop("version", None)
    in_header = version_asked(request, current=row.version)
    if in_body is None and in_header is None:
        message = _("Name the version this edit starts from, here or by If-Match.")
        raise ValidationError({"version": [ErrorDetail(message, code="required")]})
    if in_body is not None and in_header is not None and in_body != in_header:
        message = _("If-Match names another version.")
        raise ValidationError({"version": [ErrorDetail(message, code="contradiction")]})
    version = in_header if in_body is None else in_body
    assert version is not None  # noqa: S101
    return version


def _stale(request: Request, error: StaleVersion) -> Exception:
    """Return the refusal that fits how the version was named."""
    if "If-Match" not in request.headers:
        return error
    return PreconditionFailed(str(error), version=error.row.version)


def _claim_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = _any_claim(pk)
    return _written(presenters.claim(row, site_of(request)), row.version, status)


def _occurrence_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Occurrence.objects.for_page().get(pk=pk)
    return _written(presenters.occurrence(row, site_of(request)), row.version, status)


def _written(body: dict[str, Any], version: int, status: int) -> Response:
    headers = {"ETag": etag_of(body, version=version)}
    if status == 201:
        headers["Location"] = body["url"]
    return Response(body, status=status, headers=headers)
