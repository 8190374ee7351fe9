"""What templates ask about rights and about what is new; the answers are the operations'."""

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from annotations import discussion, permissions
from annotations.models import Stated, Thing
from annotations.permissions import Action

register = template.Library()


@register.filter
def may_flag(user: User | AnonymousUser, row: Stated) -> bool:
    """Tell whether a user may flag a thing. No query."""
    return permissions.may(user, Action.FLAG, row)


@register.filter
def may_moderate(user: User | AnonymousUser) -> bool:
    """Tell whether a user is a moderator."""
    return permissions.may_moderate(user)


@register.filter
def thing_of(row: Stated) -> Thing:
    """Return what sort of thing a row is: `claim`."""
    return permissions.thing_of(row)


@register.filter
def thing_name(row: Stated) -> str:
    """Return what to call a row: `Claim 7`."""
    return permissions.thing_of(row).numbered(row.pk)


@register.simple_tag
def unseen_mentions(user: User) -> int:
    """Return how many mentions are new to a member; 100 for more than 99. One query."""
    return discussion.count_unseen(user)
