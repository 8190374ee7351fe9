"""The table of rights: every role, every action, every state."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from accounts.models import User
from annotations import permissions
from annotations.models import Claim, State, Thing
from annotations.permissions import Action, Role
from tests.makers import make_claim, make_evidence

pytestmark = pytest.mark.django_db

R, A, S, T = Role, Action, State, Thing
READS = {A.READ, A.READ_LOG}
# What each role may do with a claim, told a second time, as a reader of the rules would tell it.
CLAIMS = {
    (R.VISITOR, S.VISIBLE): READS,
    (R.MEMBER, S.VISIBLE): READS | {A.ADD, A.RATE, A.FLAG, A.PROPOSE_MERGE},
    (R.AUTHOR, S.VISIBLE): READS | {A.ADD, A.EDIT, A.WITHDRAW, A.PROPOSE_MERGE},
    (R.MODERATOR, S.VISIBLE): READS | {
        A.ADD, A.RATE, A.FLAG, A.HIDE, A.LOCK, A.PROPOSE_MERGE, A.MERGE,
    },
    (R.MODERATING_AUTHOR, S.VISIBLE): READS | {
        A.ADD, A.EDIT, A.WITHDRAW, A.PROPOSE_MERGE, A.MERGE,
    },
    (R.VISITOR, S.LOCKED): READS,
    (R.MEMBER, S.LOCKED): READS | {A.FLAG, A.PROPOSE_MERGE},
    (R.AUTHOR, S.LOCKED): READS | {A.PROPOSE_MERGE},
    (R.MODERATOR, S.LOCKED): READS | {
        A.FLAG, A.HIDE, A.UNLOCK, A.PROPOSE_MERGE, A.MERGE,
    },
    (R.MODERATING_AUTHOR, S.LOCKED): READS | {A.PROPOSE_MERGE, A.MERGE},
    (R.VISITOR, S.WITHDRAWN): set(),
    (R.MEMBER, S.WITHDRAWN): set(),
    (R.AUTHOR, S.WITHDRAWN): {A.READ_LOG, A.BRING_BACK},
    (R.MODERATOR, S.WITHDRAWN): {A.READ_LOG, A.HIDE},
    (R.MODERATING_AUTHOR, S.WITHDRAWN): {A.READ_LOG, A.BRING_BACK},
    (R.VISITOR, S.HIDDEN): set(),
    (R.MEMBER, S.HIDDEN): set(),
    (R.AUTHOR, S.HIDDEN): READS,
    (R.MODERATOR, S.HIDDEN): READS | {A.SHOW},
    (R.MODERATING_AUTHOR, S.HIDDEN): READS,
    (R.VISITOR, S.MERGED): READS,
    (R.MEMBER, S.MERGED): READS,
    (R.AUTHOR, S.MERGED): READS | {A.WITHDRAW},
    (R.MODERATOR, S.MERGED): READS | {A.HIDE, A.UNDO_MERGE},
    (R.MODERATING_AUTHOR, S.MERGED): READS | {A.WITHDRAW, A.UNDO_MERGE},
}  # fmt: skip
MERGING = {A.PROPOSE_MERGE, A.MERGE, A.UNDO_MERGE}
# What other things cannot have done to them at all.
NEVER = {
    T.CLAIM: set(),
    T.OCCURRENCE: MERGING | {A.ADD, A.RATE},
    T.EVIDENCE: MERGING | {A.ADD},
    T.COMMENT: MERGING | {A.RATE},
    T.SPEAKER: {A.ADD, A.RATE, A.WITHDRAW, A.BRING_BACK},
    T.NOTE: MERGING | {A.ADD, A.RATE, A.WITHDRAW, A.BRING_BACK},
    T.DISCLOSURE: MERGING | {A.ADD, A.RATE},
}
# Whom everyone edits, whoever began it.
SHARED = {T.OCCURRENCE, T.SPEAKER, T.NOTE, T.DISCLOSURE}


def expected(thing: Thing, role: Role, state: State) -> set[Action]:
    may = CLAIMS[role, state] - NEVER[thing]
    if thing is T.SPEAKER and state in (S.MERGED, S.WITHDRAWN):
        may -= {A.HIDE}
    if role is R.MODERATOR:
        may |= {A.LEAVE}
    if thing in SHARED and state is S.VISIBLE and role is not R.VISITOR:
        may |= {A.EDIT}
    return may


@pytest.mark.parametrize("thing", Thing)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_in_a_state(thing: Thing, role: Role, state: State):
    may = {action for action in Action if role in permissions.allowed(thing, action, state)}
    assert may == expected(thing, role, state)


def test_roles(author: User, stranger: User, moderator: User):
    claim = make_claim(author=author)
    assert permissions.role_of(AnonymousUser(), claim) is Role.VISITOR
    assert permissions.role_of(stranger, claim) is Role.MEMBER
    assert permissions.role_of(author, claim) is Role.AUTHOR
    assert permissions.role_of(moderator, claim) is Role.MODERATOR
    author.is_moderator = True
    assert permissions.role_of(author, claim) is Role.MODERATING_AUTHOR
    stranger.is_staff = True
    assert permissions.role_of(stranger, claim) is Role.MODERATOR, "operators moderate"


def test_a_closed_account_is_a_visitor(author: User):
    claim = make_claim(author=author)
    author.is_active = False
    assert permissions.role_of(author, claim) is Role.VISITOR


def test_what_stands_under_a_claim_is_closed_with_it(author: User, stranger: User):
    claim = make_claim(author=stranger)
    card = make_evidence(claim=claim, author=author)
    assert permissions.may(author, Action.EDIT, card, under=claim)
    claim.state = State.LOCKED
    with pytest.raises(PermissionDenied, match="locked"):
        permissions.require(author, Action.EDIT, card, under=claim)
    assert permissions.may(author, Action.WITHDRAW, card, under=claim), "one's own words"
    claim.state = State.HIDDEN
    assert not permissions.may(author, Action.READ, card, under=claim)
    assert permissions.may(stranger, Action.READ, card, under=claim), "the claim is theirs"


def test_a_refusal_says_why(author: User, stranger: User):
    claim: Claim = make_claim(author=author)
    with pytest.raises(PermissionDenied, match="Only its author"):
        permissions.require(stranger, Action.EDIT, claim)
    claim.state = State.WITHDRAWN
    with pytest.raises(PermissionDenied, match="withdrawn"):
        permissions.require(author, Action.EDIT, claim)
