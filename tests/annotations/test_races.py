"""Whatever people do to a claim at the same time: nothing is lost, nothing counted twice.

Real threads on a real database. What merges do to it all is in `test_merge_races`.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from annotations import (
    claims,
    discussion,
    evidence,
    merges,
    moderation,
    notes,
    occurrences,
    ratings,
    restoring,
    revisions,
    speakers,
)
from annotations.editing import Edit
from annotations.models import (
    Claim,
    Comment,
    Deed,
    Evidence,
    Merge,
    MergeState,
    Occurrence,
    Rating,
    Speaker,
    State,
    Verdict,
    VerdictVote,
)
from annotations.revisions import StaleVersion
from catalogue import tags as catalogue_tags
from catalogue.models import Video
from tests.makers import (
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_user,
    make_video,
)
from tests.racing import outcomes_of_race, race
from tests.recounting import hold_to_a_recount

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4
# As many as vote on a claim that is talked about.
THREADS, TURNS = 24, 20
ADDRESSES = 12
URL = "https://archive.example/race"
REFUSALS = (
    PermissionDenied, ValidationError, StaleVersion, merges.NotPossible, restoring.NoSuchVersion,
)  # fmt: skip


def hold_to_refusals(outcomes: list[object]) -> None:
    """Fail if anybody was told anything but a refusal of the operation's own."""
    broken = [one for one in outcomes if isinstance(one, BaseException)]
    assert all(isinstance(one, REFUSALS) for one in broken), broken


def texts_of(claim: Claim) -> list[str]:
    """Return every statement that the log says was stored, oldest first."""
    events = revisions.events_of("claim").filter(pgh_obj_id=claim.pk).order_by("pgh_id")
    return list(events.values_list("statement", flat=True))


def bring(claim: Claim, by: User, url: str = URL) -> Evidence:
    return evidence.bring(
        claim, by=by, url=url, title="Ice on the river", kind="primary", stance="supports"
    )


# --- Two or more at one thing ---------------------------------------------------------


def test_votes_of_many_and_two_of_each_are_counted_once(author: User):
    claim = make_claim(author=author)
    voters = [make_user(f"voter{number}") for number in range(8)]
    for _round in range(ROUNDS):
        race(
            *(
                partial(ratings.cast_vote, claim, by=voter, verdict=verdict)
                for voter in voters
                for verdict in ("accurate", "inaccurate")
            )
        )
        assert VerdictVote.objects.count() == len(voters)
        hold_to_a_recount(claim)


def test_of_edits_at_once_one_wins_and_the_log_has_every_text_that_was_stored(author: User):
    claim = make_claim(author=author)
    told = [claim.statement]
    for version in range(1, ROUNDS + 1):
        outcomes = outcomes_of_race(
            *(
                partial(
                    claims.edit, claim, by=author, version=version,
                    statement=f"Version {version} by number {number}.",
                )
                for number in range(8)
            )
        )  # fmt: skip
        (stored,) = [one for one in outcomes if isinstance(one, Claim)]
        assert sum(isinstance(one, StaleVersion) for one in outcomes) == 7
        told.append(stored.statement)
    claim.refresh_from_db()
    assert (claim.statement, claim.version) == (told[-1], ROUNDS + 1)
    assert texts_of(claim) == told


def test_an_edit_and_a_decision_to_hide_lose_neither(author: User, moderator: User):
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        edited, hidden = outcomes_of_race(
            partial(claims.edit, claim, by=author, version=1, statement="It ran south, they say."),
            partial(moderation.decide, claim, by=moderator, deed=Deed.HIDE, reason="No."),
        )
        assert not isinstance(hidden, BaseException)
        hold_to_refusals([edited])
        claim.refresh_from_db()
        assert claim.state == State.HIDDEN
        was_edited = isinstance(edited, Claim)
        assert (claim.statement == "It ran south, they say.") == was_edited
        assert claim.version == (3 if was_edited else 2)


def test_nothing_is_said_once_a_claim_is_locked(author: User, reader: User, moderator: User):
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        outcomes = outcomes_of_race(
            *(partial(discussion.say, claim, by=reader, body=f"Since May {n}.") for n in range(4)),
            partial(moderation.decide, claim, by=moderator, deed=Deed.LOCK, reason="Enough."),
        )
        hold_to_refusals(outcomes[:-1])
        said = sum(isinstance(one, Comment) for one in outcomes)
        assert claim.comments.count() == said
        with pytest.raises(PermissionDenied):
            discussion.say(claim, by=reader, body="Late.")
        hold_to_a_recount(claim)


