"""Archives of records, read member by member: nothing is unpacked to disk or kept in memory.

Zip, tar, and gzip around a tar or around one file. What an archive says of itself is not
believed: bytes are counted as they come out. Members that are links, encrypted, named to
lead out of the archive, or archives themselves are refused; the others are read.
"""

import gzip
import io
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import BinaryIO

from catalogue.records import Readable
from catalogue.records.said import said

# Text is packed to a tenth or a twentieth; only what was made to explode goes beyond this.
MAX_RATIO = 200
# Below this a high ratio does no harm: a few spaces, packed well.
FREE_BYTES = 10_000_000
MAX_UNPACKED_BYTES = 50_000_000_000
# Python reads a zip's directory into memory as a whole: about 200,000 members.
MAX_DIRECTORY_BYTES = 20_000_000

ENDINGS = (".zip", ".tar.gz", ".tgz", ".tar", ".gz")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
_BLOCK = 512
_TAR_MAGIC = slice(257, 262)
_END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
_MAX_COMMENT = 0xFFFF
_MAX_LONG_NAME = 100_000
_PAX = (b"x", b"X", b"g")
_LONG_NAMES = (b"L", b"K")

Wanted = Callable[[str], bool]

_BROKEN = (
    OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError, struct.error,
    NotImplementedError, UnicodeError, ValueError, OverflowError,
)  # fmt: skip


class ArchiveError(Exception):
    """An archive, or a member of one, that is not read: why, for a person to read."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. `open` gives its bytes, once, before the next member is asked for.

    `is_last` if all that was not to come later has come already.
    """

    name: str
    open: Callable[[], AbstractContextManager[Readable]]
    is_last: bool = False


def recognises(head: bytes) -> bool:
    """Tell from its first 512 bytes whether a file is an archive, of whatever kind."""
    return head.startswith((*_ZIP, _GZIP, *_OTHERS)) or head[_TAR_MAGIC] == b"ustar"


def members(file: BinaryIO, *, wanted: Wanted, later: Wanted) -> Iterator[Member]:
    """Yield the files of an archive that are wanted by their names, in the archive's order.

    Of a zip, which can be read in any order, those to come `later` are the last: that is asked
    once of each, before the first is read. Of a tar it is never asked.

    Raises:
        ArchiveError: when the archive cannot be read, or be read further.
    """
    head = file.read(_BLOCK)
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise ArchiveError(said("{name} archives are not read; use zip or tar.gz", name=name))
    allowance = _Allowance(FREE_BYTES + MAX_RATIO * size)
    try:
        if head.startswith(_ZIP):
            yield from _zip_members(file, size, allowance, wanted, later)
        elif head.startswith(_GZIP):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield from _stream_members(_Counted(unpacked, allowance), wanted)
        else:
            yield from _stream_members(_Counted(file, allowance), wanted)
    except _BROKEN as error:
        raise ArchiveError(_why(error)) from None


# --- Counting -------------------------------------------------------------------------


class _Allowance:
    """How many bytes may still come out."""

    def __init__(self, size: int) -> None:
        self._left = min(size, MAX_UNPACKED_BYTES)

    def spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise ArchiveError(
                said(
                    "it unpacks to more than {ratio:d} times its size, or to more than {most:,} "
                    "bytes; it is not read further",
                    ratio=MAX_RATIO,
                    most=MAX_UNPACKED_BYTES,
                )
            )


class _Counted:
    """A stream that spends an allowance, and says in words what is wrong with its bytes."""

    def __init__(self, stream: Readable, allowance: _Allowance) -> None:
        self._stream = stream
        self._allowance = allowance

    def read(self, size: int, /) -> bytes:
        try:
            piece = self._stream.read(size)
        except _BROKEN as error:
            raise ArchiveError(_why(error)) from None
        self._allowance.spend(len(piece))
        return piece


def _why(error: Exception) -> str:
    if isinstance(error, NotImplementedError):
        return said("it is packed in a way that is not read; use deflate")
    if isinstance(error, EOFError):
        return said("it ends too early")
    reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return said("it is broken: {reason}", reason=reason)


