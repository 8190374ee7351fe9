"""Other places of a film over REST: listing, adding, correcting and withdrawing them."""

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import copies, presenters
from catalogue import copy_serializers as serializers
from catalogue.models import Copy, Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    Endpoint,
    created,
    documented,
    get_video,
    member_of,
    single,
    site_of,
)
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

COPIES = "Copies"

COPY_EXAMPLE = OpenApiExample(
    "A copy with a trailer of twelve seconds",
    request_only=True,
    value={
        "address": "https://example.org/the-river.webm",
        "offset_ms": 12000,
        "note": "With French subtitles",
    },
)


class VideoCopies(Endpoint):
    """Where else a film can be seen."""

    @documented(
        "videos_copies_list",
        "List the other places of a video, in the order added",
        under=COPIES,
        answer=serializers.Copies,
        takes=(KEY,),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> Response:
        """Return all places. Three queries at most."""
        parameters.read(request, ())
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        site = site_of(request)
        places = copies.places_of(video)
        return Response({"results": [presenters.copy(place, video, site) for place in places]})

    @documented(
        "videos_copies_create",
        "Say where else a video can be seen",
        under=COPIES,
        description=(
            "Time there = time in the video + `offset_ms`: a copy that begins with a trailer of "
            "12 seconds has 12000. The video itself, and a place that is listed already, are "
            "refused."
        ),
        body=serializers.CopyBody,
        answer=serializers.Copy,
        status=201,
        takes=(KEY,),
        writes=True,
        problems=(404,),
        examples=(COPY_EXAMPLE,),
    )
    def post(self, request: Request, key: str) -> Response:
        """Add a place."""
        values = checked(serializers.CopyBody, request.data)
        video = get_video(
            key, Video.objects.defer("description", "search", "keywords", "origins", "replays")
        )
        try:
            row = copies.add(video, by=member_of(request), site=request.get_host(), **values)
        except Video.DoesNotExist:
            raise Http404(_("There is no such video.")) from None
        return created(presenters.copy(copies.place_of(row), video, site_of(request)))


class VideoCopy(Endpoint):
    """One other place of a film."""

    @documented(
        "videos_copies_read",
        "Read another place of a video",
        under=COPIES,
        answer=serializers.Copy,
        takes=(KEY,),
        problems=(404, 410),
    )
    def get(self, request: Request, key: str, pk: int) -> HttpResponse:
        """Return a place. Two queries at most."""
        parameters.read(request, ())
        return single(request, _told(request, _get_copy(key, pk)))

    @documented(
        "videos_copies_edit",
        "Correct the shift or the note of another place",
        under=COPIES,
        description="Only who added it, and staff. What is not given stays.",
        body=serializers.CopyEditBody,
        answer=serializers.Copy,
        takes=(KEY,),
        writes=True,
        problems=(404, 410),
    )
    def patch(self, request: Request, key: str, pk: int) -> Response:
        """Correct a place."""
        row = _get_copy(key, pk)
        values = checked(serializers.CopyEditBody, request.data, partial=True)
        try:
            copies.edit(row, by=member_of(request), **values)
        except Copy.DoesNotExist:
            raise _gone() from None
        return Response(_told(request, _get_copy(key, pk)))

    @documented(
        "videos_copies_withdraw",
        "Withdraw another place of a video",
        under=COPIES,
        description="Only who added it, and staff. It can be added again.",
        takes=(KEY,),
        status=204,
        writes=True,
        problems=(404, 410),
    )
    def delete(self, request: Request, key: str, pk: int) -> Response:
        """Withdraw a place."""
        copies.withdraw(_get_copy(key, pk), by=member_of(request))
        return Response(status=204)


def _get_copy(key: str, pk: int) -> Copy:
    """Return a place of a video. Raises Http404, or Gone once it is withdrawn."""
    platform, _colon, platform_id = key.partition(":")
    row = None
    if "\0" not in key:
        row = (
            Copy.objects.filter(pk=pk, video__platform=platform, video__platform_id=platform_id)
            .select_related("added_by", "video")
            .defer(
                "video__description",
                "video__search",
                "video__keywords",
                "video__origins",
                "video__replays",
            )
            .first()
        )
    if row is None:
        raise Http404(_("There is no such copy."))
    if row.withdrawn_at is not None:
        raise _gone()
    return row


def _gone() -> Gone:
    return Gone(_("This copy was withdrawn."))


def _told(request: Request, row: Copy) -> dict[str, object]:
    return presenters.copy(copies.place_of(row), row.video, site_of(request))
