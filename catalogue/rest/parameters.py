"""Strict query strings: a filter that is unknown, repeated or unreadable is refused by name.

A misspelt filter that is ignored answers a question nobody asked. The same table reads the
parameters and describes them in the schema.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from catalogue import filters
from catalogue.rest.refusals import BadParameters, bad_parameters, shown

BIGINT_MAX = 2**63 - 1
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Asked = TypeVar("Asked")


def plain_text(text: str) -> str:
    """Return a text that may be searched for; cursors have a limit of their own."""
    if not text.strip():
        raise ValueError(_("It is empty."))
    if len(text) > filters.TEXT_MAX:
        raise ValueError(
            ngettext(
                "It is longer than %d character.",
                "It is longer than %d characters.",
                filters.TEXT_MAX,
            )
            % filters.TEXT_MAX
        )
    return text.strip()


def anything(text: str) -> str:
    """Return a text as it is, for somebody else to read."""
    if not text:
        raise ValueError(_("It is empty."))
    return text


def whole_number(minimum: int, maximum: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within bounds."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 20 and minimum <= int(text) <= maximum:
            return int(text)
        raise ValueError(
            _("Not a whole number from %(min)d to %(max)d.") % {"min": minimum, "max": maximum}
        )

    return read


def one_of(values: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of a few words."""
    known = tuple(values)

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(_("Not one of: %s.") % ", ".join(known))
        return text

    return read


def moment(*, is_end: bool = False) -> Callable[[str], datetime]:
    """Return a reader of a day or a moment; of a day its start, or its end if `is_end`."""

    def read(text: str) -> datetime:
        try:
            if _DAY.fullmatch(text):
                start = datetime.combine(date.fromisoformat(text), time(), UTC)
                return start + timedelta(days=1) if is_end else start
            # Python reads forms of a date that hardly anybody writes, as 2022W051.
            read = datetime.fromisoformat(text) if _DAY.match(text) else None
            if read is not None and read.tzinfo is not None:
                return read.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValueError(
            _(
                "Not a day such as 2022-01-31, or a moment with its zone such as "
                "2022-01-31T10:20:51Z (a plus in a zone is written %2B)."
            )
        )

    return read


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a query string: how it is read, and how it is documented.

    `read` returns the value or raises ValueError with the reason.
    """

    name: str
    description: str
    read: Callable[[str], Any] = plain_text
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    repeatable: bool = False

    def documented(self) -> OpenApiParameter:
        """Return the parameter as the schema shows it."""
        schema = dict(self.schema)
        return OpenApiParameter(
            self.name,
            {"type": "array", "items": schema} if self.repeatable else schema,
            OpenApiParameter.QUERY,
            description=self.description,
            explode=True if self.repeatable else None,
        )


def choice(
    name: str, description: str, values: Iterable[str], *, repeatable: bool = False
) -> Parameter:
    """Return a parameter that takes one of a few words."""
    known = tuple(values)
    schema = {"type": "string", "enum": list(known)}
    return Parameter(name, description, one_of(known), schema, repeatable)


def number(name: str, description: str, minimum: int = 1, maximum: int = BIGINT_MAX) -> Parameter:
    """Return a parameter that takes a whole number."""
    schema = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return Parameter(name, description, whole_number(minimum, maximum), schema)


def since(name: str, description: str) -> Parameter:
    """Return a parameter that takes a moment, or a day for its start."""
    return Parameter(name, description, moment())


def until(name: str, description: str) -> Parameter:
    """Return a parameter that takes a moment, or a day for its end."""
    return Parameter(name, description, moment(is_end=True))


def query_string(request: Request) -> QueryDict:
    """Return the query string, read as UTF-8 whatever charset the body claims."""
    return QueryDict(request.META.get("QUERY_STRING", ""), encoding="utf-8")


def read(request: Request, known: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of the parameters that are given; repeatable ones as a list.

    Raises BadParameters with everything that is wrong: unknown, repeated, unreadable.
    """
    by_name = {parameter.name: parameter for parameter in known}
    values: dict[str, Any] = {}
    wrong: dict[str, list[tuple[str, str]]] = {}
    for name, texts in query_string(request).lists():
        parameter = by_name.get(name)
        if parameter is None:
            allowed = ", ".join(by_name) or _("none")
            message = _("Unknown parameter. Known here: %s.") % allowed
            wrong[shown(name)] = [(message, "unknown_parameter")]
        elif len(texts) > 1 and not parameter.repeatable:
            wrong[name] = [(_("Given more than once."), "repeated")]
        else:
            try:
                read = [_readable(text, parameter) for text in texts]
            except ValueError as error:
                wrong[name] = [(str(error), "invalid")]
            else:
                values[name] = read if parameter.repeatable else read[0]
    if wrong:
        raise BadParameters(wrong)
    return values


def read_query(
    request: Request, known: Sequence[Parameter], parse: Callable[[QueryDict], Asked]
) -> tuple[dict[str, Any], Asked]:
    """Return the values of the parameters, and what a search makes of the same query string.

    `known` says what may be there at all, `parse` what it means: pages ask it the same.
    Raises BadParameters with everything that is wrong for either.
    """
    wrong: dict[str, Sequence[tuple[str, str]]] = {}
    values: dict[str, Any] = {}
    query: Asked | None = None
    try:
        values = read(request, known)
    except BadParameters as error:
        wrong.update(error.parameters)
    try:
        query = parse(query_string(request))
    except ValidationError as error:
        wrong = {**bad_parameters(error).parameters, **wrong}
    if wrong or query is None:
        raise BadParameters(wrong)
    return values, query


def _readable(text: str, parameter: Parameter) -> Any:
    if "\0" in text:
        raise ValueError(_("It contains a null character."))
    return parameter.read(text)
