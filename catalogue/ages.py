"""How far a moment is from now, in one unit, as the reader's language counts and declines it."""

from datetime import datetime, timedelta

from babel.dates import format_timedelta
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

# Longest first; babel knows how each language counts them, Arabic with its six forms.
_UNITS = tuple(
    timedelta(**{unit: count})
    for unit, count in (
        ("days", 365), ("days", 30), ("weeks", 1), ("days", 1), ("hours", 1), ("minutes", 1),
    )
)  # fmt: skip


def ago(moment: datetime, *, now: datetime | None = None) -> str:
    """Return how long ago something was, rounded down: `4 years ago`, `just now`."""
    length = _whole((now or timezone.now()) - moment)
    return _told(-length) if length else _("just now")


def ahead(moment: datetime, *, now: datetime | None = None) -> str:
    """Return how long there is until something, rounded down: `in 3 hours`, `in a moment`."""
    length = _whole(moment - (now or timezone.now()))
    return _told(length) if length else _("in a moment")


def _whole(length: timedelta) -> timedelta:
    """Return a length in whole ones of the longest unit that it has; nothing below a minute."""
    unit = next((unit for unit in _UNITS if length >= unit), None)
    if unit is None:
        return timedelta()
    # Twelve times thirty days are no year yet.
    return unit * (min(length // unit, 11) if unit == _UNITS[1] else length // unit)


def _told(length: timedelta) -> str:
    return format_timedelta(length, add_direction=True, threshold=1, locale=get_language())
