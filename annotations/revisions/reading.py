"""The log of one thing, of a claim with all that belongs to it, and of a film."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from accounts.models import User
from annotations.models import Claim, Stated
from annotations.revisions.entries import Change, Entry, Step, read
from annotations.revisions.tables import TABLES, events_of
from catalogue.models import Video

Reader = User | AnonymousUser
EVERYONE = AnonymousUser()


@dataclass(frozen=True, slots=True)
class Revision:
    """One field of one row, before and after one edit. `by` is None for the system.

    What was saved at once shares its `context`; `event` is what can be restored. Where not
    `is_told`, the reader may know only that something happened: there is no field.
    """

    number: int
    table: str
    row_id: int
    field: str
    old: Any
    new: Any
    at: datetime
    by: User | None
    why: str
    context: UUID | None = None
    event: int = 0
    is_told: bool = True


def of_claim(claim: Claim, *, reader: Reader = EVERYONE) -> list[Revision]:
    """Return the log of a claim, its moments, tags, evidence and comments, field by field.

    Newest first; as much as the reader may know. Fourteen queries at most.
    """
    revisions: list[Revision] = []
    for entry in reversed(entries_of_claim(claim, reader=reader)):
        for change in entry.changes or (Change("", None, None),):
            revisions.append(
                Revision(
                    number=len(revisions) + 1,
                    table=entry.table,
                    row_id=entry.row_id,
                    field=change.field,
                    old=change.old,
                    new=change.new,
                    at=entry.at,
                    by=entry.by,
                    why=entry.why,
                    context=entry.context,
                    event=entry.event,
                    is_told=entry.is_told,
                )
            )
    return revisions[::-1]


def entries_of_claim(claim: Claim, *, reader: Reader = EVERYONE) -> list[Entry]:
    """Return what `of_claim` does, row by row.

    What came or went by a merge is told while it belonged to this claim.
    """
    steps = list(_steps("claim", events_of("claim").filter(pgh_obj_id=claim.pk)))
    for name, table in TABLES.items():
        if table.is_of_claim:
            own = events_of(name).filter(claim=claim.pk).order_by().values("pgh_obj_id")
            events = events_of(name).filter(pgh_obj_id__in=own)
            steps += [step for step in _steps(name, events) if claim.pk in step.claim_ids]
    return _newest_first(steps, reader)


def of(row: Stated, *, reader: Reader = EVERYONE) -> list[Entry]:
    """Return the log of one thing by itself, newest first."""
    name = str(row._meta.model_name)  # noqa: SLF001 (how Django names a table)
    return _newest_first(_steps(name, events_of(name).filter(pgh_obj_id=row.pk)), reader)


def of_film(video: Video, *, reader: Reader = EVERYONE) -> list[Entry]:
    """Return the log of a film's note and of the tags that members put on it, newest first."""
    steps = [
        step
        for name in ("note", "videotag")
        for step in _steps(name, events_of(name).filter(Q(video=video.pk)))
    ]
    return _newest_first(steps, reader)


def find_statement(claim: Claim, version: int) -> str:
    """Return what a claim said in one of its versions; its present statement if unknown.

    For whoever may read the claim. One query.
    """
    events = events_of("claim").filter(pgh_obj_id=claim.pk, version__lte=version)
    found = events.order_by("-pgh_id").values_list("statement", flat=True).first()
    return claim.statement if found is None else str(found)


def _steps(name: str, events: Iterable[Any]) -> Iterator[Step]:
    """Put each event behind the one of the same row before it."""
    last: dict[int, Any] = {}
    for event in sorted(events, key=lambda one: one.pgh_id):
        before = last.get(event.pgh_obj_id)
        yield Step(name, before, event)
        last[event.pgh_obj_id] = event


def _newest_first(steps: Iterable[Step], reader: Reader) -> list[Entry]:
    ordered = sorted(steps, key=lambda one: (one.after.pgh_created_at, one.after.pgh_id))
    return [entry for entry in read(reversed(ordered), reader) if entry.says_something]
