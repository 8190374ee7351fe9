"""From a query string to values: how filters are read, for the lists of pages and API alike."""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# Enough for the longest key of a video.
TEXT_MAX = 250
VALUES_MAX = 20


def text(value: str) -> str:
    """Return a text without the space around it."""
    value = value.strip()
    if "\0" in value or len(value) > TEXT_MAX:
        raise ValueError(
            ngettext(
                "at most %(max)d character, which is not NUL",
                "at most %(max)d characters, none of them NUL",
                TEXT_MAX,
            )
            % {"max": TEXT_MAX}
        )
    return value


def number(value: str) -> int:
    """Return a whole number, not negative, that fits the database's bigint."""
    if not (value.isascii() and value.isdigit()) or len(value) > 18:
        raise ValueError(_("a whole number"))
    return int(value)


def year(value: str) -> int:
    """Return a year that dates can have."""
    if not (value.isascii() and value.isdigit() and len(value) == 4 and int(value)):
        raise ValueError(_("a year such as 2021"))
    return int(value)


def day(value: str) -> date:
    """Return a date."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(_("a date such as 2021-07-30")) from None


def one_of(names: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of a few words."""
    known = tuple(names)

    def read_word(value: str) -> str:
        if value not in known:
            raise ValueError(_("one of %(names)s") % {"names": ", ".join(known)})
        return value

    return read_word


def read(
    params: QueryDict | Mapping[str, list[str]],
    readers: Mapping[str, Callable[[str], Any]],
    *,
    repeatable: Collection[str] = (),
) -> dict[str, Any]:
    """Return the values of the filters that are given; repeatable ones as a tuple.

    A reader returns the value, or raises ValueError with what it expected. Names without a
    reader are left alone, and empty values count as absent, as forms send them. Raises
    ValidationError by parameter, with everything that is wrong.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, ValidationError] = {}
    for name, read_value in readers.items():
        given = params.getlist(name) if isinstance(params, QueryDict) else params.get(name, [])
        texts = list(dict.fromkeys(one for one in given if one.strip()))
        if not texts:
            continue
        if len(texts) > (VALUES_MAX if name in repeatable else 1):
            wrong[name] = ValidationError(_("Given too often."), code="repeated")
            continue
        try:
            found = tuple(read_value(one) for one in texts)
        except ValueError as error:
            message = _("Expected %(what)s.") % {"what": error}
            wrong[name] = ValidationError(message, code="invalid")
            continue
        values[name] = found if name in repeatable else found[0]
    if wrong:
        raise ValidationError(wrong)
    return values
