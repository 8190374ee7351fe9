"""Lists by key: a page starts after the last row seen, not at a number.

A deep page costs what the first one does, and rows that come in meanwhile neither
repeat nor hide others. Nothing is counted.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Expression, F, Model, Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)

SIZE = 24
SIZE_MAX = 100
# A title of 1,000 characters of four bytes each, in base64.
_CURSOR_MAX = 6000


@dataclass(frozen=True, slots=True)
class Ordering:
    """One way to sort a list: a key that is never null, then the row's own number.

    `tie` is the column of that number, for rows whose own key is more than a number.
    `read` makes the key's value from its JSON form and raises ValueError, TypeError or
    OverflowError if it is none.
    """

    name: str
    key: Expression | F
    read: Callable[[Any], Any]
    descending: bool = True
    tie: str = "pk"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and the cursors of the pages before and after, None at an end."""

    items: list[Row]
    next_cursor: str | None
    previous_cursor: str | None


def read_text(value: Any) -> str:
    """Read a text key."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("not a text")
    # JSON can spell half a character, which no database stores; encoding it raises ValueError.
    value.encode()
    return value


def read_number(value: Any) -> int:
    """Read a whole number that fits the database's bigint."""
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= 2**63:
        raise ValueError("not a number")
    return value


def read_moment(value: Any) -> datetime:
    """Read an aware date and time."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    # Python knows offsets that PostgreSQL refuses.
    return moment.astimezone(UTC)


# Channels and tags: rows that have a name, by letters of any case.
BY_NAME = Ordering("name", Upper("name"), read_text, descending=False)


def page(
    rows: QuerySet[Row], ordering: Ordering, *, cursor: str = "", size: int = SIZE
) -> Page[Row]:
    """Return one page of `rows` in an ordering. One query, plus the rows' own prefetches.

    Raises ValidationError (field "cursor") for a cursor that is none of this ordering's.
    """
    # The annotation is ours alone; to the caller they stay the rows they were.
    rows = cast("QuerySet[Row]", rows.annotate(paging_key=ordering.key))
    is_back, position = False, None
    if cursor:
        is_back, position = _decode(cursor, ordering)
        rows = rows.filter(_beyond(position, ordering, is_back=is_back))
    direction = "-" if ordering.descending ^ is_back else ""
    found = list(rows.order_by(f"{direction}paging_key", f"{direction}{ordering.tie}")[: size + 1])
    has_more, items = len(found) > size, found[:size]
    if is_back:
        items.reverse()
    has_previous = has_more if is_back else position is not None
    has_next = position is not None if is_back else has_more
    if not items:
        return Page([], None, None)
    return Page(
        items,
        _encode(ordering, items[-1], is_back=False) if has_next else None,
        _encode(ordering, items[0], is_back=True) if has_previous else None,
    )


def count_up_to(rows: QuerySet[Any], limit: int) -> int:
    """Count rows, but stop just past `limit`: an exact count of a large list is slow."""
    return rows.order_by()[: limit + 1].count()


def _beyond(position: tuple[Any, int], ordering: Ordering, *, is_back: bool) -> Q:
    """Return the rows past a position. The first, redundant bound is what an index can use."""
    value, number = position
    word = "lt" if ordering.descending ^ is_back else "gt"
    return Q(**{f"paging_key__{word}e": value}) & (
        Q(**{f"paging_key__{word}": value}) | Q(**{f"{ordering.tie}__{word}": number})
    )


def _encode(ordering: Ordering, row: Any, *, is_back: bool) -> str:
    value = row.paging_key
    if isinstance(value, datetime):
        value = value.isoformat()
    number = getattr(row, ordering.tie)
    parts = [ordering.name, int(is_back), value, number]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, ordering: Ordering) -> tuple[bool, tuple[Any, int]]:
    try:
        name, is_back, value, number = json.loads(_unpack(cursor))
        position = ordering.read(value), read_number(number)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _no_cursor() from None
    if name != ordering.name or is_back not in (0, 1):
        raise _no_cursor()
    return bool(is_back), position


def _unpack(cursor: str) -> bytes:
    if len(cursor) > _CURSOR_MAX:
        raise ValueError("too long")
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)


def _no_cursor() -> ValidationError:
    message = _("This is no cursor of this list; start again without it.")
    return ValidationError({"cursor": ValidationError(message, code="cursor")})
