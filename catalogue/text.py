"""Rules for what people type, shared by every table that stores it. Pure."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

# C0 and C1 controls but tab and line ends, and surrogates that stand alone: PostgreSQL
# cannot store NUL nor half a character, and the others say nothing to a reader.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

validate_language = RegexValidator(
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z",
    _("Write a language as en, fr or pt-BR."),
    code="language",
)


def validate_readable(text: str) -> None:
    """Refuse text with characters that cannot be shown or stored."""
    if _UNREADABLE.search(text):
        raise ValidationError(
            _("It holds control characters or halves of characters."), code="unreadable"
        )
