"""Style sheets are one file per component; pages link a few bundles that are put together here.

There is no build step: in development a bundle is written anew, into the data folder, when one of
its sources is newer; for production `collectstatic` takes it as it takes any other file.
"""

import gzip
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage

FOLDER = "bundles"
# What every page has, `tokens` first: it fixes the order of the layers.
_SITE = ("tokens", "base", "parts", "forms")
# By name: the style sheets, in the order in which a page would link them. A page links `site` and
# one more at most; the watch page, whose requests are counted, one that has both.
BUNDLES: dict[str, tuple[str, ...]] = {
    "site": _SITE,
    "watch": (*_SITE, "claims", "watch", "reach", "live", "pick", "merges"),
    "claim": ("claims", "verdicts", "evidence", "merges", "live", "talk"),
}
# As far below /static/ as the sources, so that what they name (`../fonts/…`) is found.
PATHS = {f"{FOLDER}/{name}.css": name for name in BUNDLES}


def sources_of(name: str) -> list[Path]:
    """Return the style sheets of a bundle, in order."""
    return [settings.BASE_DIR / "static" / "css" / f"{sheet}.css" for sheet in BUNDLES[name]]


def text_of(name: str) -> str:
    """Return a bundle's text."""
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in sources_of(name))


class Finder(BaseFinder):
    """Finds bundles as if they were files among the static ones."""

    def check(self, **_options: Any) -> list[Any]:
        """Nothing is configured, so nothing can be wrong."""
        return []

    def find(self, path: str, find_all: bool = False, **_options: Any) -> Any:  # noqa: FBT001, FBT002
        """Return where a bundle lies once it is up to date; empty for any other path."""
        name = PATHS.get(path)
        if name is None:
            return []
        found = str(_renewed(name))
        return [found] if find_all else found

    def list(self, _ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        """Give every bundle, and the storage that has it."""
        storage = InMemoryStorage()
        for path, name in PATHS.items():
            storage.save(path, ContentFile(text_of(name).encode()))
            yield path, storage


def _renewed(name: str) -> Path:
    """Return a bundle's file, written anew if a source is newer. Processes may meet here."""
    path: Path = settings.DATA_DIR / "static" / FOLDER / f"{name}.css"
    # The list of its sources is this module's.
    newest = max(each.stat().st_mtime for each in (*sources_of(name), Path(__file__)))
    if not path.exists() or path.stat().st_mtime < newest:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = text_of(name).encode()
        # The web server takes the compressed one where it lies beside.
        _put(path.with_name(f"{path.name}.gz"), gzip.compress(text))
        _put(path, text)
    return path


def _put(path: Path, content: bytes) -> None:
    """Put a file in place whole, so that nobody is served half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as draft:
        draft.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(path)
