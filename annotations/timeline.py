"""Where claims stand on the line under a film. Pure.

Positions are per cent of the film's length, so the server can draw the line without
knowing how wide it will be.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from catalogue.chapters import Chapter
from catalogue.timecodes import format_timecode

Item = TypeVar("Item")

# Markers are 24 px wide. On the narrowest screen (320 px) the line is 288 px long.
GAP = 24 / 288 * 100
LANES_MAX = 4
MARKER_PX = 24
# How wide and high what lies behind is drawn, and how many stretches density is counted in.
WIDTH, HEAT_PX = 1000, 22
_STRETCHES = 60
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000)
_TICKS_MAX = 6


@dataclass(slots=True)
class Marker(Generic[Item]):
    """One mark: the items it stands for and its place.

    `x` in per cent, `y` in pixels from the top; lane 0 is nearest the line.
    """

    items: list[Item]
    x: float
    lane: int
    y: int = 0

    @property
    def icon_y(self) -> int:
        """Where its symbol of 16 px stands."""
        return self.y + 4

    @property
    def text_y(self) -> int:
        """The base line of a number in its place."""
        return self.y + 16

    @property
    def stem_y(self) -> int:
        """Where the line down to the film's begins."""
        return self.y + (MARKER_PX if len(self.items) > 1 else 20)


@dataclass(frozen=True, slots=True)
class Tick:
    """A time written under the line."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the line that is drawn apart: a chapter, or the whole film without one."""

    x: float
    width: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Timeline(Generic[Item]):
    """The markers in film order, how many lanes they need, and the times below.

    `warmth` are the points of a path of how closely claims stand, WIDTH wide; empty where that
    says nothing.
    """

    markers: tuple[Marker[Item], ...]
    lanes: int
    ticks: tuple[Tick, ...]
    parts: tuple[Part, ...] = (Part(0.0, 100.0),)
    warmth: str = ""

    @property
    def heat(self) -> str:
        """The area under how closely claims stand."""
        return self.warmth and f"M0 {HEAT_PX}L{self.warmth}L{WIDTH} {HEAT_PX}Z"

    @property
    def heat_line(self) -> str:
        """The same as a line, for where something else is filled."""
        return self.warmth and f"M{self.warmth}"

    @property
    def heat_y(self) -> int:
        """Where the drawing of the density begins."""
        return self.line_y - HEAT_PX

    @property
    def heat_height(self) -> int:
        """How high the density is drawn."""
        return HEAT_PX

    @property
    def line_y(self) -> int:
        """Where the film's line is, in pixels from the top, as all below."""
        return self.lanes * MARKER_PX + 8

    @property
    def tick_y(self) -> int:
        """The base line of the times."""
        return self.line_y + 26

    @property
    def height(self) -> int:
        """How high the drawing is."""
        return self.line_y + 30


def arrange(
    items: Iterable[tuple[int, Item]], length_ms: int, chapters: Sequence[Chapter] = ()
) -> Timeline[Item]:
    """Place (start_ms, item) pairs, sorted by time, on a line of `length_ms` > 0.

    Marks in one lane never come closer than one's width. Where more stand together than
    there are lanes, they share the last mark.
    """
    placed = list(items)
    markers, lanes = place(placed, length_ms)
    return Timeline(
        tuple(markers),
        lanes,
        _ticks(length_ms),
        _parts(chapters, length_ms),
        density([start for start, _item in placed], length_ms),
    )


def _parts(chapters: Sequence[Chapter], length_ms: int) -> tuple[Part, ...]:
    if not chapters:
        return (Part(0.0, 100.0),)

    def share(ms: int) -> float:
        return round(min(ms, length_ms) / length_ms * 100, 3)

    return tuple(
        Part(share(one.start_ms), round(share(one.end_ms) - share(one.start_ms), 3), one.title)
        for one in chapters
    )


def density(starts: Sequence[int], length_ms: int) -> str:
    """Return the points of how closely claims stand along the film, highest where most do.

    Few claims have no density: fewer than three are marks and nothing else.
    """
    if len(starts) < 3:
        return ""
    counts = [0] * _STRETCHES
    for start in starts:
        counts[min(_STRETCHES - 1, start * _STRETCHES // length_ms)] += 1
    # A claim warms what lies around it.
    weights = (1, 3, 5, 6, 5, 3, 1)
    reach = len(weights) // 2
    heats = [
        sum(
            weight * counts[at]
            for offset, weight in enumerate(weights, start=-reach)
            if 0 <= (at := here + offset) < _STRETCHES
        )
        for here in range(_STRETCHES)
    ]
    step, top = WIDTH / (_STRETCHES - 1), max(heats)
    return "L".join(
        f"{number * step:.0f} {HEAT_PX - heat / top * (HEAT_PX - 2):.1f}"
        for number, heat in enumerate(heats)
    )


def place(
    items: Iterable[tuple[float, Item]], length: float, *, gap: float = GAP
) -> tuple[list[Marker[Item]], int]:
    """Return the marks of (place, item) pairs, sorted, on a line, and how many lanes they need.

    Marks in one lane never come closer than `gap` per cent.
    """
    markers: list[Marker[Item]] = []
    last: list[Marker[Item]] = []
    for start, item in items:
        x = round(min(100.0, start / length * 100), 3)
        free = next((lane for lane, mark in enumerate(last) if x - mark.x >= gap), None)
        if free is None and len(last) == LANES_MAX:
            max(last, key=lambda mark: mark.x).items.append(item)
            continue
        marker = Marker([item], x, len(last) if free is None else free)
        if free is None:
            last.append(marker)
        else:
            last[free] = marker
        markers.append(marker)
    for marker in markers:
        marker.y = (len(last) - 1 - marker.lane) * MARKER_PX
    return markers, len(last)


def _ticks(length_ms: int) -> tuple[Tick, ...]:
    seconds = length_ms / 1000
    step = _step(seconds, _STEPS_S)
    ticks = [Tick(0.0, format_timecode(0))]
    at = step
    # The end has a label of its own; one just before it would run into it.
    while at < seconds * (0.78 if seconds >= 3600 else 0.85):
        ticks.append(Tick(round(at / seconds * 100, 3), format_timecode(at * 1000)))
        at += step
    return (*ticks, Tick(100.0, format_timecode(length_ms)))


def _step(seconds: float, steps: Sequence[int]) -> int:
    return next((step for step in steps if seconds / step <= _TICKS_MAX), steps[-1])
