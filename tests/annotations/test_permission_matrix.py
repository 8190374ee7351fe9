"""Every role × action × state × thing, by page and over REST, held against the one table.

A way is how one face does one action to one thing. Where `permissions.allowed` names the role,
the way is accepted and (but for reading) something changes; else it is refused and nothing
does. To add one when a page or an address is made:

1. Write a function of an `Actor` and the row that does it, and returns the answer: a page is
   asked by `actor.page`, REST by `actor.rest`. What it sends must be good, so that only rights
   can be in its way, and must change something.
2. Add a `Way` to WAYS: the thing, the action, a name, the function.
3. Take the pair out of MISSING. `test_every_right_has_its_ways` tells if you forget.

A thing that is new has a line in `make` as well; what is flagged and decided on stands in
MODERATED, once it has an address of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client

from accounts.models import User
from annotations import permissions
from annotations.models import Deed, Note, State, Stated, Thing
from annotations.moderation import ACTIONS
from annotations.permissions import Action, Role
from tests.makers import (
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_user,
    make_video,
)
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db

REFUSALS = {400, 401, 403, 404, 409, 410}
# What is merged: the other things are moved along.
MERGEABLE = {Thing.CLAIM, Thing.SPEAKER}
MODERATED = (Thing.CLAIM, Thing.OCCURRENCE, Thing.EVIDENCE, Thing.COMMENT, Thing.NOTE)


@dataclass(frozen=True)
class Actor:
    """Somebody in a role, who asks pages and the REST interface."""

    page: Client
    rest: Caller


@dataclass(frozen=True)
class Way:
    """How an action is done to a thing by one of the faces."""

    thing: Thing
    action: Action
    name: str
    do: Callable[[Actor, Any], Any]

    @property
    def is_reading(self) -> bool:
        return self.action in (Action.READ, Action.READ_LOG)

    def __str__(self) -> str:
        return f"{self.thing} {self.action} {self.name}"


# --- How it is done -------------------------------------------------------------------


def edit_claim_page(actor: Actor, row: Any) -> Any:
    typed: dict[str, Any] = {
        "claim-version": row.version,
        "claim-statement": "The river ran north by the spring.",
        "claim-kind": row.kind,
        "claim-language": row.language,
        "claim-tags": "",
        "claim-is_checkable": "on",
    }
    for one in row.occurrences.all():
        typed |= {
            f"at{one.pk}-version": one.version,
            f"at{one.pk}-start_ms": "1:12",
            f"at{one.pk}-end_ms": "1:24",
        }
    return actor.page.post(f"/claims/{row.pk}/edit/", typed)


def say(actor: Actor, claim: Any, parent: Any = None) -> Any:
    typed = {"body": "Which winter?", "parent": parent.pk if parent else ""}
    return actor.page.post(f"/claims/{claim.pk}/comments/new/", typed)


def say_rest(actor: Actor, claim: Any, parent: Any = None) -> Any:
    answers = {"answers_to": parent.pk} if parent else {}
    return actor.rest.post("comments/", {"claim": claim.pk, "body": "Which winter?", **answers})


def mark_elsewhere(actor: Actor, row: Any) -> Any:
    place = {"video": make_video().key, "start_ms": 1_000, "end_ms": 2_000}
    return actor.rest.post("occurrences/", {"claim": row.pk, **place})


def flag_page(actor: Actor, row: Any) -> Any:
    thing = permissions.thing_of(row)
    return actor.page.post(f"/flags/new/?thing={thing}&id={row.pk}", {"kind": "spam"})


def flag_rest(actor: Actor, row: Any) -> Any:
    body = {"thing": permissions.thing_of(row).value, "thing_id": row.pk, "kind": "spam"}
    return actor.rest.post("flags/", body)


def decide_page(deed: Deed) -> Callable[[Actor, Any], Any]:
    def do(actor: Actor, row: Any) -> Any:
        typed = {"version": row.version, "deed": deed.value, "reason": "For a reason."}
        return actor.page.post(f"/moderation/{permissions.thing_of(row)}/{row.pk}/decide/", typed)

    return do


def decide_rest(deed: Deed) -> Callable[[Actor, Any], Any]:
    def do(actor: Actor, row: Any) -> Any:
        thing = permissions.thing_of(row).value
        return actor.rest.post(
            "decisions/",
            {"thing": thing, "thing_id": row.pk, "deed": deed.value, "reason": "For a reason."},
        )

    return do


def record(actor: Actor, row: Any) -> Any:
    return actor.page.get(f"/moderation/{permissions.thing_of(row)}/{row.pk}/")


T, A = Thing, Action
WAYS: list[Way] = [
    Way(T.CLAIM, A.READ, "page", lambda by, row: by.page.get(f"/claims/{row.pk}/")),
    Way(T.CLAIM, A.READ, "rest", lambda by, row: by.rest.get(f"claims/{row.pk}/")),
    Way(T.CLAIM, A.READ_LOG, "page", lambda by, row: by.page.get(f"/claims/{row.pk}/history/")),
    Way(T.CLAIM, A.READ_LOG, "rest", lambda by, row: by.rest.get(f"claims/{row.pk}/revisions/")),
    Way(T.CLAIM, A.EDIT, "page", edit_claim_page),
    Way(T.CLAIM, A.EDIT, "rest", lambda by, row: by.rest.patch(
        f"claims/{row.pk}/", {"version": row.version, "language": "fr"})),
    Way(T.CLAIM, A.WITHDRAW, "page", lambda by, row: by.page.post(f"/claims/{row.pk}/withdraw/")),
    Way(T.CLAIM, A.WITHDRAW, "rest", lambda by, row: by.rest.delete(f"claims/{row.pk}/")),
    Way(T.CLAIM, A.ADD, "page of a comment", say),
    Way(T.CLAIM, A.ADD, "rest of a comment", say_rest),
    Way(T.CLAIM, A.ADD, "rest of a moment", mark_elsewhere),
    Way(T.OCCURRENCE, A.READ, "rest", lambda by, row: by.rest.get(f"occurrences/{row.pk}/")),
    Way(T.OCCURRENCE, A.EDIT, "rest", lambda by, row: by.rest.patch(
        f"occurrences/{row.pk}/", {"version": row.version, "quote": "it ran north"})),
    Way(T.OCCURRENCE, A.WITHDRAW, "rest", lambda by, row: by.rest.delete(
        f"occurrences/{row.pk}/")),
    Way(T.COMMENT, A.READ, "page", lambda by, row: by.page.get(f"/comments/{row.pk}/")),
    Way(T.COMMENT, A.READ, "rest", lambda by, row: by.rest.get(f"comments/{row.pk}/")),
    Way(T.COMMENT, A.EDIT, "page", lambda by, row: by.page.post(
        f"/comments/{row.pk}/edit/", {"version": row.version, "body": "In May."})),
    Way(T.COMMENT, A.EDIT, "rest", lambda by, row: by.rest.patch(
        f"comments/{row.pk}/", {"version": row.version, "body": "In May."})),
    Way(T.COMMENT, A.WITHDRAW, "page", lambda by, row: by.page.post(
        f"/comments/{row.pk}/withdraw/")),
    Way(T.COMMENT, A.WITHDRAW, "rest", lambda by, row: by.rest.delete(f"comments/{row.pk}/")),
    Way(T.COMMENT, A.ADD, "page", lambda by, row: say(by, row.claim, row)),
    Way(T.COMMENT, A.ADD, "rest", lambda by, row: say_rest(by, row.claim, row)),
    *(
        way
        for thing in MODERATED
        for way in (
            Way(thing, A.READ_LOG, "page of its record", record),
            Way(thing, A.FLAG, "page", flag_page),
            Way(thing, A.FLAG, "rest", flag_rest),
            *(Way(thing, ACTIONS[deed], "page", decide_page(deed)) for deed in ACTIONS),
            *(Way(thing, ACTIONS[deed], "rest", decide_rest(deed)) for deed in ACTIONS),
        )
    ),
]  # fmt: skip

# Rights that no face of this branch makes use of yet.
MISSING: dict[Thing, set[Action]] = {
    T.CLAIM: {A.BRING_BACK, A.RATE, A.PROPOSE_MERGE, A.MERGE, A.UNDO_MERGE},
    T.OCCURRENCE: {A.BRING_BACK},
    # Cards and notes are read on the page of what they stand under.
    T.EVIDENCE: {A.READ, A.EDIT, A.WITHDRAW, A.BRING_BACK, A.RATE},
    T.COMMENT: {A.BRING_BACK},
    T.SPEAKER: {
        A.READ, A.READ_LOG, A.EDIT, A.FLAG, A.HIDE, A.SHOW, A.LOCK, A.UNLOCK, A.LEAVE,
        A.PROPOSE_MERGE, A.MERGE, A.UNDO_MERGE,
    },
    T.NOTE: {A.READ, A.EDIT},
}  # fmt: skip


# --- Who does it, to what -------------------------------------------------------------


def make(thing: Thing, author: User, state: State) -> Stated:
    """Store a thing in a state; what it stands under is another's, and visible."""
    fields: dict[str, Any] = {"author": author, "state": state}
    if state == State.MERGED:
        fields["merged_into"] = make_claim(author=author)
    if thing == Thing.CLAIM:
        return make_claim(**fields)
    if thing == Thing.NOTE:
        return Note.objects.create(video=make_video(), text="Shot in 1961.", **fields)
    makers: dict[Thing, Callable[..., Stated]] = {
        Thing.OCCURRENCE: make_occurrence,
        Thing.EVIDENCE: make_evidence,
        Thing.COMMENT: make_comment,
    }
    return makers[thing](claim=make_claim(author=make_user("marker")), **fields)


