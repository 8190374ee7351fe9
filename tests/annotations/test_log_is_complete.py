"""Whatever members do, the log is complete: replayed, it gives the present rows exactly.

Another part of the site adds what it can do to `STEPS`: a function that takes the world and a
number to choose by, and does one thing by an operation.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from annotations import claims, notes, occurrences, restoring, revisions
from annotations.models import Claim, Kind, Occurrence, State, Stated
from catalogue import tags as catalogue_tags
from catalogue.models import TagSource, Video
from tests.makers import make_comment, make_evidence, make_user, make_video

pytestmark = pytest.mark.django_db

Item = TypeVar("Item")
REFUSALS = (ValidationError, PermissionDenied, revisions.StaleVersion, restoring.NoSuchVersion)


@dataclass
class World:
    """Two members, two films, and what they wrote."""

    members: list[User]
    films: list[Video]
    claims: list[Claim] = field(default_factory=list)
    others: list[Stated] = field(default_factory=list)

    def everything(self) -> list[Stated]:
        """Return all that was written, as it is now."""
        rows: list[Stated] = [*self.claims, *Occurrence.objects.order_by("pk"), *self.others]
        return [type(row)._base_manager.get(pk=row.pk) for row in rows]


def pick(rows: list[Item], number: int) -> Item | None:
    """Return one of some rows, None of none."""
    return rows[number % len(rows)] if rows else None


def mark(world: World, number: int) -> None:
    by, film = world.members[number % 2], world.films[number // 2 % 2]
    claim = claims.create(
        by=by, video=film, statement=f"The river was turned {number} times.", start_ms=number,
        end_ms=number + 1000, speaker=["", "Ann", "ann", "Ben"][number % 4],
        tags=["Rivers", "Dams"][: number % 3],
    )  # fmt: skip
    world.claims.append(claim)


def edit_claim(world: World, number: int) -> None:
    if claim := pick(world.claims, number):
        now = Claim.objects.get(pk=claim.pk)
        tags = [None, [], ["Rivers"], ["Sand", "Dams"]][number % 4]
        claims.edit(
            now, by=now.author, version=now.version, tags=tags, kind=Kind.values[number % 9],
            statement=f"The river was turned {number % 5} times.",
        )  # fmt: skip


def edit_moment(world: World, number: int) -> None:
    if moment := pick(list(Occurrence.objects.order_by("pk")), number):
        changes: dict[str, Any] = {"quote": f"words {number % 3}"}
        if number % 2:
            changes |= {"end_ms": moment.start_ms + 2000 + number, "speaker": "Cleo"}
        occurrences.edit(moment, by=world.members[number % 2], version=moment.version, **changes)


def mark_elsewhere(world: World, number: int) -> None:
    if claim := pick(world.claims, number):
        by = world.members[number % 2]
        occurrences.add(claim, by=by, video=world.films[1], start_ms=number, end_ms=number + 10)


def write_beside(world: World, number: int) -> None:
    if claim := pick(world.claims, number):
        by = world.members[number % 2]
        make: Callable[..., Stated] = make_evidence if number % 3 else make_comment
        with transaction.atomic(), revisions.recorded(by=by):
            world.others.append(make(claim=claim, author=by))


def withdraw(world: World, number: int) -> None:
    row = pick(world.everything(), number)
    if isinstance(row, Claim):
        claims.withdraw(row, by=row.author)
    elif isinstance(row, Occurrence):
        occurrences.withdraw(row, by=row.author)
    elif row is not None:
        with transaction.atomic(), revisions.recorded(by=row.author):
            row.state = State.WITHDRAWN
            row.save(update_fields=["state"])


def bring_back(world: World, number: int) -> None:
    if row := pick(world.everything(), number):
        restoring.bring_back(row, by=row.author)


def restore(world: World, number: int) -> None:
    if row := pick(world.everything(), number):
        log = revisions.of(row, reader=row.author)
        if entry := pick(log, number // 7):
            thing = str(row._meta.model_name)
            restoring.restore(thing, row.pk, entry.event, by=row.author, version=row.version)


def write_note(world: World, number: int) -> None:
    film, by = world.films[number % 2], world.members[number // 2 % 2]
    seen = notes.seen(film, by)
    note = notes.edit(film, by=by, version=seen.version, text=f"Note {number % 4}.")
    if note not in world.others:
        world.others.append(note)


def tag_film(world: World, number: int) -> None:
    film, by = world.films[number % 2], world.members[number // 2 % 2]
    name = ["Rivers", "Dams", "Sand"][number % 3]
    placed = film.video_tags.filter(tag__name=name).first()
    if placed is None:
        catalogue_tags.add_to_video(film, name, by=by)
    else:
        catalogue_tags.remove_from_video(film, placed.tag, by=by)


STEPS: list[Callable[[World, int], None]] = [
    mark, edit_claim, edit_moment, mark_elsewhere, write_beside, withdraw, bring_back, restore,
    write_note, tag_film,
]  # fmt: skip


def tracked(name: str) -> list[str]:
    """Return the columns of a table that its log keeps."""
    kept = {one.attname for one in revisions.events_of(name).model._meta.concrete_fields}
    columns = revisions.TABLES[name].model._meta.concrete_fields
    return [one.attname for one in columns if one.attname in kept]


def incomplete(name: str) -> list[str]:
    """Return what replaying the log of a table does not give as it is."""
    model = revisions.TABLES[name].model
    columns = tracked(name)
    wrong: list[str] = []
    newest: dict[int, Any] = {}
    for event in revisions.events_of(name).order_by("pgh_id"):
        if (event.pgh_obj_id not in newest) != (event.pgh_label == "insert"):
            wrong.append(f"{name} {event.pgh_obj_id}: {event.pgh_label} out of order")
        newest[event.pgh_obj_id] = event
    rows = model._base_manager.all()
    if name == "videotag":
        rows = rows.filter(source=TagSource.MEMBER)
    present = {row.pk: row for row in rows}
    wrong += [f"{name} {pk}: not in the log" for pk in present.keys() - newest.keys()]
    for pk, event in newest.items():
        if (event.pgh_label == "delete") != (pk not in present):
            wrong.append(f"{name} {pk}: the log ends with {event.pgh_label}")
        elif pk in present:
            wrong += [
                f"{name} {pk}.{column}"
                for column in columns
                if getattr(event, column) != getattr(present[pk], column)
            ]
    return wrong


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 500)), min_size=5, max_size=30)
)
def test_replaying_the_log_gives_the_present_rows(db: None, steps: list[Any]):
    with transaction.atomic():
        world = World([make_user("ann"), make_user("ben")], [make_video(), make_video()])
        for step, number in [(mark, 1), *steps]:
            try:
                with transaction.atomic():
                    step(world, number)
            except REFUSALS:
                continue
        assert [one for name in revisions.TABLES for one in incomplete(name)] == []
        for entry in revisions.recent(revisions.Asked(), reader=world.members[0], size=1000).items:
            assert entry.by in world.members
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", revisions.TABLES)
def test_the_log_keeps_every_column_but_what_others_give(name: str):
    derived = {
        "claim": {"search"},
        "occurrence": {"anchor_health", "anchor_score", "anchor_checked_at"},
        "evidence": {"url_key"},
        "videotag": {"position"},
    }
    columns = {one.attname for one in revisions.TABLES[name].model._meta.concrete_fields}
    assert columns - set(tracked(name)) == derived.get(name, set())
    assert {*revisions.TOLD[name]} <= {
        one.name for one in revisions.events_of(name).model._meta.concrete_fields
    }
