"""The files of posters, by what is in them: DATA_DIR/media/posters/ab/abcdef…-480.webp.

Files that have their name are whole and never change, so any number of processes may serve
them. Who stores one holds STORING in common until the row that names it is committed; who
sweeps holds it alone, and so sees no file whose row is still to come.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from catalogue.models import Poster

FOLDERS = 256
# One number for all: a sweep of one folder takes milliseconds.
STORING = 0x706F7374

_NAME = re.compile(r"([0-9a-f]{32})-([1-9][0-9]{0,4})\.webp")


def path_of(content_hash: str, width: int) -> Path:
    """Return where a file is, or would be."""
    return _folder(content_hash[:2]) / f"{content_hash}-{width}.webp"


def store(content_hash: str, files: Iterable[tuple[int, bytes]]) -> None:
    """Write files by width, each at once and whole; what is there already stays.

    To be called in the transaction that writes the row which names them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [STORING])
    for width, body in files:
        path = path_of(content_hash, width)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with draft.open("wb") as out:
            out.write(body)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)


def are_there(content_hash: str, widths: Iterable[int]) -> bool:
    """Tell whether all files of a picture are on the disk."""
    return all(path_of(content_hash, width).exists() for width in widths)


def sweep(number: int) -> int:
    """Delete what no row names from one of FOLDERS folders; returns how many files.

    Drafts of processes that died go with it.
    """
    folder = _folder(f"{number:02x}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STORING])
        files = list(folder.iterdir()) if folder.is_dir() else []
        hashes = {file: match[1] for file in files if (match := _NAME.fullmatch(file.name))}
        named = Poster.objects.filter(content_hash__in=set(hashes.values()))
        kept = set(named.values_list("content_hash", flat=True))
        orphans = [file for file in files if hashes.get(file) not in kept]
        for file in orphans:
            file.unlink(missing_ok=True)
    return len(orphans)


def _folder(prefix: str) -> Path:
    return Path(settings.DATA_DIR) / "media" / "posters" / prefix
