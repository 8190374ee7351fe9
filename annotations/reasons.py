"""Why something was saved, where the site itself says why.

The log keeps such a reason in English and each reader is told it in their own language; what
people wrote stays as they wrote it.
"""

import re

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

FOUND_BY_QUOTE = gettext_noop("Found again by its quote")
FOUND_BY_HAND = gettext_noop("Found again by hand")
RIGHT_THERE = gettext_noop("Right where it is")
FILM_MOVED = gettext_noop("The film moved by %(offset)s")

_FILM_MOVED = re.compile(r"The film moved by (?P<offset>[-+]?[0-9:.]+)")
_KNOWN = {
    FOUND_BY_QUOTE: _("Found again by its quote"),
    FOUND_BY_HAND: _("Found again by hand"),
    RIGHT_THERE: _("Right where it is"),
}


def told(why: str) -> str:
    """Return a reason of the log as its reader is told it."""
    if found := _FILM_MOVED.fullmatch(why):
        return str(_("The film moved by %(offset)s")) % found.groupdict()
    return str(_KNOWN.get(why, why))
