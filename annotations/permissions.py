"""Who may do what to which thing, in which state: one table, read by all.

Pages, API, admin and operations ask `may` or `require`; none has a rule of its own.
"""

from enum import StrEnum

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from annotations.models import Merge, State, Stated, Thing


class Role(StrEnum):
    """What somebody is to one row. A moderator does not judge what is their own."""

    VISITOR = "visitor"
    MEMBER = "member"
    AUTHOR = "author"
    MODERATOR = "moderator"
    MODERATING_AUTHOR = "moderating author"


class Action(StrEnum):
    """What can be done with one row. `ADD` is to put something under it: a moment, a card."""

    READ = "read"
    READ_LOG = "read log"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    BRING_BACK = "bring back"
    ADD = "add"
    RATE = "rate"
    FLAG = "flag"
    HIDE = "hide"
    SHOW = "show"
    LOCK = "lock"
    UNLOCK = "unlock"
    LEAVE = "leave"
    PROPOSE_MERGE = "propose merge"
    MERGE = "merge"
    UNDO_MERGE = "undo merge"


ALL = frozenset(Role)
MEMBERS = ALL - {Role.VISITOR}
AUTHORS = frozenset({Role.AUTHOR, Role.MODERATING_AUTHOR})
OTHERS = frozenset({Role.MEMBER, Role.MODERATOR})
MODERATORS = frozenset({Role.MODERATOR, Role.MODERATING_AUTHOR})
# Of what is another's.
JUDGES = frozenset({Role.MODERATOR})
OWNERS = AUTHORS | MODERATORS
NOBODY: frozenset[Role] = frozenset()

# Who may, by action and state. Nobody else may, and nobody where a state is missing.
ALLOWED: dict[Action, dict[State, frozenset[Role]]] = {
    # What is merged leads to what it was merged into.
    Action.READ: {State.VISIBLE: ALL, State.LOCKED: ALL, State.MERGED: ALL, State.HIDDEN: OWNERS},
    Action.READ_LOG: {
        State.VISIBLE: ALL, State.LOCKED: ALL, State.MERGED: ALL,
        State.WITHDRAWN: OWNERS, State.HIDDEN: OWNERS,
    },
    # A moderator hides or locks what is wrong, but does not rewrite what others wrote.
    Action.EDIT: {State.VISIBLE: AUTHORS},
    # What was merged keeps its own words, which may have to go.
    Action.WITHDRAW: {State.VISIBLE: AUTHORS, State.MERGED: AUTHORS},
    Action.BRING_BACK: {State.WITHDRAWN: AUTHORS},
    Action.ADD: {State.VISIBLE: MEMBERS},
    # Nobody rates what is their own.
    Action.RATE: {State.VISIBLE: OTHERS},
    Action.FLAG: {State.VISIBLE: OTHERS, State.LOCKED: OTHERS},
    Action.HIDE: {
        State.VISIBLE: JUDGES, State.LOCKED: JUDGES, State.WITHDRAWN: JUDGES, State.MERGED: JUDGES,
    },
    Action.SHOW: {State.HIDDEN: JUDGES},
    Action.LOCK: {State.VISIBLE: JUDGES},
    Action.UNLOCK: {State.LOCKED: JUDGES},
    # To decide that nothing is to be done about what was flagged.
    Action.LEAVE: dict.fromkeys(State, JUDGES),
    Action.PROPOSE_MERGE: {State.VISIBLE: MEMBERS, State.LOCKED: MEMBERS},
    Action.MERGE: {State.VISIBLE: MODERATORS, State.LOCKED: MODERATORS},
    Action.UNDO_MERGE: {State.MERGED: MODERATORS},
}  # fmt: skip

