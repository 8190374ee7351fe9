"""One's own saved searches over REST."""

from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, searches
from catalogue import search_serializers as serializers
from catalogue.models import SavedSearch
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
from catalogue.rest.strict import checked

SEARCHES = "Saved searches"
NEWEST = paging.Ordering("newest", F("id"), paging.read_number)


class Searches(Endpoint):
    """What the member keeps."""

    @documented(
        "searches_list",
        "List your saved searches, newest first",
        under=SEARCHES,
        answer=serializers.SavedSearch,
        is_list=True,
        is_private=True,
        takes=PAGING,
    )
    def get(self, request: Request) -> Response:
        """Return one page of one's searches. One query."""
        values = parameters.read(request, PAGING)
        rows = SavedSearch.objects.filter(owner=member_of(request))
        return listing(request, rows, NEWEST, serializers.present, values)

    @documented(
        "searches_create",
        "Save a search",
        under=SEARCHES,
        description="It is kept in one spelling: known filters only, in one order.",
        body=serializers.SearchBody,
        answer=serializers.SavedSearch,
        status=201,
        writes=True,
    )
    def post(self, request: Request) -> Response:
        """Keep a search."""
        values = checked(serializers.SearchBody, request.data)
        row = searches.create(by=member_of(request), **values)
        return created(serializers.present(row, site_of(request)))


class SearchDetail(Endpoint):
    """One saved search of the member's."""

    @documented(
        "searches_read",
        "Read one of your saved searches",
        under=SEARCHES,
        answer=serializers.SavedSearch,
        is_private=True,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return a search. One query."""
        parameters.read(request, ())
        return single(request, serializers.present(_get_own(request, pk), site_of(request)))

    @documented(
        "searches_rename",
        "Rename one of your saved searches",
        under=SEARCHES,
        body=serializers.NameBody,
        answer=serializers.SavedSearch,
        writes=True,
        problems=(404,),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Call a search otherwise."""
        row = _get_own(request, pk)
        values = checked(serializers.NameBody, request.data)
        try:
            row = searches.rename(row, by=member_of(request), **values)
        except SavedSearch.DoesNotExist:
            raise Http404(_missing()) from None
        return Response(serializers.present(row, site_of(request)))

    @documented(
        "searches_delete",
        "Delete one of your saved searches",
        under=SEARCHES,
        status=204,
        writes=True,
        problems=(404,),
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Keep a search no longer."""
        searches.remove(_get_own(request, pk), by=member_of(request))
        return Response(status=204)


def _get_own(request: Request, pk: int) -> SavedSearch:
    return get_row(SavedSearch.objects.filter(pk=pk, owner=member_of(request)), _missing())


def _missing() -> str:
    return _("You have no such search.")
