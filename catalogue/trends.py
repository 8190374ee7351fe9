"""How counts went over time, for many films at once."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from catalogue import charts
from catalogue.models import CountSample, Video

SPARK_SAMPLES = 30


def views_of(videos: Iterable[Video]) -> dict[int, charts.Spark]:
    """Return the line of views of each film that was observed at two times or more.

    One query for any number of films. The latest SPARK_SAMPLES known values are drawn.
    """
    latest = (
        CountSample.objects.filter(video__in=[video.pk for video in videos], views__isnull=False)
        .annotate(
            place=Window(RowNumber(), partition_by=F("video"), order_by=F("observed_at").desc())
        )
        .filter(place__lte=SPARK_SAMPLES)
        .order_by("video", "observed_at")
        .values_list("video", "observed_at", "views")
    )
    series = defaultdict(list)
    for video, observed_at, views in latest:
        series[video].append((observed_at.timestamp(), views or 0))
    sparks = {video: charts.spark(samples) for video, samples in series.items()}
    return {video: spark for video, spark in sparks.items() if spark}