def test_one_address_brought_twice_stands_once(author: User, reader: User, stranger: User):
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        outcomes = outcomes_of_race(
            partial(bring, claim, reader), partial(bring, claim, stranger, f"{URL}#page=3")
        )
        assert sum(isinstance(one, Evidence) for one in outcomes) == 1
        assert sum(isinstance(one, ValidationError) for one in outcomes) == 1
        hold_to_a_recount(claim)


def test_votes_end_where_a_claim_is_withdrawn(author: User):
    voters = [make_user(f"voter{number}") for number in range(5)]
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        *votes, withdrawn = outcomes_of_race(
            *(partial(ratings.cast_vote, claim, by=one, verdict="accurate") for one in voters),
            partial(claims.withdraw, claim, by=author),
        )
        assert not isinstance(withdrawn, BaseException)
        assert all(isinstance(one, VerdictVote | PermissionDenied) for one in votes), votes
        assert claim.votes.count() == sum(isinstance(one, VerdictVote) for one in votes)
        hold_to_a_recount(claim)


def test_no_card_is_swapped_once_it_is_rated(author: User, reader: User, stranger: User):
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        card = make_evidence(claim=claim, author=stranger)
        rated, swapped = outcomes_of_race(
            partial(ratings.rate, card, by=reader, rating="yes"),
            partial(evidence.edit, card, by=stranger, version=1, stance="refutes"),
        )
        assert not isinstance(rated, BaseException)
        hold_to_refusals([swapped])
        card.refresh_from_db()
        assert (card.stance == "refutes") == isinstance(swapped, Evidence)
        if isinstance(swapped, Evidence):
            # Then it was rated as it is by now.
            edit = revisions.events_of("evidence").get(pgh_obj_id=card.pk, version=2)
            rating = apps.get_model("annotations", "HelpfulnessRatingEvent").objects.latest(
                "pgh_id"
            )
            assert rating.pgh_created_at > edit.pgh_created_at
        hold_to_a_recount(claim)


def test_of_a_restore_and_an_edit_one_wins(author: User):
    for _round in range(ROUNDS):
        claim = make_claim(author=author)
        begun = revisions.of(claim, reader=author)[-1].event
        claims.edit(claim, by=author, version=1, statement="It ran south, they say.")
        outcomes = outcomes_of_race(
            partial(restoring.restore, "claim", claim.pk, begun, by=author, version=2),
            partial(claims.edit, claim, by=author, version=2, statement="It ran east, they say."),
        )
        (stored,) = [one for one in outcomes if isinstance(one, Claim)]
        assert sum(isinstance(one, StaleVersion) for one in outcomes) == 1
        claim.refresh_from_db()
        assert (claim.statement, claim.version) == (stored.statement, 3)
        assert texts_of(claim)[-1] == stored.statement


def test_pages_that_name_the_same_speakers_do_not_wait_for_each_other(author: User):
    for number in range(ROUNDS):
        edits: list[Edit] = []
        for names in (("Ann", "Ben"), ("Ben", "Ann"), ("Ann", "Ben"), ("Ben", "Ann")):
            claim = make_claim(author=author)
            make_occurrence(claim=claim)
            shown = Edit(claim, by=author, data=None)
            data = {field.html_name: field.value() for form in shown.parts for field in form}
            for (row, _form), name in zip(shown.moments, names, strict=True):
                data[f"at{row.pk}-speaker"] = f"{name} {number}"
            edits.append(Edit(claim, by=author, data=data))
        assert outcomes_of_race(*(edit.save for edit in edits)) == [True] * 4
        assert Speaker.objects.count() == 2 * (number + 1)


# --- All of it ------------------------------------------------------------------------


@dataclass
class World:
    """Three claims in one film, who does something to them, and what was stored."""

    claims: list[Claim]
    film: Video
    people: list[User]
    moderator: User
    stored: list[tuple[int, int, str]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)


Turn = Callable[[World, random.Random], None]


