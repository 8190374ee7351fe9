"""How the words of a language are searched for. Pure.

The values are PostgreSQL's own text-search configurations, those of version 15, by language.
"""

import re
import unicodedata
from typing import Final

# For a language that PostgreSQL knows nothing of: words as they are written.
SIMPLE: Final = "simple"
# For a language without spaces between words, where no word can be told from the next.
BY_PARTS: Final = ""

CONFIGURATIONS: Final = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french",
    "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
}  # fmt: skip
WITHOUT_SPACES: Final = frozenset({"zh", "yue", "wuu", "ja", "th", "km", "lo", "my", "bo", "dz"})
ALL: Final = tuple(sorted({SIMPLE, *CONFIGURATIONS.values()}))

_GAP = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")


def configuration_of(language: str) -> str:
    """Return the configuration for a BCP 47 tag: `pt-BR` is searched as `pt`."""
    code = language.partition("-")[0].lower()
    if code in WITHOUT_SPACES:
        return BY_PARTS
    return CONFIGURATIONS.get(code, SIMPLE)


def parts_of(text: str) -> list[str]:
    """Return what a text without spaces is found by: each two characters that stand together.

    Words in ASCII letters among them are whole. Blanks between characters do not count,
    other signs part them; a character that stands alone is a part.
    """
    letters = "".join(
        letter if letter == " " or unicodedata.category(letter)[0] in "LMN" else "\n"
        for letter in unicodedata.normalize("NFKC", _GAP.sub("", text)).casefold()
    )
    parts: set[str] = set()
    for run in re.findall(r"[\x00-\x1f\x21-\x7f]+|[^\x00-\x7f]+", letters):
        words = run.split()
        if run.isascii():
            parts.update(words)
        else:
            for word in words:
                parts.update(word[at : at + 2] for at in range(max(1, len(word) - 1)))
    return sorted(parts)
