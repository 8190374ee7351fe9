"""Who may do what to a claim or an occurrence, in which state: one table, read by all.

Pages, API and operations ask `may` or `require`; none has a rule of its own.
"""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from annotations.models import Claim, Occurrence, State


class Role(StrEnum):
    """What somebody is to one row."""

    VISITOR = "visitor"
    MEMBER = "member"
    AUTHOR = "author"
    STAFF = "staff"


class Action(StrEnum):
    """What can be done with one row."""

    READ = "read"
    READ_LOG = "read log"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    ADD_OCCURRENCE = "add occurrence"


# Who may, by action and state. Nobody else may.
ALLOWED: dict[tuple[Action, State], frozenset[Role]] = {
    (Action.READ, State.VISIBLE): frozenset(Role),
    (Action.READ, State.WITHDRAWN): frozenset(),
    (Action.READ_LOG, State.VISIBLE): frozenset(Role),
    (Action.READ_LOG, State.WITHDRAWN): frozenset({Role.AUTHOR, Role.STAFF}),
    (Action.EDIT, State.VISIBLE): frozenset({Role.AUTHOR}),
    (Action.EDIT, State.WITHDRAWN): frozenset(),
    (Action.WITHDRAW, State.VISIBLE): frozenset({Role.AUTHOR}),
    (Action.WITHDRAW, State.WITHDRAWN): frozenset(),
    (Action.ADD_OCCURRENCE, State.VISIBLE): frozenset({Role.MEMBER, Role.AUTHOR, Role.STAFF}),
    (Action.ADD_OCCURRENCE, State.WITHDRAWN): frozenset(),
}


def role_of(user: User | AnonymousUser, row: Claim | Occurrence) -> Role:
    """Return what a user is to a row; an author who is staff counts as the author."""
    if not isinstance(user, User) or not user.is_active:
        return Role.VISITOR
    if user.pk == row.author_id:
        return Role.AUTHOR
    return Role.STAFF if user.is_staff else Role.MEMBER


def may(user: User | AnonymousUser, action: Action, row: Claim | Occurrence) -> bool:
    """Tell whether a user may do this to the row in its present state."""
    return role_of(user, row) in ALLOWED[action, State(row.state)]


def require(user: User, action: Action, row: Claim | Occurrence) -> None:
    """Raise PermissionDenied unless the user may."""
    if not may(user, action, row):
        raise PermissionDenied(
            _("It has been withdrawn.")
            if row.state == State.WITHDRAWN
            else _("Only its author can do that.")
        )