def some(chance: random.Random, rows: Any) -> Any:
    """Return one of some rows, as it is now; a refusal where there is none."""
    found = list(rows)
    if not found:
        raise ValidationError("There is none yet.")
    return chance.choice(found)


def some_open(chance: random.Random, model: Any = Claim) -> Any:
    """Return a row that was visible a moment ago."""
    return some(chance, model._default_manager.filter(state=State.VISIBLE))


def vote(world: World, chance: random.Random) -> None:
    claim, by = some_open(chance), chance.choice(world.people)
    if chance.random() < 0.2:
        ratings.take_back_vote(claim, by=by)
    else:
        ratings.cast_vote(claim, by=by, verdict=chance.choice(Verdict.values))


def rate(world: World, chance: random.Random) -> None:
    card, by = some_open(chance, Evidence), chance.choice(world.people)
    if chance.random() < 0.2:
        ratings.take_back_rating(card, by=by)
    else:
        ratings.rate(card, by=by, rating=chance.choice(Rating.values))


def edit_claim(world: World, chance: random.Random) -> None:
    claim = some_open(chance)
    text = f"The river was turned, {chance.random()}."
    names = chance.sample(["Rivers", "Dams", "Sand"], 2)
    # Now and then it is only filed: then nothing is stated of it.
    kind = chance.choice(["cause", "other", "prediction"]) if chance.random() < 0.2 else "other"
    row = claims.edit(
        claim, by=claim.author, version=claim.version, statement=text, tags=names, kind=kind
    )
    world.stored.append((row.pk, row.version, row.statement))


def restore_claim(world: World, chance: random.Random) -> None:
    claim = some_open(chance)
    event = some(chance, revisions.of(claim, reader=claim.author)).event
    row = restoring.restore("claim", claim.pk, event, by=claim.author, version=claim.version)
    assert isinstance(row, Claim)
    if row.version != claim.version:
        world.stored.append((row.pk, row.version, row.statement))


def bring_source(world: World, chance: random.Random) -> None:
    by = chance.choice(world.people)
    bring(some_open(chance), by, f"{URL}/{chance.randrange(ADDRESSES)}")


def edit_card(world: World, chance: random.Random) -> None:
    card = some_open(chance, Evidence)
    changes = {"url": f"{URL}/{chance.randrange(ADDRESSES)}", "title": f"Ice {chance.random()}"}
    name = chance.choice(["url", "title", "title"])
    evidence.edit(card, by=card.author, version=card.version, **{name: changes[name]})


def take_back(world: World, chance: random.Random) -> None:
    model = chance.choice([Claim, Evidence, Evidence, Comment, Comment])
    row = some_open(chance, model)
    operation: Any = {Claim: claims, Evidence: evidence, Comment: discussion}[type(row)]
    operation.withdraw(row, by=row.author)


def bring_back(world: World, chance: random.Random) -> None:
    rows = [one.objects.filter(state=State.WITHDRAWN) for one in (Claim, Evidence, Comment)]
    # Claims first, or soon nobody could do anything.
    row = some(chance, next(filter(None, rows), []))
    restoring.bring_back(row, by=row.author)


def talk(world: World, chance: random.Random) -> None:
    by, other = chance.choice(world.people), chance.choice(world.people)
    discussion.say(
        some_open(chance), by=by, body=f"{URL}/{chance.randrange(ADDRESSES)}, @{other.username}?"
    )


def answer(world: World, chance: random.Random) -> None:
    row = some_open(chance, Comment)
    if chance.random() < 0.5:
        body = f"Or May {chance.random()}."
        discussion.edit(row, by=row.author, version=row.version, body=body)
    else:
        discussion.say(row.claim, by=chance.choice(world.people), body="Yes.", parent=row)


def moment_of(chance: random.Random) -> dict[str, Any]:
    start = chance.randrange(9) * 1000
    name = chance.choice(["Ann", "Ben"])
    return {"start_ms": start, "end_ms": start + 900, "speaker": name}


def mark(world: World, chance: random.Random) -> None:
    by, moment = chance.choice(world.people), moment_of(chance)
    if chance.random() < 0.5:
        occurrences.add(some_open(chance), by=by, video=world.film, **moment)
    else:
        statement, names = "The dam was never finished.", ["Dams", "Rivers"]
        claims.create(by=by, video=world.film, statement=statement, tags=names, **moment)


