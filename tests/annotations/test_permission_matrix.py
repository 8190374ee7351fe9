"""Every role × action × state × thing, by page and over REST, held against the one table.

Where `permissions.allowed` names the role, a way is accepted and (but for reading) something
changes; else it is refused and nothing does. What fails is told case by case. Ways stand in
`ways` and are listed in `matrix`; `test_every_right_has_its_ways` tells if one is forgotten.
"""

from typing import Any

import pytest
from django.db import transaction

from accounts.models import User
from annotations import permissions
from annotations.models import Claim, State, Thing
from annotations.permissions import TAKES_OF_CLAIM, Action, Role
from tests.annotations.matrix import (
    MERGEABLE,
    MODERATING,
    WAYS,
    actors_of,
    everything,
    make,
    make_people,
    writes_noted,
)
from tests.annotations.ways import SAID, Way
from tests.makers import make_claim

pytestmark = pytest.mark.django_db

ANSWERS = {200, 201, 204, 301, 302, 308, 400, 401, 403, 404, 409, 410}
UNDER_A_CLAIM = (Thing.OCCURRENCE, Thing.EVIDENCE, Thing.COMMENT)
# What everyone else's claim is to somebody.
TO_CLAIM = {
    Role.VISITOR: Role.VISITOR,
    Role.MEMBER: Role.MEMBER,
    Role.AUTHOR: Role.MEMBER,
    Role.MODERATOR: Role.MODERATOR,
    Role.MODERATING_AUTHOR: Role.MODERATOR,
}


class Stage:
    """One thing in a state, and people who try what may be done to it."""

    def __init__(self, thing: Thing, state: State) -> None:
        self.people = make_people()
        author = self.people[Role.AUTHOR]
        assert author is not None
        self.row = make(thing, author, state)
        self.actors = actors_of(self.people)
        self.before = everything()

    def readers(self) -> frozenset[Role]:
        """Return who may read what the thing says: there, or in its log."""
        state, thing = State(self.row.state), permissions.thing_of(self.row)
        reading = (Action.READ, Action.READ_LOG)
        return frozenset().union(*(permissions.allowed(thing, one, state) for one in reading))

    def wrong(self, way: Way, may: frozenset[Role]) -> list[str]:
        """Do it in each role, undo it, and return what was wrong; nothing if all was right."""
        told = {role: self._told(way, role, may=role in may) for role in Role}
        return [f"{way}, {role}: {said}" for role, said in told.items() if said]

    def _told(self, way: Way, role: Role, *, may: bool) -> str:
        user = self.people[role]
        with transaction.atomic():
            if user is not None and role in MODERATING:
                User.objects.filter(pk=user.pk).update(is_moderator=True)
            with writes_noted() as written:
                answer = way.do(self.actors[role], self.row)
            has_changed = bool(written) and everything() != self.before
            transaction.set_rollback(True)
        if answer.status_code not in ANSWERS:
            return f"{answer.status_code} {answer.exc_info}"
        if role not in self.readers() and SAID[way.thing][1] in answer.content.decode():
            return f"{answer.status_code} tells what it says"
        expected = may and not way.is_reading
        if has_changed != expected:
            return f"{'something' if has_changed else 'nothing'} changed ({answer.status_code})"
        if is_accepted(way, answer, has_changed=has_changed) != may:
            return f"{answer.status_code} though {'allowed' if may else 'not allowed'}"
        return ""


def is_accepted(way: Way, answer: Any, *, has_changed: bool) -> bool:
    """Tell whether an answer gives what was asked. A form that comes back is a refusal."""
    status, is_page = answer.status_code, not answer.wsgi_request.path.startswith("/api/")
    if way.shows:
        return status == 200 and way.shows in answer.content.decode()
    if is_page and not way.is_reading:
        # Pages lead elsewhere as well where there is nothing to be done.
        return status == 302 and has_changed
    # What was merged leads on; a comment's page leads to its claim's.
    return status < 300 or (way.is_reading and status in (301, 302, 308))


def ways_of(thing: Thing) -> list[Way]:
    return [way for way in WAYS if way.thing is thing]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("thing", Thing)
def test_ways_are_open_to_those_whom_the_table_names(thing: Thing, state: State):
    if state == State.MERGED and thing not in MERGEABLE:
        assert permissions.allowed(thing, Action.READ_LOG, State.VISIBLE), "never merged"
        return
    stage = Stage(thing, state)
    wrong = [
        said
        for way in ways_of(thing)
        for said in stage.wrong(way, permissions.allowed(thing, way.action, state))
    ]
    assert wrong == []


@pytest.mark.parametrize("claim_state", [state for state in State if state != State.VISIBLE])
@pytest.mark.parametrize("state", [State.VISIBLE, State.WITHDRAWN])
@pytest.mark.parametrize("thing", UNDER_A_CLAIM)
def test_a_claim_closes_what_stands_under_it(thing: Thing, state: State, claim_state: State):
    stage = Stage(thing, state)
    rows = Claim.objects.filter(pk=stage.row.claim_id)
    into = {"merged_into": make_end(stage)} if claim_state == State.MERGED else {}
    rows.update(state=claim_state, **into)
    stage.row.claim.refresh_from_db()
    stage.before = everything()
    wrong: list[str] = []
    for way in ways_of(thing):
        may = permissions.allowed(thing, way.action, state)
        # What nobody may at all is tried above. The page of a merged claim shows the other.
        if not may or (way.shows and claim_state == State.MERGED):
            continue
        if taken := TAKES_OF_CLAIM.get(way.action):
            above = permissions.allowed(Thing.CLAIM, taken, claim_state)
            may = frozenset(role for role in may if TO_CLAIM[role] in above)
        wrong += stage.wrong(way, may)
    assert wrong == []


def make_end(stage: Stage) -> Claim:
    """Store what the claim above was merged into."""
    return make_claim(author=stage.row.claim.author)


def test_every_right_has_its_ways():
    rights = {
        (thing, action)
        for thing in Thing
        for action in Action
        if any(permissions.allowed(thing, action, state) for state in State)
    }
    assert rights - {(way.thing, way.action) for way in WAYS} == set()
