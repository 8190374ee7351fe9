"""The ledger of imports over REST."""

from django.db.models import F
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, presenters, serializers
from catalogue.models import ImportRun, Outcome
from catalogue.rest import parameters
from catalogue.rest.answers import PAGING, Endpoint, documented, listing, single, site_of
from catalogue.rest.parameters import choice

IMPORTS = "Imports"
LATEST = paging.Ordering("latest", F("id"), paging.read_number)
IN_ORDER = paging.Ordering("number", F("number"), paging.read_number, descending=False)


class Imports(Endpoint):
    """The ledger of what came in."""

    @documented(
        "imports_list",
        "List imports, newest first",
        under=IMPORTS,
        answer=serializers.ImportRun,
        is_list=True,
        takes=PAGING,
    )
    def get(self, request: Request) -> Response:
        """Return one page of import runs. One query."""
        values = parameters.read(request, PAGING)
        site, is_whole = site_of(request), _sees_paths(request)
        return listing(
            request,
            ImportRun.objects.select_related("by"),
            LATEST,
            lambda row: presenters.import_run(row, site, is_whole=is_whole),
            values,
        )


class ImportDetail(Endpoint):
    """One ingest."""

    @documented(
        "imports_read",
        "Read an import",
        under=IMPORTS,
        answer=serializers.ImportRun,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Return an import run. One query."""
        parameters.read(request, ())
        row = _get_run(pk)
        is_whole = _sees_paths(request)
        return single(request, presenters.import_run(row, site_of(request), is_whole=is_whole))


class ImportRows(Endpoint):
    """What became of the records of one ingest."""

    known = (choice("outcome", "What became of the record.", Outcome.values), *PAGING)

    @documented(
        "imports_rows_list",
        "List the records of an import, in their order",
        under=IMPORTS,
        answer=serializers.ImportRow,
        is_list=True,
        takes=known,
        problems=(404,),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return one page of rows, without the bytes they came from. Two queries."""
        values = parameters.read(request, self.known)
        rows = _get_run(pk).rows.select_related("video").defer("raw", *_WIDE)
        if "outcome" in values:
            rows = rows.filter(outcome=values["outcome"])
        site, is_whole = site_of(request), _sees_paths(request)
        return listing(
            request,
            rows,
            IN_ORDER,
            lambda row: presenters.import_row(row, site, is_whole=is_whole),
            values,
        )


# Columns of a video that no row of the ledger shows.
_WIDE = ("video__description", "video__search", "video__keywords")


def _get_run(pk: int) -> ImportRun:
    row = ImportRun.objects.select_related("by").filter(pk=pk).first()
    if row is None:
        raise Http404(_("There is no such import."))
    return row


def _sees_paths(request: Request) -> bool:
    """Tell whether the asker may see where files lie on the operator's machine."""
    return bool(request.user.is_authenticated and request.user.is_staff)
