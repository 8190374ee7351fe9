"""The gateway to every site that yt-dlp knows, with each look in a process that can be killed.

A page may keep yt-dlp busy for hours, or make it eat all memory; neither may cost us a
worker. Needs neither settings nor models, and does not import yt-dlp.
"""

import json
import logging
import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from catalogue.platforms import frames
from catalogue.platforms.connections import is_web
from catalogue.platforms.gateways import Answer, Asked
from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records.fields import MAX_URL_LENGTH
from catalogue.records.said import said

logger = logging.getLogger(__name__)

# yt-dlp needs 60 MB, and a few times the largest answer (20 MB) to read a page.
MEMORY_BYTES = 512 * 2**20
# Leaks have to be bounded, and to start anew takes half a second.
CALLS_PER_PROCESS = 200
# What a look may take beyond the time in which its pages have to be there.
WORK_S = 5.0
# Python and yt-dlp have to be read from a disk that may be busy.
START_S = 60.0
END_S = 10.0

_PROGRAM = "catalogue.platforms.ytdlp_process"
_ROOT = Path(__file__).resolve().parent.parent.parent
# Nothing else of our environment goes along: neither addresses of servers nor keys.
_KEPT = ("LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ")

_NOT_WEB = Failure(FailureKind.REFUSED, said("only http and https addresses are asked"))


class IsolatedYtdlp:
    """yt-dlp, one page a call, in one process that is used again. For any number of threads.

    A page has to begin to answer within `timeout_s`, and all of them to be there within
    twice that. A look that takes longer than `call_s`, or more than `memory_bytes`, is
    killed: a Failure that is TEMPORARY. The process is started when it is needed, anew
    after `calls_per_process` looks, and ends with ours. After a fork each side has its own.
    """

    name = "ytdlp"
    batch_size = 1
    units_per_call = 0

    def __init__(
        self,
        *,
        timeout_s: float = 20.0,
        allow_private: bool = False,
        call_s: float | None = None,
        memory_bytes: int = MEMORY_BYTES,
        calls_per_process: int = CALLS_PER_PROCESS,
    ) -> None:
        """Take the limits; start nothing yet."""
        self._call_s = 2 * timeout_s + WORK_S if call_s is None else call_s
        self._bounds = {
            "timeout_s": timeout_s,
            "call_s": self._call_s,
            "memory_bytes": memory_bytes,
            "allow_private": allow_private,
        }
        self._calls_per_process = calls_per_process
        self._begin()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._child: _Child | None = None

    @property
    def pid(self) -> int | None:
        """Return the number of the process that looks, None if there is none."""
        return self._child.process.pid if self._child else None

    def can_ask(self, asked: Asked) -> bool:
        """Tell whether a video has a page on the web."""
        return is_web(asked.url) and len(asked.url) <= MAX_URL_LENGTH

    def fetch(self, videos: Sequence[Asked]) -> Iterator[Answer]:
        """Ask about videos one after another, as `Gateway.fetch` says."""
        # It is the site that wants to be left alone; another one may be asked.
        stopped: dict[str, Failure] = {}
        for video in videos:
            if not self.can_ask(video):
                yield video, _NOT_WEB
                continue
            site = urllib.parse.urlsplit(video.url).hostname or ""
            found = stopped.get(site) or self._look_at(video.url)
            if isinstance(found, Failure) and found.kind.stops_gateway:
                stopped[site] = found
            yield video, found

    def close(self) -> None:
        """End the process, if there is one."""
        self._leave_other_side()
        with self._lock:
            self._end()

    def _look_at(self, url: str) -> Observation | Failure:
        self._leave_other_side()
        with self._lock:
            if self._child is not None and not self._child.is_alive():
                self._end()
            try:
                child = self._child = self._child or _Child(self._bounds)
            except (OSError, EOFError, ValueError) as error:
                logger.warning("yt-dlp's process does not start: %s", error)
                reason = said("its process does not start: {reason}", reason=error)
                return Failure(FailureKind.TEMPORARY, reason[:250], is_of_call=True)
            is_left_whole = False
            try:
                found, is_last = child.ask(url, seconds=self._call_s)
                is_left_whole = not is_last and child.calls < self._calls_per_process
            except TimeoutError:
                seconds = f"{self._call_s:g}"
                reason = said("the look took too long ({seconds} seconds)", seconds=seconds)
                found = Failure(FailureKind.TEMPORARY, reason)
            except (OSError, EOFError):
                reason = said("the look broke off: {reason}", reason=child.end())
                found = Failure(FailureKind.TEMPORARY, reason)
            except ValueError as error:
                reason = said("its process does not answer as it should: {reason}", reason=error)
                found = Failure(FailureKind.TEMPORARY, reason[:250])
            finally:
                # Also when we are interrupted: nobody may read the answer to another question.
                if not is_left_whole:
                    self._end()
            return found

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None

    def _leave_other_side(self) -> None:
        """After a fork, leave the process to the one who started it."""
        if self._owner != os.getpid():
            if self._child is not None:
                self._child.abandon()
            self._begin()


