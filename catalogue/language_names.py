"""What languages are called, in the language of whoever reads it."""

import unicodedata
from collections.abc import Iterable

from babel import Locale
from django.conf.locale import LANG_INFO
from django.utils.text import capfirst
from django.utils.translation import get_language

# Enough to choose from beside a field that takes any code.
COMMON = tuple(code for code, info in LANG_INFO.items() if "name" in info)


def name_of(code: str) -> str:
    """Return the name of a BCP 47 code as CLDR has it, or the code if it is not a known one.

    Parts without a name of their own stand behind it: `English (Nigeria)`.
    """
    base, *parts = code.replace("_", "-").split("-")
    # A script has four letters, a region two or three digits.
    parts = [part.title() if len(part) == 4 else part.upper() for part in parts]
    reader = Locale.parse(get_language() or "en", sep="-")
    if whole := reader.languages.get("_".join([base.lower(), *parts])):
        return str(capfirst(whole))
    name = reader.languages.get(base.lower())
    if name is None:
        return code
    told = (reader.scripts.get(part) or reader.territories.get(part) or part for part in parts)
    return f"{capfirst(name)} ({' · '.join(told)})"


def choices(codes: Iterable[str]) -> list[tuple[str, str]]:
    """Return languages to choose from, each with its name, in the order of the names."""
    return sorted(((code, name_of(code)) for code in codes), key=lambda pair: _order(pair[1]))


def _order(name: str) -> str:
    """Return what a name is sorted by: an accent makes no other letter of a letter."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
