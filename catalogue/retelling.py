"""Stored English reasons, told to a reader in their own language (`catalogue.records.said`).

The template that a text was made of is found among those of the language's catalogue, and its
translation is filled with the same values. What nobody translated, or what comes from outside,
stays as it is and is known to be English.
"""

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, npgettext, pgettext

from catalogue.records.said import CONTEXT

# A row holds a thousand characters at most. What is longer was never said.
_LONGEST = 2_000
# Where a text may be several: reasons side by side, or sentences.
_SEAM = re.compile(r"(?<=; )|(?<=\. )")
_COMMA = re.compile(r"(?<=, )")
# Of how many letters a beginning is known.
_KEY_LENGTH = 5
# Of how many pieces one of several may be: values may hold seams too.
_RUN = 5


class Piece(NamedTuple):
    """A part of what is told: words of the reader's language, else somebody's value, or English."""

    text: str
    is_english: bool = False
    is_value: bool = False


Pieces = tuple[Piece, ...]


def retell(text: str) -> str:
    """Return a stored reason as plain text in the reader's language."""
    return "".join(piece.text for piece in pieces_of(text))


def marked(text: str, *, is_name: bool = False) -> SafeString:
    """Return a stored reason as HTML: what stays English says so, and values stand apart.

    So a screen reader says each in its language, and Arabic lays them out rightly. `is_name`:
    what is not known is no English, but a name.
    """
    pieces = pieces_of(text)
    if is_name and pieces == (Piece(text, is_english=True),):
        pieces = (Piece(text),)
    return format_html_join("", "{}", ((_element(piece),) for piece in pieces))


def _element(piece: Piece) -> SafeString:
    if piece.is_english:
        return format_html('<span lang="en" dir="ltr">{}</span>', piece.text)
    return format_html("<bdi>{}</bdi>" if piece.is_value else "{}", piece.text)


def pieces_of(text: str) -> Pieces:
    """Return what is to be told for a stored text, in the reader's language."""
    language = (get_language() or "en").partition("-")[0]
    if language == "en":
        return (Piece(text),)
    return _pieces_of(text, language)


@lru_cache(maxsize=4096)
def _pieces_of(text: str, language: str) -> Pieces:
    found = _find(text, language) if len(text) <= _LONGEST else None
    return found or (Piece(text, is_english=True),)


# --- Finding --------------------------------------------------------------------------


def _find(text: str, language: str) -> Pieces | None:
    """Return how a text is told that is one reason, or several; None if it is not known."""
    return _find_several(text, _SEAM, language) or _find_one(text, language)


def _find_one(text: str, language: str) -> Pieces | None:
    index = _index(language)
    for needle, template in index.get(_key(text), index[""]):
        if needle in text and (told := template.tell(text, language)):
            return told
    return None


def _find_several(text: str, seam: re.Pattern[str], language: str) -> Pieces | None:
    """Return how a list of reasons is told, if all of it is known and there are several.

    The shortest reasons that are known are taken, from the end: a quoted value may hold what
    looks like the end of one.
    """
    parts = seam.split(text)
    if len(parts) < 2:
        return None
    # What is known of the text from each part on.
    known: list[list[Pieces] | None] = [None] * len(parts) + [[]]
    for begin in reversed(range(len(parts))):
        for end in range(begin + 1, min(begin + _RUN, len(parts)) + 1):
            if (rest := known[end]) is None:
                continue
            piece, glue = _unglued("".join(parts[begin:end]), is_last=end == len(parts))
            if told := _find_one(piece, language):
                between = (_glue(glue),) if glue else ()
                known[begin] = [(*told, *between), *rest]
                break
    found = known[0]
    if found is None or len(found) < 2:
        return None
    return tuple(piece for pieces in found for piece in pieces)


def _unglued(text: str, *, is_last: bool) -> tuple[str, str]:
    if is_last:
        return text, ""
    return (text[:-2], text[-2:]) if text.endswith(("; ", ", ")) else (text[:-1], " ")


def _glue(written: str) -> Piece:
    if written == "; ":
        return Piece(_between(pgettext("of a list of reasons", "{one}; {other}")))
    return Piece(between_names() if written == ", " else written)


def between_names() -> str:
    """Return what stands between the names of a list: a comma, of the reader's language."""
    return _between(pgettext("of a list of names", "{one}, {other}"))


def _between(pair: str) -> str:
    return pair.removeprefix("{one}").removesuffix("{other}")


