"""What templates say about films: pictures, languages, counts and ages."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from babel.lists import format_list
from babel.numbers import format_decimal
from django import template
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalogue import ages, language_names, timecodes
from catalogue.art import HEIGHT, WIDTH, Shape, art_of
from catalogue.models import ChangeField, Video, picture_of
from catalogue.trends import Trend

register = template.Library()


@register.simple_tag
@lru_cache(maxsize=1024)
def art(key: str) -> SafeString:
    """Draw the picture of a film: inline, so that a list of films is one request."""
    picture = art_of(key)
    return format_html(
        '<svg class="art" viewBox="0 0 {} {}" preserveAspectRatio="xMidYMid slice" '
        'aria-hidden="true"><defs><linearGradient id="{}" x1="0" y1="0" x2="0" y2="1">'
        '<stop offset="0" stop-color="{}"/><stop offset=".55" stop-color="{}"/>'
        '<stop offset="1" stop-color="{}"/></linearGradient></defs>'
        '<rect width="100%" height="100%" fill="url(#{})"/>{}</svg>',
        WIDTH,
        HEIGHT,
        picture.name,
        *picture.sky,
        picture.name,
        format_html_join("", "{}", ((_shape(shape),) for shape in picture.shapes)),
    )


# How wide a picture is shown, by where: browsers choose the file before they know our styles.
_SIZES = {
    "card": "(min-width: 48rem) 24rem, 100vw",
    "film": "(min-width: 75rem) 56rem, 100vw",
}


@register.inclusion_tag("catalogue/_poster.html")
def poster(video: Video, place: str) -> dict[str, Any]:
    """Show the picture of a film over its art, nothing if there is none. `place`: card or film."""
    picture = picture_of(video)
    return {
        "picture": picture,
        "files": [(picture.address_of(width), width) for width in picture.widths]
        if picture
        else [],
        "sizes": _SIZES[place],
        "is_lazy": place == "card",
    }


@register.filter
def poster_url(video: Video) -> str:
    """Return the address of a film's largest picture on our site, empty if there is none."""
    picture = picture_of(video)
    return picture.address_of(picture.widths[-1]) if picture else ""


def _shape(shape: Shape) -> SafeString:
    paint = (
        format_html('fill="none" stroke="{}" stroke-width="{}"', shape.colour, shape.stroke)
        if shape.stroke
        else format_html('fill="{}"', shape.colour)
    )
    opacity = format_html(' opacity="{}"', shape.opacity) if shape.opacity != 1 else ""
    return format_html('<path d="{}" {}{}/>', shape.path, paint, opacity)


@register.filter
def language_name(code: str) -> str:
    """Return what a language is called in the reader's, or the code if it is not a known one."""
    return language_names.name_of(code)


@register.filter
def figure(value: int | None) -> str:
    """Return a count with its thousands apart; unknown is a word, never 0."""
    return _("unknown") if value is None else intcomma(value)


@register.filter
def decimal(value: float) -> str:
    """Return a number with the reader's decimal sign; by itself a template writes a point."""
    return format_decimal(value, locale=get_language())


@register.filter
def gain(value: int) -> str:
    """Return a difference with its sign and its thousands apart."""
    return f"+{intcomma(value)}" if value > 0 else str(intcomma(value)).replace("-", "\u2212")


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago in one unit, rounded down: `4 years ago`, `just now`."""
    return ages.ago(moment)


@register.filter
def ahead(moment: datetime) -> str:
    """Return how long until then in one unit, rounded down: `in 3 hours`, `in a moment`."""
    return ages.ahead(moment)


@register.filter
def minutes(milliseconds: int) -> str:
    """Return a length in minutes: `90`, `0.5`."""
    return f"{milliseconds / 60_000:g}"


@register.filter
def shift(ms: int) -> str:
    """Return a shift in words for a sentence: `12 s`, `1:12`, either with its minus."""
    if abs(ms) >= 60_000:
        return timecodes.format_offset(ms).removeprefix("+")
    # Translators: seconds, as in 12.5 s
    return _("%(number)s s") % {"number": decimal(ms / 1000).replace("-", "\u2212")}


@register.filter
def offset(ms: int) -> str:
    """Return a shift as people type it: `+0:12`."""
    return timecodes.format_offset(ms)


@register.filter
def listed(parts: Iterable[object]) -> str:
    """Return several as the language lists them: `Rivers, Dams, and Canals`."""
    return format_list([str(part) for part in parts], locale=get_language())


@register.filter
def of(table: Mapping[Any, Any], key: Any) -> Any:
    """Return a table's value for a key, None if it has none."""
    return table.get(key) if table else None


@register.filter
def changed(value: Any, field: str) -> str:
    """Return the old or new value of an observed change, in words."""
    if value in (None, "", []):
        return _("nothing")
    if isinstance(value, list):
        return listed(value)
    if field == ChangeField.DURATION and isinstance(value, int):
        minutes, seconds = divmod(value // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return str(value)


@register.filter
def trend_in_words(trend: Trend) -> str:
    """Return what a small line of views shows: `Views rose from 12 to 90, 3 Jan to 2 Apr 2026`."""
    told = {
        "first": figure(trend.first),
        "last": figure(trend.last),
        "since": date_format(trend.since, "SHORT_DATE_FORMAT"),
        "until": date_format(trend.until, "SHORT_DATE_FORMAT"),
    }
    if trend.first == trend.last:
        return _("Views stayed at %(last)s, %(since)s to %(until)s") % told
    if trend.first > trend.last:
        return _("Views fell from %(first)s to %(last)s, %(since)s to %(until)s") % told
    return _("Views rose from %(first)s to %(last)s, %(since)s to %(until)s") % told
