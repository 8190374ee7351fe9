"""Lists by key: a page starts after the last row seen, not at a number.

A deep page costs what the first one does, and rows that come in meanwhile neither
repeat nor hide others. Nothing is counted.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Expression, F, Model, Q, QuerySet
from django.db.models.functions import Upper
from django.utils.translation import gettext as _

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

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
class Page(Generic[Item]):
    """Some rows of a list, and the cursors of the pages before and after, None at an end."""

    items: list[Item]
    next_cursor: str | None
    previous_cursor: str | None


class Fetch(Protocol[Item]):
    """Gives the first `limit` items past a position, or the first of all without one.

    In the order of the list; if `is_back`, those before the position, the nearest first.
    """

    def __call__(self, position: Any, limit: int, *, is_back: bool) -> list[Item]:
        """Return them; `position` is None for the start."""


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
    is_back, position = _decode(cursor, ordering.name, ordering.read) if cursor else (False, None)
    if position is not None:
        rows = rows.filter(_beyond(position, ordering, is_back=is_back))
    direction = "-" if ordering.descending ^ is_back else ""
    found: list[Any] = list(
        rows.order_by(f"{direction}paging_key", f"{direction}{ordering.tie}")[: size + 1]
    )
    return _cut(
        found,
        size,
        lambda row, is_back: _encode(
            ordering.name, row.paging_key, getattr(row, ordering.tie), is_back=is_back
        ),
        is_back=is_back,
        is_first=position is None,
    )


def page_of(
    fetch: Fetch[Item],
    name: str,
    read: Callable[[Any], Any],
    key_of: Callable[[Item], Any],
    *,
    cursor: str = "",
    size: int = SIZE,
) -> Page[Item]:
    """Return one page of what is no table, by a key that no two have.

    `fetch` is asked once, for one more than there is room for. `name` and `read` are those of
    an Ordering. Raises ValidationError (field "cursor") for a cursor that is none of its.
    """
    is_back, position = False, None
    if cursor:
        is_back, (position, _number) = _decode(cursor, name, read)
    found = fetch(position, size + 1, is_back=is_back)
    return _cut(
        found,
        size,
        lambda item, is_back: _encode(name, key_of(item), 0, is_back=is_back),
        is_back=is_back,
        is_first=position is None,
    )


def _cut(
    found: list[Item],
    size: int,
    cursor_at: Callable[[Item, bool], str],
    *,
    is_back: bool,
    is_first: bool,
) -> Page[Item]:
    """Return the page that was found, in the order of the list, with its cursors."""
    has_more, items = len(found) > size, found[:size]
    if is_back:
        items.reverse()
    has_previous = has_more if is_back else not is_first
    has_next = not is_first if is_back else has_more
    if not items:
        return Page([], None, None)
    return Page(
        items,
        cursor_at(items[-1], False) if has_next else None,
        cursor_at(items[0], True) if has_previous else None,
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


def _encode(name: str, value: Any, number: int, *, is_back: bool) -> str:
    if isinstance(value, datetime):
        value = value.isoformat()
    parts = [name, int(is_back), value, number]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str, name: str, read: Callable[[Any], Any]) -> tuple[bool, tuple[Any, int]]:
    try:
        named, is_back, value, number = json.loads(_unpack(cursor))
        position = read(value), read_number(number)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise _no_cursor() from None
    if named != name or is_back not in (0, 1):
        raise _no_cursor()
    return bool(is_back), position


def _unpack(cursor: str) -> bytes:
    if len(cursor) > _CURSOR_MAX:
        raise ValueError("too long")
    return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)


def _no_cursor() -> ValidationError:
    message = _("This is no cursor of this list; start again without it.")
    return ValidationError({"cursor": ValidationError(message, code="cursor")})
