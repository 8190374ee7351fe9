"""Films over REST: searching and reading them, and bringing records in."""

from collections.abc import Mapping
from itertools import islice

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _lazily
from django.utils.translation import ngettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from catalogue import additions, ingest, presenters, records, search, serializers
from catalogue.addresses import address
from catalogue.api.imports import FORMATS
from catalogue.ingest import archives
from catalogue.models import Availability, ImportRow, Outcome, Video
from catalogue.records import json_values
from catalogue.records.json_documents import is_of_records
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    PAGING,
    Endpoint,
    documented,
    get_video,
    listing,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import Parameter
from catalogue.rest.parsers import RecordJSONParser, RecordMarkdownParser, RecordTextParser
from catalogue.rest.refusals import RecordRefused, TooLarge
from catalogue.rest.strict import checked

VIDEOS = "Videos"

_INTEGER = {"type": "integer", "minimum": 0}
_DAY = {"type": "string", "format": "date"}
_YEAR = {"type": "integer", "minimum": 1, "maximum": 9999}
# What a value means is for search to say: pages ask it the same.
VIDEO_FILTERS = (
    Parameter(
        "q",
        "Words of the title, channel, category, tags or description, as in a web search: "
        '`"a phrase"`, `or`, `-without`.',
    ),
    Parameter("channel", "Number of a channel; of several, any.", schema=_INTEGER, repeatable=True),
    Parameter("tag", "Slug of a tag; of several, all.", repeatable=True),
    Parameter("category", "Category, as written in the record; of several, any.", repeatable=True),
    Parameter("language", "Language tag; of several, any.", repeatable=True),
    Parameter("platform", "Platform, as `youtube`."),
    Parameter("published_after", "Published on this day (UTC) or later.", schema=_DAY),
    Parameter("published_before", "Published on this day (UTC) or earlier.", schema=_DAY),
    Parameter("duration_min", "At least this many seconds long.", schema=_INTEGER),
    Parameter("duration_max", "At most this many seconds long.", schema=_INTEGER),
    Parameter(
        "length",
        "Minutes: from the first on, and less than the second; of several, any.",
        schema={"type": "string", "enum": list(search.Length)},
        repeatable=True,
    ),
    Parameter(
        "year", "Published in this year (UTC); of several, any.", schema=_YEAR, repeatable=True
    ),
    Parameter(
        "availability",
        "What the platform last said; of several, any.",
        schema={"type": "string", "enum": Availability.values},
        repeatable=True,
    ),
    *(
        Parameter(
            one.name,
            one.description,
            schema={"type": "string", "enum": list(one.choices)},
            repeatable=True,
        )
        for one in additions.FILTERS.values()
    ),
    Parameter(
        "sort",
        "Order; `relevance` if `q` is given, else `newest`.",
        schema={"type": "string", "enum": [search.RELEVANCE, *search.SORTS]},
    ),
)

_ELSEWHERE = _lazily(
    "One record goes here, as application/json, text/markdown or text/plain. Files and archives "
    "of records go to /api/v1/imports/, as a form sends them."
)
RECORD_EXAMPLE = OpenApiExample(
    "A record",
    request_only=True,
    value={
        "record": '---\ntitle: "The River That Was Moved"\nvid_id: "swje6NSdkfk"\n'
        'duration: "PT9M46S"\nviewcount: "154080"\nlikeCount: "3003"\ndislikeCount: ""\n'
        'channel: "Quiet Rivers"\n---\nHow a river came to flow the other way.\n'
    },
)


