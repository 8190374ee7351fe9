"""The gateway to YouTube by its Data API, version 3: `videos.list`, fifty videos a call.

https://developers.google.com/youtube/v3/docs/videos/list describes the call, `.../errors` the
ways it fails. Needs neither settings nor models.
"""

import http.client
import ipaddress
import logging
import re
import ssl
import urllib.parse
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from catalogue.platforms.connections import Limits, connection_class, inflate
from catalogue.platforms.failures import parse_retry_after, shorten
from catalogue.platforms.gateways import Answer, Asked
from catalogue.platforms.observation import Failure, FailureKind, Observation
from catalogue.records import json_values, youtube_api
from catalogue.records.fields import is_youtube_id
from catalogue.records.json_values import JsonError
from catalogue.records.places import Place
from catalogue.records.record import RecordError
from catalogue.records.said import said

logger = logging.getLogger(__name__)

DEFAULT_URL = "https://www.googleapis.com/youtube/v3"
# What YouTube takes. One call is one unit, however many ids are in it.
BATCH_SIZE = 50
UNITS_PER_CALL = 1
# Fifty descriptions of 5,000 characters each, and room.
MAX_ANSWER_BYTES = 5_000_000

_PARTS = "snippet,contentDetails,statistics,status"
# Half of an answer would be pictures, tags, and each title and description a second time.
_FIELDS = (
    "kind,items(id,snippet(title,description),contentDetails(duration,regionRestriction),"
    "statistics,status(uploadStatus,rejectionReason,privacyStatus))"
)
_ANSWER_KIND = "youtube#videoListResponse"

_QUOTA = frozenset(["quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"])
_RATE = frozenset(
    [
        "rateLimitExceeded", "userRateLimitExceeded", "servingLimitExceeded",
        "concurrentLimitExceeded", "limitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED",
    ]
)  # fmt: skip
_TEMPORARY = frozenset(["SERVICE_UNAVAILABLE", "UNAVAILABLE", "backendError", "internalError"])
_KEY = frozenset(["keyInvalid", "keyExpired", "API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED"])
# YouTube counts a day from midnight to midnight there.
_QUOTA_ZONE = ZoneInfo("America/Los_Angeles")

_CHANNEL_IS_GONE = frozenset(["uploaderAccountSuspended", "uploaderAccountClosed"])
# The records made of items are not kept, nor their bytes.
_NOWHERE = Place("", raw=b"")
# Printable and without spaces: fit to stand in a header.
_KEY_SHAPE = re.compile(r"[!-~]{1,200}")

_MISSING = Failure(FailureKind.MISSING, said("YouTube's API left it out of its answer"))
_NOT_YOUTUBE = Failure(FailureKind.REFUSED, said("this is no video of YouTube"))


