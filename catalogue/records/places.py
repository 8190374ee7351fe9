"""Where a record stands inside what it came in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from catalogue.records import json_values
from catalogue.records.fields import FieldError
from catalogue.records.record import MAX_RECORD_BYTES, RecordError
from catalogue.records.said import said


@dataclass(frozen=True, slots=True)
class Place:
    """A source, a line in it, and the path to a value below that: `entries[3]`.

    `raw` are the bytes of the whole line or document; None below it, where bytes of its
    own are written anew.
    """

    source: str
    line: int | None = None
    path: str = ""
    raw: bytes | None = None

    def at(self, key: str, index: int) -> Self:
        """Return the place of a list's member; members count from 0."""
        dot = "." if self.path and key else ""
        return replace(self, path=f"{self.path}{dot}{key}[{index}]", raw=None)

    def bytes_of(self, value: object) -> bytes:
        """Return the bytes given for a value that stands here."""
        return self.raw if self.raw is not None else json_values.dump(value)

    def error(self, reason: str, value: object = None, *, field: str = "") -> RecordError:
        """Return why what stands here is refused."""
        dot = "." if self.path and field else ""
        raw = self.bytes_of(value)[:MAX_RECORD_BYTES]
        return RecordError(self.source, reason, self.line, f"{self.path}{dot}{field}", raw)

    def refusal(self, error: FieldError, value: object) -> RecordError:
        """Return why what stands here is refused, for the fault of one field."""
        return self.error(error.reason, value, field=error.field)


def mapping(document: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return the object under a key, an empty one if there is none.

    Raises FieldError if something else stands there.
    """
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldError(key, said("this should be a mapping"))
    return value