def actor_in(role: Role, people: dict[str, User]) -> Actor:
    """Return somebody in a role; for a moderating author, the author is made a moderator."""
    if role is Role.VISITOR:
        return Actor(Client(), Caller())
    name = {Role.MEMBER: "stranger", Role.MODERATOR: "judge"}.get(role, "author")
    user = people[name]
    is_moderator = role in (Role.MODERATOR, Role.MODERATING_AUTHOR)
    User.objects.filter(pk=user.pk).update(is_moderator=is_moderator)
    client = Client()
    client.force_login(user)
    return Actor(client, Caller(make_token(user)))


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return {name: make_user(name) for name in ("author", "stranger", "judge")}


def everything() -> str:
    """Return a fingerprint of all that is stored of claims: nothing changes unseen."""
    tables = [model._meta.db_table for model in apps.get_app_config("annotations").get_models()]
    digests = " || ".join(
        f"(SELECT coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '-') FROM {table} t)"
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {digests}")
        return str(cursor.fetchone()[0])


def is_accepted(way: Way, answer: Any) -> bool:
    """Tell whether an answer did what was asked. A form that comes back is a refusal."""
    if answer.status_code == 302:
        return not answer.headers["Location"].startswith("/accounts/login/")
    is_page = not answer.wsgi_request.path.startswith("/api/")
    if is_page and not way.is_reading:
        return False
    assert answer.status_code in {200, 201, 204} | REFUSALS, answer.content
    return bool(answer.status_code < 300)


def outcomes(way: Way, row: Stated, people: dict[str, User], may: dict[Role, bool]) -> list[str]:
    """Do it in each role, undo it, and return what was wrong; nothing if all was right."""
    before = everything()
    found = [outcome(way, role, row, people, before, may=may[role]) for role in may]
    return [wrong for wrong in found if wrong]


def outcome(
    way: Way, role: Role, row: Stated, people: dict[str, User], before: str, *, may: bool
) -> str:
    """Do it in one role, undo it, and return what was wrong; empty if all was right."""
    with transaction.atomic():
        actor = actor_in(role, people)
        answer = way.do(actor, row)
        has_changed = everything() != before
        transaction.set_rollback(True)
    if is_accepted(way, answer) != may:
        return f"{role}: {answer.status_code} though {'allowed' if may else 'not allowed'}"
    if has_changed != (may and not way.is_reading):
        return f"{role}: {'something' if has_changed else 'nothing'} changed"
    return ""


# --- The matrix -----------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_way_is_open_to_those_whom_the_table_names(
    way: Way, state: State, people: dict[str, User]
):
    if state == State.MERGED and way.thing not in MERGEABLE:
        assert permissions.allowed(way.thing, Action.EDIT, state) == frozenset()
        return
    row = make(way.thing, people["author"], state)
    allowed = permissions.allowed(way.thing, way.action, state)
    assert outcomes(way, row, people, {role: role in allowed for role in Role}) == []


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.HIDDEN])
@pytest.mark.parametrize("way", [way for way in WAYS if way.thing != T.CLAIM], ids=str)
def test_nobody_reaches_what_stands_under_a_claim_that_is_gone(
    way: Way, state: State, people: dict[str, User]
):
    if way.thing in (Thing.NOTE, Thing.SPEAKER):
        return  # They stand under none.
    row: Any = make(way.thing, people["author"], State.VISIBLE)
    type(row.claim).objects.filter(pk=row.claim_id).update(state=state)
    assert outcomes(way, row, people, dict.fromkeys((Role.VISITOR, Role.MEMBER), False)) == []


def test_every_right_has_its_ways():
    used = {(way.thing, way.action) for way in WAYS}
    rights = {
        (thing, action)
        for thing in Thing
        for action in Action
        if any(permissions.allowed(thing, action, state) for state in State)
    }
    missing = {(thing, action) for thing, actions in MISSING.items() for action in actions}
    assert used & missing == set(), "what has a way is not missing"
    assert used | missing == rights