class YouTubeApi:
    """YouTube's Data API, asked with one key. Keeps no connection; for any number of threads.

    An answer has to begin within `timeout_s`, and to be there within twice that. The key
    goes in a header, to the one place that `url` names: over HTTPS, or to this machine if
    `allow_private`. Redirects are not followed and proxies not used.
    """

    name = "youtube_api"
    batch_size = BATCH_SIZE
    units_per_call = UNITS_PER_CALL

    def __init__(
        self,
        key: str,
        *,
        url: str = DEFAULT_URL,
        timeout_s: float = 20.0,
        allow_private: bool = False,
    ) -> None:
        """Take the key. Raises ValueError if it, or the address, cannot be one."""
        if not _KEY_SHAPE.fullmatch(key):
            raise ValueError("the key of YouTube's API is no line of letters and digits")
        self._key = key
        self._base = urllib.parse.urlsplit(url.rstrip("/"))
        self._port = self._base.port
        if not (_is_safe(self._base) or (allow_private and _is_own(self._base))):
            raise ValueError("YouTube's API is asked over https only, for the key goes with it")
        self._timeout_s = timeout_s
        self._allow_private = allow_private
        # It reads all the certificates of the system.
        self._tls = ssl.create_default_context() if self._base.scheme == "https" else None

    def can_ask(self, asked: Asked) -> bool:
        """Tell whether a video is one of YouTube's."""
        return asked.platform == "youtube" and is_youtube_id(asked.platform_id)

    def fetch(self, videos: Sequence[Asked]) -> Iterator[Answer]:
        """Ask about videos, as `Gateway.fetch` says.

        What is told of a video that not everybody can see (unlisted, of age only, blocked in
        some countries) is an Observation: its counts are known. Private, deleted, rejected,
        or blocked in all countries is a Failure. Hidden counts are unknown.
        """
        stopped: Failure | None = None
        for begin in range(0, len(videos), BATCH_SIZE):
            batch = videos[begin : begin + BATCH_SIZE]
            ids = dict.fromkeys(video.platform_id for video in batch if self.can_ask(video))
            found = stopped or (self._ask(tuple(ids)) if ids else {})
            if isinstance(found, Failure) and found.kind.stops_gateway:
                stopped = found
            for video in batch:
                if not self.can_ask(video):
                    yield video, _NOT_YOUTUBE
                elif isinstance(found, Failure):
                    yield video, found
                else:
                    yield video, found.get(video.platform_id, _MISSING)

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _ask(self, ids: Sequence[str]) -> dict[str, Observation | Failure] | Failure:
        """Make one call. Returns what is told by id, or why all of it failed."""
        limits = Limits(seconds=2 * self._timeout_s, allow_private=self._allow_private)
        limits.renew(seconds=2 * self._timeout_s, max_bytes=MAX_ANSWER_BYTES)
        try:
            answer, body = self._get(ids, limits)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if limits.refused:
                reason = said("its address is not a public one")
                return self._fail(FailureKind.MISCONFIGURED, reason)
            return self._fail(FailureKind.TEMPORARY, f"{type(error).__name__}: {error}")
        return self._read(answer, body, frozenset(ids))

    def _read(
        self, answer: http.client.HTTPResponse, body: bytes, ids: frozenset[str]
    ) -> dict[str, Observation | Failure] | Failure:
        """Return what an answer tells by id, or why it tells nothing."""
        at = datetime.now(UTC)
        document: object = None
        problem = said("this is no answer of videos.list")
        try:
            document = _load(answer.headers, body)
        except JsonError as error:
            problem = error.reason
        except (OSError, zlib.error) as error:
            problem = str(error)
        if answer.status != http.client.OK or (isinstance(document, dict) and "error" in document):
            wish = parse_retry_after(answer.headers.get("Retry-After"), now=at)
            return self._fail_by(answer.status, document, wish, at=at)
        if not isinstance(document, dict) or document.get("kind") != _ANSWER_KIND:
            return self._fail(FailureKind.MALFORMED, problem)
        items = document.get("items", [])
        if not isinstance(items, list):
            reason = said("there is no list of items in the answer")
            return self._fail(FailureKind.MALFORMED, reason)
        return _read_items(items, ids, at=at)

    def _get(self, ids: Sequence[str], limits: Limits) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask, and return the answer with its body as it came."""
        host, port = self._base.hostname or "", self._port
        connection: http.client.HTTPConnection
        if self._tls is not None:
            secure = connection_class(http.client.HTTPSConnection, limits)
            connection = secure(host, port, timeout=self._timeout_s, context=self._tls)  # type: ignore[call-arg]
        else:
            plain = connection_class(http.client.HTTPConnection, limits)
            connection = plain(host, port, timeout=self._timeout_s)
        query = urllib.parse.urlencode(
            {"part": _PARTS, "fields": _FIELDS, "id": ",".join(ids)}, safe="(),"
        )
        headers = {
            "X-Goog-Api-Key": self._key,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            # Google packs for those only who say so here too.
            "User-Agent": "Sidenote (gzip)",
            "Connection": "close",
        }
        try:
            connection.request("GET", f"{self._base.path}/videos?{query}", headers=headers)
            with connection.getresponse() as answer:
                return answer, answer.read()
        finally:
            connection.close()

    def _fail_by(
        self, status: int, document: object, wish: timedelta | None, *, at: datetime
    ) -> Failure:
        """Return why the API refuses, by the reason it gives, else by the status."""
        error = document.get("error") if isinstance(document, dict) else None
        reasons, told = youtube_api.read_refusal(error)
        reason = f"HTTP {status}" + (f": {told}" if told else "")
        if reasons & _QUOTA:
            return self._fail(FailureKind.QUOTA_EXHAUSTED, reason, wish or until_renewal(at))
        if reasons & _RATE or status == http.client.TOO_MANY_REQUESTS:
            return self._fail(FailureKind.RATE_LIMITED, reason, wish)
        if reasons & _TEMPORARY or status >= 500 or status == http.client.REQUEST_TIMEOUT:
            return self._fail(FailureKind.TEMPORARY, reason, wish)
        if reasons & _KEY or status in {http.client.UNAUTHORIZED, http.client.FORBIDDEN}:
            return self._fail(FailureKind.MISCONFIGURED, reason)
        return self._fail(FailureKind.MALFORMED, reason)

    def _fail(self, kind: FailureKind, reason: str, wish: timedelta | None = None) -> Failure:
        """Return a failure of a call, and log it; wherever the key is named, it is left out."""
        reason = shorten(reason.replace(self._key, "…"))
        failure = Failure(kind, reason, wish, is_of_call=True)
        logger.info("YouTube's API: %s: %s", failure.kind, failure.reason)
        return failure


def until_renewal(at: datetime) -> timedelta:
    """Return how long it is until YouTube's day ends, and a new quota begins. Pure."""
    there = at.astimezone(_QUOTA_ZONE)
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    # Both in UTC: a day there may have 23 hours.
    return midnight.astimezone(UTC) - at


