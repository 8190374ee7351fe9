"""The gateway to every site that yt-dlp knows, and to pages that describe a video in JSON-LD.

The only module that imports yt-dlp. It needs neither settings nor models.
"""

import functools
import http.client
import logging
import math
import re
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import yt_dlp.globals
from yt_dlp import YoutubeDL
from yt_dlp.networking import Request
from yt_dlp.networking._helper import add_accept_encoding_header
from yt_dlp.networking._urllib import HTTPHandler, RedirectHandler, UrllibRH
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import GeoRestrictedError, UnsupportedError, YoutubeDLError, smuggle_url

from catalogue.platforms.connections import (
    MAX_ANSWER_BYTES,
    Limits,
    connection_class,
    inflate,
    is_web,
)
from catalogue.platforms.failures import (
    kind_of_status,
    kind_of_words,
    parse_retry_after,
    shorten,
)
from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records.placeholders import find_placeholder
from catalogue.records.record import Counts
from catalogue.records.said import said
from catalogue.records.targets import YTDLP_ORDERS

logger = logging.getLogger(__name__)

# A page may only point at the page of the video (a short link, an embedding article).
MAX_HOPS = 3
MAX_COUNT = 2**63 - 1
MAX_TITLE_LENGTH = 1_000
MAX_DESCRIPTION_LENGTH = 100_000
MAX_DURATION_S = 366 * 24 * 3600

# Code that merely lies in a folder somewhere must not run in a worker.
yt_dlp.globals.plugin_dirs.value = []

_OPTIONS: Mapping[str, Any] = {
    "quiet": True,
    "color": "never",
    "skip_download": True,
    "noplaylist": True,
    "extract_flat": True,
    # What can be said of a video is wanted, not its streams.
    "ignore_no_formats_error": True,
    "extractor_args": {"youtube": {"player_skip": ["js"], "skip": ["hls", "dash"]}},
    "js_runtimes": {},
    "remote_components": [],
    "cachedir": False,
    "geo_bypass": False,
    "extractor_retries": 1,
    # A proxy would connect in our place, where no address can be checked.
    "proxy": "",
}

# Some sites are only asked for their subtitles if somebody wants to write them down.
_WITH_SUBTITLES: Mapping[str, Any] = {
    **_OPTIONS,
    "writesubtitles": True,
    "writeautomaticsub": True,
    "extractor_args": {
        "youtube": {"player_skip": ["js"], "skip": ["hls", "dash", "translated_subs"]}
    },
}
# What yt-dlp calls a <video> element of a page that it knows nothing else of.
_ELEMENT = "HTML5MediaEmbed"
_SAID_BY_JSON_LD = frozenset({"duration", "timestamp", "view_count", "uploader"})

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
# What yt-dlp tells of its own ways, and says nothing of the film.
_HOW_IT_ASKS = re.compile("Falling back on generic|could be a direct video link")
# What it calls bytes that are no page, and of which nothing says that they are a film.
_UNKNOWN_BYTES = "unknown_video"


def fetch(
    url: str, *, timeout_s: float = 20.0, allow_private: bool = False
) -> Observation | Failure:
    """Ask a video's page what it says of the video now. Uses the network, never a proxy.

    Each answer has to begin within `timeout_s`, and all of it to be there within twice
    that. Only http and https are asked, and only public addresses unless `allow_private`.
    A site that answers badly is a Failure; what an extractor of yt-dlp raises because it is
    broken comes through, and so does MemoryError.
    """
    if not is_web(url):
        return _NOT_WEB
    # A record may hold any address, also one with orders in it.
    url = url.partition(YTDLP_ORDERS)[0]
    limits = Limits(seconds=2 * timeout_s, allow_private=allow_private)
    log = _Log()
    try:
        with _Asker(limits=limits, log=log, timeout_s=timeout_s) as asker:
            info = _find_video(asker, url)
    except YoutubeDLError as error:
        return _failure_of(error, limits)
    return _observation_of(info, log) if info else _MANY


