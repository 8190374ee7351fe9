"""Which stretches of a film are played again most: drawn behind its timeline, and told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from annotations.timeline import HEAT_PX, WIDTH
from catalogue.records.replays import TOP, is_length

# From here on a stretch is told as one that is replayed much.
_MUCH = TOP * 2 // 3
TOLD_MAX = 3


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of the film that is replayed much."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Replays:
    """The curve as a path as wide and high as the timeline's drawings, and its greatest stretches.

    `told_at` is the date of the record that told it, None if it has none.
    """

    path: str
    moments: tuple[Moment, ...]
    told_at: datetime | None


def arrange(
    curve: Sequence[int], of_ms: int, length_ms: int, told_at: datetime | None
) -> Replays | None:
    """Lay the curve of a film of `of_ms` under a line of `length_ms`; None if it is another's.

    It keeps its own times: what it lacks to the line's end is empty.
    """
    if not is_length(of_ms, length_ms):
        return None
    return Replays(_path(curve, of_ms / length_ms * WIDTH), _moments(curve, of_ms), told_at)


def _path(curve: Sequence[int], width: float) -> str:
    """Return the area under the curve: each value stands in the middle of its stretch."""
    step = width / len(curve)
    heights = [HEAT_PX - share / TOP * (HEAT_PX - 2) for share in curve]
    points = "L".join(
        f"{(number + 0.5) * step:.1f} {height:.1f}" for number, height in enumerate(heights)
    )
    first, last = f"0 {heights[0]:.1f}", f"{width:.1f} {heights[-1]:.1f}"
    return f"M0 {HEAT_PX}L{first}L{points}L{last}L{width:.1f} {HEAT_PX}Z"


def _moments(curve: Sequence[int], of_ms: int) -> tuple[Moment, ...]:
    """Return the few stretches with the greatest values, in film order, in whole seconds.

    One that is a quarter of the film or more points at nothing.
    """
    runs: list[list[int]] = []
    for number, share in enumerate(curve):
        if share < _MUCH:
            continue
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    short = [run for run in runs if len(run) * 4 < len(curve)]
    short.sort(key=lambda run: max(curve[number] for number in run), reverse=True)
    return tuple(
        Moment(
            run[0] * of_ms // len(curve) // 1_000 * 1_000,
            -(-(run[-1] + 1) * of_ms // len(curve) // 1_000) * 1_000,
        )
        for run in sorted(short[:TOLD_MAX])
    )
