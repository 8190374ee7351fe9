"""The ledger of imports over REST."""

from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import ingest, paging, presenters, serializers
from catalogue.api import uploads
from catalogue.ingest import fetches
from catalogue.ingest.uploads import BYTES_MAX, FILES_MAX
from catalogue.models import ImportRun, Outcome, UndoOutcome
from catalogue.records.targets import TargetError, parse_target
from catalogue.rest import parameters
from catalogue.rest.answers import (
    PAGING,
    Endpoint,
    documented,
    get_row,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import choice
from catalogue.rest.parsers import JSONParser, UploadParser, refuse_large
from catalogue.rest.refusals import Conflict
from catalogue.rest.strict import checked

IMPORTS = "Imports"
LATEST = paging.Ordering("latest", F("id"), paging.read_number)
IN_ORDER = paging.Ordering("number", F("number"), paging.read_number, descending=False)


FORMATS = (
    "Formats are told by what a file holds: front matter; `info.json` of yt-dlp or youtube-dl, of "
    "a video, a playlist or a channel; answers of YouTube's API (`videos.list`, "
    "`playlistItems.list`); our own JSON Lines and CSV; and what `videos/` and `videos/<key>/` "
    "answer here."
)


class Imports(Endpoint):
    """The ledger of what came in."""

    parser_classes = (JSONParser, UploadParser)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Look at the length first: to find a session's token, Django takes in the whole body."""
        if request.method == "POST" and _is_form(request):
            refuse_large(request)
        super().initial(request, *args, **kwargs)

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
        present = partial(presenters.import_run, is_whole=_sees_paths(request))
        return listing(request, ImportRun.objects.for_ledger(), LATEST, present, values)

    @documented(
        "imports_create",
        "Fetch an address, or bring in files",
        under=IMPORTS,
        description=(
            "**An address** (JSON) is noted, to be fetched by a worker: a film, a list of films, a "
            "channel, or any page that describes a film. The answer comes at once (202); ask "
            "`Location` for how it goes, until `state` is `finished` or `failed`. What comes in "
            "goes the way of every import, each film with its subtitles, and can be taken back.\n\n"
            f"**Files** (multipart) come in while the request waits (201): up to {FILES_MAX}, "
            f"{BYTES_MAX // 1_000_000} MB in all, of records, subtitles (WebVTT, SRT), and zip or "
            f"tar archives of them. {FORMATS} Subtitles belong to the record of the same name "
            "beside them, else to the video whose id is in their name. One bad record does not "
            "stop the others; `rows_url` says what became of each. With `dry_run`, the answer is "
            "200 and says what would."
        ),
        body={
            "application/json": serializers.AddressBody,
            "multipart/form-data": serializers.UploadBody,
        },
        answer=serializers.ImportRun,
        status=202,
        also={200: serializers.Rehearsal, 201: serializers.ImportRun},
        writes=True,
        examples=[
            OpenApiExample(
                "A film of YouTube",
                value={"url": "https://youtu.be/swje6NSdkfk"},
                request_only=True,
                media_type="application/json",
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Note an address (202), or bring files in while the request waits (201)."""
        if _is_form(request):
            return uploads.receive(request, is_whole=_sees_paths(request))
        run = _note_address(checked(serializers.AddressBody, request.data)["url"], request)
        body = presenters.import_run(
            _get_run(run.pk), site_of(request), is_whole=_sees_paths(request)
        )
        return Response(body, status=202, headers={"Location": body["url"]})


def _is_form(request: Request) -> bool:
    return str(request.content_type).lower().startswith("multipart/")


def _note_address(given: str, request: Request) -> ImportRun:
    """Return the run that an address will come into. Raises ValidationError."""
    try:
        return fetches.create(parse_target(given), by=member_of(request))
    except TargetError as error:
        refused = ValidationError(error.reason, code="address")
        raise ValidationError({"url": refused}) from None
    except ValidationError as error:
        raise ValidationError({"url": error}) from None


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

    known = (
        choice("outcome", "What became of the record.", Outcome.values),
        choice("undone", "What taking the import back did to it.", UndoOutcome.values),
        *PAGING,
    )

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
        rows = _get_run(pk).rows.for_ledger()
        for name in values.keys() & {"outcome", "undone"}:
            rows = rows.filter(**{name: values[name]})
        present = partial(presenters.import_row, is_whole=_sees_paths(request))
        return listing(request, rows, IN_ORDER, present, values)


class ImportUndo(Endpoint):
    """Taking an ingest back."""

    @documented(
        "imports_undo",
        "Take an import back",
        under=IMPORTS,
        description=(
            "What it made goes and what it changed is restored, but for what was edited or "
            "observed since; `kept` says what and why. Only the member who made the import, and "
            "staff. Again, it tries what was spared again. 409 while the import is running."
        ),
        body=serializers.UndoBody,
        answer=serializers.Undone,
        writes=True,
        problems=(404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Take it back, or tell what that would do."""
        is_dry = checked(serializers.UndoBody, request.data).get("dry_run", False)
        row = _get_run(pk)
        try:
            told = ingest.undo(row, by=member_of(request), is_dry=is_dry)
        except ingest.RunAtWork as error:
            raise Conflict(str(error)) from None
        body = presenters.undone(
            told, site_of(request), is_whole=_sees_paths(request), is_dry=is_dry
        )
        return Response(body)


class ImportCancel(Endpoint):
    """Stopping the fetching of an address."""

    @documented(
        "imports_cancel",
        "Stop fetching an address",
        under=IMPORTS,
        description=(
            "What came in so far stays, and can be taken back. Only the member who asked for it, "
            "and staff. Again, or of an import that is over, it changes nothing."
        ),
        answer=serializers.ImportRun,
        writes=True,
        problems=(404,),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Stop it, and return the import."""
        row = _get_run(pk)
        fetches.cancel(row, by=member_of(request))
        body = presenters.import_run(_get_run(pk), site_of(request), is_whole=_sees_paths(request))
        return Response(body)


def _get_run(pk: int) -> ImportRun:
    return get_row(ImportRun.objects.for_ledger().filter(pk=pk), _("There is no such import."))


def _sees_paths(request: Request) -> bool:
    """Tell whether the asker may see where files lie on the operator's machine."""
    return bool(request.user.is_authenticated and request.user.is_staff)
