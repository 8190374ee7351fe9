"""Timed texts of films over REST: reading, bringing in, and finding what is said."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import (
    paging,
    presenters,
    retelling,
    serializers,
    transcript_search,
    transcripts,
)
from catalogue.models import Outcome, Transcript, TranscriptKind, Video
from catalogue.records import RecordError
from catalogue.records.subtitles import parse_subtitles
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    PAGING,
    Endpoint,
    documented,
    find_video,
    get_video,
    member_of,
    single,
    site_of,
)
from catalogue.rest.parameters import Parameter, choice
from catalogue.rest.parsers import SRTParser, SubtitlesJSONParser, WebVTTParser
from catalogue.rest.refusals import BadParameters, RecordRefused
from catalogue.rest.strict import checked

TRANSCRIPTS = "Transcripts"

CONTENT_LANGUAGE = OpenApiParameter(
    "Content-Language",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The language of subtitles that are sent as they stand in their file.",
)
TRANSCRIPT_EXAMPLE = OpenApiExample(
    "Subtitles",
    request_only=True,
    media_type="application/json",
    value={
        "language": "en",
        "text": "WEBVTT\n\n00:01.000 --> 00:04.000\nBy the spring the river ran north.\n",
    },
)


class VideoTranscripts(Endpoint):
    """The timed texts of a film."""

    parser_classes = (SubtitlesJSONParser, WebVTTParser, SRTParser)

    @documented(
        "videos_transcripts_list",
        "List the transcripts of a video",
        under=TRANSCRIPTS,
        answer=serializers.Transcripts,
        takes=(KEY,),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> Response:
        """Return all transcripts, without their text. Two queries."""
        parameters.read(request, ())
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        site = site_of(request)
        found = video.transcripts.order_by("language", "-kind")
        return Response({"results": [presenters.transcript(one, video, site) for one in found]})

    @documented(
        "videos_transcripts_create",
        "Bring in a transcript from subtitles",
        under=TRANSCRIPTS,
        description=(
            "Takes WebVTT or SRT as JSON, or as it stands in its file. It replaces your own "
            "transcript of the same language and kind (200). What of it cannot be used is left "
            "out and told by line; if nothing can, it is refused. Without a kind, rolling "
            "captions are a machine's and all others a person's."
        ),
        body={
            "application/json": serializers.TranscriptBody,
            "text/vtt": OpenApiTypes.STR,
            "application/x-subrip": OpenApiTypes.STR,
        },
        answer=serializers.StoredTranscript,
        status=201,
        also={200: serializers.StoredTranscript},
        takes=(KEY, CONTENT_LANGUAGE),
        problems=(404,),
        writes=True,
        examples=[TRANSCRIPT_EXAMPLE],
    )
    def post(self, request: Request, key: str) -> Response:
        """Store subtitles. 201 if there was none of this language and kind, else 200."""
        by = member_of(request)
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        body, is_text = _body_of(request)
        try:
            subtitles = parse_subtitles("api", body["text"])
        except RecordError as error:
            raise RecordRefused(
                retelling.retell(error.reason),
                field="",
                line=error.line,
                is_text=is_text,
                place="text",
            ) from None
        stored = transcripts.store(
            video,
            language=body.get("language") or subtitles.language,
            cues=subtitles.cues,
            kind=body.get("kind") or transcripts.kind_of(subtitles),
            source="api",
            by=by,
        )
        answer = presenters.transcript(stored.transcript, video, site_of(request)) | {
            "outcome": stored.outcome.value,
            "cue_count": len(subtitles.cues),
            "left_out": [
                {"line": problem.line, "reason": problem.reason} for problem in subtitles.problems
            ],
        }
        is_new = stored.outcome == Outcome.CREATED
        return Response(
            answer,
            status=201 if is_new else 200,
            headers={"Location": answer["url"]} if is_new else None,
        )


def _body_of(request: Request) -> tuple[dict[str, Any], bool]:
    """Return `text` as bytes, `language` and `kind`, and whether the body is nothing but text."""
    data = request.data
    given = data.get("text") if isinstance(data, Mapping) else None
    # The parsers of plain subtitles give bytes, which no JSON can.
    if isinstance(given, bytes):
        return {"text": given, "language": request.headers.get("Content-Language", "")}, True
    body = checked(serializers.TranscriptBody, data)
    return {**body, "text": str(body["text"]).encode()}, False


TRANSCRIPT_KIND = choice(
    "kind",
    "Who wrote it; a person's goes before a machine's if not given.",
    TranscriptKind.values,
)


class VideoTranscript(Endpoint):
    """One timed text of a film."""

    @documented(
        "videos_transcripts_read",
        "Read a transcript with its cues",
        under=TRANSCRIPTS,
        answer=serializers.TranscriptText,
        takes=(KEY, TRANSCRIPT_KIND),
        problems=(404,),
    )
    def get(self, request: Request, key: str, language: str) -> HttpResponse:
        """Return a transcript in one language, all of it. Three queries."""
        values = parameters.read(request, (TRANSCRIPT_KIND,))
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        found: Transcript | None = None
        if "\0" not in language:
            rows = video.transcripts.filter(language=language, **values)
            # "manual" comes after "automatic".
            found = rows.order_by("-kind").first()
        if found is None:
            raise Http404(_("There is no such transcript."))
        body = presenters.transcript(found, video, site_of(request))
        cues = found.cues.defer("search", "parts")
        return single(request, body | {"cues": [presenters.cue(cue) for cue in cues]})


class Cues(Endpoint):
    """What is said in films."""

    known = (
        Parameter("q", 'Words that are said, as in a web search: `"a phrase"`, `or`, `-without`.'),
        Parameter("video", "Key of a video; only in this one."),
        Parameter("language", "Language tag; `en` finds `en-GB` too."),
        PAGING[1],
    )

    @documented(
        "cues_list",
        "Find what is said in films",
        under=TRANSCRIPTS,
        description=(
            "The best lines, those of one video together, each with its second. There are no "
            "further pages: ask for fewer by `video` or `language`."
        ),
        answer=serializers.FoundCues,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return the best lines. One query, two with a video."""
        values = parameters.read(request, self.known)
        if "q" not in values:
            raise BadParameters({"q": [(_("Say what to look for."), "required")]})
        size = values.get("page_size", paging.SIZE)
        videos = None
        if "video" in values:
            video = find_video(values["video"])
            videos = Video.objects.filter(pk=video.pk) if video else Video.objects.none()
        films = transcript_search.find_cues(
            values["q"],
            language=values.get("language", ""),
            videos=videos,
            limit=size,
            per_film=size if videos is not None else transcript_search.CUES_OF_A_FILM,
        )
        site = site_of(request)
        return Response(
            {
                "results": [
                    presenters.found_cue(cue, film.video, site)
                    for film in films
                    for cue in film.cues
                ]
            }
        )
