"""The table of rights: every role, every action, every state."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from accounts.models import User
from annotations import permissions
from annotations.models import Claim, State
from annotations.permissions import Action, Role
from tests.makers import make_claim

pytestmark = pytest.mark.django_db

# What each role may do, told a second time, as a reader of the rules would tell it.
EVERYONE_READS = {Action.READ, Action.READ_LOG}
EXPECTED = {
    (Role.VISITOR, State.VISIBLE): EVERYONE_READS,
    (Role.MEMBER, State.VISIBLE): EVERYONE_READS | {Action.ADD_OCCURRENCE},
    (Role.STAFF, State.VISIBLE): EVERYONE_READS | {Action.ADD_OCCURRENCE},
    (Role.AUTHOR, State.VISIBLE): set(Action),
    (Role.VISITOR, State.WITHDRAWN): set(),
    (Role.MEMBER, State.WITHDRAWN): set(),
    (Role.STAFF, State.WITHDRAWN): {Action.READ_LOG},
    (Role.AUTHOR, State.WITHDRAWN): {Action.READ_LOG},
}


def test_the_table_has_an_entry_for_every_action_in_every_state():
    assert set(permissions.ALLOWED) == {(action, state) for action in Action for state in State}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_in_a_state(
    role: Role, state: State, author: User, stranger: User, moderator: User
):
    claim = make_claim(author=author, state=state)
    cast: dict[Role, User | AnonymousUser] = {
        Role.VISITOR: AnonymousUser(),
        Role.MEMBER: stranger,
        Role.STAFF: moderator,
        Role.AUTHOR: author,
    }
    user = cast[role]
    assert {a for a in Action if permissions.may(user, a, claim)} == EXPECTED[role, state]


def test_a_closed_account_is_a_visitor(author: User):
    claim = make_claim(author=author)
    author.is_active = False
    assert permissions.role_of(author, claim) is Role.VISITOR


def test_a_refusal_says_why(author: User, stranger: User):
    claim: Claim = make_claim(author=author)
    with pytest.raises(PermissionDenied, match="Only its author"):
        permissions.require(stranger, Action.EDIT, claim)
    claim.state = State.WITHDRAWN
    with pytest.raises(PermissionDenied, match="withdrawn"):
        permissions.require(author, Action.EDIT, claim)