def edit_moment(world: World, chance: random.Random) -> None:
    row = some_open(chance, Occurrence)
    by = chance.choice(world.people)
    occurrences.edit(row, by=by, version=row.version, **moment_of(chance))


def decide(world: World, chance: random.Random) -> None:
    opening = {State.HIDDEN: Deed.SHOW, State.LOCKED: Deed.UNLOCK}
    closed = list(Claim.objects.filter(state__in=opening))
    # What is closed is opened first, as above.
    model = chance.choice([Claim, Evidence, Comment])
    row = some(chance, closed or model._default_manager.exclude(state=State.MERGED))
    deed = opening.get(State(row.state)) or chance.choice([Deed.HIDE, Deed.LOCK])
    moderation.decide(row, by=world.moderator, deed=deed, reason="So it is.")


def merge(world: World, chance: random.Random) -> None:
    by = world.moderator
    proposed = list(Merge.objects.filter(state=MergeState.PROPOSED))
    if proposed and chance.random() < 0.7:
        act = chance.choice([merges.accept, merges.accept, merges.refuse])
        act(chance.choice(proposed), by=by, reason="So it is.")
        return
    model = chance.choice([Claim, Claim, Speaker])
    source, target = some_open(chance, model), some_open(chance, model)
    if chance.random() < 0.5:
        merges.propose(source, target, by=by, why="The same.")
    else:
        merges.merge_at_once(source, target, by=by, reason="The same.")


def undo(world: World, chance: random.Random) -> None:
    # The newest first: what was merged on has to wait.
    row = Merge.objects.filter(state=MergeState.DONE).order_by("-decided_at")[:1]
    merges.undo(some(chance, row), by=world.moderator, reason="No.")


def tag_film(world: World, chance: random.Random) -> None:
    by, name = chance.choice(world.people), chance.choice(["Rivers", "Dams"])
    catalogue_tags.add_to_video(world.film, name, by=by)


def write_beside(world: World, chance: random.Random) -> None:
    by = chance.choice(world.people)
    if chance.random() < 0.5:
        version = notes.seen(world.film, by).version
        notes.edit(world.film, by=by, version=version, text=f"Note {chance.random()}.")
    else:
        row = some_open(chance, Speaker)
        speakers.edit(row, by=by, version=row.version, role=f"Role {chance.random()}")


# Votes and ratings twice, as they are most of what people do.
TURNS_OF: list[Turn] = [
    vote, vote, rate, rate, edit_claim, edit_claim, restore_claim, bring_source, edit_card,
    take_back, bring_back, talk, answer, mark, edit_moment, decide, merge, merge, undo,
    tag_film, write_beside,
]  # fmt: skip


def play(world: World, number: int) -> None:
    chance = random.Random(number)
    for _turn in range(TURNS):
        turn = chance.choice(TURNS_OF)
        try:
            turn(world, chance)
        except REFUSALS:
            world.done[f"{turn.__name__} refused"] += 1
        else:
            world.done[turn.__name__] += 1


def test_whatever_is_done_at_once_nothing_is_lost_or_counted_twice(
    author: User, stranger: User, moderator: User
):
    film = make_video()
    authors = (author, author, stranger)
    world = World(
        claims=[make_claim(author=one, video=film, speaker="Ann") for one in authors],
        film=film,
        people=[author, stranger, *(make_user(f"person{number}") for number in range(8))],
        moderator=moderator,
    )
    for claim in world.claims:
        make_evidence(claim=claim, author=world.people[2])
        make_comment(claim=claim, author=world.people[3])
        world.stored.append((claim.pk, claim.version, claim.statement))
    race(*(partial(play, world, number) for number in range(THREADS)))
    rows = list(Claim.objects.all())
    hold_to_a_recount(*rows)
    # No two edits were told that they made one version, and the log has every text.
    assert len({(pk, version) for pk, version, _text in world.stored}) == len(world.stored)
    events = revisions.events_of("claim").values_list("pgh_obj_id", "version", "statement")
    assert {*world.stored} <= {*events}
    newest = {pk: text for pk, _version, text in sorted(world.stored)}
    assert {row.pk: row.statement for row in rows if row.pk in newest} == newest
    assert sum(world.done.values()) == THREADS * TURNS
