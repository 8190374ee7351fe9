"""How the refresh stands, in words, for the operators' page and for the terminal."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalogue.refreshing.figures import (
    MOST_WAITING,
    Breaker,
    Figures,
    GatewayFigures,
    PartitionFigures,
)

# Who has been due for so long is not met within the bound of docs/schedule.md.
LATE = timedelta(days=1)
# Beat finds the load and makes partitions every hour, two months ahead.
LOAD_IS_OLD = timedelta(hours=3)
PARTITIONS_AHEAD = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure in words; `is_alarm` tells that somebody should look into it."""

    label: str
    value: str
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """Lines about one thing, under its name."""

    title: str
    lines: list[Line]


def report_on_gateway(gateway: GatewayFigures, *, now: datetime) -> Report:
    """Return what there is to say of one gateway."""
    is_late = gateway.oldest_due_at is not None and now - gateway.oldest_due_at > LATE
    is_loaded = gateway.load_at is not None and now - gateway.load_at < LOAD_IS_OLD
    return Report(
        gateway.name,
        [
            Line("Breaker", _breaker(gateway, now), gateway.breaker != Breaker.CLOSED),
            Line("Due now", f"{gateway.due:,} of {gateway.videos:,} videos"),
            Line("Oldest due", ago(gateway.oldest_due_at, now=now, none="nothing is due"), is_late),
            Line("Leased now", f"{gateway.leased:,}"),
            Line("Never asked", f"{gateway.never_asked:,}"),
            Line("Budget used", _budget(gateway, now)),
            Line(
                "Missing",
                f"{gateway.missing:,.0f} looks a day" if gateway.missing else "nothing",
                gateway.missing > 0,
            ),
            Line("Load", _load(gateway, now), not is_loaded),
            Line("Calls, answers", f"{gateway.calls:,} calls, {gateway.answers:,} videos answered"),
            Line("Last answer", ago(gateway.answered_at, now=now)),
            Line("Failures in a row", f"{gateway.failures:,}"),
            Line("Last failure", _failure(gateway, now)),
        ],
    )


def report_on_failing(figures: Figures) -> Report:
    """Return how many videos fail, the commonest kind first; no line where none does."""
    ranked = sorted(figures.failing.items(), key=lambda item: -item[1])
    return Report(
        "Failing videos",
        [Line(kind, f"{videos:,}") for kind, videos in ranked if videos],
    )


def report_on_samples(figures: Figures) -> Report:
    """Return how the partitions of samples stand, the newest first after what concerns all."""
    until = figures.partitioned_until
    is_short = until is None or until - figures.at < PARTITIONS_AHEAD
    waiting = f"{figures.waiting:,}" + (" or more" if figures.waiting >= MOST_WAITING else "")
    return Report(
        "Samples",
        [
            Line("Partitions until", f"{until:%Y-%m-%d}" if until else "none", is_short),
            Line("Waiting for one", waiting, figures.waiting > 0),
            *(Line(_month(one), _samples(one)) for one in reversed(figures.partitions)),
        ],
    )


def all_reports(figures: Figures) -> list[Report]:
    """Return all reports, gateways first."""
    return [
        *(report_on_gateway(gateway, now=figures.at) for gateway in figures.gateways),
        report_on_failing(figures),
        report_on_samples(figures),
    ]


def span_of(span: timedelta) -> str:
    """Return a stretch of time in one or two units, cut off: `3 h 20 min`."""
    seconds = max(int(span.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days:,} d" + (f" {hours} h" if hours else "")
    if hours:
        return f"{hours} h" + (f" {minutes} min" if minutes else "")
    return f"{minutes} min" if minutes else f"{seconds} s"


def ago(at: datetime | None, *, now: datetime, none: str = "never") -> str:
    """Return how long ago a moment was, and the moment itself in UTC."""
    return f"{span_of(now - at)} ago, {_moment(at)}" if at else none


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _breaker(gateway: GatewayFigures, now: datetime) -> str:
    if gateway.breaker == Breaker.OPEN and gateway.open_until:
        wait = span_of(gateway.open_until - now)
        return f"open: nobody asks for {wait}, until {_moment(gateway.open_until)}"
    if gateway.breaker == Breaker.TRYING:
        return "trying: one call is to tell whether it answers again"
    return "closed: it is asked"


def _budget(gateway: GatewayFigures, now: datetime) -> str:
    return (
        f"{gateway.used:,} of {gateway.limit:,} units; anew in"
        f" {span_of(gateway.window_ends_at - now)}, {_moment(gateway.window_ends_at)}"
    )


def _load(gateway: GatewayFigures, now: datetime) -> str:
    if gateway.load_at is None:
        return "never found"
    turn = f"a round every {gateway.turn:.1f} days" if gateway.turn is not None else "no round"
    return (
        f"intervals stretched {gateway.stretch:.2f} times, {turn};"
        f" found {ago(gateway.load_at, now=now)}"
    )


def _failure(gateway: GatewayFigures, now: datetime) -> str:
    if not gateway.last_failure:
        return "none"
    return f"{gateway.last_failure} ({ago(gateway.failed_at, now=now)})"


def _month(partition: PartitionFigures) -> str:
    return f"{partition.month:%Y-%m}" if partition.month else "before"


def _samples(partition: PartitionFigures) -> str:
    told = ["not counted yet" if partition.rows is None else f"about {partition.rows:,}"]
    if partition.rows == 0:
        told = ["none"]
    if partition.thinned_to:
        told.append(f"by the {partition.thinned_to.label.lower()}")
    if partition.thinning_to:
        told.append(f"being thinned out by the {partition.thinning_to.label.lower()}")
    if partition.dropped:
        told.append(f"{partition.dropped:,} dropped")
    return ", ".join(told)
