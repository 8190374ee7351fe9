"""Files, folders and archives into records, one at a time, without trusting what lies there."""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from catalogue.ingest import archives
from catalogue.ingest.archives import ArchiveError, Member
from catalogue.ingest.beside import Beside, BesideMembers
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.records import (
    MAX_RECORD_BYTES,
    Readable,
    RecordError,
    VideoRecord,
    parse_all,
)
from catalogue.records.deferred import Unparsed
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES
from catalogue.records.subtitles.names import ENDINGS as SUBTITLE_ENDINGS
from catalogue.records.subtitles.names import is_subtitles

# What is looked at in a folder or an archive. A file that is named itself may be called anything.
RECORD_ENDINGS = (".md", ".markdown", ".txt", ".json", ".jsonl", ".ndjson", ".csv")
ENDINGS = RECORD_ENDINGS + archives.ENDINGS

# Nearly all files are smaller. Room for the largest takes longer to get than they to read.
_USUAL_BYTES = 65_536

Items = Iterator[VideoRecord | RecordError | Unparsed]
Files = Iterator[VideoRecord | RecordError | Unparsed | TranscriptFile]
Parse = Callable[[str, bytes | Readable], Items]


def read(paths: Iterable[Path], *, parse: Parse = parse_all) -> Files:
    """Read files, archives, and folders with all below them, in the order of their names.

    A file that is one record is in memory as a whole, of any other one record at a time. In
    folders and archives only files with known endings are looked at and hidden ones passed
    over; symbolic links are not followed. Whatever cannot be read comes out as a
    RecordError; nothing is raised. A file's source is the path as given, or the path below
    the given folder, that folder's name first; a member's is `archive.zip!its/name.md`.
    Subtitle files come after the records of their folder or archive; those that are named
    themselves, after all else.
    """
    beside = Beside()
    paths = list(paths)
    for path in paths:
        beside.expect(path.parent, [path.name])
    named = []
    for path in paths:
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            yield RecordError(str(path), _why(error))
            continue
        if is_folder:
            yield from _read_folder(path, parse, beside)
        elif is_subtitles(path.name):
            named.append(path)
        else:
            items = _read_file(path, str(path), parse, may_be_link=True)
            yield from beside.remembered(path, items)
    for path in named:
        yield _read_subtitles(path, str(path), beside, may_be_link=True)


def _read_folder(top: Path, parse: Parse, beside: Beside) -> Files:
    is_empty = True
    for path, source in _walk(top, beside):
        is_empty = False
        if is_subtitles(path.name):
            yield _read_subtitles(path, source, beside, may_be_link=False)
        else:
            items = _read_file(path, source, parse, may_be_link=False)
            yield from beside.remembered(path, items)
    if is_empty:
        endings = ", ".join(ENDINGS)
        yield RecordError(str(top), f"there is no record in this folder (no file in {endings})")


def _walk(top: Path, beside: Beside) -> Iterator[tuple[Path, str]]:
    """Yield the files of a folder that may be records, each with its source, by name.

    Each folder comes in its place. Subtitles come last: whose they are, the records beside
    them tell. A folder that cannot be listed comes in the place of its files.
    """
    name = top.name or top.resolve().name
    waiting = [(top, name, _list(top, beside))]
    while waiting:
        folder, source, names = waiting[-1]
        if names is None:
            waiting.pop()
            yield folder, source
        elif not names:
            waiting.pop()
        else:
            name = names.pop()
            place = f"{source}/{name}" if source else name
            if name.endswith("/"):
                below = folder / name
                waiting.append((below, place[:-1], _list(below, beside)))
            else:
                yield folder / name, place


def _list(folder: Path, beside: Beside) -> list[str] | None:
    """Return what is to be read of a folder, the last first, folders with a slash behind.

    Names only: a folder may hold a million. None if the system does not let us look.
    """
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    found.append(f"{entry.name}/")
                elif entry.name.lower().endswith(ENDINGS + SUBTITLE_ENDINGS):
                    found.append(entry.name)
    except OSError:
        return None
    beside.expect(folder, found)
    found.sort(key=lambda name: (is_subtitles(name), name.rstrip("/")), reverse=True)
    return found


