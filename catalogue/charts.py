"""Lines of counts over time, as coordinates for SVG. Pure: no markup, no framework."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10


@dataclass(frozen=True, slots=True)
class Spark:
    """A small line without axes: two paths, and where the line ends."""

    line: str
    area: str
    end_x: float
    end_y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """One grid line: where it is, and what it says."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over a scale; `points` are (x, y) in the order of the values.

    Its width is a mere unit: it is drawn as wide as there is room, labels beside it.
    """

    width: int
    height: int
    line: str
    area: str
    points: tuple[tuple[float, float], ...]
    ticks: tuple[Tick, ...]


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


def chart(
    samples: Sequence[tuple[float, int]], *, width: int = 1000, height: int = 180
) -> Chart | None:
    """Draw (time, count) pairs, oldest first, over a labelled scale; None as for `spark`."""
    if len(samples) < 2 or samples[0][0] >= samples[-1][0]:
        return None
    low, high = _range(samples)
    if low == high:
        low, high = max(0, low - 1), high + 1
    top, bottom = 12, 12
    points = _place(samples, (0, width), (height - bottom, top), low, high)
    line = _path(points)
    area = f"{line}L{points[-1][0]:.1f} {height - bottom}L{points[0][0]:.1f} {height - bottom}Z"
    scale = (height - bottom - top) / (high - low)
    ticks = tuple(
        Tick(round(height - bottom - (value - low) * scale, 1), short(value))
        for value in _nice(low, high)
    )
    return Chart(width, height, line, area, tuple(points), ticks)


def short(value: float) -> str:
    """Return a count in few characters: `1.2M`, `154k`, `980`."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.2f}".rstrip("0").rstrip(".") + letter
    return f"{value:g}"


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


def _nice(low: float, high: float, *, wanted: int = 4) -> list[float]:
    """Return round numbers between two, about as many as wanted."""
    raw = (high - low) / wanted
    size = 10.0 ** floor(log10(raw))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= raw)
    # Counts are whole; so are the lines between them.
    step = max(1.0, step)
    values, value = [], ceil(low / step) * step
    while value <= high:
        values.append(value)
        value += step
    return values
