"""Occurrences over REST: listing, reading, marking, editing and withdrawing them."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from annotations import occurrences, presenters, search, serializers
from annotations.api.writing import (
    claim_numbered,
    edited,
    require_readable,
    speaker_numbered,
    video_named,
    withdrawn,
    written,
)
from annotations.models import Occurrence
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
from catalogue.rest.parameters import Parameter, number
from catalogue.rest.strict import checked

OCCURRENCES = "Occurrences"

FILM_ORDER = paging.Ordering("film", F("start_ms"), paging.read_number, descending=False)
OCCURRENCE_FILTERS = (
    Parameter("video", "Key of a video, as `youtube:swje6NSdkfk`."),
    number("claim", "Number of a claim."),
    number("speaker", "Number of a speaker."),
)


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
        if "speaker" in values:
            rows = rows.filter(spoken_by=values["speaker"])
        if "video" in values:
            rows = rows.made_in(values["video"])
        ordering = FILM_ORDER if "video" in values else search.SORTS["newest"]
        return listing(request, rows, ordering, presenters.occurrence, values)

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
        values["video"] = video_named(values["video"], ("video",))
        claim = claim_numbered(values.pop("claim"))
        if "speaker_id" in values:
            values["spoken_by"] = speaker_numbered(values.pop("speaker_id"))
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
        row = _get_occurrence(pk, request.user)
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
        row = _get_occurrence(pk, request.user)
        edited(request, row, serializers.OccurrenceEditBody, _edit, under=row.claim)
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
        row = _get_occurrence(pk, request.user)
        return withdrawn(request, row, occurrences.withdraw, under=row.claim)


def _edit(row: Occurrence, *, by: User, version: int, **changes: Any) -> Occurrence:
    if "speaker_id" in changes:
        changes["spoken_by"] = speaker_numbered(changes.pop("speaker_id"))
    return occurrences.edit(row, by=by, version=version, **changes)


def _get_occurrence(pk: int, user: User | AnonymousUser) -> Occurrence:
    """Return an occurrence; raises Http404, or Gone where this user may not read it."""
    rows = Occurrence.objects.for_page().select_related("claim")
    row = get_row(rows.filter(pk=pk), _("There is no such occurrence."))
    told = _("This occurrence was withdrawn by its author.")
    require_readable(user, row, row.claim, withdrawn=told)
    return row


def _occurrence_answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = Occurrence.objects.for_page().get(pk=pk)
    return written(presenters.occurrence(row, site_of(request)), row.version, status)