def _is_safe(base: urllib.parse.SplitResult) -> bool:
    return base.scheme == "https" and bool(base.hostname) and not (base.username or base.query)


def _is_own(base: urllib.parse.SplitResult) -> bool:
    """Tell whether an address is on this machine, so that a key in clear reaches nobody else."""
    try:
        return base.scheme == "http" and ipaddress.ip_address(base.hostname or "").is_loopback
    except ValueError:
        return False


# --- Answers --------------------------------------------------------------------------


def _load(headers: http.client.HTTPMessage, body: bytes) -> object:
    if (headers.get("Content-Encoding") or "").strip().lower() == "gzip":
        body = inflate(body, zlib.MAX_WBITS | 16, MAX_ANSWER_BYTES)
    return json_values.load(body)


def _read_items(
    items: Sequence[object], asked: frozenset[str], *, at: datetime
) -> dict[str, Observation | Failure]:
    """Return what is told of the videos that were asked about; of several items the first."""
    told: dict[str, Observation | Failure] = {}
    for item in items:
        platform_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(item, dict) and isinstance(platform_id, str) and platform_id in asked:
            told.setdefault(platform_id, _find_hindrance(item) or _observe(item, at=at))
    return told


def _observe(item: Mapping[str, object], *, at: datetime) -> Observation | Failure:
    record = youtube_api.read_video(item, _NOWHERE)
    if isinstance(record, RecordError):
        reason = said("{field} cannot be read: {reason}", field=record.field, reason=record.reason)
        return Failure(FailureKind.MALFORMED, shorten(reason))
    return Observation(
        observed_at=at,
        counts=record.counts,
        title=record.title or None,
        description=record.description or None,
        duration_ms=record.duration_ms,
    )


def _find_hindrance(item: Mapping[str, object]) -> Failure | None:
    """Return why nobody but its owner can see a video that the API tells of, if so."""
    status = item.get("status")
    given = status if isinstance(status, dict) else {}
    if given.get("privacyStatus") == "private":
        return Failure(FailureKind.PRIVATE, said("its status is private"))
    if given.get("uploadStatus") == "deleted":
        return Failure(FailureKind.GONE, said("its status is deleted"))
    if given.get("uploadStatus") == "rejected":
        why = given.get("rejectionReason")
        is_channel = isinstance(why, str) and why in _CHANNEL_IS_GONE
        kind = FailureKind.TERMINATED_CHANNEL if is_channel else FailureKind.GONE
        reason = said("it was rejected: {reason}", reason=why) if why else said("it was rejected")
        return Failure(kind, shorten(reason))
    details = item.get("contentDetails")
    region = details.get("regionRestriction") if isinstance(details, dict) else None
    if isinstance(region, dict) and region.get("allowed") == []:
        # The API's own way to say: nowhere.
        return Failure(FailureKind.GEO_BLOCKED, said("it is blocked in all countries"))
    return None