class Videos(Endpoint):
    """The films of the catalogue."""

    parser_classes = (RecordJSONParser, RecordTextParser, RecordMarkdownParser)
    known = (*VIDEO_FILTERS, *PAGING)

    @documented(
        "videos_list",
        "List and search videos",
        under=VIDEOS,
        answer=serializers.VideoInList,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of the videos that the filters leave. One query."""
        values, query = parameters.read_query(request, self.known, search.parse_query)
        rows = search.videos(query).for_api().defer("description", "origins", "replays")
        return listing(request, rows, search.ordering(query), presenters.video_in_list, values)

    @documented(
        "videos_create",
        "Bring in a video from a record",
        under=VIDEOS,
        description=(
            f"Takes one record of a video: as it stands in its file, or as JSON, which is the "
            f"record itself or carries its text. {FORMATS} What comes in goes the way of every "
            "import: a video that is known already is updated, or left as it is (200). Whatever "
            "the outcome, it stands in the ledger of imports. Several records, archives and "
            "subtitles go to `imports/`."
        ),
        body={
            "application/json": serializers.RECORD_BODIES,
            "text/markdown": OpenApiTypes.STR,
            "text/plain": OpenApiTypes.STR,
        },
        answer=serializers.IngestedVideo,
        status=201,
        also={200: serializers.IngestedVideo},
        writes=True,
        examples=[RECORD_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Ingest one record. 201 if the video is new, else 200."""
        content, is_text = _record_of(request)
        row = _ingest(content, by=member_of(request))
        if row.outcome == Outcome.REJECTED or row.video_id is None:
            raise RecordRefused(row.reason, field=row.field, line=row.line, is_text=is_text)
        site = site_of(request)
        video = Video.objects.for_api().get(pk=row.video_id)
        answer = presenters.video(video, site) | {
            "outcome": row.outcome,
            "import_url": site + address("api:import", row.run_id),
        }
        is_new = row.outcome == Outcome.CREATED
        return Response(
            answer,
            status=201 if is_new else 200,
            headers={"Location": answer["url"]} if is_new else None,
        )


def _record_of(request: Request) -> tuple[bytes, bool]:
    """Return the record in a body, and whether the body is nothing but the record.

    Raises ValidationError, TooLarge, UnsupportedMediaType.
    """
    try:
        data = request.data
    except UnsupportedMediaType as error:
        # Whoever sends an archive here means something.
        raise UnsupportedMediaType(request.content_type, _ELSEWHERE) from error
    given = data.get("record") if isinstance(data, Mapping) else None
    # The parsers of plain records give bytes, which no JSON can.
    if isinstance(given, bytes):
        return given, True
    is_record = is_of_records(data) and not (isinstance(data, dict) and "record" in data)
    if is_record:
        content = json_values.dump(data)
    else:
        content = str(checked(serializers.RecordBody, data)["record"]).encode()
    if len(content) > records.MAX_RECORD_BYTES:
        raise TooLarge(
            ngettext(
                "A record has %d byte at most.",
                "A record has %d bytes at most.",
                records.MAX_RECORD_BYTES,
            )
            % records.MAX_RECORD_BYTES
        )
    return content, is_record


def _ingest(content: bytes, *, by: User) -> ImportRow:
    """Send one record the way of all imports, and return its row of the ledger."""
    run = ingest.run([_only_record(content)], source="api", by=by)
    return run.rows.get()


def _only_record(content: bytes) -> records.VideoRecord | records.RecordError:
    """Return the one record that there is, or why there is none."""
    if archives.recognises(content[:512]):
        reason = "this is an archive; send it to /api/v1/imports/ as a file"
        return records.RecordError("api", reason, raw=content)
    found = list(islice(records.parse_all("api", content), 2))
    if len(found) > 1:
        reason = (
            "there are several records in it, where one is expected; send it to /api/v1/imports/ "
            "as a file"
        )
        return records.RecordError("api", reason, raw=content)
    if not found:
        return records.RecordError("api", "there is no record in it: the list is empty")
    return found[0]


class VideoDetail(Endpoint):
    """One film."""

    @documented(
        "videos_read",
        "Read a video",
        under=VIDEOS,
        answer=serializers.Video,
        takes=(KEY,),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """Return a video. One query."""
        parameters.read(request, ())
        video = get_video(key, Video.objects.for_api())
        return single(request, presenters.video(video, site_of(request)))
