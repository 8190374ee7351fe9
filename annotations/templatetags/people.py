"""How members are named, wherever a name is shown."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from catalogue.addresses import address

register = template.Library()


@register.filter
def person(member: User) -> SafeString:
    """Return a member's name, which leads to their public page while they have one."""
    if not member.is_active:
        return format_html("<bdi>{}</bdi>", member.username)
    url = address("annotations:person", member.username)
    return format_html('<a class="person" href="{}"><bdi>{}</bdi></a>', url, member.username)
