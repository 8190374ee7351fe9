"""How the refresh stands, for Prometheus: `/metrics`, with a token of its own.

Everything is read from the database when it is asked for. Any web process gives the same answer,
so nothing is counted in processes, and one of them is asked for all.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from catalogue import posters
from catalogue.refreshing import figures
from catalogue.refreshing.figures import Breaker, Figures, GatewayFigures

logger = logging.getLogger(__name__)

_SECONDS_PER_DAY = 86_400


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics, in the format that Prometheus asks for.

    404 while no token is set, 401 without the right one, and 503 rather than half an answer if
    the database does not tell all. Needs no Redis.
    """
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _is_allowed(request.headers.get("Authorization", "")):
        return HttpResponse(
            "The metrics need their token.\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": 'Bearer realm="metrics"'},
        )
    try:
        now = timezone.now()
        found, tally = figures.read(now=now), posters.tally(now=now)
    except Error as error:
        logger.warning("no metrics: %s", error)
        return HttpResponse(
            "The database does not answer.\n",
            status=503,
            content_type="text/plain; charset=utf-8",
        )
    registry = CollectorRegistry()
    registry.register(FiguresCollector(found))
    registry.register(PostersCollector(tally))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


def _is_allowed(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(
        token.strip(), settings.METRICS_TOKEN
    )


class FiguresCollector(Collector):
    """Tells figures that were read as metrics. What is unknown is left out, never 0."""

    def __init__(self, found: Figures) -> None:
        """Take what was read."""
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        found = self._found
        yield GaugeMetricFamily(
            "sidenote_refresh_enabled", "1 if workers ask platforms at all.", value=found.is_on
        )
        yield from _gateways(found.gateways, found.at)
        failing = GaugeMetricFamily(
            "sidenote_refresh_failing_videos",
            "Videos whose last look was not answered, by why.",
            labels=["kind"],
        )
        for kind, videos in found.failing.items():
            failing.add_metric([kind], videos)
        yield failing
        yield from _samples(found)


class PostersCollector(Collector):
    """Tells how posters stand."""

    def __init__(self, tally: posters.Tally) -> None:
        """Take what was counted."""
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """Yield one metric by state."""
        told = GaugeMetricFamily(
            "sidenote_posters",
            "Posters that are shown, that are due, and whose last try failed; one may be several.",
            labels=["state"],
        )
        for state in ("shown", "due", "failing"):
            told.add_metric([state], getattr(self._tally, state))
        yield told


def _gateways(gateways: Iterable[GatewayFigures], now: datetime) -> Iterator[Metric]:
    told = {name: _family(name, text) for name, text in _OF_GATEWAYS.items()}
    for one in gateways:
        for name, value in _values(one, now).items():
            if value is not None:
                told[name].add_metric([one.name], value)
    yield from told.values()


def _family(name: str, text: str) -> CounterMetricFamily | GaugeMetricFamily:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    return kind(f"sidenote_refresh_{name}", text, labels=["gateway"])


_OF_GATEWAYS = {
    "videos": "Videos that the gateway is asked about.",
    "queue_depth": "Videos that are due and that nobody asks about at the moment.",
    "oldest_due_seconds": "For how long the oldest of them has been due; 0 if none is.",
    "leased_videos": "Videos that a worker asks about at the moment.",
    "never_asked_videos": "Videos that the gateway was never asked about.",
    "budget_units_used": "Units used in the present window of the budget.",
    "budget_units_limit": "Units that may be used in a window of the budget.",
    "budget_window_end_timestamp_seconds": "When the present window of the budget ends.",
    "breaker_open": "1 while the gateway is not asked, or tried with one call; 0 if it is asked.",
    "consecutive_failures": "Calls in a row that said nothing about any video.",
    "calls_total": "Calls made.",
    "answers_total": "Videos that were answered about.",
    "last_answer_timestamp_seconds": "When a call last said something about a video.",
    "last_failure_timestamp_seconds": "When a call last said nothing about any video.",
    "stretch_ratio": "How many times longer than wanted the intervals between looks are.",
    "turn_seconds": "How often the round meets a video of no views; left out without a round.",
    "load_timestamp_seconds": "When stretch and turn were last found.",
    "missing_looks_per_day": "Looks a day that the budget lacks to meet all within the bound.",
}


def _values(one: GatewayFigures, now: datetime) -> dict[str, float | None]:
    return {
        "videos": one.videos,
        "queue_depth": one.due,
        "oldest_due_seconds": (now - (one.oldest_due_at or now)).total_seconds(),
        "leased_videos": one.leased,
        "never_asked_videos": one.never_asked,
        "budget_units_used": one.used,
        "budget_units_limit": one.limit,
        "budget_window_end_timestamp_seconds": one.window_ends_at.timestamp(),
        "breaker_open": one.breaker != Breaker.CLOSED,
        "consecutive_failures": one.failures,
        "calls_total": one.calls,
        "answers_total": one.answers,
        "last_answer_timestamp_seconds": _timestamp(one.answered_at),
        "last_failure_timestamp_seconds": _timestamp(one.failed_at),
        "stretch_ratio": one.stretch,
        "turn_seconds": None if one.turn is None else one.turn * _SECONDS_PER_DAY,
        "load_timestamp_seconds": _timestamp(one.load_at),
        "missing_looks_per_day": one.missing,
    }


def _timestamp(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


def _samples(found: Figures) -> Iterator[Metric]:
    rows = GaugeMetricFamily(
        "sidenote_samples_rows",
        "Samples in each partition, as PostgreSQL estimates.",
        labels=["partition"],
    )
    for one in found.partitions:
        if one.rows is not None:
            rows.add_metric([f"{one.month:%Y-%m}" if one.month else "before"], one.rows)
    yield rows
    yield GaugeMetricFamily(
        "sidenote_samples_waiting_rows",
        f"Samples that came for a month without a partition; counted to {figures.MOST_WAITING}.",
        value=found.waiting,
    )
    until = GaugeMetricFamily(
        "sidenote_samples_partitioned_until_timestamp_seconds",
        "To which moment samples have a partition of their month.",
    )
    if found.partitioned_until:
        until.add_metric([], found.partitioned_until.timestamp())
    yield until
    yield CounterMetricFamily(
        "sidenote_samples_dropped_total",
        "Samples that went as months were thinned out.",
        value=sum(one.dropped for one in found.partitions),
    )
