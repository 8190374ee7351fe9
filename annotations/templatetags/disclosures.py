"""What templates say about who stands behind a channel."""

from urllib.parse import urlsplit

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from annotations import disclosures, permissions
from annotations.models import Disclosure
from annotations.permissions import Action
from catalogue.models import Channel

register = template.Library()


@register.simple_tag
def disclosures_of(channel: Channel, user: User | AnonymousUser) -> list[Disclosure]:
    """Return what a user may read about who stands behind a channel. One query."""
    return disclosures.shown(channel, user)


@register.filter
def may_edit(user: User | AnonymousUser, row: Disclosure) -> bool:
    """Tell whether a user may set a note right. No query."""
    return permissions.may(user, Action.EDIT, row)


@register.filter
def may_withdraw(user: User | AnonymousUser, row: Disclosure) -> bool:
    """Tell whether a user may take a note back. No query."""
    return permissions.may(user, Action.WITHDRAW, row)


@register.filter
def host(url: str) -> str:
    """Return the site of an address, without `www.`."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
