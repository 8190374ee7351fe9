"""When something was: what people read, and beside it what machines read, to the second."""

from datetime import UTC, date, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalogue.templatetags.films import ago

register = template.Library()


@register.filter
def as_day(at: date) -> SafeString:
    """Return `30 November 2026`, of a moment or of a day."""
    if isinstance(at, datetime):
        return _element(at, date_format(timezone.localtime(at)))
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), date_format(at))


@register.filter
def as_utc_day(at: datetime) -> SafeString:
    """Return the day of a moment that is known by its day alone, wherever the reader is."""
    return as_day(at.astimezone(UTC).date())


@register.filter
def as_minute(at: datetime) -> SafeString:
    """Return `30 November 2026, 12:01 UTC`."""
    local = timezone.localtime(at)
    told = _("%(day)s, %(time)s %(zone)s") % {
        "day": date_format(local),
        "time": date_format(local, "H:i"),
        "zone": local.tzname(),
    }
    return _element(at, told)


@register.filter
def as_age(at: datetime) -> SafeString:
    """Return `4 years ago`."""
    return _element(at, ago(at))


def _element(at: datetime, told: str) -> SafeString:
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{local:%Y-%m-%d %H:%M:%S}",
        local.tzname(),
        told,
    )
