"""What a record says, whatever format it came in, and how one is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, make_dataclass
from datetime import date, datetime
from typing import Any, ParamSpec, TypeVar

# A record larger than this is no video's metadata.
MAX_RECORD_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Counts:
    """Audience counts at one time. Unknown is None, never 0."""

    views: int | None = None
    likes: int | None = None
    dislikes: int | None = None
    comments: int | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is known at all."""
        return (self.views, self.likes, self.dislikes, self.comments) != (None, None, None, None)


@dataclass(frozen=True, slots=True)
class VideoRecord:
    """One video's metadata as somebody wrote it down.

    `(platform, platform_id)` is the video's identity. Text is plain (line breaks and links
    kept as text). `published` keeps the precision it was written with: a datetime (aware,
    UTC) or only a date. `recorded_at` (aware, UTC) is when the record was written, which
    is when its counts were true. `raw` are the record's own bytes. A title may be unknown:
    platforms answer with the parts that they are asked for. `channel_id` is the channel's
    identity on the platform; without one its name stands for it. `replays` says how often equal
    stretches of the film are played again, in thousandths of the most replayed one; with it
    there is always a length.
    """

    platform: str
    platform_id: str
    title: str
    raw: bytes
    description: str = ""
    channel: str = ""
    channel_id: str = ""
    category: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    url: str = ""
    image_url: str = ""
    media_url: str = ""
    published: datetime | date | None = None
    recorded_at: datetime | None = None
    duration_ms: int | None = None
    replays: tuple[int, ...] = ()
    counts: Counts = Counts()
    source: str = ""
    line: int | None = None


class _MadeWhenRead:
    """A frozen field whose value may be made when somebody first asks for it.

    Until then its slot holds a function without parameters. Two threads that ask at once
    make the same value twice.
    """

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __get__(self, record: object, owner: type) -> object:
        value = self._slot.__get__(record, owner)
        if callable(value):
            value = value()
            self._slot.__set__(record, value)
        return value

    def __set__(self, record: object, value: object) -> None:
        self._slot.__set__(record, value)


# Making plain text of a body takes as long as everything else, and not everybody wants it.
_slot = vars(VideoRecord)["description"]
setattr(VideoRecord, "description", _MadeWhenRead(_slot))  # noqa: B010 -- a slot to mypy

P = ParamSpec("P")
R = TypeVar("R")


def _open_twin(frozen: Callable[P, R]) -> Callable[P, R]:
    """Return a class with the fields of a frozen one, to be filled in a fourth of the time.

    A frozen class's own constructor makes a call for each field. Whoever fills a twin
    instead makes it one of the frozen class (`__class__`) when it is complete.
    """
    made: Any = frozen
    named = [(one.name, one.type, field(default=one.default)) for one in fields(made)]
    twin: Callable[P, R] = make_dataclass(f"Open{made.__name__}", named, slots=True)
    return twin


OpenCounts = _open_twin(Counts)
OpenRecord = _open_twin(VideoRecord)


class RecordError(Exception):
    """A record that was refused: where it stood, which field, and why, for a person to read.

    `line` counts from 1 in the source. `field` is the key as the record's writer knows it.
    `raw` are the refused bytes (cut at MAX_RECORD_BYTES), so that nothing given is lost.
    Two refusals that say the same are equal, and a refusal survives pickling: parsing runs
    in processes of its own.
    """

    def __init__(
        self,
        source: str,
        reason: str,
        line: int | None = None,
        field: str = "",
        raw: bytes = b"",
    ) -> None:
        # Exception pickles itself as type(self)(*self.args).
        super().__init__(source, reason, line, field, raw)
        self.source = source
        self.reason = reason
        self.line = line
        self.field = field
        self.raw = raw

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.field}: {self.reason}" if self.field else f"{place}: {self.reason}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RecordError) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)
