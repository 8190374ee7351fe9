"""Files and folders into records, one at a time, without trusting what lies there."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from catalogue.records import MAX_RECORD_BYTES, RecordError, VideoRecord, parse

# What is looked at in a folder. A file that is named itself may be called anything.
ENDINGS = (".md", ".markdown", ".txt")

Parse = Callable[[str, bytes], VideoRecord]


def read(paths: Iterable[Path], *, parse: Parse = parse) -> Iterator[VideoRecord | RecordError]:
    """Read files, and folders with all below them, in the order of their names.

    One file is in memory at a time. In folders only files with known endings are looked at,
    hidden ones are passed over and symbolic links are not followed. Whatever cannot be read
    comes out as a RecordError; nothing is raised. A file's source is the path as given, or
    the path below the given folder, that folder's name first.
    """
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            yield RecordError(str(path), _why(error))
            continue
        if is_folder:
            yield from _read_folder(path, parse)
        else:
            yield _read_file(path, str(path), parse, may_be_link=True)


def _read_folder(top: Path, parse: Parse) -> Iterator[VideoRecord | RecordError]:
    is_empty = True
    for path in _walk(top):
        source = str(Path(top.name or top.resolve().name) / path.relative_to(top))
        is_empty = False
        yield _read_file(path, source, parse, may_be_link=False)
    if is_empty:
        endings = ", ".join(ENDINGS)
        yield RecordError(str(top), f"there is no record in this folder (no file in {endings})")


def _walk(top: Path) -> Iterator[Path]:
    """Yield the files of a folder that may be records, by name, each folder in its place."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            if path is not top and not stat.S_ISDIR(path.lstat().st_mode):
                if path.name.lower().endswith(ENDINGS):
                    yield path
                continue
            names = sorted(os.listdir(path), reverse=True)  # noqa: PTH208 (names only: a folder may hold a million)
        except OSError:
            yield path
            continue
        waiting.extend(path / name for name in names if not name.startswith("."))


def _read_file(
    path: Path, source: str, parse: Parse, *, may_be_link: bool
) -> VideoRecord | RecordError:
    try:
        content = _read_bytes(path, may_be_link=may_be_link)
    except OSError as error:
        return RecordError(source, _why(error))
    try:
        return parse(source, content)
    except RecordError as error:
        return error


def _read_bytes(path: Path, *, may_be_link: bool) -> bytes:
    """Return a regular file's bytes, one more than a record may have at most.

    Raises OSError. A pipe or a device is never waited for: it is opened without blocking,
    and what was really opened is looked at.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if may_be_link else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(MAX_RECORD_BYTES + 1)


def _why(error: OSError | ValueError) -> str:
    """Return the system's reason in words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "this may not be read"
    if isinstance(error, OSError):
        return f"this cannot be read: {error.strerror}"
    return "this is no path"
