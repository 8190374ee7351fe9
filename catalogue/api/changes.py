"""What was seen to change, over REST: of one film, and of all."""

from typing import Any

from django.db.models import F
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue import paging, presenters, serializers
from catalogue.api.videos import VIDEOS
from catalogue.models import Change, ChangeField, Video
from catalogue.rest import parameters
from catalogue.rest.answers import (
    KEY,
    PAGING,
    Endpoint,
    documented,
    get_video,
    listing,
)

LATEST = paging.Ordering("latest", F("observed_at"), paging.read_moment)
FIELD = parameters.choice(
    "field", "What changed; of several, any.", ChangeField.values, repeatable=True
)


class VideoChanges(Endpoint):
    """What of a film was seen to change."""

    known = (FIELD, *PAGING)

    @documented(
        "videos_changes_list",
        "List the observed changes of a video, newest first",
        under=VIDEOS,
        answer=serializers.Change,
        is_list=True,
        takes=(KEY, *known),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> Response:
        """Return one page of changes. Two queries."""
        values = parameters.read(request, self.known)
        video = get_video(key, Video.objects.only("pk"))
        rows = Change.objects.filter(video=video, **_filters(values))
        return listing(request, rows, LATEST, lambda row, _site: presenters.change(row), values)


class Changes(Endpoint):
    """What of all films was seen to change."""

    known = (
        FIELD,
        parameters.number("channel", "Number of a channel."),
        parameters.since("since", "Observed then or later: a moment, or a day of UTC."),
        *PAGING,
    )

    @documented(
        "changes_list",
        "List the observed changes of all videos, newest first",
        under=VIDEOS,
        answer=serializers.ChangeOfVideo,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of changes. One query."""
        values = parameters.read(request, self.known)
        rows = (
            Change.objects.filter(**_filters(values))
            .select_related("video")
            .only("field", "old", "new", "observed_at", *_SHOWN)
        )
        return listing(request, rows, LATEST, presenters.change_of_video, values)


_SHOWN = ("video__platform", "video__platform_id", "video__title")
_COLUMNS = {"field": "field__in", "channel": "video__channel", "since": "observed_at__gte"}


def _filters(values: dict[str, Any]) -> dict[str, Any]:
    """Return the conditions that the parameters stand for."""
    return {column: values[name] for name, column in _COLUMNS.items() if name in values}
