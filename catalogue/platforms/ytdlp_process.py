"""The process in which yt-dlp looks at pages: `python -m catalogue.platforms.ytdlp_process`.

It is started by `isolated.py` only, with its limits as JSON. It reads a question from its
standard input, writes an answer to its standard output (`frames.py`), and again. It ends
with whoever started it, and when a look takes longer or more memory than it may.
"""

import ctypes
import json
import logging
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass

from catalogue.platforms import frames, ytdlp
from catalogue.platforms.failures import shorten
from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records.said import said

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
# Who started us kills us when a look takes too long; this much later nobody did.
GRACE_S = 5.0

_TOO_MUCH = Failure(FailureKind.TEMPORARY, said("the look took too much memory"))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a look may take, and who asks. Seconds and bytes."""

    parent: int
    timeout_s: float
    call_s: float
    memory_bytes: int
    allow_private: bool


def main(argument: str) -> None:
    """Answer questions until there are no more."""
    bounds = Bounds(**json.loads(argument))
    # Ctrl-C reaches all of a terminal's processes; who started us decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(bounds.parent)
    logging.basicConfig(
        level=logging.WARNING, style="{", format="{asctime} {levelname} {name}: {message}"
    )
    asking, answering = _take_pipes()
    # The kernel begins with the peak of the process that we were made from.
    much = max(_peak_bytes(), bounds.memory_bytes // 2)
    _limit_memory(bounds.memory_bytes)
    _write(answering, frames.frame_of(frames.READY))
    while (url := _read(asking)) is not None:
        _limit_time(bounds.call_s)
        found = look_at(url, bounds)
        signal.setitimer(signal.ITIMER_REAL, 0)
        # What a large page leaves behind is full of holes.
        is_last = found is _TOO_MUCH or _peak_bytes() > much
        _write(answering, frames.pack(frames.write_answer(found, is_last=is_last)))
        if is_last:
            return


def look_at(url: str, bounds: Bounds) -> Observation | Failure:
    """Look at one page. Whatever yt-dlp does there, it is an answer."""
    try:
        return ytdlp.fetch(url, timeout_s=bounds.timeout_s, allow_private=bounds.allow_private)
    except MemoryError:
        return _TOO_MUCH
    except Exception as error:  # the outer edge of one look; logged
        logger.warning("the look at %s broke", url, exc_info=True)
        return Failure(FailureKind.MALFORMED, shorten(f"{type(error).__name__}: {error}"))


def _die_with(parent: int) -> None:
    """End when our parent does. Elsewhere than on Linux its pipe and the clock end us."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It went in between.
        sys.exit(1)


def _take_pipes() -> tuple[int, int]:
    """Return our input and output; what others print goes to the log, what they read is nothing."""
    asking, answering = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return asking, answering


def _limit_memory(count: int) -> None:
    """Let no more memory be had than `count` bytes: Python raises MemoryError.

    What is counted is address space: the kernel refuses it at once, whatever holds the
    interpreter, and nobody has to watch. macOS does not know how.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":
        _set_soft(resource.RLIMIT_AS, count)


def _limit_time(seconds: float) -> None:
    """Let the kernel end us if a look takes longer: by its work, or by the clock."""
    _set_soft(resource.RLIMIT_CPU, int(time.process_time() + seconds + GRACE_S) + 1)
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_S)


def _set_soft(limit: int, value: int) -> None:
    _soft, hard = resource.getrlimit(limit)
    is_open = hard == resource.RLIM_INFINITY
    resource.setrlimit(limit, (value if is_open else min(value, hard), hard))


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _read(pipe: int) -> str | None:
    """Return the next question, None at the end."""
    head = _read_exactly(pipe, frames.LENGTH.size)
    return None if head is None else json.loads(_read_exactly(pipe, frames.length_of(head)) or b"")


def _read_exactly(pipe: int, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        piece = os.read(pipe, count - len(data))
        if not piece:
            return None
        data += piece
    return data


def _write(pipe: int, data: bytes) -> None:
    while data:
        data = data[os.write(pipe, data) :]


if __name__ == "__main__":
    main(sys.argv[1])
