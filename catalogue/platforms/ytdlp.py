"""The gateway to every site that yt-dlp knows, and to pages that describe a video in JSON-LD.

The only module that imports yt-dlp. It needs neither settings nor models.
"""

import functools
import http.client
import logging
import math
import re
import urllib.parse
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import yt_dlp.globals
from yt_dlp import YoutubeDL
from yt_dlp.networking._helper import add_accept_encoding_header
from yt_dlp.networking._urllib import HTTPHandler, RedirectHandler, UrllibRH
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import GeoRestrictedError, UnsupportedError, YoutubeDLError

from catalogue.platforms.connections import (
    MAX_ANSWER_BYTES,
    AnswerTooLargeError,
    Limits,
    connection_class,
)
from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records.placeholders import find_placeholder
from catalogue.records.record import Counts

logger = logging.getLogger(__name__)

# A page may only point at the page of the video (a short link, an embedding article).
MAX_HOPS = 3
MAX_COUNT = 2**63 - 1
MAX_TITLE_LENGTH = 1_000
MAX_DESCRIPTION_LENGTH = 100_000
MAX_DURATION_S = 366 * 24 * 3600
# Waiting longer than this is our own decision, not a site's.
MAX_RETRY_AFTER_S = 24 * 3600

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

_BY_STATUS = {
    401: FailureKind.PRIVATE,
    404: FailureKind.GONE,
    410: FailureKind.GONE,
    429: FailureKind.RATE_LIMITED,
    451: FailureKind.GEO_BLOCKED,
}
# Sites say it in words, YouTube most of all. The first that fits: a page that limits us
# also says that the video is unavailable.
_BY_WORDS = {
    FailureKind.RATE_LIMITED: "too many requests|rate.?limit|not a bot|try again later",
    FailureKind.AGE_RESTRICTED: "confirm your age|age.?restricted|inappropriate for some",
    FailureKind.GEO_BLOCKED: "in your (country|location|region)|geo.?restrict",
    FailureKind.PRIVATE: "private video|video is private|members.only",
    FailureKind.GONE: "has been removed|been deleted|no longer available|not available anymore"
    "|account .*terminated|does not exist|video (is )?unavailable",
}
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NOISE = re.compile(r"\x1b\[[0-9;]*m|^ERROR: |;? please report this issue on .*", re.DOTALL)


def fetch(
    url: str, *, timeout_s: float = 20.0, allow_private: bool = False
) -> Observation | Failure:
    """Ask a video's page what it says of the video now. Uses the network, never a proxy.

    Each answer has to begin within `timeout_s`, and all of it to be there within twice
    that. Only http and https are asked, and only public addresses unless `allow_private`.
    A site that answers badly is a Failure; what an extractor of yt-dlp raises because it is
    broken comes through.
    """
    if urllib.parse.urlsplit(url).scheme.lower() not in {"http", "https"}:
        return Failure(FailureKind.REFUSED, "only http and https addresses are asked")
    limits = Limits(seconds=2 * timeout_s, allow_private=allow_private)
    log = _Log()
    try:
        with _Asker(limits=limits, log=log, timeout_s=timeout_s) as asker:
            info = _find_video(asker, url)
    except YoutubeDLError as error:
        return _failure_of(error, limits)
    return _observation_of(info, log) if info else _MANY


_MANY = Failure(FailureKind.MALFORMED, "the page shows no single video")


# --- Asking ---------------------------------------------------------------------------


def _find_video(asker: YoutubeDL, url: str) -> dict[str, Any] | None:
    """Return what is said of the one video that an address leads to, or None."""
    for _ in range(MAX_HOPS):
        info: dict[str, Any] | None = asker.extract_info(url, download=False, process=False)
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