class _Child:
    """A running process of `ytdlp_process`, and the pipes to it."""

    def __init__(self, bounds: Mapping[str, object]) -> None:
        """Start it. Raises OSError, EOFError or ValueError if it does not come up."""
        argument = json.dumps({"parent": os.getpid(), **bounds})
        self.calls = 0
        self.process = subprocess.Popen(
            # -P: no code of the folder in which we happen to be; -s: none of a user's own.
            [sys.executable, "-P", "-s", "-m", _PROGRAM, argument],
            cwd="/",
            env=environ_of(os.environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        assert self.process.stdin is not None  # noqa: S101 - asked for above
        assert self.process.stdout is not None  # noqa: S101 - asked for above
        self._asking, self._answering = self.process.stdin, self.process.stdout
        self._poll = select.poll()
        self._poll.register(self._answering, select.POLLIN)
        try:
            self._wait_until_ready()
        except BaseException:
            self.end()
            raise

    def _wait_until_ready(self) -> None:
        if self._read(time.monotonic() + START_S) != frames.READY:
            raise ValueError(said("it says something else than that it is ready"))

    def is_alive(self) -> bool:
        """Tell whether it runs."""
        return self.process.poll() is None

    def ask(self, url: str, *, seconds: float) -> tuple[Observation | Failure, bool]:
        """Return what it says of a page, and whether it says no more after that.

        Raises TimeoutError, OSError or EOFError if it is gone, and ValueError.
        """
        self.calls += 1
        deadline = time.monotonic() + seconds
        self._asking.write(frames.pack(url))
        return frames.read_answer(self._read(deadline))

    def _read(self, deadline: float) -> bytes:
        head = self._read_exactly(frames.LENGTH.size, deadline)
        return self._read_exactly(frames.length_of(head), deadline)

    def _read_exactly(self, count: int, deadline: float) -> bytes:
        data = b""
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not self._poll.poll(math.ceil(left * 1000)):
                raise TimeoutError(said("it does not answer in time"))
            piece = os.read(self._answering.fileno(), count - len(data))
            if not piece:
                raise EOFError(said("it ended"))
            data += piece
        return data

    def end(self) -> str:
        """Kill it, if it still runs; return how it ended. It has nothing to put in order."""
        with suppress(subprocess.TimeoutExpired):
            # Who closed its side is about to end by itself, and that says more.
            self.process.wait(0.1 if self._is_closed() else 0)
        self.process.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_S)
        self._close()
        return _describe(self.process.returncode)

    def abandon(self) -> None:
        """Let go of our copies of its pipes; it belongs to the process that we came from."""
        self.process.returncode = 0
        self._close()

    def _is_closed(self) -> bool:
        return any(event & select.POLLHUP for _, event in self._poll.poll(0))

    def _close(self) -> None:
        self._asking.close()
        self._answering.close()


def environ_of(given: Mapping[str, str]) -> dict[str, str]:
    """Return what a process that reads strangers' pages may know of our environment. Pure."""
    return {
        **{name: given[name] for name in _KEPT if name in given},
        "PYTHONPATH": str(_ROOT),
        "PYTHONUTF8": "1",
        # No program is found there: what yt-dlp would start, nobody could end.
        "PATH": os.devnull,
    }


def _describe(code: int | None) -> str:
    if code is None:
        return said("it cannot be ended")
    return said("exit code {code:d}", code=code) if code >= 0 else signal.Signals(-code).name
