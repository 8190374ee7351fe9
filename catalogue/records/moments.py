"""Dates and times as records write them, with the precision they were written with."""

import re
from datetime import UTC, date, datetime, time

from catalogue.records.said import said

# The oldest surviving film is of 1888; nothing in a record lies before film or far ahead.
MIN_YEAR = 1888
MAX_YEAR = 2100

# No offset leads from these years out of the ones above.
_USUAL = re.compile(r"(?:19|20)\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NO_SUCH = said("there is no such date or time")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:(?:[Tt]|[ ]{1,4})(\d\d:\d\d)(?:(:\d\d)(?:[.,](\d{1,9}))?)?"
    r"[ ]{0,4}(?:[Zz]|UTC|GMT|([+-]\d\d):?(\d\d)?)?)?",
    re.ASCII,
)
# Not as ISO 8601 has it, but nothing else can be meant: the year goes first.
_LOOSE_DAY = re.compile(r"(\d{4})([-/])(\d\d?)\2(\d\d?)(?!\d)", re.ASCII)
_BASIC = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d(?::?\d\d)?)?)?", re.ASCII
)


def parse_moment(text: str) -> datetime | date:
    """Return a datetime in UTC if `text` has a time of day, or else a date.

    Reads ISO 8601 in its extended form and its usual relaxations: a space for the T, an
    offset with or without colon or set off by a space, a day without its zeros
    (`2021/7/3`); and its basic form (`20210730T140024Z`). A time without an offset is taken
    as UTC: records are machine-written, and machines that leave the zone out mean UTC.

    Raises:
        ValueError: no such date, or one outside MIN_YEAR to MAX_YEAR.
    """
    if _USUAL.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except ValueError:
            raise ValueError(_NO_SUCH) from None
    found = _MOMENT.fullmatch(_in_full(text))
    if not found:
        raise ValueError(said("not a date; write it like 2021-07-30 or 2021-07-30T14:00:24Z"))
    day, clock, seconds, fraction, hours, minutes = found.groups()
    try:
        if clock is None:
            moment: datetime | date = date.fromisoformat(day)
        else:
            # Digits beyond microseconds are dropped: no platform means them.
            fraction = f".{fraction[:6]:0<6}" if fraction else ""
            offset = f"{hours}:{minutes or '00'}" if hours else "+00:00"
            moment = datetime.fromisoformat(
                f"{day}T{clock}{seconds or ':00'}{fraction}{offset}"
            ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_NO_SUCH) from None
    if not MIN_YEAR <= moment.year <= MAX_YEAR:
        raise ValueError(outside())
    return moment


def outside() -> str:
    """Return why a moment is refused that lies before film, or far ahead."""
    return said("the year lies outside {first:d} to {last:d}", first=MIN_YEAR, last=MAX_YEAR)


def _in_full(text: str) -> str:
    """Write a moment in the extended form, if it is in another that is known."""
    if loose := _LOOSE_DAY.match(text):
        year, _, month, day = loose.groups()
        return f"{year}-{month:0>2}-{day:0>2}{text[loose.end() :]}"
    if basic := _BASIC.fullmatch(text):
        year, month, day, hours, minutes, seconds, zone = basic.groups("")
        clock = f"T{hours}:{minutes}:{seconds or '00'}{zone}" if hours else ""
        return f"{year}-{month}-{day}{clock}"
    return text


def at_midnight(moment: datetime | date) -> datetime:
    """Return `moment` as a datetime; a date becomes 00:00 UTC of that day."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC)


def format_moment(moment: datetime | date) -> str:
    """Write a moment so that parse_moment reads the same one, with the same precision."""
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return moment.isoformat()