def _refuse_name(name: str) -> None:
    """Refuse a name that would lead out of the archive if somebody unpacked it."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":" or "\0" in name:
        raise ArchiveError(said("its name leads out of the archive"))


def _refusing(reason: str) -> Callable[[], AbstractContextManager[Readable]]:
    def refuse() -> AbstractContextManager[Readable]:
        raise ArchiveError(reason)

    return refuse


# --- Zip ------------------------------------------------------------------------------


def _zip_members(
    file: BinaryIO, size: int, allowance: _Allowance, wanted: Wanted, later: Wanted
) -> Iterator[Member]:
    _refuse_large_directory(file, size)
    with zipfile.ZipFile(file) as archive:
        found = [info for info in archive.infolist() if wanted(info.filename)]
        first_to_last = sorted(
            ((later(info.filename), info) for info in found), key=lambda pair: pair[0]
        )
        for is_last, info in first_to_last:
            yield Member(info.filename, _zip_opener(archive, info, allowance), is_last)


def _zip_opener(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, allowance: _Allowance
) -> Callable[[], AbstractContextManager[Readable]]:
    @contextmanager
    def open_member() -> Iterator[Readable]:
        _refuse_name(info.filename)
        # A link's target is what its bytes say.
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ArchiveError(said("it is a link"))
        if info.flag_bits & 0x1:
            raise ArchiveError(said("it is encrypted"))
        if info.file_size > FREE_BYTES + MAX_RATIO * info.compress_size:
            raise ArchiveError(
                said("it unpacks to more than {ratio:d} times its size", ratio=MAX_RATIO)
            )
        try:
            stream = archive.open(info)
        except (*_BROKEN, RuntimeError) as error:
            raise ArchiveError(_why(error)) from None
        with stream:
            yield _Counted(stream, allowance)

    return open_member


def _refuse_large_directory(file: BinaryIO, size: int) -> None:
    """Look at the size of the list of members before anybody reads it into memory."""
    file.seek(max(0, size - _END_OF_DIRECTORY.size - _MAX_COMMENT))
    tail = file.read()
    file.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_OF_DIRECTORY.size:
        raise ArchiveError(said("it ends too early: the list of its members is missing"))
    directory_size = _END_OF_DIRECTORY.unpack_from(tail, at)[5]
    if directory_size == 0xFFFFFFFF:
        # ZIP64 writes the real size before the record we found; its own bytes come first.
        large = tail.rfind(b"PK\x06\x06", 0, at)
        directory_size = (
            struct.unpack_from("<Q", tail, large + 40)[0] if large >= 0 else directory_size
        )
    if directory_size > MAX_DIRECTORY_BYTES:
        raise ArchiveError(
            said("it has too many members; make several archives of it, or a tar.gz")
        )


# --- Tar and gzip -------------------------------------------------------------------


def _stream_members(stream: _Counted, wanted: Wanted) -> Iterator[Member]:
    """Yield the members of a tar, or the one file that a gzip holds if it holds no tar."""
    head = _take(stream, _BLOCK)
    if len(head) < _BLOCK or head[_TAR_MAGIC] != b"ustar":
        yield Member("", lambda: nullcontext(_Once(head, stream)))
        return
    yield from _tar_members(head, stream, wanted)


class _Once:
    """What was taken from a stream already, and then the rest."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        self._head = io.BytesIO(head)
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        return self._head.read(size) or self._rest.read(size)


class _Part:
    """The next `size` bytes of a stream."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self.left = size

    def read(self, size: int, /) -> bytes:
        piece = self._stream.read(min(size, self.left))
        if not piece and self.left and size:
            raise ArchiveError(said("it ends too early"))
        self.left -= len(piece)
        return piece


def _tar_members(head: bytes, stream: _Counted, wanted: Wanted) -> Iterator[Member]:
    """Walk a tar from front to back.

    Python's own reader keeps every member, and reads headers of any length into memory.
    """
    long_name = ""
    size_beyond_octal: int | None = None
    while len(head) == _BLOCK and head.strip(b"\0"):
        info = tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
        size = info.size
        if info.type in _PAX or info.type in _LONG_NAMES:
            text = _take_extension(stream, size)
            if info.type == b"L":
                long_name = text.rstrip(b"\0").decode("utf-8", "surrogateescape")
            elif info.type in (b"x", b"X"):
                keywords = _read_pax(text)
                long_name = keywords.get("path", long_name)
                size_beyond_octal = int(keywords["size"]) if "size" in keywords else None
            head = _take(stream, _BLOCK)
            continue
        size = size if size_beyond_octal is None else size_beyond_octal
        if size < 0:
            raise ArchiveError(said("it is broken: a member has a negative size"))
        name = long_name or info.name
        long_name, size_beyond_octal = "", None
        part = _Part(stream, size if info.isreg() else 0)
        if not info.isdir() and wanted(name):
            yield Member(name, _tar_opener(info, name, part))
        _skip(part, part.left)
        if info.isreg():
            _skip(stream, -size % _BLOCK)
        head = _take(stream, _BLOCK)


def _tar_opener(
    info: tarfile.TarInfo, name: str, part: _Part
) -> Callable[[], AbstractContextManager[Readable]]:
    if info.issym() or info.islnk():
        return _refusing(said("it is a link"))
    if not info.isreg() or info.type == tarfile.GNUTYPE_SPARSE:
        return _refusing(said("it is no regular file"))

    def open_member() -> AbstractContextManager[Readable]:
        _refuse_name(name)
        return nullcontext(part)

    return open_member


def _take_extension(stream: Readable, size: int) -> bytes:
    """Return what stands in a header of variable length."""
    if not 0 <= size <= _MAX_LONG_NAME:
        raise ArchiveError(said("it is broken: a header is too long"))
    text = _take(stream, size + -size % _BLOCK)
    return text[:size]


def _read_pax(text: bytes) -> dict[str, str]:
    """Return the keywords of a pax header, each written as `length key=value`."""
    keywords: dict[str, str] = {}
    while text:
        length, _, _ = text.partition(b" ")
        end = int(length)
        if not 0 < end <= len(text):
            raise ArchiveError(said("it is broken: a header cannot be read"))
        key, _, value = text[len(length) + 1 : end - 1].partition(b"=")
        keywords[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        text = text[end:]
    return keywords


def _take(stream: Readable, size: int) -> bytes:
    """Return `size` bytes, fewer only at the end."""
    pieces = []
    while size and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _skip(stream: Readable, size: int) -> None:
    while size and (piece := stream.read(min(size, 1 << 16))):
        size -= len(piece)
