"""Rules for what people type, shared by every table that stores it. Pure."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# C0 and C1 controls but tab and line ends, and surrogates that stand alone: PostgreSQL
# cannot store NUL nor half a character, and the others say nothing to a reader. Overrides
# and embeddings of direction make a text read otherwise than it is; its letters know theirs.
_UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

# As they are typed: in Arabic and in Chinese too.
_COMMAS = re.compile("[,\N{ARABIC COMMA}\N{FULLWIDTH COMMA}\N{IDEOGRAPHIC COMMA}]")

validate_language = RegexValidator(
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z",
    _("Write a language as en, fr or pt-BR."),
    code="language",
)


def validate_readable(text: str) -> None:
    """Refuse text with characters that cannot be shown or stored, or with nothing to see."""
    if _UNREADABLE.search(text):
        raise ValidationError(
            _("It holds control characters or halves of characters."), code="unreadable"
        )
    if text and all(unicodedata.category(letter)[0] in "CZ" for letter in text):
        raise ValidationError(_("There is nothing to see in it."), code="unreadable")


def split_at_commas(text: str) -> list[str]:
    """Return what stands between commas, of whichever script they are."""
    return _COMMAS.split(text)
