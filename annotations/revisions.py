"""The log of claims: who changed what, when and why; old and new.

Triggers in the database write it (pghistory), so no code path can forget to, and the
tables of the log refuse updates and deletes.
"""

from collections import defaultdict
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pghistory
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

from accounts.models import User
from annotations.models import Claim, Stated

# Columns that say something to a reader; the rest is bookkeeping.
TOLD = {
    "claim": ("statement", "language", "kind", "state"),
    "occurrence": ("start_ms", "end_ms", "quote", "speaker", "speaker_role", "state"),
    "claimtag": ("tag",),
}


class StaleVersion(Exception):
    """Somebody edited the row since the version this edit started from; nothing was written.

    `row` is the row as it is now.
    """

    def __init__(self, row: Stated) -> None:
        super().__init__("It was edited by somebody else in the meantime.")
        self.row = row


@dataclass(frozen=True, slots=True)
class Revision:
    """One field of one row, before and after one edit. `by` is None for the system.

    What was saved at once shares its `context`.
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


def recorded(*, by: User, why: str = "") -> AbstractContextManager[Any]:
    """Name the person (and the reason) for all log entries written inside the block."""
    # An operation inside an operation keeps the reason of the outer one.
    reason = {"why": why} if why else {}
    context: AbstractContextManager[Any] = pghistory.context(user=by.pk, **reason)
    return context


def of_claim(claim: Claim) -> list[Revision]:
    """Return every revision of a claim, its occurrences and its tags, newest first.

    Five queries for any number of revisions.
    """
    rows: list[tuple[str, Any]] = []
    for model, lookup in (
        ("Claim", "pgh_obj_id"),
        ("Occurrence", "claim_id"),
        ("ClaimTag", "claim_id"),
    ):
        events = _event_model(model)._default_manager.filter(**{lookup: claim.pk})  # noqa: SLF001
        if model == "ClaimTag":
            events = events.select_related("tag")
        rows += [(model.lower(), event) for event in events.select_related("pgh_context")]
    rows.sort(key=lambda row: (row[1].pgh_created_at, row[1].pgh_id))
    people = User.objects.in_bulk({_person_id(event) for _, event in rows} - {None})
    revisions: list[Revision] = []
    last: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    for table, event in rows:
        before = last[table, event.pgh_obj_id]
        after = {} if event.pgh_label == "delete" else {n: _told(event, n) for n in TOLD[table]}
        for field in TOLD[table]:
            old, new = before.get(field), after.get(field)
            if old != new and not (old is None and new == ""):
                metadata = event.pgh_context.metadata if event.pgh_context else {}
                revisions.append(
                    Revision(
                        number=len(revisions) + 1,
                        table=table,
                        row_id=event.pgh_obj_id,
                        field=field,
                        old=old,
                        new=new,
                        at=event.pgh_created_at,
                        by=people.get(_person_id(event)),
                        why=metadata.get("why", ""),
                        context=event.pgh_context_id,
                    )
                )
        last[table, event.pgh_obj_id] = after
    return revisions[::-1]


def _event_model(name: str) -> type[Model]:
    return apps.get_model("annotations", f"{name}Event")


def _person_id(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def _told(event: Any, field: str) -> Any:
    if field != "tag":
        return getattr(event, field)
    try:
        return event.tag.name
    except ObjectDoesNotExist:  # The log outlives what it tells of.
        return f"#{event.tag_id}"
