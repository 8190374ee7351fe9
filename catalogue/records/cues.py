"""One piece of timed text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """What is said from `start_ms` until `end_ms`, as plain text of one or more lines."""

    start_ms: int
    end_ms: int
    text: str
