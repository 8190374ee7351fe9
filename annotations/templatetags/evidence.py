"""What templates say about evidence."""

from datetime import date

from django import template
from django.utils.formats import date_format

from annotations import evidence, sources
from annotations.models import Evidence

register = template.Library()

# How a date is told of which the month, or the day, is not known; by its length.
_FORMATS = {7: "YEAR_MONTH_FORMAT", 10: "DATE_FORMAT"}


@register.filter
def part_of_date(text: str) -> str:
    """Return `2021-07` as `July 2021`; a year stays as it is."""
    told = _FORMATS.get(len(text))
    return date_format(date.fromisoformat(f"{text}-01"[:10]), told) if told else text


@register.filter
def archived(card: Evidence) -> str:
    """Return where a copy of a source is to be found."""
    return evidence.archived_address(card)


@register.filter
def doi_address(doi: str) -> str:
    """Return where a DOI leads."""
    return sources.doi_address(doi)
