"""How often each stretch of a film is played again, beside its other stretches. Pure.

A curve is a tuple of whole numbers for equal stretches of the film, in thousandths of the
most replayed one. It is empty where nothing is known.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from catalogue.records import json_values
from catalogue.records.durations import MAX_DURATION_MS
from catalogue.records.fields import FieldError, show

Curve = tuple[int, ...]

TOP = 1_000
MIN_STRETCHES, MAX_STRETCHES = 2, 1_000
# Into so many a curve is cut whose stretches are not equal: as many as YouTube has.
_STRETCHES = 100
# Programs round times: stretches may differ by so much of their length and be equal, and one
# may begin by so much of it before or after the end of the one before.
_EQUAL, _SLACK = 0.01, 0.1


class _Stretch(NamedTuple):
    """A part of a film in seconds, and how often it is played again, from 0 to 1."""

    start: float
    end: float
    value: float


def is_length(of_ms: float, film_ms: int) -> bool:
    """Tell whether a curve of so long a film can be this film's: lengths are rounded to seconds."""
    return abs(of_ms - film_ms) <= max(1_000, film_ms // 100)


# --- Our own form ---------------------------------------------------------------------


def clean(field: str, value: object, duration_ms: int | None) -> Curve:
    """Return a curve that is written as a list, or as text with semicolons. Raises FieldError."""
    if value is None or value == "":
        return ()
    given = value.split(";") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise FieldError(field, "this should be a list of whole numbers")
    if not given:
        return ()
    if len(given) > MAX_STRETCHES:
        raise FieldError(field, _wrong_number(len(given)))
    curve = tuple([_share(field, one) for one in given])
    if reason := fault(curve, duration_ms):
        raise FieldError(field, reason)
    return curve


def _share(field: str, given: object) -> int:
    share = json_values.count(field, given)
    if share is None or share > TOP:
        raise FieldError(field, f"{show(str(given))} is not a whole number from 0 to {TOP:,}")
    return share


def fault(curve: Curve, duration_ms: int | None) -> str:
    """Say why numbers are no curve of a film of this length; nothing if they are one."""
    if not MIN_STRETCHES <= len(curve) <= MAX_STRETCHES:
        return _wrong_number(len(curve))
    if min(curve) < 0 or max(curve) != TOP:
        return f"the numbers should go from 0 to {TOP:,}, and the greatest should be {TOP:,}"
    if not duration_ms:
        return "without the film's length nobody knows which stretches these are"
    return ""


def _wrong_number(found: int) -> str:
    return f"a curve has {MIN_STRETCHES} to {MAX_STRETCHES:,} numbers, not {found:,}"


# --- yt-dlp's -------------------------------------------------------------------------


def read_heatmap(given: object, duration_ms: int | None) -> Curve:
    """Return the curve of a film of this length that yt-dlp calls `heatmap`.

    A list of `{start_time, end_time, value}`: seconds, and 0 to 1. What does not go through
    the film from beginning to end, one stretch after another, is no curve.
    """
    stretches = _stretches(given)
    if not stretches or not duration_ms or not _goes_through(stretches, duration_ms):
        return ()
    lengths = [one.end - one.start for one in stretches]
    is_equal = max(lengths) - min(lengths) <= _EQUAL * min(lengths)
    values = [one.value for one in stretches] if is_equal else _cut_equal(stretches)
    top = max(values)
    return tuple([round(value / top * TOP) for value in values]) if top > 0 else ()


def looks_sane(heatmap: object) -> bool:
    """Tell whether each stretch of a `heatmap` is one, whatever the film's length."""
    return bool(_stretches(heatmap))


def _stretches(given: object) -> list[_Stretch]:
    """Return the stretches of a list; none if one of them is nonsense."""
    if not isinstance(given, list) or not MIN_STRETCHES <= len(given) <= MAX_STRETCHES:
        return []
    found = [stretch for one in given if (stretch := _stretch(one))]
    return found if len(found) == len(given) else []


def _stretch(given: object) -> _Stretch | None:
    if not isinstance(given, Mapping):
        return None
    start, end, value = (_number(given.get(name)) for name in ("start_time", "end_time", "value"))
    if start is None or end is None or value is None:
        return None
    is_sane = 0 <= start < end <= MAX_DURATION_MS / 1_000 and value <= 1
    return _Stretch(start, end, value) if is_sane else None


def _number(given: object) -> float | None:
    """Return a number of 0 or more. Text is none, nor is what JSON has no word for."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        return None
    # Not by `isfinite`, which cannot take an integer of hundreds of digits.
    return float(given) if 0 <= given <= MAX_DURATION_MS else None


def _goes_through(stretches: Sequence[_Stretch], duration_ms: int) -> bool:
    """Tell whether stretches follow one another from the film's beginning to its end."""
    start, end = stretches[0].start, stretches[-1].end
    return (
        is_length(duration_ms + start * 1_000, duration_ms)
        and is_length(end * 1_000, duration_ms)
        and all(_follows(after, before) for before, after in pairwise(stretches))
    )


def _follows(after: _Stretch, before: _Stretch) -> bool:
    shorter = min(before.end - before.start, after.end - after.start)
    return abs(after.start - before.end) <= _SLACK * shorter


def _cut_equal(stretches: Sequence[_Stretch]) -> list[float]:
    """Return the values of equal stretches: the mean of what lies in each, by its time."""
    start, end = stretches[0].start, stretches[-1].end
    edges = [start + (end - start) * number / _STRETCHES for number in range(_STRETCHES + 1)]
    return [
        sum(one.value * max(0.0, min(one.end, until) - max(one.start, since)) for one in stretches)
        / (until - since)
        for since, until in pairwise(edges)
    ]
