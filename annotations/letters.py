"""What a character is to a reader: part of a word, a word by itself, a sign. Pure."""

import re
import unicodedata
from enum import Enum
from functools import lru_cache

# Scripts of languages that put no spaces between words: Thai, Lao, Tibetan, Burmese, Khmer,
# kana, Han. One character is the least that can be told apart in them.
_WITHOUT_SPACES = re.compile(
    "[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0ec0-\u0ec6\u0f40-\u0f6c\u1000-\u109f"
    "\u1780-\u17b3\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003ffff]"
)
_APOSTROPHES = frozenset("'\u2019\u02bc\uff07")


class Letter(Enum):
    """The sorts of characters."""

    LETTER = "letter"
    ALONE = "alone"
    MARK = "mark"
    UNSEEN = "unseen"
    APOSTROPHE = "apostrophe"
    SPACE = "space"
    SIGN = "sign"


@lru_cache(maxsize=8_192)
def sort_of(character: str) -> Letter:
    """Return the sort of one character.

    A digit is a letter, and one of a script without spaces is a word ALONE. A MARK is part of
    the letter before it, and so is what is UNSEEN, such as a joiner.
    """
    if character in _APOSTROPHES:
        return Letter.APOSTROPHE
    category = unicodedata.category(character)
    if character.isspace():
        return Letter.SPACE
    if category[0] == "M":
        return Letter.MARK
    if category == "Cf":
        return Letter.UNSEEN
    if _WITHOUT_SPACES.match(character):
        return Letter.ALONE
    return Letter.LETTER if category[0] in "LN" else Letter.SIGN