_MANY = Failure(FailureKind.MALFORMED, said("the page shows no single video"))
_NO_PAGE = Failure(
    FailureKind.MALFORMED, said("what is there is neither a page nor a file that plays")
)
_NOT_WEB = Failure(FailureKind.REFUSED, said("only http and https addresses are asked"))


# --- Conversations --------------------------------------------------------------------


class UnansweredError(Exception):
    """A question that was not answered, and why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Conversation:
    """Several questions after one another, each within limits of its own; cookies are kept.

    What is not answered raises UnansweredError; what an extractor of yt-dlp raises because
    it is broken comes through.
    """

    def __init__(self, *, timeout_s: float, allow_private: bool) -> None:
        self.timeout_s = timeout_s
        self._limits = Limits(seconds=2 * timeout_s, allow_private=allow_private)
        self._log = _Log()
        self._asker = _Asker(
            limits=self._limits, log=self._log, timeout_s=timeout_s, options=_WITH_SUBTITLES
        )

    def close(self) -> None:
        """Let go of what the conversation holds."""
        self._asker.close()

    def renew(self, *, seconds: float | None = None, max_bytes: int = MAX_ANSWER_BYTES) -> None:
        """Begin the limits anew: twice the time-out, unless `seconds` says otherwise."""
        self._limits.renew(
            seconds=2 * self.timeout_s if seconds is None else seconds, max_bytes=max_bytes
        )
        self._log.warnings.clear()

    def ask(self, url: str, extractor: str = "", *, is_pointed: bool = False) -> dict[str, Any]:
        """Return what an address says of itself: a video, a list, or where else to ask.

        `extractor` names the one that is known to read it. `is_pointed` tells that an
        extractor led here: it may use short forms of yt-dlp's own (`jwplatform:…`, a bare
        id), which lead to the web again. The entries of a list are to be taken by `entries`.
        """
        if not is_pointed and not is_web(url):
            raise UnansweredError(_NOT_WEB)
        with self._answering():
            info: dict[str, Any] | None = self._asker.extract_info(
                url, download=False, process=False, ie_key=extractor or None
            )
            if info:
                info = _mend(self._asker, info)
        if not info:
            reason = said("nothing was found on the page")
            raise UnansweredError(Failure(FailureKind.MALFORMED, reason))
        if info.get("direct") and info.get("ext") == _UNKNOWN_BYTES:
            raise UnansweredError(_NO_PAGE)
        return info

    def entries(self, info: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield the entries of a list; more pages of it are asked for as they are taken."""
        entries = iter(info.get("entries") or ())
        while True:
            with self._answering():
                entry = next(entries, self)
            if entry is self:
                return
            if isinstance(entry, dict):
                yield entry

    def read(self, url: str, *, headers: Mapping[str, str], max_bytes: int) -> bytes:
        """Return the bytes at an address, one more than `max_bytes` at most."""
        if not is_web(url):
            raise UnansweredError(_NOT_WEB)
        with self._answering():
            answer = self._asker.urlopen(Request(url, headers=dict(headers)))
            content: bytes = answer.read(max_bytes + 1)
        return content

    def find_unseen(self, info: Mapping[str, Any]) -> Failure | None:
        """Return why what was found is no film that can be seen, if it is not."""
        return _why_unseen(info, self._log)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (YoutubeDLError, OSError) as error:
            raise UnansweredError(_failure_of(error, self._limits)) from error


def talk(*, timeout_s: float = 20.0, allow_private: bool = False) -> Conversation:
    """Begin a conversation, with the rules of `fetch`; use it with `contextlib.closing`."""
    return Conversation(timeout_s=timeout_s, allow_private=allow_private)


# --- Asking ---------------------------------------------------------------------------


