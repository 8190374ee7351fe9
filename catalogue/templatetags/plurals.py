"""Every form of a message with a number, for scripts that find out the number themselves."""

from itertools import chain

from babel import Locale
from django import template
from django.utils.translation import get_language

register = template.Library()

# French and Spanish have a form of their own for whole millions.
_TRIED = tuple(chain(range(1000), [1_000_000]))


@register.simple_tag
def plural_samples() -> dict[str, int]:
    """Return each plural category of the reader's language with a number that takes it.

    A template says its message for each, and a script chooses as `Intl.PluralRules` tells it;
    both go by CLDR.
    """
    rule = Locale.parse(get_language() or "en", sep="-").plural_form
    return {rule(number): number for number in reversed(_TRIED)}
