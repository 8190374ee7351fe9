"""Every translatable word of the product, found in Python and in templates."""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

from catalogue.records.said import CONTEXT

CODE = ("accounts", "annotations", "catalogue", "config")
TEMPLATES = "templates"
COMMENT = "Translators:"

_Found = tuple[str | tuple[str, ...], list[str], str | None]

_LAZY = {
    f"{name}_lazy": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
}
KEYWORDS = {**DEFAULT_KEYWORDS, **_LAZY, "gettext_noop": None}
# Reasons that are stored in English (`catalogue.records.said`), told apart by their context.
STORED_KEYWORDS = {"said": None, "saying": None, "said_many": (1, 2)}
_SAYS = re.compile(r"^from catalogue\.records\.said import ", re.MULTILINE)
# A function that a module calls by a name of its own.
_RENAMED = re.compile(r"^from django\.utils\.translation import (\w+) as (\w+)$", re.MULTILINE)


def found_in(root: Path) -> Catalog:
    """Return a catalogue without translations: all words, with contexts, plurals and comments."""
    catalogue = Catalog(charset="utf-8")
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(root).as_posix()
        for words, comments, context in _words_of(text, is_template=path.suffix != ".py"):
            catalogue.add(words, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def sources(root: Path) -> Iterator[Path]:
    """Yield the files that may hold words, in an order that is always the same."""
    for folder in CODE:
        yield from sorted(
            path for path in (root / folder).rglob("*.py") if "migrations" not in path.parts
        )
    yield from templates(root)


def templates(root: Path) -> list[Path]:
    """Return all templates, of pages and of letters."""
    return sorted(
        path for path in (root / TEMPLATES).rglob("*") if path.suffix in {".html", ".txt"}
    )


def _words_of(text: str, *, is_template: bool) -> Iterator[_Found]:
    if is_template:
        # What is left of a template is calls in a row; its indentation is not Python's.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    own = {name: KEYWORDS[function] for function, name in _RENAMED.findall(text)}
    yield from _found(text, {**KEYWORDS, **own})
    if not is_template and _SAYS.search(text):
        for words, comments, _context in _found(text, STORED_KEYWORDS):
            yield words, comments, CONTEXT


def _found(text: str, keywords: Mapping[str, Any]) -> Iterator[_Found]:
    source = io.BytesIO(text.encode())
    for _line, words, comments, context in extract(
        "python", source, keywords, [COMMENT], strip_comment_tags=True
    ):
        yield words, list(comments), context
