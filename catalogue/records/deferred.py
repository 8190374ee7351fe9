"""Sources cut into parts that another process can parse: bytes now, records later."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from catalogue.records import parse_all, parse_content
from catalogue.records.content import Content, Readable
from catalogue.records.json_documents import read_lines, recognises_lines
from catalogue.records.record import RecordError, VideoRecord

# Lines of JSON that make one part.
PART_BYTES = 1_000_000

Other = TypeVar("Other")


class Unparsed(NamedTuple):
    """Bytes that nobody has parsed yet: a source, or some lines of JSON from line `first` on."""

    source: str
    content: bytes
    first: int | None = None

    def parse(self) -> Iterator[VideoRecord | RecordError]:
        """Yield the records in it, as `parse_all` would have. Raises nothing."""
        if self.first is None:
            return parse_all(self.source, self.content)
        return read_lines(self.source, Content(self.content), first=self.first)


def defer(source: str, given: bytes | Readable) -> Iterator[VideoRecord | RecordError | Unparsed]:
    """Return a source in parts; parsed, they give what `parse_all` gives, in that order.

    What is small is one part, JSON Lines of any length are several. All else has to be
    parsed in one piece, here and now. Memory and errors are those of `parse_all`.
    """
    if isinstance(given, bytes):
        return iter((Unparsed(source, given),))
    return _defer_stream(source, given)


def resolve(
    items: Iterable[VideoRecord | RecordError | Unparsed | Other],
) -> Iterator[VideoRecord | RecordError | Other]:
    """Yield items, and in the place of what is not parsed yet, its records."""
    for item in items:
        if isinstance(item, Unparsed):
            yield from item.parse()
        else:
            yield item


def _defer_stream(source: str, stream: Readable) -> Iterator[VideoRecord | RecordError | Unparsed]:
    content = Content(stream)
    if content.is_whole:
        yield Unparsed(source, content.head)
    elif recognises_lines(content):
        yield from _cut_lines(source, content)
    else:
        yield from parse_content(source, content)


def _cut_lines(source: str, content: Content) -> Iterator[Unparsed]:
    part: list[bytes] = []
    size, first = 0, 1
    for number, line in content.lines():
        # Too long a line comes cut; the line end keeps the next one apart.
        part.append(line if line.endswith(b"\n") else line + b"\n")
        size += len(line)
        if size >= PART_BYTES:
            yield Unparsed(source, b"".join(part), first)
            part, size, first = [], 0, number + 1
    if part:
        yield Unparsed(source, b"".join(part), first)
