"""Lengths of films as people and platforms write them: ISO 8601, or a clock like 9:46."""

import re

from catalogue.records.said import said

_SECOND_MS = 1_000
_MINUTE_MS = 60 * _SECOND_MS
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS

# Longer than any upload: the longest streams run for weeks.
MAX_DURATION_MS = 366 * _DAY_MS

_USUAL = re.compile(r"PT(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?", re.ASCII)
_NUMBER = r"(\d{1,12}(?:[.,]\d{1,9})?)"
_ISO = re.compile(
    rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII | re.IGNORECASE,
)
_UNITS_MS = (7 * _DAY_MS, _DAY_MS, _HOUR_MS, _MINUTE_MS, _SECOND_MS)
_CLOCK = re.compile(r"(?:(\d{1,4}):(?=[0-5]\d:))?(\d{1,4}):([0-5]\d)(?:[.,](\d{1,9}))?", re.ASCII)
_LETTERS = re.compile(
    r"(?:(\d{1,4}) ?h)? ?(?:(\d{1,6}) ?m(?:in)?)? ?(?:(\d{1,8}) ?s(?:ec)?)?",
    re.ASCII | re.IGNORECASE,
)


def parse_duration(text: str) -> int | None:
    """Return the milliseconds that `text` says.

    Reads ISO 8601 with weeks, days, hours, minutes and seconds, the last of them with a
    fraction (`PT9M46S`, `P1DT2H`, `PT1.5H`), clocks (`9:46`, `1:27:36.5`) and letters
    (`1h 27m 36s`). A length of
    nothing is unknown, so None: platforms write `P0D` for a stream that is still running.

    Raises:
        ValueError: the text is something else (a bare number could be seconds, minutes or
            milliseconds; months and years have no fixed length), or too long for a film.
    """
    usual = _USUAL.fullmatch(text)
    if usual and len(text) > len("PT"):
        hours, minutes, seconds = usual.groups("0")
        total = int(hours) * _HOUR_MS + int(minutes) * _MINUTE_MS + int(seconds) * _SECOND_MS
    else:
        total = _parse_other(text)
    if total > MAX_DURATION_MS:
        raise ValueError(said("longer than a year"))
    return total or None


def _parse_other(text: str) -> int:
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds, fraction = clock.groups("0")
        milliseconds = _multiply(f"{seconds}.{fraction}", _SECOND_MS)
        return int(hours) * _HOUR_MS + int(minutes) * _MINUTE_MS + milliseconds
    if text and text[0].isdigit() and (letters := _LETTERS.fullmatch(text)):
        hours, minutes, seconds = letters.groups("0")
        return int(hours) * _HOUR_MS + int(minutes) * _MINUTE_MS + int(seconds) * _SECOND_MS
    iso = _ISO.fullmatch(text)
    parts = (
        [(part, unit) for part, unit in zip(iso.groups(), _UNITS_MS, strict=True) if part]
        if iso
        else []
    )
    if not parts or text[-1] in "Tt":
        raise ValueError(said("not a length; write it like PT9M46S or 9:46"))
    if any("." in part or "," in part for part, _ in parts[:-1]):
        raise ValueError(said("only the last part of a length may have a fraction"))
    return sum(_multiply(part, unit) for part, unit in parts)


def _multiply(number: str, unit_ms: int) -> int:
    """Multiply a decimal number by a unit, exactly, rounding half up to whole milliseconds."""
    whole, _, fraction = number.replace(",", ".").partition(".")
    scale: int = 10 ** len(fraction)
    doubled: int = int(whole + fraction) * unit_ms * 2 + scale
    return doubled // (2 * scale)


def format_duration(duration_ms: int) -> str:
    """Write milliseconds as ISO 8601 (`PT9M46S`), such that parse_duration reads them back."""
    seconds, milliseconds = divmod(duration_ms, _SECOND_MS)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{milliseconds:03}".rstrip("0") if milliseconds else ""
    written = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    if seconds or fraction or not (hours or minutes):
        written.append(f"{seconds}{fraction}S")
    return "PT" + "".join(written)
