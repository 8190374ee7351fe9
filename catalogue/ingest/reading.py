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
from catalogue.records.said import said
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES
from catalogue.records.subtitles.names import ENDINGS as SUBTITLE_ENDINGS
from catalogue.records.subtitles.names import is_subtitles

# What is looked at in a folder or an archive. A file that is named itself may be called anything.
RECORD_ENDINGS = (".md", ".markdown", ".txt", ".json", ".jsonl", ".ndjson", ".csv")
ENDINGS = RECORD_ENDINGS + archives.ENDINGS
_LOOKED_AT = ENDINGS + SUBTITLE_ENDINGS

# Nearly all files are smaller. Room for the largest takes longer to get than they to read.
_USUAL_BYTES = 65_536

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

Item = VideoRecord | RecordError | Unparsed | TranscriptFile
Items = Iterator[VideoRecord | RecordError | Unparsed]
Files = Iterator[Item]
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
        beside.expect(str(path.parent), [path.name])
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
            items = _read_file(str(path), str(path), parse, may_be_link=True)
            yield from beside.remembered(str(path.parent), path.name, items)
    for path in named:
        content = _read_subtitles(str(path), str(path), may_be_link=True)
        yield beside.file(str(path.parent), path.name, str(path), content)


def _read_folder(top: Path, parse: Parse, beside: Beside) -> Files:
    is_empty = True
    for folder, name, path, source in _walk(top, beside):
        is_empty = False
        if is_subtitles(name):
            content = _read_subtitles(path, source, may_be_link=False)
            yield beside.file(folder, name, source, content)
        else:
            items = _read_file(path, source, parse, may_be_link=False)
            yield from beside.remembered(folder, name, items)
    if is_empty:
        endings = ", ".join(ENDINGS)
        reason = said("there is no record in this folder (no file in {endings})", endings=endings)
        yield RecordError(str(top), reason)


def _walk(top: Path, beside: Beside) -> Iterator[tuple[str, str, str, str]]:
    """Yield the files of a folder that may be records, by name: folder, name, path and source.

    Each folder comes in its place. Subtitles come last: whose they are, the records beside
    them tell. A folder that cannot be listed comes in the place of its files. Texts, since a
    Path for each of a million files takes as long as reading them.
    """
    place = (str(top.parent), top.name, str(top), top.name or top.resolve().name)
    waiting = [(place, _list(str(top), beside))]
    while waiting:
        place, names = waiting[-1]
        if names is None:
            waiting.pop()
            yield place
            continue
        _above, _name, folder, source = place
        path_before = "" if folder == "." else folder.rstrip("/") + "/"
        source_before = f"{source}/" if source else ""
        while names:
            name = names.pop()
            if name.endswith("/"):
                below = path_before + name[:-1]
                place = (folder, name[:-1], below, source_before + name[:-1])
                waiting.append((place, _list(below, beside)))
                break
            yield folder, name, path_before + name, source_before + name
        else:
            waiting.pop()


def _list(folder: str, beside: Beside) -> list[str] | None:
    """Return what is to be read of a folder, the last first, folders with a slash behind.

    Names only: a folder may hold a million. None if the system does not let us look.
    """
    records: list[str] = []
    subtitles: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    records.append(f"{name}/")
                elif name.lower().endswith(_LOOKED_AT):
                    (subtitles if is_subtitles(name) else records).append(name)
    except OSError:
        return None
    beside.expect(folder, subtitles)
    records.sort(key=lambda name: name.rstrip("/"), reverse=True)
    subtitles.sort(reverse=True)
    return subtitles + records


def _read_subtitles(path: str, source: str, *, may_be_link: bool) -> bytes | RecordError:
    try:
        descriptor, _size = _open(path, may_be_link=may_be_link)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(MAX_SUBTITLES_BYTES + 1)
    except OSError as error:
        return RecordError(source, _why(error))


def _read_file(path: str, source: str, parse: Parse, *, may_be_link: bool) -> Iterable[Item]:
    """Read a file: a usual one here and now, any other while its items are taken."""
    try:
        descriptor, size = _open(path, may_be_link=may_be_link)
    except OSError as error:
        return [RecordError(source, _why(error))]
    content = _read_usual(descriptor, size)
    if content is None:
        return _read_unusual(descriptor, source, parse)
    return parse(source, content)


def _read_usual(descriptor: int, size: int) -> bytes | None:
    """Return all bytes of a usual file and close it; None of a large one and of an archive.

    One call of the system where a buffered file takes five. None too where that does not give
    as much as was promised (what the system makes up, as in /proc, has no size), or fails:
    reading it again tells.
    """
    if not 0 < size <= _USUAL_BYTES:
        return None
    try:
        content = os.read(descriptor, size + 1)
    except OSError:
        return None
    if len(content) != size or archives.recognises(content):
        return None
    os.close(descriptor)
    return content


def _read_unusual(descriptor: int, source: str, parse: Parse) -> Iterator[Item]:
    try:
        with os.fdopen(descriptor, "rb") as file:
            file.seek(0)
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
        yield RecordError(source, said("this archive is not read: {reason}", reason=error))
    yield from beside.held()
    if is_empty:
        endings = ", ".join(RECORD_ENDINGS + SUBTITLE_ENDINGS)
        reason = said("there is no record in this archive (no file in {endings})", endings=endings)
        yield RecordError(source, reason)


def _read_member(member: Member, source: str, parse: Parse) -> Items:
    try:
        with member.open() as stream:
            yield from parse(source, _refusing_archives(stream))
    except ArchiveError as error:
        yield RecordError(source, said("this member is not read: {reason}", reason=error))


def _read_subtitle_member(member: Member, source: str) -> bytes | RecordError:
    pieces, left = [], MAX_SUBTITLES_BYTES + 1
    try:
        with member.open() as stream:
            while left and (piece := stream.read(left)):
                pieces.append(piece)
                left -= len(piece)
    except ArchiveError as error:
        return RecordError(source, said("this member is not read: {reason}", reason=error))
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
        raise ArchiveError(said("it is an archive inside an archive"))
    return _Looked(head, stream)


def _open(path: str, *, may_be_link: bool) -> tuple[int, int]:
    """Open a regular file; return its descriptor, and its size for all we are told.

    Raises OSError.

    A pipe or a device is never waited for: it is opened without blocking, and what was
    really opened is looked at.
    """
    flags = _FLAGS if may_be_link else _FLAGS | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and not may_be_link:
            raise OSError(
                errno.ELOOP, said("it is a link, and links in folders are not followed")
            ) from None
        raise
    told = os.fstat(descriptor)
    if not stat.S_ISREG(told.st_mode):
        os.close(descriptor)
        raise OSError(0, said("it is no regular file"))
    return descriptor, told.st_size


def _why(error: OSError | ValueError) -> str:
    """Return the system's reason in words."""
    if isinstance(error, FileNotFoundError):
        return said("there is no such file or folder")
    if isinstance(error, PermissionError):
        return said("this may not be read")
    if isinstance(error, OSError):
        return said("this cannot be read: {reason}", reason=error.strerror)
    return said("this is no path")