def _find_video(asker: YoutubeDL, url: str) -> dict[str, Any] | None:
    """Return what is said of the one video that an address leads to, or None."""
    for _ in range(MAX_HOPS):
        info: dict[str, Any] | None = asker.extract_info(url, download=False, process=False)
        info = info and _mend(asker, info)
        if info and info.get("_type") == "playlist":
            entries = [entry for entry, _ in zip(info.get("entries") or (), range(2), strict=False)]
            info = entries[0] if len(entries) == 1 else None
        if not info:
            return None
        # What points elsewhere and says something itself is the page that was asked for.
        if info.get("_type", "video") not in {"url", "url_transparent"} or info.get("title"):
            return info
        # A paid film's page leads to its trailer, which is another video.
        if info.get("extractor_key") == "Youtube":
            return None
        url = info["url"]
    return None


def _mend(asker: YoutubeDL, info: dict[str, Any]) -> dict[str, Any]:
    """Give a film that stands in a page by a <video> element what the page says of it.

    yt-dlp takes the element for all there is: the film is called "Title of the page (1)",
    whatever JSON-LD says beside it. So the page is asked once more, without the element.
    """
    if info.get("extractor_key") != _ELEMENT or info.get("_type", "video") != "video":
        return info
    page = str(info["webpage_url"])
    title = str(info.get("title") or "").removesuffix(" (1)")
    element = {**info, "extractor": "generic", "extractor_key": "Generic", "title": title}
    element["id"] = str(info.get("id") or "").removesuffix("-1")
    try:
        said = asker.extract_info(
            smuggle_url(page, {"block_ies": [_ELEMENT]}), download=False, process=False
        )
    except YoutubeDLError:
        return element
    if not said or not (said.keys() & _SAID_BY_JSON_LD) or said.get("entries"):
        return element
    told = {key: value for key, value in said.items() if value is not None and key != "url"}
    return {**element, **told, "_type": "video", "id": element["id"], "webpage_url": page}


class _Log:
    """Takes what yt-dlp would print; keeps its warnings, which say why streams are missing."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        logger.debug("%s", message)

    def warning(self, message: str) -> None:
        if not _HOW_IT_ASKS.search(message):
            self.warnings.append(message)
        logger.debug("%s", message)

    error = debug


class _Asker(YoutubeDL):  # type: ignore[misc]
    """A yt-dlp whose only way out is a connection with limits."""

    def __init__(
        self,
        *,
        limits: Limits,
        log: _Log,
        timeout_s: float,
        options: Mapping[str, Any] = _OPTIONS,
    ) -> None:
        self._limits = limits
        super().__init__({**options, "logger": log, "socket_timeout": timeout_s})

    def build_request_director(self, handlers: Any, preferences: Any = None) -> Any:
        """Leave out every handler of yt-dlp's own."""
        del handlers
        return super().build_request_director(
            [functools.partial(LimitedRH, limits=self._limits)], preferences
        )


