"""The catalogues of `locale/`: kept in step with the product, and checked."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from gettext import c2py
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from config.words.compiling import CATALOGUES

HEADER = "# Written by script/words; docs/translating.md says how."
# Lines of a header that change with every run, or say what git says.
_HEADER_NOISE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|'
    r"Report-Msgid-Bugs-To|Project-Id-Version):.*\n",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|\{\w*(?::[,d])?\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


def path_of(folder: Path, language: str) -> Path:
    """Return where a language's catalogue is."""
    return folder / language / "LC_MESSAGES" / "django.po"


def languages(folder: Path) -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.parent.parent.name for path in folder.glob(CATALOGUES))


def read(path: Path) -> Catalog:
    """Return a catalogue as it is written. Raises PoFileError if it is none."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def update(folder: Path, language: str, words: Catalog) -> None:
    """Write a language's catalogue anew: all the words there are, with the translations it had.

    A word that is gone goes; one that is new waits for its translation, and nothing is guessed.
    """
    path = path_of(folder, language)
    old = read(path) if path.exists() else Catalog(locale=language)
    new = Catalog(locale=language, charset="utf-8", header_comment=HEADER, fuzzy=False)
    new.mime_headers = old.mime_headers
    for message in words:
        if not message.id:
            continue
        known = old.get(_key(message), context=message.context)
        kept = known is not None and known.pluralizable == message.pluralizable
        new.add(
            message.id,
            known.string if known and kept else _nothing(message, old.num_plurals),
            locations=message.locations,
            flags=(known.flags & {"fuzzy"} if known and kept else set()),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            context=message.context,
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_text_of(new), encoding="utf-8")


def _text_of(catalogue: Catalog) -> str:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, include_lineno=False, sort_by_file=True)
    return _HEADER_NOISE.sub("", buffer.getvalue().decode())


def _nothing(message: Message, forms: int) -> str | tuple[str, ...]:
    return ("",) * forms if message.pluralizable else ""


def _key(message: Message) -> str:
    return _sources_of(message)[0]


def _sources_of(message: Message) -> tuple[str, ...]:
    """Return the English of a message: one text, or two for one and many."""
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


# --- Checks ---------------------------------------------------------------------------


def complaints(catalogue: Catalog, words: Catalog) -> Iterator[str]:
    """Yield what is wrong with a language's catalogue, a line each."""
    here = {(message.context, _key(message)) for message in catalogue if message.id}
    there = {(message.context, _key(message)) for message in words if message.id}
    for _context, text in sorted(there - here, key=str):
        yield f"missing: {text!r}"
    for _context, text in sorted(here - there, key=str):
        yield f"said nowhere any more: {text!r}"
    for message in catalogue:
        if message.id:
            yield from (f"{what}: {_key(message)!r}" for what in faults(message, catalogue))


def faults(message: Message, catalogue: Catalog) -> Iterator[str]:
    """Yield what is wrong with one translation."""
    if message.fuzzy:
        yield "fuzzy"
    forms = _forms_of(message)
    if not all(forms):
        yield "untranslated" if not any(forms) else "a plural form is missing"
        return
    if message.pluralizable and len(forms) != catalogue.num_plurals:
        yield f"{len(forms)} plural forms instead of {catalogue.num_plurals}"
        return
    sources = _sources_of(message)
    for number, form in enumerate(forms):
        may_omit = message.pluralizable and _is_of_one_number(catalogue.plural_expr, number)
        if not _has_placeholders(form, sources, may_omit=may_omit):
            yield f"other placeholders in {form!r}"
        if Counter(_TAG.findall(form)) not in [Counter(_TAG.findall(one)) for one in sources]:
            yield f"other markup in {form!r}"
        if form[:1].isspace() != sources[0][:1].isspace():
            yield f"other white space before {form!r}"


def _forms_of(message: Message) -> tuple[str, ...]:
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def _has_placeholders(form: str, sources: Sequence[str], *, may_omit: bool) -> bool:
    """Tell whether a form names what the last of its sources names.

    A form that stands for one number only may say it in words.
    """
    wanted = Counter(_PLACEHOLDER.findall(sources[-1]))
    found = Counter(_PLACEHOLDER.findall(form))
    if found == wanted:
        return True
    return may_omit and not found - wanted and (wanted - found).total() == 1


def _is_of_one_number(expression: str, form: int) -> bool:
    plural = c2py(expression)
    return sum(plural(number) == form for number in range(1000)) == 1
