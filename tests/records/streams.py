"""A stream of any length that is nowhere held as a whole."""

import io


class Stream:
    """`begin`, then `times` copies of `middle`, then `end`. Counts what was taken."""

    def __init__(self, begin: bytes, middle: bytes, times: int, end: bytes = b"") -> None:
        self._pieces = iter([begin, *[middle] * times, end])
        self._piece = io.BytesIO()
        self.given = 0
        self.largest = 0

    def read(self, size: int, /) -> bytes:
        found = self._piece.read(size)
        while not found:
            following = next(self._pieces, None)
            if following is None:
                return b""
            self._piece = io.BytesIO(following)
            found = self._piece.read(size)
        self.given += len(found)
        self.largest = max(self.largest, size)
        return found