# Where a thing has rules of its own: they replace the above.
OWN_RULES: dict[tuple[Thing, Action], dict[State, frozenset[Role]]] = {
    # Where and by whom something is said is a matter of fact: everyone sets it right.
    (Thing.OCCURRENCE, Action.EDIT): {State.VISIBLE: MEMBERS},
    (Thing.SPEAKER, Action.EDIT): {State.VISIBLE: MEMBERS},
    # The moments of who was merged keep the name: it is hidden there once they are two again.
    (Thing.SPEAKER, Action.HIDE): {State.VISIBLE: JUDGES, State.LOCKED: JUDGES},
    (Thing.NOTE, Action.EDIT): {State.VISIBLE: MEMBERS},
    (Thing.DISCLOSURE, Action.EDIT): {State.VISIBLE: MEMBERS},
    **{
        (thing, action): {}
        for thing, actions in {
            Thing.OCCURRENCE: (Action.ADD, Action.RATE),
            Thing.EVIDENCE: (Action.ADD,),
            Thing.COMMENT: (Action.RATE,),
            Thing.SPEAKER: (Action.ADD, Action.RATE, Action.WITHDRAW, Action.BRING_BACK),
            Thing.NOTE: (Action.ADD, Action.RATE, Action.WITHDRAW, Action.BRING_BACK),
            Thing.DISCLOSURE: (Action.ADD, Action.RATE),
        }.items()
        for action in actions
    },
    **{
        (thing, action): {}
        for thing in Thing
        if thing not in (Thing.CLAIM, Thing.SPEAKER)
        for action in (Action.PROPOSE_MERGE, Action.MERGE, Action.UNDO_MERGE)
    },
}

# What it takes of the claim that a thing stands under: nothing is changed under one that is
# closed, but everyone may take their own words back. Moderators decide wherever it stands.
TAKES_OF_CLAIM: dict[Action, Action] = {
    Action.READ: Action.READ,
    Action.READ_LOG: Action.READ_LOG,
    Action.EDIT: Action.ADD,
    Action.WITHDRAW: Action.READ,
    Action.BRING_BACK: Action.ADD,
    Action.ADD: Action.ADD,
    Action.RATE: Action.ADD,
    Action.FLAG: Action.READ,
}


def thing_of(row: Stated) -> Thing:
    """Return what sort of thing a row is."""
    return Thing(str(row._meta.model_name))  # noqa: SLF001 (how Django names a table)


def role_of(user: User | AnonymousUser, row: Stated) -> Role:
    """Return what a user is to a row. A closed account is a visitor; staff moderate."""
    if not isinstance(user, User) or not user.is_active:
        return Role.VISITOR
    is_moderator = user.is_moderator or user.is_staff
    if user.pk == row.author_id:
        return Role.MODERATING_AUTHOR if is_moderator else Role.AUTHOR
    return Role.MODERATOR if is_moderator else Role.MEMBER


def allowed(thing: Thing, action: Action, state: State) -> frozenset[Role]:
    """Return who may do this to such a thing in this state."""
    return OWN_RULES.get((thing, action), ALLOWED[action]).get(state, NOBODY)


def may(
    user: User | AnonymousUser, action: Action, row: Stated, *, under: Stated | None = None
) -> bool:
    """Tell whether a user may do this to the row in its present state. No query.

    `under` is the claim that the row stands under, where there is one.
    """
    if role_of(user, row) not in allowed(thing_of(row), action, State(row.state)):
        return False
    taken = TAKES_OF_CLAIM.get(action)
    return under is None or taken is None or may(user, taken, under)


def may_moderate(user: User | AnonymousUser) -> bool:
    """Tell whether a user is a moderator at all: who sees the queue, and decides."""
    return isinstance(user, User) and user.is_active and (user.is_moderator or user.is_staff)


def may_operate(user: User | AnonymousUser) -> bool:
    """Tell whether a user runs the site: who erases personal data on request."""
    return isinstance(user, User) and user.is_active and user.is_staff


def may_withdraw_merge(user: User | AnonymousUser, merge: Merge) -> bool:
    """Tell whether a user may take back a proposal to merge, while it is open: who made it."""
    return isinstance(user, User) and user.is_active and user.pk == merge.proposed_by_id


def require(user: User, action: Action, row: Stated, *, under: Stated | None = None) -> None:
    """Raise PermissionDenied, with the reason, unless the user may. `under` as for `may`."""
    if may(user, action, row, under=under):
        return
    if under is not None and may(user, action, row):
        require(user, TAKES_OF_CLAIM[action], under)
    said = {
        State.WITHDRAWN: _("It has been withdrawn."),
        State.HIDDEN: _("A moderator has hidden it."),
        State.LOCKED: _("A moderator has locked it."),
        State.MERGED: _("It has been merged into another."),
    }.get(State(row.state))
    if said is None and action is Action.RATE:
        said = _("Nobody rates what is their own.")
    if said is None and action in (Action.EDIT, Action.WITHDRAW):
        said = _("Only its author can do that.")
    raise PermissionDenied(said or _("Only a moderator can do that."))
