"""Speakers over REST: listing, reading, making and editing them."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import permissions, speaker_serializers, speakers
from annotations.api.merges import leading_on
from annotations.api.writing import edited, written
from annotations.merge_serializers import MergedAway
from annotations.models import Speaker
from annotations.permissions import Action
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
from catalogue.rest.parameters import Parameter
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

SPEAKERS = "Speakers"
LEADS_ON = {(308, "application/json"): MergedAway}


class Speakers(Endpoint):
    """Who says what is claimed."""

    known = (Parameter("q", "A part of the name."), *PAGING)

    @documented(
        "speakers_list",
        "List speakers, those with most claims first",
        under=SPEAKERS,
        answer=speaker_serializers.Speaker,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of speakers. One query."""
        values = parameters.read(request, self.known)
        rows = speakers.counted(Speaker.objects.visible())
        if "q" in values:
            rows = rows.filter(name__icontains=values["q"])
        return listing(request, rows, speakers.MOST_CLAIMS, speaker_serializers.present, values)

    @documented(
        "speakers_create",
        "Make a speaker",
        under=SPEAKERS,
        description=(
            "Marking an occurrence makes its speaker by itself; this is for a second person of "
            "one name, whom a role or a Wikidata id tells apart."
        ),
        body=speaker_serializers.SpeakerBody,
        answer=speaker_serializers.Speaker,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Make a speaker."""
        values = checked(speaker_serializers.SpeakerBody, request.data)
        row = speakers.create(by=member_of(request), **values)
        return _answer(request, row.pk, status=201)


class SpeakerDetail(Endpoint):
    """One speaker."""

    @documented(
        "speakers_read",
        "Read a speaker",
        under=SPEAKERS,
        description="One who was merged leads to the other (308).",
        answer=speaker_serializers.Speaker,
        also=LEADS_ON,
        problems=(404, 410),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a speaker. One query."""
        parameters.read(request, ())
        row = _any_speaker(pk)
        if row.merged_into_id is not None:
            return leading_on(request, row, speakers.end_of(row))
        _require_readable(request, row)
        body = speaker_serializers.present(row, site_of(request))
        return single(request, body, version=row.version)

    @documented(
        "speakers_edit",
        "Edit a speaker",
        under=SPEAKERS,
        description=(
            "What is not given stays. Where they spoke, the name stays as it was written there. "
            "`version` as for claims."
        ),
        body=speaker_serializers.SpeakerEditBody,
        answer=speaker_serializers.Speaker,
        takes=(IF_MATCH,),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Edit a speaker."""
        row = _any_speaker(pk)
        _require_readable(request, row)
        edited(request, row, speaker_serializers.SpeakerEditBody, speakers.edit)
        return _answer(request, pk)


def _any_speaker(pk: int) -> Speaker:
    rows = speakers.counted(Speaker.objects.all())
    return get_row(rows.filter(pk=pk), _("There is no such speaker."))


def _require_readable(request: Request, row: Speaker) -> None:
    if not permissions.may(request.user, Action.READ, row):
        raise Gone(_("A moderator has hidden this speaker."))


def _answer(request: Request, pk: int, *, status: int = 200) -> Response:
    row = _any_speaker(pk)
    return written(speaker_serializers.present(row, site_of(request)), row.version, status)
