"""Lines of counts over time, as coordinates for SVG. Pure: no markup, no framework."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, floor, log10

WIDTH = 1000
# So many points of a line can be told apart.
DOTS_MAX = 60
# Above the highest grid line and below the lowest, in pixels.
_EDGE = 8


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes: two paths, and where the line ends."""

    line: str
    area: str
    end_x: float
    end_y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """One grid line: where it is, and of which count."""

    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Panel:
    """A line over a scale of its own, above a time from left (0) to right (WIDTH).

    Its width is a mere unit: it is drawn as wide as there is room, labels beside it. `line`
    has a gap wherever the count was unknown. `dots` are all points, drawn where there are few.
    `area` is empty unless the scale begins at nothing: what is filled says how much there is.
    `heights` are the y of the samples, None for unknown; `base` is where the scale begins.
    """

    height: int
    line: str
    area: str
    dots: str
    ticks: tuple[Tick, ...]
    heights: tuple[float | None, ...]
    base: int


@dataclass(frozen=True, slots=True)
class Date:
    """A moment written under a chart: where in per cent, when, and in which pattern of CLDR."""

    x: float
    at: datetime
    form: str


def spark(
    samples: Sequence[tuple[float, int]], *, width: int = 96, height: int = 28
) -> Spark | None:
    """Draw (time, count) pairs, oldest first; None if there are fewer than two times."""
    if len(samples) < 2 or samples[0][0] >= samples[-1][0]:
        return None
    low, high = _range(samples)
    points = _place(samples, (2, width - 2), (height - 2, 2), low, high)
    line = _path(points)
    area = f"{line}L{points[-1][0]:.1f} {height}L{points[0][0]:.1f} {height}Z"
    return Spark(line, area, round(points[-1][0], 1), round(points[-1][1], 1))


def panel(
    samples: Sequence[tuple[float, int | None]], since: float, until: float, *, height: int
) -> Panel | None:
    """Draw (time, count) pairs, oldest first, between two times; None if no count is known.

    Samples may lie outside: the line leads there, and what is not between is cut off.
    """
    if since >= until or all(count is None for _time, count in samples):
        return None
    low, high = _seen(samples, since, until)
    # A scale that begins elsewhere than at nothing is used where else nothing would be seen.
    low = 0 if low < high / 2 else low
    if low == high:
        low, high = max(0, low - 1), high + 1
    marks = _nice(low, high, wanted=height / 40)
    base, top = marks[0], marks[-1]
    scale = (height - 2 * _EDGE) / (top - base)
    points = [
        (
            round((time - since) / (until - since) * WIDTH, 1),
            None if count is None else round(height - _EDGE - (count - base) * scale, 1),
        )
        for time, count in samples
    ]
    parts = _parts(points)
    floor_y = height - _EDGE
    area = "".join(
        f"{_path(part)}L{part[-1][0]:g} {floor_y}L{part[0][0]:g} {floor_y}Z"
        for part in parts
        if base == 0 and len(part) > 1
    )
    return Panel(
        height,
        "".join(_path(part) for part in parts if len(part) > 1),
        area,
        "".join(f"M{x:g} {y:g}h0" for part in parts for x, y in part if _shows_dot(parts, part)),
        tuple(Tick(round(height - _EDGE - (value - base) * scale, 1), value) for value in marks),
        tuple(y for _x, y in points),
        round(base),
    )


def _seen(
    samples: Sequence[tuple[float, int | None]], since: float, until: float
) -> tuple[int, int]:
    """Return the least and most known count between two times, and where a line crosses them."""
    known = [(time, count) for time, count in samples if count is not None]
    counts = [count for time, count in known if since <= time <= until]
    for (time, count), (later, then) in pairwise(known):
        counts += [
            round(count + (then - count) * (edge - time) / (later - time))
            for edge in (since, until)
            if time < edge < later
        ]
    counts = counts or [count for _time, count in known]
    return min(counts), max(counts)


def _parts(points: Iterable[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Return the stretches of a line in which its height is known all along."""
    parts: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is not None:
            parts[-1].append((x, y))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _shows_dot(parts: Sequence[Sequence[object]], part: Sequence[object]) -> bool:
    """Tell whether a part's points are drawn: of a few all, else those that make no line."""
    return len(part) == 1 or sum(map(len, parts)) <= DOTS_MAX


def dates(since: datetime, until: datetime, *, wanted: int = 6) -> tuple[Date, ...]:
    """Return round moments between two, at most about as many as wanted: hours to years of UTC."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    span = until - since
    fine = [(step, form) for step, form in _STEPS if span / step <= wanted]
    if fine:
        found, form = _steps(since, until, fine[0][0]), fine[0][1]
    else:
        found, form = _months(since, until, wanted)
    return tuple(
        # A day begins at midnight: its name says more than 00:00.
        Date(
            round((at - since) / span * 100, 2),
            at,
            "d MMM" if form == "HH:mm" and not at.hour else form,
        )
        for at in found
    )


_STEPS = (
    *((timedelta(minutes=minutes), "HH:mm") for minutes in (5, 15, 30)),
    *((timedelta(hours=hours), "HH:mm") for hours in (1, 2, 3, 6, 12)),
    *((timedelta(days=days), "d MMM") for days in (1, 2, 4, 7, 14)),
)


def _steps(since: datetime, until: datetime, step: timedelta) -> list[datetime]:
    at = since.replace(hour=0, minute=0, second=0, microsecond=0)
    at += -((at - since) // step) * step
    found = []
    while at <= until:
        found.append(at)
        at += step
    return found


def _months(since: datetime, until: datetime, wanted: int) -> tuple[list[datetime], str]:
    first, last = since.year * 12 + since.month, until.year * 12 + until.month - 1
    step = next(
        (step for step in (1, 2, 3, 6, 12, 24, 60, 120) if (last - first) / step <= wanted), 240
    )
    months = range(-(-first // step) * step, last + 1, step)
    found = [datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in months]
    return found, "y" if step >= 12 else "MMM y"


def _range(samples: Sequence[tuple[float, int]]) -> tuple[int, int]:
    counts = [count for _, count in samples]
    return min(counts), max(counts)


def _place(
    samples: Sequence[tuple[float, int]],
    across: tuple[float, float],
    down: tuple[float, float],
    low: int,
    high: int,
) -> list[tuple[float, float]]:
    """Put samples between two x and two y; times that are not evenly spaced stay so."""
    first, last = samples[0][0], samples[-1][0]
    x_scale = (across[1] - across[0]) / (last - first)
    y_scale = (down[1] - down[0]) / ((high - low) or 1)
    return [
        (
            round(across[0] + (time - first) * x_scale, 1),
            round(down[0] + (count - low) * y_scale, 1),
        )
        for time, count in samples
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def _nice(low: float, high: float, *, wanted: float) -> list[float]:
    """Return round numbers, about as many as wanted, the first and last no nearer than the two."""
    # Counts are whole; so are the lines between them.
    raw = max(1.0, (high - low) / wanted)
    size = 10.0 ** floor(log10(raw))
    steps = (factor * size for factor in (1, 2, 2.5, 5, 10))
    step = next(step for step in steps if step >= raw and step.is_integer())
    return [number * step for number in range(floor(low / step), ceil(high / step) + 1)]
