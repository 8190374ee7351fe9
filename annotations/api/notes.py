"""Notes on films over REST."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import log_presenters, log_serializers, notes
from annotations.api.writing import stale, version_of
from annotations.revisions import StaleVersion
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    IF_MATCH,
    KEY,
    Endpoint,
    documented,
    etag_of,
    get_video,
    member_of,
    single,
    site_of,
)
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

NOTES = "Notes"


class VideoNote(Endpoint):
    """What members add to the description of one film."""

    @documented(
        "videos_note_read",
        "Read the note on a video",
        under=NOTES,
        description="Where nobody has written one, the text is empty and the version 0.",
        answer=log_serializers.Note,
        takes=(KEY,),
        problems=(404, 410),
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """Return the note. Two queries."""
        parameters.read(request, ())
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        seen = notes.seen(video, request.user)
        if seen.note is None and seen.is_hidden:
            raise Gone(_("A moderator has hidden it."))
        body = log_presenters.note(seen, video, site_of(request))
        return single(request, body, version=seen.version)

    @documented(
        "videos_note_write",
        "Write the note on a video",
        under=NOTES,
        description=(
            "One text that all members edit together. The edit names the `version` it starts "
            "from, in the body or by `If-Match`: 0 if there is none yet. If somebody wrote "
            "since, it is refused (409, or 412 with `If-Match`) and nothing is written."
        ),
        body=log_serializers.NoteBody,
        answer=log_serializers.Note,
        takes=(KEY, IF_MATCH),
        writes=True,
        problems=(404, 409, 410, 412),
    )
    def put(self, request: Request, key: str) -> Response:
        """Write the note."""
        video = get_video(key, Video.objects.only("platform", "platform_id"))
        by = member_of(request)
        seen = notes.seen(video, by)
        if seen.note is None and seen.is_hidden:
            raise Gone(_("A moderator has hidden it."))
        values = checked(log_serializers.NoteBody, request.data)
        version = version_of(request, seen, values)
        try:
            notes.edit(video, by=by, version=version, **values)
        except StaleVersion as error:
            raise stale(request, error) from None
        body = log_presenters.note(notes.seen(video, by), video, site_of(request))
        return Response(body, headers={"ETag": etag_of(body, version=body["version"])})