def _read_subtitles(
    path: Path, source: str, beside: Beside, *, may_be_link: bool
) -> TranscriptFile:
    content: bytes | RecordError
    try:
        with _open(path, may_be_link=may_be_link) as file:
            content = file.read(MAX_SUBTITLES_BYTES + 1)
    except OSError as error:
        content = RecordError(source, _why(error))
    return beside.file(path, source, content)


def _read_file(path: Path, source: str, parse: Parse, *, may_be_link: bool) -> Files:
    try:
        with _open(path, may_be_link=may_be_link) as file:
            yield from read_file(source, file, parse=parse)
    except OSError as error:
        yield RecordError(source, _why(error))


def read_file(source: str, file: BinaryIO, *, parse: Parse = parse_all) -> Files:
    """Read an open file that can be sought: records, or an archive of them. May raise OSError."""
    head = file.read(_USUAL_BYTES)
    if len(head) == _USUAL_BYTES:
        head += file.read(MAX_RECORD_BYTES + 1 - _USUAL_BYTES)
    if archives.recognises(head):
        file.seek(0)
        yield from _read_archive(file, source, parse)
    elif len(head) <= MAX_RECORD_BYTES:
        yield from parse(source, head)
    else:
        file.seek(0)
        yield from parse(source, file)


def _read_archive(file: BinaryIO, source: str, parse: Parse) -> Files:
    is_empty, beside = True, BesideMembers()
    try:
        for member in archives.members(file, wanted=_is_wanted, later=beside.expect):
            is_empty = False
            name = f"{source}!{member.name}" if member.name else source
            if not member.name:
                yield from _read_member(member, name, parse)
            elif not is_subtitles(member.name):
                items = _read_member(member, name, parse)
                yield from beside.remembered(member.name, items)
            elif member.is_last:
                yield beside.file(member.name, name, _read_subtitle_member(member, name))
            else:
                content = _read_subtitle_member(member, name)
                yield from beside.hold(member.name, name, content)
    except ArchiveError as error:
        is_empty = False
        yield RecordError(source, f"this archive is not read: {error}")
    yield from beside.held()
    if is_empty:
        endings = ", ".join(RECORD_ENDINGS + SUBTITLE_ENDINGS)
        yield RecordError(source, f"there is no record in this archive (no file in {endings})")


def _read_member(member: Member, source: str, parse: Parse) -> Items:
    try:
        with member.open() as stream:
            yield from parse(source, _refusing_archives(stream))
    except ArchiveError as error:
        yield RecordError(source, f"this member is not read: {error}")


def _read_subtitle_member(member: Member, source: str) -> bytes | RecordError:
    pieces, left = [], MAX_SUBTITLES_BYTES + 1
    try:
        with member.open() as stream:
            while left and (piece := stream.read(left)):
                pieces.append(piece)
                left -= len(piece)
    except ArchiveError as error:
        return RecordError(source, f"this member is not read: {error}")
    return b"".join(pieces)


def _is_wanted(name: str) -> bool:
    """Tell whether a member may be a record, subtitles, or an archive, which has to be refused."""
    parts = name.replace("\\", "/").split("/")
    is_hidden = any(part.startswith(".") and part not in {".", ".."} for part in parts)
    is_known = name.lower().endswith(ENDINGS + SUBTITLE_ENDINGS)
    return is_known and not is_hidden and parts[0] != "__MACOSX"


class _Looked:
    """A stream whose beginning has been looked at."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        if not self._head:
            return self._rest.read(size)
        piece, self._head = self._head[:size], self._head[size:]
        return piece


def _refusing_archives(stream: Readable) -> Readable:
    head = stream.read(512)
    if archives.recognises(head):
        raise ArchiveError("it is an archive inside an archive")
    return _Looked(head, stream)


def _open(path: Path, *, may_be_link: bool) -> BinaryIO:
    """Open a regular file. Raises OSError.

    A pipe or a device is never waited for: it is opened without blocking, and what was
    really opened is looked at.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if may_be_link else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and not may_be_link:
            raise OSError(
                errno.ELOOP, "it is a link, and links in folders are not followed"
            ) from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file")
    return os.fdopen(descriptor, "rb")


def _why(error: OSError | ValueError) -> str:
    """Return the system's reason in words."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file or folder"
    if isinstance(error, PermissionError):
        return "this may not be read"
    if isinstance(error, OSError):
        return f"this cannot be read: {error.strerror}"
    return "this is no path"
