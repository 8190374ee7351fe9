"""Times inside a film: integer milliseconds here, `12:34.5` to people. Pure."""

import re

_CLOCK = re.compile(
    r"(?:(?:(?P<hours>\d{1,4}):)?(?P<minutes>\d{1,4}):)?(?P<seconds>\d{1,6})(?:[.,](?P<fraction>\d{1,3}))?",
    re.ASCII,
)
# People write all of these for a minus.
_MINUS = ("-", "\u2212", "\u2013")
_SIGNED = re.compile(r"([-+\u2212\u2013]?)(.*)", re.DOTALL)
LONGEST_MS = 1000 * 3_600_000


class TimecodeError(ValueError):
    """A text that is no time in a film; the message says what one looks like."""


def parse_timecode(text: str) -> int:
    """Return milliseconds for `754`, `754.5`, `12:34`, `12:34.5` or `1:02:03.250`.

    Raises TimecodeError. Under a larger unit, minutes and seconds stay below 60.
    """
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise TimecodeError("Write a time as 12:34, 1:02:03 or 754.5 (seconds).")
    hours, minutes, seconds = (int(match[name] or 0) for name in ("hours", "minutes", "seconds"))
    if (match["minutes"] and seconds > 59) or (match["hours"] and minutes > 59):
        raise TimecodeError("Minutes and seconds go up to 59.")
    total = (hours * 3600 + minutes * 60 + seconds) * 1000
    total += int((match["fraction"] or "0").ljust(3, "0"))
    if total > LONGEST_MS:
        raise TimecodeError("No film is that long.")
    return total


def format_timecode(ms: int, *, exact: bool = False) -> str:
    """Return `12:34` or `1:02:03`; with `exact`, also the fraction if there is one."""
    seconds, fraction = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{clock}.{fraction:03}".rstrip("0") if exact and fraction else clock


def format_span(start_ms: int, end_ms: int) -> str:
    """Return `12:31 – 12:48`."""
    return f"{format_timecode(start_ms)} – {format_timecode(end_ms)}"


def parse_offset(text: str) -> int:
    """Return milliseconds for `0:12`, `+12`, `-3.5` or `-1:02:03`; with a minus it is earlier.

    Raises TimecodeError.
    """
    sign, rest = _SIGNED.fullmatch(text.strip()).groups()  # type: ignore[union-attr]
    if not _CLOCK.fullmatch(rest.strip()):
        raise TimecodeError("Write a shift as 0:12, 12.5 or -3.5 (seconds).")
    return -parse_timecode(rest) if sign in _MINUS else parse_timecode(rest)


def format_offset(ms: int) -> str:
    """Return `+0:12`, or `0:03.5` with a minus; `0:00` for none."""
    sign = _MINUS[1] if ms < 0 else "+" if ms else ""
    return sign + format_timecode(abs(ms), exact=True)
