"""Events of the log made readable: what changed, by whom, and who may read it.

What is hidden or withdrawn now is told to nobody who may not read its log: they learn that
something happened, by whom and when, and no word of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts.models import User
from annotations.models import Claim, Speaker, Stated
from annotations.permissions import Action, may
from annotations.revisions.tables import TABLES
from catalogue.models import Tag, Video

# What a row belongs to is told when that changes: at first it goes without saying.
_RELATIONS = frozenset({"claim", "spoken_by"})
_NAMES = frozenset({"speaker"})
_SPEAKERS_WORDS = frozenset({"speaker", "speaker_role"})


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one row, before and after."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One row saved once. `by` is None for the system; what was saved at once shares `context`.

    `event` numbers the entries of a table; `restored` is the event that it brought back.
    `row`, `claim` and `video` are as they are now. Where not `is_told`, the reader may not
    know what changed: `changes`, `why` and `row` are empty.
    """

    table: str
    row_id: int
    event: int
    label: str
    at: datetime
    by: User | None
    context: UUID | None
    is_told: bool
    why: str = ""
    restored: int | None = None
    row: Model | None = None
    claim: Claim | None = None
    video: Video | None = None
    changes: tuple[Change, ...] = ()

    @property
    def says_something(self) -> bool:
        """Tell whether there is anything to tell: bookkeeping alone is not."""
        return bool(self.changes) or not self.is_told


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a table, and the one of the same row before it, if there is one."""

    table: str
    before: Any
    after: Any

    @property
    def claim_ids(self) -> set[int]:
        """The claims that the row belonged to before and after."""
        if not TABLES[self.table].is_of_claim:
            return set()
        return {event.claim_id for event in (self.before, self.after) if event is not None}


@dataclass(slots=True)
class _Present:
    """What entries speak of, as it is now."""

    people: Mapping[int, User] = field(default_factory=dict)
    claims: Mapping[int, Claim] = field(default_factory=dict)
    videos: Mapping[int, Video] = field(default_factory=dict)
    tags: Mapping[int, Tag] = field(default_factory=dict)
    # Of the speakers that a moment had: those whose names the reader may not know.
    unnamed: frozenset[int] = frozenset()
    rows: dict[str, Mapping[int, Any]] = field(default_factory=dict)


def read(
    steps: Iterable[Step], reader: User | AnonymousUser, *, known: Iterable[User] = ()
) -> list[Entry]:
    """Return entries for a reader. At most ten queries, for any number of steps.

    People who are `known` are not asked for.
    """
    steps = list(steps)
    present = _present(steps, {person.pk: person for person in known})
    present.unnamed = _unnamed(steps, reader)
    return [_entry(step, present, reader) for step in steps]


def person_of(event: Any) -> int | None:
    """Return the number of who did it, None for the system."""
    number: int | None = event.pgh_context.metadata.get("user") if event.pgh_context else None
    return number


def _present(steps: list[Step], people: dict[int, User]) -> _Present:
    present = _Present()
    for name, table in TABLES.items():
        if table.is_stated and name != "claim":
            wanted = {step.after.pgh_obj_id for step in steps if step.table == name}
            if wanted:
                present.rows[name] = table.model._base_manager.in_bulk(wanted)  # noqa: SLF001
    claims = set().union(*(step.claim_ids for step in steps))
    claims |= {step.after.pgh_obj_id for step in steps if step.table == "claim"}
    for name, rows in present.rows.items():
        if TABLES[name].is_of_claim:
            claims |= {row.claim_id for row in rows.values()}
    present.claims = Claim.objects.defer("search").in_bulk(claims)
    present.rows["claim"] = present.claims
    films = {step.after.video_id for step in steps if TABLES[step.table].is_of_film}
    present.videos = Video.objects.only("platform", "platform_id", "title").in_bulk(films)
    others = {person_of(step.after) for step in steps} - {None} - people.keys()
    present.people = people | User.objects.in_bulk(others)
    tags = {step.after.tag_id for step in steps if "tag" in TABLES[step.table].told}
    present.tags = Tag.objects.in_bulk(tags)
    return present


def _unnamed(steps: list[Step], reader: User | AnonymousUser) -> frozenset[int]:
    """Return the speakers of moments who are hidden from a reader, or who lead to one who is."""
    events = [event for step in steps for event in (step.before, step.after)]
    numbers: set[int] = {getattr(event, "spoken_by_id", None) or 0 for event in events} - {0}
    rows = Speaker.objects.select_related("merged_into").filter(pk__in=numbers)
    hidden = (row for row in rows if not may(reader, Action.READ, row.end))
    return frozenset(row.pk for row in hidden)


def _entry(step: Step, present: _Present, reader: User | AnonymousUser) -> Entry:
    event, name = step.after, step.table
    row = present.rows.get(name, {}).get(event.pgh_obj_id)
    claim = present.claims.get(_claim_of(step, row) or 0)
    is_told = _is_told(step, row, claim, reader)
    said = event.pgh_context.metadata if event.pgh_context else {}
    table = TABLES[name]
    return Entry(
        table=name,
        row_id=event.pgh_obj_id,
        event=event.pgh_id,
        label=event.pgh_label,
        at=event.pgh_created_at,
        by=present.people.get(person_of(event) or 0),
        context=event.pgh_context_id,
        is_told=is_told,
        why=said.get("why", "") if is_told else "",
        restored=said.get("restored") if is_told else None,
        row=row if is_told else None,
        claim=claim if claim and may(reader, Action.READ_LOG, claim) else None,
        video=present.videos.get(event.video_id) if table.is_of_film else None,
        changes=tuple(_changes(step, present)) if is_told else (),
    )


def _claim_of(step: Step, row: Any) -> Any:
    """Return the number of the claim that a row belongs to now, or did when it was there."""
    if TABLES[step.table].is_of_claim:
        return (row or step.after).claim_id
    return step.after.pgh_obj_id if step.table == "claim" else None


def _is_told(
    step: Step, row: Stated | None, claim: Claim | None, reader: User | AnonymousUser
) -> bool:
    table = TABLES[step.table]
    if table.is_stated and (row is None or not may(reader, Action.READ_LOG, row)):
        return False
    if table.is_of_claim:
        return claim is not None and may(reader, Action.READ_LOG, claim)
    return True


def _changes(step: Step, present: _Present) -> Iterable[Change]:
    is_gone = step.after.pgh_label == "delete"
    found = []
    for name in TABLES[step.table].told:
        old = _value(step.before, name, present) if step.before else None
        new = None if is_gone else _value(step.after, name, present)
        is_said = old is not None or new != ""
        if old != new and is_said and not (name in _RELATIONS and (old is None or is_gone)):
            found.append(Change(name, old, new))
    # Whose page a name leads to is told where the name stayed.
    if {change.field for change in found} & _NAMES:
        found = [change for change in found if change.field != "spoken_by"]
    return found


def _value(event: Any, name: str, present: _Present) -> Any:
    if name == "tag":
        # The log outlives what it tells of.
        tag = present.tags.get(event.tag_id)
        return tag.name if tag else f"#{event.tag_id}"
    if name in _SPEAKERS_WORDS and getattr(event, "spoken_by_id", None) in present.unnamed:
        return ""
    if name in _RELATIONS or name == "merged_into":
        return getattr(event, f"{name}_id")
    return getattr(event, name)
