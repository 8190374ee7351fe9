"""The bytes of one source: looked at without reading them all, then read in bounded memory."""

import io
from collections.abc import Iterator
from typing import Protocol

from catalogue.records.record import MAX_RECORD_BYTES

# One line may hold a whole yt-dlp record with the addresses of all its formats.
MAX_LINE_BYTES = 8_000_000
_CHUNK = 1 << 16


class Readable(Protocol):
    """What bytes are read from: a file, a member of an archive."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""


class Content:
    """Bytes, or a stream of them, that can be looked at first and read once after that.

    `head` is where they begin; `is_whole` tells whether that is all there is. Of a stream
    never more is held than a method's limit.
    """

    def __init__(self, given: bytes | Readable) -> None:
        self._rest: Readable | None = None
        if isinstance(given, bytes):
            self.head = given
            return
        self.head = _read(given, MAX_RECORD_BYTES + 1)
        if len(self.head) > MAX_RECORD_BYTES:
            self._rest = given

    @property
    def is_whole(self) -> bool:
        """Tell whether `head` is all there is."""
        return self._rest is None

    def read_whole(self, limit: int) -> bytes | None:
        """Return all bytes, or None if there are more than `limit`."""
        whole = self.head
        if self._rest is not None and len(whole) <= limit:
            whole += _read(self._rest, limit + 1 - len(whole))
        return whole if len(whole) <= limit else None

    def lines(self, limit: int = MAX_LINE_BYTES) -> Iterator[tuple[int, bytes]]:
        """Yield each line with its number, from 1, and with its line end.

        A line of more than `limit` bytes is cut one byte later, and its rest passed over.
        """
        file = io.BytesIO(self.head) if self._rest is None else _joined(self.head, self._rest)
        number = 0
        while line := file.readline(limit + 1):
            number += 1
            yield number, line
            while len(line) > _CHUNK and not line.endswith(b"\n"):
                line = file.readline(_CHUNK + 1)


def _read(stream: Readable, size: int) -> bytes:
    """Return `size` bytes, fewer only at the end, however small the stream's bites are."""
    first = stream.read(size)
    if not first or len(first) == size:
        return first
    pieces = [first]
    missing = size - len(first)
    while missing and (piece := stream.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _joined(head: bytes, rest: Readable) -> io.BufferedReader:
    return io.BufferedReader(_Joined(head, rest), _CHUNK)


class _Joined(io.RawIOBase):
    """What was read already, and then what was not."""

    def __init__(self, head: bytes, rest: Readable) -> None:
        super().__init__()
        self._head = io.BytesIO(head)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        piece = self._head.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)
