"""Asks whether a page is there: HEAD, then GET where HEAD is refused. Pure.

The address may be anybody's: it is asked within the limits of `connections`, and so is every
address it redirects to. Nothing of a page is kept.
"""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from catalogue.platforms.connections import Limits, connection_class
from catalogue.platforms.failures import shorten
from catalogue.records.said import said

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
    try:
        with opened(method, url, agent=agent, limits=limits) as answer:
            if method == "GET":
                answer.read(FIRST_BYTES)
            return PageAnswer(answer.status, detail=f"HTTP {answer.status}")
    except RedirectsError as error:
        return PageAnswer(problem=Problem.SILENT, detail=str(error))


class RedirectsError(ValueError):
    """An address leads to another one, and that to another, too often."""


@contextmanager
def opened(
    method: str, url: str, *, agent: str, limits: Limits, accept: str = "*/*"
) -> Iterator[http.client.HTTPResponse]:
    """Ask a web address, and wherever it leads; the answer that leads no further can be read.

    Raises OSError, HTTPException and ValueError.
    """
    headers = {"User-Agent": agent, "Accept": accept, "Connection": "close"}
    for _redirect in range(REDIRECTS_MAX + 1):
        with _requested(method, _parse(url), headers, limits) as answer:
            location = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not location:
                yield answer
                return
        # Headers come as Latin-1 whatever they are written in.
        url = urljoin(url, location.encode("latin-1").decode(errors="replace").strip())
    raise RedirectsError(said("it redirects for ever"))


def _parse(url: str) -> SplitResult:
    """Return the parts of a web address; raises ValueError for any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(said("it leads to something that is no page"))
    if "@" in parts.netloc:
        raise ValueError(said("it leads to an address with a user name"))
    return parts


@contextmanager
def _requested(
    method: str, parts: SplitResult, headers: dict[str, str], limits: Limits
) -> Iterator[http.client.HTTPResponse]:
    """Ask one address."""
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
    try:
        connection.request(method, _target(parts), headers=headers)
        with connection.getresponse() as answer:
            yield answer
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
        return PageAnswer(problem=Problem.NOT_PUBLIC, detail=said("not a public address"))
    if isinstance(error, socket.gaierror) and error.errno in _NAMELESS:
        return PageAnswer(problem=Problem.NO_NAME, detail=said("its name is not known"))
    if isinstance(error, TimeoutError):
        return PageAnswer(problem=Problem.SILENT, detail=said("it took too long"))
    reason = error.reason if isinstance(error, ssl.SSLError) and error.reason else str(error)
    return PageAnswer(problem=Problem.SILENT, detail=shorten(f"{type(error).__name__}: {reason}"))
