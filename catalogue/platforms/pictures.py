"""Fetches a picture from anywhere and makes ours of it: small files of one kind. Pure.

The address may be anybody's, and so may the bytes: they are asked for within the limits of
`connections`, and decoded in a process of their own (`picture_process`), which may take so much
time and memory and then dies.
"""

import hashlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue.platforms import pages
from catalogue.platforms.connections import AnswerTooLargeError, Limits
from catalogue.platforms.failures import kind_of_status, parse_retry_after, shorten
from catalogue.platforms.isolated import environ_of
from catalogue.platforms.observation import Failure, FailureKind
from catalogue.records.said import said

MAX_BYTES = 5_000_000
# Headers and what else comes with a picture.
MAX_EXTRA_BYTES = 100_000
MAX_PIXELS = 30_000_000
# Four bytes for a pixel of what came, as much again while it is turned or converted, and Python.
MEMORY_BYTES = 512 * 2**20
DECODING_S = 20.0
# What may come back from the process: two WebP files.
MAX_RESULT_BYTES = 5_000_000

# With another way of making pictures this changes, and with it all names of files.
_RECIPE = b"1:"
_PROGRAM = "catalogue.platforms.picture_process"
# What Pillow is asked to read, by how it begins. SVG is a program, and none of these.
_ACCEPT = "image/webp,image/jpeg,image/png,image/gif"
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True)
class Rendering:
    """A picture as WebP, in one or two widths; `files` by width, the narrowest first."""

    width: int
    height: int
    files: tuple[tuple[int, bytes], ...]


def fetch(url: str, *, agent: str, timeout_s: float, allow_private: bool) -> bytes | Failure:
    """Return the bytes at an address if they begin as a picture does. Never raises.

    5 MB at most, all of them within `timeout_s`. What the answer says of its type is not read.
    """
    limits = Limits(seconds=timeout_s, allow_private=allow_private)
    limits.renew(seconds=timeout_s, max_bytes=MAX_BYTES + MAX_EXTRA_BYTES)
    try:
        with pages.opened("GET", url, agent=agent, limits=limits, accept=_ACCEPT) as answer:
            if answer.status != http.HTTPStatus.OK:
                return _refusal(answer)
            body = answer.read(MAX_BYTES + 1)
    except AnswerTooLargeError:
        return _TOO_LARGE
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _failed(error, limits)
    if len(body) > MAX_BYTES:
        return _TOO_LARGE
    return body if is_picture(body) else _NO_PICTURE


def is_picture(body: bytes) -> bool:
    """Tell whether bytes begin as a JPEG, PNG, GIF or WebP does."""
    return body.startswith(_BEGINNINGS) or (body[:4] == b"RIFF" and body[8:12] == b"WEBP")


def hash_of(body: bytes) -> str:
    """Return the name of what is made of these bytes: 32 hexadecimal digits."""
    return hashlib.sha256(_RECIPE + body).hexdigest()[:32]


def render(body: bytes, *, widths: Sequence[int]) -> Rendering | Failure:
    """Return a picture in these widths, none wider than it is. Starts a process; never raises."""
    bounds = {
        "parent": os.getpid(),
        "memory_bytes": MEMORY_BYTES,
        "seconds": DECODING_S,
        "max_pixels": MAX_PIXELS,
        "widths": sorted(widths),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-s", "-m", _PROGRAM, json.dumps(bounds)],
            cwd="/",
            env=environ_of(os.environ),
            input=body,
            stdout=subprocess.PIPE,
            timeout=DECODING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        reason = said("it takes longer than {seconds:d} s to decode", seconds=int(DECODING_S))
        return Failure(FailureKind.MALFORMED, reason)
    except OSError as error:
        reason = said("the process that decodes does not start: {reason}", reason=error)
        return Failure(FailureKind.TEMPORARY, shorten(reason))
    if done.returncode:
        reason = said("decoding it broke off ({reason})", reason=_ended(done.returncode))
        return Failure(FailureKind.MALFORMED, reason)
    try:
        return _read(done.stdout)
    except (ValueError, KeyError, TypeError) as error:
        reason = said("the process that decodes says: {reason}", reason=error)
        return Failure(FailureKind.MALFORMED, shorten(reason))


_TOO_LARGE = Failure(FailureKind.MALFORMED, said("it has more than {most:,} bytes", most=MAX_BYTES))
_NO_PICTURE = Failure(FailureKind.MALFORMED, said("it is no JPEG, PNG, GIF or WebP"))


def _read(result: bytes) -> Rendering | Failure:
    """Return what the process answered: a line of JSON, then the files one after another."""
    if len(result) > MAX_RESULT_BYTES:
        raise ValueError(said("more than it may"))
    line, _newline, rest = result.partition(b"\n")
    told = json.loads(line)
    if reason := told.get("refused"):
        return Failure(FailureKind.MALFORMED, shorten(str(reason)))
    files = []
    for width, length in told["files"]:
        files.append((int(width), rest[: int(length)]))
        rest = rest[int(length) :]
    if rest or not files or not all(file.startswith(b"RIFF") for _width, file in files):
        raise ValueError(said("something else than pictures"))
    return Rendering(int(told["width"]), int(told["height"]), tuple(files))


def _ended(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else said("exit code {code:d}", code=code)


def _refusal(answer: http.client.HTTPResponse) -> Failure:
    wish = parse_retry_after(answer.headers.get("Retry-After"), now=datetime.now(UTC))
    kind = kind_of_status(answer.status)
    if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE and wish is not None:
        # Too busy for anyone, and it says until when.
        kind = FailureKind.RATE_LIMITED
    return Failure(kind, f"HTTP {answer.status}", wish)


def _failed(error: Exception, limits: Limits) -> Failure:
    if limits.refused:
        return Failure(FailureKind.REFUSED, said("not a public address"))
    if isinstance(error, TimeoutError):
        return Failure(FailureKind.TEMPORARY, said("it took too long"))
    if isinstance(error, ValueError):
        return Failure(FailureKind.MALFORMED, shorten(str(error)))
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else str(error)
    return Failure(FailureKind.TEMPORARY, shorten(f"{type(error).__name__}: {reason}"))
