"""One's own watched phrases over REST: what is watched for, and what was found."""

from typing import Any

from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, presenters, watches
from catalogue import watch_serializers as serializers
from catalogue.models import PhraseWatch
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
from catalogue.rest.parameters import choice
from catalogue.rest.strict import checked

WATCHES = "Watches"
NEWEST = paging.Ordering("newest", F("id"), paging.read_number)

WATCH_EXAMPLE = OpenApiExample(
    "A phrase that is said in English",
    request_only=True,
    value={"phrase": "social credit", "place": "transcripts", "language": "en"},
)


class Watches(Endpoint):
    """What the member watches for."""

    @documented(
        "watches_list",
        "List your watches, newest first",
        under=WATCHES,
        answer=serializers.Watch,
        is_list=True,
        is_private=True,
        takes=PAGING,
    )
    def get(self, request: Request) -> Response:
        """Return one page of one's watches. One query."""
        values = parameters.read(request, PAGING)
        rows = PhraseWatch.objects.filter(owner=member_of(request)).for_list()
        return listing(request, rows, NEWEST, presenters.watch, values)

    @documented(
        "watches_create",
        "Watch for a phrase",
        under=WATCHES,
        description=(
            "Words as search counts them, next to each other. Videos and transcripts that come "
            "in from now on count; what is there already does not. A hundred at most."
        ),
        body=serializers.WatchBody,
        answer=serializers.Watch,
        status=201,
        writes=True,
        examples=(WATCH_EXAMPLE,),
    )
    def post(self, request: Request) -> Response:
        """Begin to watch."""
        member = member_of(request)
        row = watches.create(by=member, **checked(serializers.WatchBody, request.data))
        return created(_told(request, row.pk))


class WatchDetail(Endpoint):
    """One watch of the member's."""

    @documented(
        "watches_read",
        "Read one of your watches",
        under=WATCHES,
        answer=serializers.Watch,
        is_private=True,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a watch. One query."""
        parameters.read(request, ())
        return single(request, _told(request, pk))

    @documented(
        "watches_edit",
        "Change one of your watches",
        under=WATCHES,
        description=(
            "What is not given stays. With another phrase, place or language, and after a pause, "
            "what comes in counts from now on; what was found stays."
        ),
        body=serializers.WatchEditBody,
        answer=serializers.Watch,
        writes=True,
        problems=(404,),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change a watch."""
        row = _get_own(request, pk)
        values = checked(serializers.WatchEditBody, request.data, partial=True)
        try:
            watches.edit(row, by=member_of(request), **values)
        except PhraseWatch.DoesNotExist:
            raise Http404(_missing()) from None
        return Response(_told(request, pk))

    @documented(
        "watches_delete",
        "Delete one of your watches, and what was found",
        under=WATCHES,
        status=204,
        writes=True,
        problems=(404,),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Stop watching."""
        watches.remove(_get_own(request, pk), by=member_of(request))
        return Response(status=204)


class WatchMatches(Endpoint):
    """What was found of one watch."""

    known = (choice("seen", "`no`: only what is new to you.", ("yes", "no")), *PAGING)

    @documented(
        "watches_matches_list",
        "List the videos in which a phrase was found, newest first",
        under=WATCHES,
        answer=serializers.WatchMatch,
        is_list=True,
        is_private=True,
        takes=known,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one page of matches. Two queries."""
        row = _get_own(request, pk)
        values = parameters.read(request, self.known)
        rows = row.matches.for_page()
        if "seen" in values:
            rows = rows.filter(seen_at__isnull=values["seen"] == "no")
        return listing(request, rows, NEWEST, presenters.watch_match, values)


class WatchSeen(Endpoint):
    """Marking what was found as seen."""

    @documented(
        "watches_seen",
        "Mark what was found as seen",
        under=WATCHES,
        body=serializers.SeenBody,
        answer=serializers.Seen,
        writes=True,
        problems=(404,),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Mark matches as seen. Idempotent."""
        row = _get_own(request, pk)
        values = checked(serializers.SeenBody, request.data)
        return Response({"seen": watches.mark_seen(row, by=member_of(request), **values)})


def _get_own(request: Request, pk: int) -> PhraseWatch:
    return get_row(PhraseWatch.objects.filter(pk=pk, owner=member_of(request)), _missing())


def _told(request: Request, pk: int) -> dict[str, Any]:
    rows = PhraseWatch.objects.filter(pk=pk, owner=member_of(request)).for_list()
    return presenters.watch(get_row(rows, _missing()), site_of(request))


def _missing() -> str:
    return _("You have no such watch.")
