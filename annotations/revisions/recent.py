"""What changed last, in all tables together, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject
from pghistory.models import Context

from accounts.models import User
from annotations.models import Occurrence
from annotations.revisions.entries import Entry, Step, read
from annotations.revisions.tables import TABLES, events_of
from catalogue import paging
from catalogue.models import Video

_RANKS = {name: rank for rank, name in enumerate(TABLES)}
Position = tuple[datetime, int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which changes: of one kind of thing, one thing, one film, one person, since when."""

    table: str = ""
    row_id: int | None = None
    video: Video | None = None
    person: User | None = None
    since: datetime | None = None


def recent(
    asked: Asked, *, reader: User | AnonymousUser, cursor: str = "", size: int = paging.SIZE
) -> paging.Page[Entry]:
    """Return one page of entries, newest first, as much of each as the reader may know.

    The newest of each table are found by an index on their time, in one statement: at most 12
    queries, whatever there is. Raises ValidationError (field "cursor") for a cursor that is none.
    """
    # Only on the first use: the same film is asked of every table.
    claims = _claims_in(asked.video) if asked.video else []

    def fetch(position: Position | None, limit: int, *, is_back: bool) -> list[Step]:
        down = "" if is_back else "-"
        order = (f"{down}pgh_created_at", f"{down}rank", f"{down}pgh_id")
        newest = [
            _events(name, wanted, position, is_back=is_back).order_by(*order)[:limit]
            for name in TABLES
            if asked.table in ("", name) and (wanted := _wanted(name, asked, claims)) is not None
        ]
        if len(newest) > 1:
            newest = [newest[0].union(*newest[1:], all=True).order_by(*order)[:limit]]
        return [_step(row) for rows in newest for row in rows]

    page = paging.page_of(fetch, "recent", _read_position, _told_key, cursor=cursor, size=size)
    known = [asked.person] if asked.person else []
    entries = read(page.items, reader, known=known)
    return paging.Page(entries, page.next_cursor, page.previous_cursor)


def _claims_in(video: Video) -> list[int]:
    return list(Occurrence.objects.filter(video=video).values_list("claim", flat=True).distinct())


def _events(
    name: str, wanted: Q, position: Position | None, *, is_back: bool
) -> QuerySet[Any, dict[str, Any]]:
    """Return the events of a table past a position, each with the one before it, as JSON.

    Tables differ in their columns: as JSON they fit into one statement.
    """
    rows = events_of(name).filter(wanted)
    if position is not None:
        rows = rows.filter(_beyond(name, position, is_back=is_back))
    columns = JSONObject(**{field.attname: field.attname for field in _columns(name)})
    same_row = events_of(name).filter(
        pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")
    )
    before = same_row.order_by("-pgh_id").annotate(columns=columns).values("columns")[:1]
    told = rows.annotate(rank=Value(_RANKS[name]), after=columns, before=Subquery(before))
    found: QuerySet[Any, dict[str, Any]] = told.values(
        "rank", "pgh_created_at", "pgh_id", "after", "before", "pgh_context__metadata"
    )
    return found


def _columns(name: str) -> Any:
    return events_of(name).model._meta.concrete_fields  # noqa: SLF001 (Django's own way to ask)


def _step(row: dict[str, Any]) -> Step:
    """Return what `_events` found as the rows they are."""
    name = tuple(TABLES)[row["rank"]]
    after = _event(name, row["after"])
    if after.pgh_context_id is not None:
        after.pgh_context = Context(after.pgh_context_id, metadata=row["pgh_context__metadata"])
    return Step(name, _event(name, row["before"]) if row["before"] else None, after)


def _event(name: str, told: dict[str, Any]) -> Any:
    values = {field.attname: field.to_python(told[field.attname]) for field in _columns(name)}
    return events_of(name).model(**values)


def _wanted(name: str, asked: Asked, claims: list[int]) -> Q | None:
    """Return which events of a table are asked for, None if none can be."""
    table, wanted = TABLES[name], Q()
    if asked.video is not None:
        if table.is_of_film:
            wanted &= Q(video=asked.video.pk)
        elif table.is_of_claim:
            wanted &= Q(claim__in=claims)
        elif name == "claim":
            wanted &= Q(pgh_obj_id__in=claims)
        else:
            return None
    if asked.row_id is not None:
        wanted &= Q(pgh_obj_id=asked.row_id)
    if asked.person is not None:
        wanted &= Q(pgh_context__metadata__user=asked.person.pk)
    if asked.since is not None:
        wanted &= Q(pgh_created_at__gte=asked.since)
    return wanted


def _beyond(name: str, position: Position, *, is_back: bool) -> Q:
    """Return the events past a position. The first bound is what the index can use."""
    at, rank, number = position
    word = "gt" if is_back else "lt"
    own = _RANKS[name]
    if own == rank:
        return Q(**{f"pgh_created_at__{word}e": at}) & (
            Q(**{f"pgh_created_at__{word}": at}) | Q(**{f"pgh_id__{word}": number})
        )
    is_beyond = own > rank if is_back else own < rank
    return Q(**{f"pgh_created_at__{word}{'e' if is_beyond else ''}": at})


def _key(step: Step) -> Position:
    return step.after.pgh_created_at, _RANKS[step.table], step.after.pgh_id


def _told_key(step: Step) -> list[Any]:
    at, rank, number = _key(step)
    return [at.isoformat(), rank, number]


def _read_position(value: Any) -> Position:
    if not isinstance(value, list) or len(value) != 3:
        raise ValueError("not a position")
    at, rank, number = value
    return paging.read_moment(at), paging.read_number(rank), paging.read_number(number)
