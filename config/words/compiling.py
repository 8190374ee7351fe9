"""Catalogues of words made ready for Python, whenever one has changed."""

import contextlib
import os
from pathlib import Path

CATALOGUES = "*/LC_MESSAGES/django.po"


def compile_changed(folder: Path) -> list[Path]:
    """Compile each catalogue under `locale/` that changed since it was; return the new files.

    Quick if none did. Several processes may do it at once: each writes a whole file of its own
    and then puts it in place. Where nothing can be written and nothing is missing, what was
    compiled before stays. Raises OSError where something is missing, Babel's PoFileError
    for a catalogue that is none.
    """
    made: list[Path] = []
    for source in sorted(folder.glob(CATALOGUES)):
        target = source.with_suffix(".mo")
        written = source.stat()
        # The same second, not a later one: an older catalogue may come back with git or rsync.
        if _modified(target) == written.st_mtime_ns:
            continue
        with contextlib.suppress(PermissionError) if target.exists() else contextlib.nullcontext():
            _compile(source, target, written.st_mtime_ns)
            made.append(target)
    return made


def _modified(path: Path) -> int | None:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _compile(source: Path, target: Path, modified: int) -> None:
    # Half a second, and every other start has no use for it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    # Babel would fill missing forms with English ones, chosen by the other language's rule.
    for message in list(catalogue):
        if message.pluralizable and not all(message.string or ()):
            catalogue.delete(message.id, context=message.context)
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with draft.open("wb") as file:
            write_mo(file, catalogue)
        os.utime(draft, ns=(modified, modified))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