class _Log:
    """Takes what yt-dlp would print; keeps its warnings, which say why streams are missing."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        logger.debug("%s", message)

    def warning(self, message: str) -> None:
        self.warnings.append(message)
        logger.debug("%s", message)

    error = debug


class _Asker(YoutubeDL):  # type: ignore[misc]
    """A yt-dlp whose only way out is a connection with limits."""

    def __init__(self, *, limits: Limits, log: _Log, timeout_s: float) -> None:
        self._limits = limits
        super().__init__({**_OPTIONS, "logger": log, "socket_timeout": timeout_s})

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
        return _inflate(data, zlib.MAX_WBITS | 16)

    @staticmethod
    def deflate(data: bytes) -> bytes:
        try:
            return _inflate(data, -zlib.MAX_WBITS)
        except zlib.error:
            return _inflate(data, zlib.MAX_WBITS)

    @staticmethod
    def brotli(data: bytes) -> bytes:
        raise OSError(f"{len(data)} bytes came packed in a way that was not asked for")


def _inflate(data: bytes, window: int) -> bytes:
    unpacker = zlib.decompressobj(window)
    unpacked = unpacker.decompress(data, MAX_ANSWER_BYTES)
    if unpacker.unconsumed_tail:
        raise AnswerTooLargeError("the answer is too large when it is unpacked")
    return unpacked


# --- Answers --------------------------------------------------------------------------


def _observation_of(info: Mapping[str, Any], log: _Log) -> Observation | Failure:
    counts = Counts(
        views=_count(info.get("view_count")),
        likes=_count(info.get("like_count")),
        dislikes=_count(info.get("dislike_count")),
        comments=_count(info.get("comment_count")),
    )
    title = _text(" ".join(str(info.get("title") or "").split()), MAX_TITLE_LENGTH)
    if title and (word := find_placeholder(title)):
        return Failure(FailureKind(word), f"the title says only {title}")
    if counts.views is None:
        # YouTube's page of a video that is gone still has the frame of a page.
        reason = " ".join(log.warnings)
        if (kind := _kind_of_words(reason)) or not title:
            return Failure(kind or FailureKind.MALFORMED, _shorten(reason) or "no title was found")
    return Observation(
        observed_at=datetime.now(UTC),
        counts=counts,
        title=title,
        description=_text(info.get("description"), MAX_DESCRIPTION_LENGTH),
        duration_ms=_milliseconds(info.get("duration")),
    )


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


def _failure_of(error: YoutubeDLError, limits: Limits) -> Failure:
    reason = _shorten(str(error))
    if limits.refused:
        return Failure(FailureKind.REFUSED, f"{limits.refused} is not a public address")
    causes = list(_causes_of(error))
    for cause in causes:
        if isinstance(cause, HTTPError):
            wish = _retry_after(cause.response.headers.get("Retry-After"))
            return Failure(_BY_STATUS.get(cause.status, FailureKind.TEMPORARY), reason, wish)
        if isinstance(cause, GeoRestrictedError):
            return Failure(FailureKind.GEO_BLOCKED, reason)
        if isinstance(cause, UnsupportedError):
            return Failure(FailureKind.MALFORMED, "no video was found on the page")
    if kind := _kind_of_words(reason):
        return Failure(kind, reason)
    is_network = any(isinstance(cause, TransportError | OSError) for cause in causes)
    return Failure(FailureKind.TEMPORARY if is_network else FailureKind.MALFORMED, reason)


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came from. yt-dlp keeps causes in three places."""
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
        waiting.append(found.__cause__)


def _kind_of_words(reason: str) -> FailureKind | None:
    return next(
        (kind for kind, words in _BY_WORDS.items() if re.search(words, reason, re.IGNORECASE)), None
    )


def _shorten(reason: str) -> str:
    return " ".join(_NOISE.sub("", reason).split())[:250]


def _retry_after(value: str | None) -> timedelta | None:
    """Read the header in seconds; the form with a date is rare and answered by our own wait."""
    if value is None or not re.fullmatch(r"\d{1,9}", value.strip(), re.ASCII):
        return None
    return timedelta(seconds=min(int(value), MAX_RETRY_AFTER_S))
