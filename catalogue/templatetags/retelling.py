"""Reasons that are stored in English, in the reader's language."""

from django import template
from django.utils.safestring import SafeString

from catalogue import retelling

register = template.Library()


@register.filter
def retold(text: str) -> SafeString:
    """Return a stored reason; what stays English is marked so."""
    return retelling.marked(text)


@register.filter
def retold_source(text: str) -> SafeString:
    """Return where records came from: words of ours, or else a name that somebody gave."""
    return retelling.marked(text, is_name=True)
