"""Counts over time, over REST: as observed, by the hour, day or week; as JSON or CSV."""

import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from catalogue import count_serializers, paging, presenters, series
from catalogue.api.videos import VIDEOS
from catalogue.models import Video
from catalogue.rest import parameters
from catalogue.rest.answers import KEY, PAGING, Endpoint, documented, get_video, paged
from catalogue.rest.formats import FORMAT, RENDERERS, ByFormat, csv_answer, is_csv
from catalogue.rest.refusals import BadParameters, bad_parameters
from catalogue.rest.shapes import page_of_either
from catalogue.series import NUMBERS, Resolution

RANGE = (
    parameters.since("from", "Observed then or later: a moment, or a day of UTC."),
    parameters.until("to", "Observed before that moment, or on that day of UTC or earlier."),
    parameters.choice(
        "resolution",
        "`raw` (every sample, if not given), or by the `hour`, `day` or `week` (from Monday) of "
        "UTC: of each number the first, last, least and most.",
        Resolution.values,
    ),
    FORMAT,
)
_SPREAD = ("first", "last", "min", "max")
SAMPLE_COLUMNS = ("observed_at", *NUMBERS)
BUCKET_COLUMNS = (
    *("start", "end", "samples", "first_at", "last_at"),
    *(f"{number}_{end}" for number in NUMBERS for end in _SPREAD),
)


class VideoSamples(Endpoint):
    """How the counts of a film went."""

    renderer_classes = RENDERERS
    content_negotiation_class = ByFormat

    @documented(
        "videos_counts_list",
        "List the counts of a video over time, newest first",
        under=VIDEOS,
        description=(
            "Samples, or with `resolution` hours, days or weeks in which something was observed. "
            "As JSON by page; as CSV the whole range in one file, which takes no `cursor` and no "
            "`page_size`: its columns are the fields, `views_first` and so on, and an empty cell "
            "is unknown. Old samples are thinned; the first, last, least and most stay."
        ),
        answer=page_of_either(
            "CountsOverTime", count_serializers.CountSample, count_serializers.CountBucket
        ),
        also={(200, "text/csv"): OpenApiTypes.STR},
        takes=(KEY, *RANGE, *PAGING),
        problems=(404,),
    )
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """Return one page, or everything as CSV. Two queries; CSV one more every 2,000 rows."""
        known = RANGE if is_csv(request) else (*RANGE, *PAGING)
        values = parameters.read(request, known)
        asked: dict[str, Any] = {
            "since": values.get("from"),
            "until": values.get("to"),
            "resolution": Resolution(values.get("resolution", Resolution.RAW)),
        }
        if asked["since"] and asked["until"] and asked["since"] >= asked["until"]:
            raise BadParameters({"to": [(_("It is not later than `from`."), "empty_range")]})
        video = get_video(key, Video.objects.only("pk", "platform", "platform_id"))
        if is_csv(request):
            return _as_csv(video, asked)
        is_raw = asked["resolution"] == Resolution.RAW
        try:
            page = series.page(
                video,
                **asked,
                cursor=values.get("cursor", ""),
                size=values.get("page_size", paging.SIZE),
            )
        except ValidationError as error:
            raise bad_parameters(error) from None
        return paged(request, page, presenters.sample if is_raw else presenters.bucket)


def _as_csv(video: Video, asked: dict[str, Any]) -> HttpResponseBase:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{video.platform}-{video.platform_id}")
    rows = series.every(video, **asked)
    if asked["resolution"] == Resolution.RAW:
        told = ([getattr(row, column) for column in SAMPLE_COLUMNS] for row in rows)
        return csv_answer(told, SAMPLE_COLUMNS, filename=f"{name}-counts.csv")
    filename = f"{name}-counts-by-{asked['resolution'].value}.csv"
    return csv_answer((list(_cells(row)) for row in rows), BUCKET_COLUMNS, filename=filename)


def _cells(row: series.Bucket) -> Iterator[Any]:
    yield from (row.start, row.end, row.count, row.first_at, row.last_at)
    for number in NUMBERS:
        yield from getattr(row, number) or (None,) * len(_SPREAD)
