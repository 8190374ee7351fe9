"""When something was: what people read, in the element that tells machines to the second."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalogue.templatetags.films import ago, day, moment, stamp

register = template.Library()


@register.filter
def as_day(at: date) -> SafeString:
    """Return `30 November 2026`, of a moment or of a day."""
    if isinstance(at, datetime):
        return _element(at, day(at))
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), day(at))


@register.filter
def as_minute(at: datetime) -> SafeString:
    """Return `30 November 2026, 12:01 UTC`."""
    return _element(at, moment(at))


@register.filter
def as_age(at: datetime) -> SafeString:
    """Return `4 years ago`."""
    return _element(at, ago(at))


def _element(at: datetime, told: str) -> SafeString:
    machines = timezone.localtime(at).isoformat()
    return format_html('<time datetime="{}" title="{}">{}</time>', machines, stamp(at), told)
