"""What is wrong with a time that somebody typed, in their language.

`timecodes` knows no framework: it says it in English, and this looks the sentence up.
"""

from django.utils.translation import gettext, gettext_noop

from catalogue.timecodes import TimecodeError

# So that translators are shown them; a test holds that none is left out.
SENTENCES = (
    gettext_noop("Write a time as 12:34, 1:02:03 or 754.5 (seconds)."),
    gettext_noop("Minutes and seconds go up to 59."),
    gettext_noop("No film is that long."),
    gettext_noop("Write a shift as 0:12, 12.5 or -3.5 (seconds)."),
)


def in_words(error: TimecodeError) -> str:
    """Return the sentence in the language of who reads it."""
    return gettext(str(error))
