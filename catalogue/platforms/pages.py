"""Asks whether a page is there: HEAD, then GET where HEAD is refused. Pure.

The address may be anybody's: it is asked within the limits of `connections`, and so is every
address it redirects to. Nothing of a page is kept.
"""

import http.client
import socket
import ssl
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from catalogue.platforms.connections import Limits, connection_class
from catalogue.platforms.failures import shorten

REDIRECTS_MAX = 5
# Headers, and the beginning of a page: that something comes is all that is asked.
MAX_BYTES = 200_000
FIRST_BYTES = 1_024

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LIMITED = 429
_NAMELESS = frozenset(
    code
    for name in ("EAI_NONAME", "EAI_NODATA")
    if (code := getattr(socket, name, None)) is not None
)
# What an address may hold as it is; all else is written in percents.
_KEPT = "/?:@!$&'()*+,;=~%-._"


class Problem(StrEnum):
    """Why there was no answer."""

    NO_NAME = "no_name"
    NOT_PUBLIC = "not_public"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """What became of a question: a status, or why there was none. `detail` is in words."""

    status: int | None = None
    problem: Problem | None = None
    detail: str = ""

    @property
    def is_there(self) -> bool:
        """Tell whether the page answered with itself."""
        return self.status is not None and 200 <= self.status < 300


def ask(url: str, *, agent: str, timeout_s: float, allow_private: bool) -> PageAnswer:
    """Ask whether the page of a web address is there; at most twice `timeout_s`, never raises.

    Of GET the first bytes are read and the rest is left. A site that limits us is not asked
    twice.
    """
    answer = PageAnswer(problem=Problem.SILENT)
    for method in ("HEAD", "GET"):
        limits = Limits(seconds=timeout_s, allow_private=allow_private)
        limits.renew(seconds=timeout_s, max_bytes=MAX_BYTES)
        try:
            answer = _follow(method, url, agent, limits)
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer = _failed(error, limits)
        if answer.is_there or answer.status == _LIMITED or answer.problem in _FINAL:
            break
    return answer


# GET would ask the same names.
_FINAL = (Problem.NO_NAME, Problem.NOT_PUBLIC)


def _follow(method: str, url: str, agent: str, limits: Limits) -> PageAnswer:
    """Ask, and ask again wherever it leads."""
    for _redirect in range(REDIRECTS_MAX + 1):
        status, location = _request(method, _parse(url), agent, limits)
        if status not in _REDIRECTS or not location:
            return PageAnswer(status, detail=f"HTTP {status}")
        # Headers come as Latin-1 whatever they are written in.
        url = urljoin(url, location.encode("latin-1").decode(errors="replace").strip())
    return PageAnswer(problem=Problem.SILENT, detail="it redirects for ever")


def _parse(url: str) -> SplitResult:
    """Return the parts of a web address; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("it leads to something that is no page")
    if "@" in parts.netloc:
        raise ValueError("it leads to an address with a user name")
    return parts


def _request(method: str, parts: SplitResult, agent: str, limits: Limits) -> tuple[int, str | None]:
    """Ask one address, and return the status and where it leads."""
    host = (parts.hostname or "").encode("idna").decode("ascii")
    # Named in any case: else the end of an IPv6 address is read as one.
    port = parts.port or (443 if parts.scheme == "https" else 80)
    timeout = limits.left_seconds()
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        secure = connection_class(http.client.HTTPSConnection, limits)
        connection = secure(host, port, timeout=timeout, context=_tls())  # type: ignore[call-arg]
    else:
        plain = connection_class(http.client.HTTPConnection, limits)
        connection = plain(host, port, timeout=timeout)
    headers = {"User-Agent": agent, "Accept": "*/*", "Connection": "close"}
    try:
        connection.request(method, _target(parts), headers=headers)
        with connection.getresponse() as answer:
            if method == "GET" and answer.status not in _REDIRECTS:
                answer.read(FIRST_BYTES)
            return answer.status, answer.headers.get("Location")
    finally:
        connection.close()


def _target(parts: SplitResult) -> str:
    """Return what is asked for at a host, in ASCII."""
    path = quote(parts.path or "/", safe=_KEPT)
    return f"{path}?{quote(parts.query, safe=_KEPT)}" if parts.query else path


@cache
def _tls() -> ssl.SSLContext:
    """Return what reads all the certificates of the system, once."""
    return ssl.create_default_context()


def _failed(error: Exception, limits: Limits) -> PageAnswer:
    if limits.refused:
        return PageAnswer(problem=Problem.NOT_PUBLIC, detail="not a public address")
    if isinstance(error, socket.gaierror) and error.errno in _NAMELESS:
        return PageAnswer(problem=Problem.NO_NAME, detail="its name is not known")
    if isinstance(error, TimeoutError):
        return PageAnswer(problem=Problem.SILENT, detail="it took too long")
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else str(error)
    return PageAnswer(problem=Problem.SILENT, detail=shorten(f"{type(error).__name__}: {reason}"))
