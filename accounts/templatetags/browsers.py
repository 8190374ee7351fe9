"""What a browser says of itself, in words that its owner knows it by."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# The first that fits: most browsers claim to be several of those further down.
_PROGRAMS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"),
    ("Safari", "Safari"), ("curl", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser(user_agent: str) -> str:
    """Return a browser's name and system: `Firefox, Linux`."""
    found = (
        next((name for mark, name in known if mark in user_agent), None)
        for known in (_PROGRAMS, _SYSTEMS)
    )
    return ", ".join(filter(None, found)) or _("An unknown browser")
