"""What every page says to a member about watched phrases."""

from django import template

from accounts.models import User
from catalogue import watches

register = template.Library()


@register.simple_tag
def unseen_matches(user: User) -> int:
    """Return how many films are new to a member; 100 for more than 99. One query."""
    return watches.count_unseen(user)
