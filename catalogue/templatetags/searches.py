"""What templates say about saved searches."""

from django import template

from accounts.models import User
from catalogue.models import SavedSearch

register = template.Library()


@register.simple_tag
def saved_searches(user: User) -> list[SavedSearch]:
    """Return a member's saved searches by name. One query."""
    return list(SavedSearch.objects.filter(owner=user))