# --- Templates ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Template:
    """A template in English; `sources` are its forms for one and for many, if there are two."""

    sources: tuple[str, ...]
    form: str

    @cached_property
    def _parsed(self) -> list[tuple[str, str | None, str]]:
        return [(text, name, kind or "") for text, name, kind, _ in Formatter().parse(self.form)]

    @cached_property
    def needle(self) -> str:
        """The longest of its words: a text without them was not made of it."""
        return max((text for text, _name, _kind in self._parsed), key=len)

    @cached_property
    def key(self) -> str:
        """Under what it is looked up; empty if it begins with a value."""
        head = self._parsed[0][0] if self._parsed else ""
        is_whole = len(head) >= _KEY_LENGTH or head == self.form or head.startswith("“")
        return _key(head) if is_whole else ""

    @cached_property
    def weight(self) -> int:
        """How many letters are its own: the more, the surer is a find."""
        return sum(len(text) for text, _name, _kind in self._parsed)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        seen: set[str] = set()
        written = []
        for text, name, kind in self._parsed:
            written.append(re.escape(text))
            if name in seen:
                written.append(f"(?P={name})")
            elif name:
                seen.add(name)
                value = r"-?[\d,]+" if kind else ".*?"
                written.append(f"(?P<{name}>{value})")
        return re.compile("".join(written), re.DOTALL)

    def tell(self, text: str, language: str) -> Pieces | None:
        """Return how a text is told, None if it was not made of this template."""
        found = self._pattern.fullmatch(text)
        if found is None:
            return None
        values: dict[str, Pieces] = {}
        for _text, name, kind in self._parsed:
            if name:
                told = _told(name, kind, found[name], language)
                if told is None:
                    return None
                values[name] = told
        return tuple(_filled(self._translated(found), values))

    def _translated(self, found: re.Match[str]) -> str:
        if len(self.sources) == 1:
            return pgettext(CONTEXT, self.form)
        count = found.groupdict().get("count")
        number = int(count.replace(",", "")) if count else 1
        one, many = self.sources
        return npgettext(CONTEXT, one, many, number)


def _told(name: str, kind: str, value: str, language: str) -> Pieces | None:
    """Return how a value of a template is told; None if it can be no value of it."""
    if kind == ",":
        return (Piece(str(intcomma(int(value.replace(",", ""))))),)
    if kind:
        return (Piece(value),)
    if name == "fact":
        return _find_one(value, language)
    if name == "facts":
        return _find_several(value, _COMMA, language) or _find_one(value, language)
    if name in {"reason", "reasons"}:
        return _find(value, language) or _as_far_as_known(value, language)
    return (Piece(value, is_value=True),)


def _as_far_as_known(text: str, language: str) -> Pieces:
    """Return how a list of reasons is told whose last may be cut off, or be nothing of ours."""
    head, seam, tail = text.rpartition("; ")
    if seam and (told := _find(head, language)):
        return (*told, _glue(seam), Piece(tail, is_english=True))
    return (Piece(text, is_english=True),)


def _filled(template: str, values: dict[str, Pieces]) -> Iterator[Piece]:
    for text, name, _kind, _conversion in Formatter().parse(template):
        if text:
            yield Piece(text)
        if name:
            yield from values[name]


def _key(text: str) -> str:
    """Return by what of its beginning a text is looked up: all texts of a template agree in it."""
    return text[:1] if text.startswith("“") else text[:_KEY_LENGTH]


@lru_cache(maxsize=16)
def _index(language: str) -> Mapping[str, Sequence[tuple[str, _Template]]]:
    """Return the templates that a language has translations of by how they begin, surest first.

    Each with its needle. Those that begin with a value are everywhere; alone they stand under "".
    """
    found = sorted(_templates(language), key=lambda template: -template.weight)
    keys = {"", *(template.key for template in found)}
    return {key: [(one.needle, one) for one in found if one.key in {"", key}] for key in keys}


def _templates(language: str) -> Iterator[_Template]:
    for folder in settings.LOCALE_PATHS:
        for sources in _sources(Path(folder) / language / "LC_MESSAGES" / "django.mo"):
            for form in dict.fromkeys(sources):
                yield _Template(sources, form)


def _sources(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the templates in a compiled catalogue. Its reader in Python forgets the plural."""
    if not path.exists():
        return
    content = path.read_bytes()
    order = "<" if content[:4] == b"\xde\x12\x04\x95" else ">"
    count, table = struct.unpack_from(f"{order}2I", content, 8)
    begins = f"{CONTEXT}\x04".encode()
    for number in range(count):
        length, at = struct.unpack_from(f"{order}2I", content, table + 8 * number)
        if content.startswith(begins, at):
            yield tuple(content[at + len(begins) : at + length].decode().split("\0"))


def sentence(text: str) -> str:
    """Return a stored reason as a sentence of a form: with a capital, and a full stop."""
    told = retell(text)
    return f"{told[:1].upper()}{told[1:]}."
