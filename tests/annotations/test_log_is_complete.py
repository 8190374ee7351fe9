"""Whatever members do, the log is complete: replayed, it gives the present rows exactly.

Another part of the site adds what it can do to `STEPS`: a function that takes the world and a
number to choose by, and does one thing by an operation.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from annotations import (
    anchors,
    claims,
    disclosures,
    discussion,
    erasure,
    evidence,
    merges,
    moderation,
    notes,
    occurrences,
    ratings,
    restoring,
    revisions,
    speakers,
    things,
)
from annotations.models import (
    AnchorHealth,
    AnchorProposal,
    Backing,
    Claim,
    Comment,
    Deed,
    Disclosure,
    Evidence,
    Kind,
    Merge,
    MergeState,
    Note,
    Occurrence,
    ProposalState,
    Rating,
    SourceKind,
    Speaker,
    Stance,
    State,
    Stated,
    Thing,
    Verdict,
)
from catalogue import tags as catalogue_tags
from catalogue.models import TagSource, Video, VideoTag
from tests.makers import make_user, make_video

pytestmark = pytest.mark.django_db

Item = TypeVar("Item")
REFUSALS = (
    ValidationError, PermissionDenied, revisions.StaleVersion, restoring.NoSuchVersion,
    merges.NotPossible, anchors.Decided, anchors.FilmChanged,
)  # fmt: skip


class NothingThere(Exception):
    """A step found nothing that it could be about."""


@dataclass
class World:
    """Three members, one who moderates, and two films."""

    members: list[User]
    moderator: User
    films: list[Video]

    def other_than(self, row: Stated, number: int) -> User:
        """Return a member who did not write a row."""
        return pick([one for one in self.members if one.pk != row.author_id], number)


def pick(rows: Iterable[Item], number: int) -> Item:
    """Return one of some rows."""
    found = list(rows)
    if not found:
        raise NothingThere
    return found[number % len(found)]


def visible(model: type[Stated]) -> list[Any]:
    """Return what can be changed of a sort of thing, on claims that take something new."""
    rows: Any = model._base_manager.filter(state=State.VISIBLE).order_by("pk")
    return list(
        rows if model in (Claim, Disclosure, Speaker, Note) else rows.filter(claim__state="visible")
    )


def everything(*states: State) -> list[Stated]:
    """Return all that was written and is in one of some states."""
    found: list[Stated] = []
    for model in things.MODELS.values():
        found += model._base_manager.filter(state__in=states).order_by("pk")
    return found


# --- Claims and where they are made ---------------------------------------------------


def mark(world: World, number: int) -> None:
    by, film = world.members[number % 3], world.films[number // 2 % 2]
    claims.create(
        by=by, video=film, statement=f"The river was turned {number} times.", start_ms=number,
        end_ms=number + 1000, speaker=["", "Ann", "ann", "Ben"][number % 4],
        tags=["Rivers", "Dams"][: number % 3],
    )  # fmt: skip


def edit_claim(world: World, number: int) -> None:
    claim = pick(visible(Claim), number)
    tags = [None, [], ["Rivers"], ["Sand", "Dams"]][number % 4]
    # Once in nine it is not to be judged.
    claims.edit(
        claim, by=claim.author, version=claim.version, tags=tags, kind=Kind.values[number % 9],
        statement=f"The river was turned {number % 5} times.",
    )  # fmt: skip


def edit_moment(world: World, number: int) -> None:
    moment = pick(visible(Occurrence), number)
    changes: dict[str, Any] = {"quote": f"words {number % 3}"}
    if number % 2:
        changes |= {"end_ms": moment.start_ms + 2000 + number, "speaker": "Cleo"}
    occurrences.edit(moment, by=world.members[number % 3], version=moment.version, **changes)


def mark_elsewhere(world: World, number: int) -> None:
    claim, by = pick(visible(Claim), number), world.members[number % 3]
    occurrences.add(claim, by=by, video=world.films[1], start_ms=number, end_ms=number + 10)


def edit_speaker(world: World, number: int) -> None:
    row = pick(visible(Speaker), number)
    role = f"engineer {number % 3}"
    speakers.edit(row, by=world.members[number % 3], version=row.version, role=role)


def find_again(world: World, number: int) -> None:
    moment = pick(visible(Occurrence), number)
    waiting = AnchorProposal.objects.filter(occurrence=moment, state=ProposalState.OPEN)
    waiting.update(state=ProposalState.OUTDATED)
    start = number * 10
    proposal = AnchorProposal.objects.create(
        occurrence=moment, start_ms=start, end_ms=start + 900, health=AnchorHealth.MOVED
    )
    by = world.members[number % 3]
    if number % 3 == 0:
        anchors.refuse(proposal, by=by)
    elif number % 3 == 1:
        anchors.accept(proposal, by=by)
    else:
        anchors.place(proposal, by=by, start_ms=start, end_ms=start + 800, quote="north")


def shift(world: World, number: int) -> None:
    offset = [-100, 1_000, 5_000][number % 3]
    by = world.members[number % 3]
    anchors.shift(world.films[number % 2], by=by, offset_ms=offset, from_ms=number)


# --- Beside a claim -------------------------------------------------------------------


def bring_source(world: World, number: int) -> None:
    evidence.bring(
        pick(visible(Claim), number), by=world.members[number % 3], title="Ice on the river",
        url=f"https://archive.example/{number % 12}", kind=SourceKind.values[number % 10],
        stance=Stance.values[number % 4],
    )  # fmt: skip


def edit_card(world: World, number: int) -> None:
    card = pick(visible(Evidence), number)
    changes: dict[str, Any] = {"title": f"Ice {number}"}
    if number % 3 == 0:
        changes["url"] = f"https://doi.org/10.1000/ice.{number}"
    evidence.edit(card, by=card.author, version=card.version, **changes)


def say(world: World, number: int) -> None:
    claim, by = pick(visible(Claim), number), world.members[number % 3]
    said = claim.comments.filter(state=State.VISIBLE).first() if number % 2 else None
    discussion.say(claim, by=by, body=f"See https://a.example/{number % 3} @ann.", parent=said)


def edit_comment(world: World, number: int) -> None:
    row = pick(visible(Comment), number)
    discussion.edit(row, by=row.author, version=row.version, body=f"It was in May {number}.")


def vote(world: World, number: int) -> None:
    claim = pick([one for one in visible(Claim) if one.is_judged], number)
    by = world.other_than(claim, number)
    if number % 4 == 0 and claim.votes.filter(member=by).exists():
        ratings.take_back_vote(claim, by=by)
    else:
        ratings.cast_vote(claim, by=by, verdict=Verdict.values[number % 7])


def rate(world: World, number: int) -> None:
    card = pick([one for one in visible(Evidence) if one.claim.is_judged], number)
    by = world.other_than(card, number)
    if number % 4 == 0 and card.ratings.filter(member=by).exists():
        ratings.take_back_rating(card, by=by)
    else:
        ratings.rate(card, by=by, rating=Rating.values[number % 3])


# --- Films ----------------------------------------------------------------------------


def write_note(world: World, number: int) -> None:
    film, by = world.films[number % 2], world.members[number // 2 % 3]
    seen = notes.seen(film, by)
    notes.edit(film, by=by, version=seen.version, text=f"Note {number % 4}.")


def tag_film(world: World, number: int) -> None:
    film = world.films[number % 2]
    name = ["Rivers", "Dams", "Sand"][number % 3]
    placed = film.video_tags.filter(tag__name=name).first()
    if placed is None:
        catalogue_tags.add_to_video(film, name, by=world.members[number // 2 % 3])
    else:
        assert placed.added_by is not None
        catalogue_tags.remove_from_video(film, placed.tag, by=placed.added_by)


def disclose(world: World, number: int) -> None:
    channel, by = world.films[0].channel, world.members[number % 3]
    assert channel is not None
    disclosures.create(
        channel, by=by, kind=Backing.values[number % 3], text=f"Owner {number % 9}.",
        source_url=f"https://register.example/{number}",
    )  # fmt: skip


def edit_disclosure(world: World, number: int) -> None:
    row = pick(visible(Disclosure), number)
    text = f"Owner {number % 7}, at last."
    disclosures.edit(row, by=world.members[number % 3], version=row.version, text=text)


# --- What is done to anything ---------------------------------------------------------


def withdraw(world: World, number: int) -> None:
    model: Any = [Claim, Occurrence, Evidence, Comment, Disclosure][number % 5]
    row = pick(visible(model), number // 5)
    operation: Any = {
        Claim: claims, Occurrence: occurrences, Evidence: evidence, Comment: discussion,
        Disclosure: disclosures,
    }[type(row)]  # fmt: skip
    operation.withdraw(row, by=row.author)


def bring_back(world: World, number: int) -> None:
    if not everything(State.WITHDRAWN):
        withdraw(world, number)
    row = pick(everything(State.WITHDRAWN), number)
    restoring.bring_back(row, by=row.author)


def restore(world: World, number: int) -> None:
    row = pick([one for one in everything(State.VISIBLE) if one.version > 1], number)
    entry = pick(revisions.of(row, reader=row.author), number // 7)
    thing = str(row._meta.model_name)
    restoring.restore(thing, row.pk, entry.event, by=row.author, version=row.version)


def moderate(world: World, number: int) -> None:
    # What is closed is opened again, or soon nobody could do anything.
    closed = everything(State.HIDDEN, State.LOCKED)
    row = pick(closed or everything(State.VISIBLE, State.WITHDRAWN), number)
    opening = {State.HIDDEN: Deed.SHOW, State.LOCKED: Deed.UNLOCK}
    closing = Deed.LOCK if number % 2 and row.state == State.VISIBLE else Deed.HIDE
    deed = opening.get(State(row.state), closing)
    moderation.decide(row, by=world.moderator, deed=deed, reason=f"For reason {number}.")


def merge(world: World, number: int) -> None:
    proposed = Merge.objects.filter(state=MergeState.PROPOSED).order_by("pk")
    if number % 2 and proposed:
        act = merges.accept if number % 4 == 1 else merges.refuse
        act(pick(proposed, number), by=world.moderator, reason="So it is.")
    elif number % 4 == 0:
        merge_at_once(world, number)
    else:
        source, target = two(number)
        merges.propose(source, target, by=world.members[number % 3], why="The same.")


def merge_at_once(world: World, number: int) -> None:
    source, target = two(number)
    merges.merge_at_once(source, target, by=world.moderator, reason="The same.")


def two(number: int) -> tuple[Any, Any]:
    """Return two claims, or two speakers, that can be merged."""
    rows = visible(Speaker if number % 3 == 0 else Claim)
    source = pick(rows, number)
    return source, pick([one for one in rows if one != source], number // 5)


def undo_merge(world: World, number: int) -> None:
    if not Merge.objects.filter(state=MergeState.DONE).exists():
        merge_at_once(world, number)
    # The newest first: what was merged on has to wait.
    done = Merge.objects.filter(state=MergeState.DONE).order_by("-decided_at")
    merges.undo(pick(done[:1], number), by=world.moderator, reason="Not the same.")


def erase(world: World, number: int) -> None:
    row = pick(everything(State.VISIBLE), number)
    written = erasure.FIELDS[Thing(str(row._meta.model_name))]
    field = pick([one for one in written if getattr(row, one)], number)
    if number % 2:
        erasure.erase_field(row, by=world.moderator, field=field, reason="Asked for.")
    else:
        word = pick(str(getattr(row, field)).split(), number)
        erasure.erase_phrase(row, by=world.moderator, phrase=word, reason="Asked for.")


STEPS: list[Callable[[World, int], None]] = [
    mark, edit_claim, edit_moment, mark_elsewhere, edit_speaker, find_again, shift,
    bring_source, edit_card, say, edit_comment, vote, rate, write_note, tag_film, disclose,
    edit_disclosure,
    withdraw, bring_back, restore, moderate, merge, merge_at_once, undo_merge, erase,
]  # fmt: skip
# What every world begins with, so that there is something to do something to.
BEGINNING: list[tuple[Callable[[World, int], None], int]] = [
    (mark, 1), (mark, 11), (mark, 21), (bring_source, 1), (bring_source, 2), (say, 2), (say, 4),
    (vote, 1), (rate, 1), (disclose, 1), (disclose, 2),
]  # fmt: skip


# --- The property ---------------------------------------------------------------------

# Every table that has a log, also where nobody reads it on a page.
LOGGED = {
    str(one._meta.model_name): one for one in apps.get_models() if hasattr(one, "pgh_event_model")
}


def tracked(model: type[Model]) -> list[str]:
    """Return the columns of a table that its log keeps."""
    kept = {one.attname for one in things.events_of(model)._meta.concrete_fields}
    return [one.attname for one in model._meta.concrete_fields if one.attname in kept]


def incomplete(name: str, model: type[Model]) -> list[str]:
    """Return what replaying the log of a table does not give as it is."""
    columns = tracked(model)
    wrong: list[str] = []
    newest: dict[int, Any] = {}
    events: Any = things.events_of(model)._default_manager
    for event in events.order_by("pgh_id"):
        if (event.pgh_obj_id not in newest) != (event.pgh_label == "insert"):
            wrong.append(f"{name} {event.pgh_obj_id}: {event.pgh_label} out of order")
        newest[event.pgh_obj_id] = event
    rows = model._base_manager.all()
    if model is VideoTag:
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
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 500)), min_size=20, max_size=45)
)
def test_replaying_the_log_gives_the_present_rows(db: None, steps: list[Any]):
    with transaction.atomic():
        members = [make_user(name) for name in ("ann", "ben", "cleo")]
        world = World(members, make_user("dora", is_staff=True), [make_video(), make_video()])
        for step, number in [*BEGINNING, *steps]:
            try:
                with transaction.atomic():
                    step(world, number)
            except (*REFUSALS, NothingThere):
                continue
        assert [one for name, model in LOGGED.items() for one in incomplete(name, model)] == []
        everyone = {*members, world.moderator}
        for entry in revisions.recent(revisions.Asked(), reader=members[0], size=1000).items:
            assert entry.by in everyone
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", LOGGED)
def test_the_log_keeps_every_column_but_what_others_give(name: str):
    derived = {
        "claim": {"search"},
        "occurrence": {"anchor_health", "anchor_score", "anchor_checked_at"},
        "evidence": {"url_key"},
        "videotag": {"position"},
    }
    model = LOGGED[name]
    columns = {one.attname for one in model._meta.concrete_fields}
    assert columns - set(tracked(model)) == derived.get(name, set())
    kept = {one.name for one in things.events_of(model)._meta.concrete_fields}
    assert {*revisions.TOLD.get(name, ())} <= kept
