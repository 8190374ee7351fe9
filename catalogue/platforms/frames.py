"""Questions and answers as bytes between two processes of ours: a length, then JSON.

No pickle: who answers has read a stranger's page.
"""

import json
import struct
from datetime import datetime, timedelta
from typing import Any

from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records.fields import MAX_COUNT
from catalogue.records.record import Counts

# Four bytes, the greatest first.
LENGTH = struct.Struct(">I")
# A description of 100,000 characters, each written as an escape, and room.
MAX_FRAME_BYTES = 2_000_000
MAX_WISH_S = 10**8
# The first that is said.
READY = b'"ready"'


def pack(document: object) -> bytes:
    """Return a frame with a JSON value."""
    return frame_of(json.dumps(document).encode("ascii"))


def frame_of(body: bytes) -> bytes:
    """Return a frame with what is JSON already."""
    return LENGTH.pack(len(body)) + body


def length_of(head: bytes) -> int:
    """Return how long the body of a frame is. Raises ValueError if it is too long."""
    (length,) = LENGTH.unpack(head)
    if length > MAX_FRAME_BYTES:
        raise ValueError(f"a frame of {length:,} bytes")
    return int(length)


def write_answer(found: Observation | Failure, *, is_last: bool) -> dict[str, Any]:
    """Return an answer as a JSON value. `is_last`: no more can be asked."""
    if isinstance(found, Failure):
        wish = found.retry_after
        told: dict[str, Any] = {
            "failure": found.kind.value,
            "reason": found.reason,
            "retry_after": None if wish is None else wish.total_seconds(),
        }
    else:
        counts = found.counts
        told = {
            "observed_at": found.observed_at.isoformat(),
            "counts": [counts.views, counts.likes, counts.dislikes, counts.comments],
            "title": found.title,
            "description": found.description,
            "duration_ms": found.duration_ms,
        }
    return told | {"is_last": is_last}


def read_answer(body: bytes) -> tuple[Observation | Failure, bool]:
    """Return an answer, and whether it is the last. Raises ValueError if it is none."""
    try:
        told = json.loads(body)
    except RecursionError:
        raise ValueError("this is nested too deeply") from None
    is_answer = isinstance(told, dict) and type(told.get("is_last")) is bool
    if not is_answer:
        raise ValueError("this is no answer")
    found = _read_failure(told) if "failure" in told else _read_observation(told)
    return found, told["is_last"]


def _read_failure(told: dict[str, Any]) -> Failure:
    reason, wish = told.get("reason"), told.get("retry_after")
    is_wish = wish is None or (type(wish) in {int, float} and 0 <= wish <= MAX_WISH_S)
    if type(reason) is not str or not is_wish:
        raise ValueError("this is no failure")
    return Failure(
        FailureKind(told["failure"]), reason, None if wish is None else timedelta(seconds=wish)
    )


def _read_observation(told: dict[str, Any]) -> Observation:
    observed_at, counts = told.get("observed_at"), told.get("counts")
    words = (told.get("title"), told.get("description"))
    if type(observed_at) is not str or type(counts) is not list or len(counts) != 4:
        raise ValueError("this is no observation")
    if not all(text is None or type(text) is str for text in words):
        raise ValueError("this is no text")
    duration_ms = told.get("duration_ms")
    if not all(map(_is_whole, (*counts, duration_ms))):
        raise ValueError("this is no number")
    at = datetime.fromisoformat(observed_at)
    if at.tzinfo is None:
        raise ValueError("this is no moment")
    return Observation(at, Counts(*counts), words[0], words[1], duration_ms)


def _is_whole(value: object) -> bool:
    return value is None or (isinstance(value, int) and 0 <= value <= MAX_COUNT)