class LimitedRH(UrllibRH):  # type: ignore[misc]
    """yt-dlp's own HTTP client, on connections with limits, without ftp, data and proxies."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")

    def __init__(self, *, limits: Limits, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._limits = limits

    def _create_instance(
        self, proxies: Any, cookiejar: Any, legacy_ssl_support: Any = None
    ) -> urllib.request.OpenerDirector:
        del proxies
        opener = urllib.request.OpenerDirector()
        context = self._make_sslcontext(legacy_ssl_support=legacy_ssl_support)
        for handler in (
            _LimitedHTTPHandler(limits=self._limits, context=context),
            urllib.request.HTTPCookieProcessor(cookiejar),
            urllib.request.UnknownHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            RedirectHandler(),
        ):
            opener.add_handler(handler)
        opener.addheaders = []
        return opener

    def _prepare_headers(self, _: Any, headers: Any) -> None:
        add_accept_encoding_header(headers, ["gzip", "deflate"])


class _LimitedHTTPHandler(HTTPHandler):  # type: ignore[misc]
    """Opens connections with limits, and unpacks no more than may be sent unpacked."""

    def __init__(self, *, limits: Limits, context: Any) -> None:
        super().__init__(context=context)
        self._limits = limits

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(connection_class(http.client.HTTPConnection, self._limits), req)

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(
            connection_class(http.client.HTTPSConnection, self._limits),
            req,
            context=self._context,
        )

    @staticmethod
    def gz(data: bytes) -> bytes:
        return inflate(data, zlib.MAX_WBITS | 16)

    @staticmethod
    def deflate(data: bytes) -> bytes:
        try:
            return inflate(data, -zlib.MAX_WBITS)
        except zlib.error:
            return inflate(data, zlib.MAX_WBITS)

    @staticmethod
    def brotli(data: bytes) -> bytes:
        raise OSError(
            said("{count:,} bytes came packed in a way that was not asked for", count=len(data))
        )


# --- Answers --------------------------------------------------------------------------


def _observation_of(info: Mapping[str, Any], log: _Log) -> Observation | Failure:
    counts = Counts(
        views=_count(info.get("view_count")),
        likes=_count(info.get("like_count")),
        dislikes=_count(info.get("dislike_count")),
        comments=_count(info.get("comment_count")),
    )
    if failure := _why_unseen(info, log):
        return failure
    return Observation(
        observed_at=datetime.now(UTC),
        counts=counts,
        title=_title(info),
        description=_text(info.get("description"), MAX_DESCRIPTION_LENGTH),
        duration_ms=_milliseconds(info.get("duration")),
    )


def _why_unseen(info: Mapping[str, Any], log: _Log) -> Failure | None:
    title = _title(info)
    if title and (word := find_placeholder(title)):
        return Failure(FailureKind(word), said("the title says only {title}", title=title))
    if _count(info.get("view_count")) is None:
        # YouTube's page of a video that is gone still has the frame of a page.
        reason = " ".join(log.warnings)
        if (kind := kind_of_words(reason)) or not title:
            reason = shorten(reason) or said("no title was found")
            return Failure(kind or FailureKind.MALFORMED, reason)
    return None


def _title(info: Mapping[str, Any]) -> str | None:
    return _text(" ".join(str(info.get("title") or "").split()), MAX_TITLE_LENGTH)


def _count(value: object) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT
    return int(str(value)) if is_count else None


def _text(value: object, limit: int) -> str | None:
    if not isinstance(value, str):
        return None
    text = _UNSTORABLE.sub("\ufffd", value).replace("\r\n", "\n").strip()
    return text if 0 < len(text) <= limit else None


def _milliseconds(seconds: object) -> int | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    # A stream that runs has a length of 0, which means: not known.
    return (
        round(seconds * 1000) if math.isfinite(seconds) and 0 < seconds <= MAX_DURATION_S else None
    )


def _failure_of(error: BaseException, limits: Limits) -> Failure:
    reason = shorten(str(error))
    if limits.refused:
        # Which one it is, is nothing to tell a stranger: names of the inside would be looked up.
        logger.info("%s is not asked", limits.refused)
        return Failure(FailureKind.REFUSED, said("what it leads to is not a public address"))
    causes = list(_causes_of(error))
    for cause in causes:
        if isinstance(cause, MemoryError):
            raise cause
        if isinstance(cause, HTTPError):
            asked = cause.response.headers.get("Retry-After")
            wish = parse_retry_after(asked, now=datetime.now(UTC))
            return Failure(kind_of_status(cause.status), reason, wish)
        if isinstance(cause, GeoRestrictedError):
            return Failure(FailureKind.GEO_BLOCKED, reason)
        if isinstance(cause, UnsupportedError):
            return Failure(FailureKind.MALFORMED, said("no video was found on the page"))
    if kind := kind_of_words(reason):
        return Failure(kind, reason)
    is_network = any(isinstance(cause, TransportError | OSError) for cause in causes)
    return Failure(FailureKind.TEMPORARY if is_network else FailureKind.MALFORMED, reason)


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from. yt-dlp keeps causes in four places."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        found = waiting.pop(0)
        if found is None or id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        exc_info = getattr(found, "exc_info", None) or (None, None)
        cause = getattr(found, "cause", None)
        waiting += [exc_info[1], cause if isinstance(cause, BaseException) else None]
        waiting += [found.__cause__, *getattr(found, "unexpected_errors", ())]
