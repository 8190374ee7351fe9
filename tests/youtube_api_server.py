"""A YouTube Data API on loopback: `videos.list`, which can be told to answer in many ways.

It answers and refuses in the words of the real one. A client that does not keep to the rules
(more than 50 ids, its key in the address) is refused too, and `faults` says so; `running` fails
at its end if there are any. Its `url` works for other processes as well.
"""

import gzip
import json
import re
import threading
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import orjson

from tests.platform_server import Server, send

PATH = "/youtube/v3"
KEY = "test-key-of-no-one"
MAX_IDS = 50
# As many calls as anybody will look at; `call_count` counts them all.
MAX_CALLS_KEPT = 100_000
_PARTS = frozenset(["id", "snippet", "contentDetails", "statistics", "status"])


@dataclass
class FakeVideo:
    """What YouTube knows of a video. What is None is hidden; change it at any time."""

    title: str = "The River That Was Moved"
    description: str = "How a river came to flow the other way."
    duration: str = "PT9M46S"
    views: int | None = 154_080
    likes: int | None = 3_003
    comments: int | None = 12
    # Words that are added to a part: `status={"privacyStatus": "unlisted"}`.
    status: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    def item(self, platform_id: str) -> dict[str, Any]:
        """Return the whole item, as `videos.list` shows it."""
        words = {"title": self.title, "description": self.description}
        counts = {
            "viewCount": self.views,
            "likeCount": self.likes,
            "favoriteCount": 0,
            "commentCount": self.comments,
        }
        return {
            "kind": "youtube#video",
            "etag": f"etag-{platform_id}",
            "id": platform_id,
            "snippet": {
                "publishedAt": "2021-07-30T14:00:24Z",
                "channelId": "UCw1SQ6QRRtfAhrN_cjkrOgA",
                **words,
                "thumbnails": {"default": {"url": "https://i.ytimg.com/vi/x/default.jpg"}},
                "channelTitle": "Quiet Rivers",
                "tags": ["river", "water"],
                "categoryId": "27",
                "liveBroadcastContent": "none",
                "localized": words,
            },
            "contentDetails": {
                "duration": self.duration,
                "dimension": "2d",
                "definition": "hd",
                "caption": "false",
                "licensedContent": False,
                "contentRating": {},
                "projection": "rectangular",
                **self.details,
            },
            "statistics": {name: str(n) for name, n in counts.items() if n is not None},
            "status": {
                "uploadStatus": "processed",
                "privacyStatus": "public",
                "license": "youtube",
                "embeddable": True,
                "publicStatsViewable": True,
                **self.status,
            },
        }


@dataclass(frozen=True)
class Call:
    """One call that was made: the ids in it, and what was asked of them."""

    ids: tuple[str, ...]
    parts: frozenset[str]
    fields: str


@dataclass
class YouTube:
    """A running API. `find` may be replaced, where videos are too many to be kept."""

    url: str
    key: str = KEY
    videos: dict[str, FakeVideo] = field(default_factory=dict)
    find: Callable[[str], FakeVideo | None] = field(init=False)
    # Calls that are still granted today; None: any number.
    units_left: int | None = None
    calls: deque[Call] = field(default_factory=lambda: deque(maxlen=MAX_CALLS_KEPT))
    call_count: int = 0
    id_count: int = 0
    # How many calls went unanswered because the units were used up.
    overrun_count: int = 0
    faults: list[str] = field(default_factory=list)
    # Whoever makes a client wait waits for this, so that the end of the server ends it.
    ending: threading.Event = field(default_factory=threading.Event)
    _turns: deque["Way"] = field(default_factory=deque)
    _always: "Way | None" = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.find = self.videos.get

    def add(self, platform_id: str, video: FakeVideo | None = None) -> FakeVideo:
        """Make a video known, and return it."""
        self.videos[platform_id] = video or FakeVideo()
        return self.videos[platform_id]

    def behave(self, *ways: "Way") -> None:
        """Answer the next calls in these ways, one each, and then as it should."""
        with self._lock:
            self._turns.extend(ways)

    def behave_always(self, way: "Way | None") -> None:
        """Answer every call in this way, until it is told None."""
        self._always = way

    def forget(self) -> None:
        """Begin anew: no videos, no calls, no ways."""
        with self._lock:
            self.videos.clear()
            self.calls.clear()
            self._turns.clear()
            self.faults.clear()
            self.call_count = self.id_count = self.overrun_count = 0
            self.units_left, self._always, self.find = None, None, self.videos.get

    def take(self, call: Call) -> "Way":
        """Count a call, and return the way in which it is to be answered."""
        with self._lock:
            self.calls.append(call)
            self.call_count += 1
            self.id_count += len(call.ids)
            if self.units_left is not None:
                if self.units_left <= 0:
                    self.overrun_count += 1
                    return quota_exhausted
                self.units_left -= 1
            return self._turns.popleft() if self._turns else self._always or as_it_should

    def items(self, call: Call) -> list[dict[str, Any]]:
        """Return the items of the videos that are known, whole."""
        found = {platform_id: self.find(platform_id) for platform_id in dict.fromkeys(call.ids)}
        return [video.item(platform_id) for platform_id, video in found.items() if video]


Way = Callable[[BaseHTTPRequestHandler, YouTube, Call], None]


# --- Ways to answer -------------------------------------------------------------------


def as_it_should(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Answer with the videos that are known."""
    give(handler, call, youtube.items(call))


def slow(seconds: float) -> Way:
    """Answer as it should, after a while."""

    def answer(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
        youtube.ending.wait(seconds)
        as_it_should(handler, youtube, call)

    return answer


def trickling(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Send an answer that goes on and on, in small pieces."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(b'{"kind":')
    while not youtube.ending.wait(0.02):
        handler.wfile.write(b" ")


def refused(status: int, reason: str, message: str = "No.", **headers: str) -> Way:
    """Refuse as the API does; `Retry_After="3"` is the header `Retry-After: 3`."""
    body = {
        "error": {
            "code": status,
            "message": message,
            "errors": [{"message": message, "domain": "global", "reason": reason}],
        }
    }
    return told(body, status=status, **headers)


def rate_limited(retry_after: str | None = None) -> Way:
    """Refuse because too much is asked at once."""
    headers = {"Retry_After": retry_after} if retry_after else {}
    return refused(429, "rateLimitExceeded", "Too many requests.", **headers)


def quota_exhausted(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Refuse because the day's units are used up."""
    message = 'You have exceeded your <a href="/youtube/v3/getting-started#quota">quota</a>.'
    refused(403, "quotaExceeded", message)(handler, youtube, call)


def unauthorised(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Refuse the key."""
    refused(401, "authError", "Invalid Credentials")(handler, youtube, call)


def partial(keep: int) -> Way:
    """Answer with the first few videos only."""
    return lambda handler, youtube, call: give(handler, call, youtube.items(call)[:keep])


def bare(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Answer with all videos, and of each nothing but that it is there."""
    give(handler, call, [{"id": item["id"]} for item in youtube.items(call)])


def lying(*others: str) -> Way:
    """Answer about others too, who were not asked for, and about each video twice."""

    def answer(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
        lies = [{**FakeVideo(title="A lie").item(other), "id": other} for other in others]
        items = youtube.items(call)
        repeated = [{**item, "statistics": {"viewCount": "1"}} for item in items]
        give(handler, call, [*lies, *items, *repeated, *lies])

    return answer


def dying(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Send half of an answer, and close the connection."""
    body = write(call, youtube.items(call))
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])


def broken_json(handler: BaseHTTPRequestHandler, youtube: YouTube, call: Call) -> None:
    """Send half of an answer, as if that were all of it."""
    body = write(call, youtube.items(call))
    send(handler, body[: len(body) // 2], content_type="application/json")


def told(document: object, *, status: int = 200, **headers: str) -> Way:
    """Answer with any JSON."""
    body = json.dumps(document).encode()
    return said(body, status=status, **headers)


def said(body: bytes, *, status: int = 200, **headers: str) -> Way:
    """Answer with any bytes."""
    return lambda handler, _youtube, _call: send(
        handler, body, status=status, content_type="application/json; charset=UTF-8", **headers
    )


# --- One call -------------------------------------------------------------------------


def give(handler: BaseHTTPRequestHandler, call: Call, items: list[dict[str, Any]]) -> None:
    """Send an answer with items, packed for those who take it packed."""
    body = write(call, items)
    agent = handler.headers.get("User-Agent", "")
    if "gzip" in handler.headers.get("Accept-Encoding", "") and "gzip" in agent:
        packed = gzip.compress(body, compresslevel=1)
        send(handler, packed, content_type="application/json", Content_Encoding="gzip")
    else:
        send(handler, body, content_type="application/json")


def write(call: Call, items: list[dict[str, Any]]) -> bytes:
    """Return an answer as JSON, with the parts and fields that were asked for."""
    always = {"kind", "etag", "id"}
    answer: dict[str, Any] = {
        "kind": "youtube#videoListResponse",
        "etag": "etag-of-the-answer",
        "items": [
            {name: part for name, part in item.items() if name in call.parts | always}
            for item in items
        ],
        "pageInfo": {"totalResults": len(items), "resultsPerPage": len(items)},
    }
    return orjson.dumps(pick(answer, read_fields(call.fields)) if call.fields else answer)


Wanted = Mapping[str, "Wanted | None"]


def read_fields(text: str) -> Wanted:
    """Return the names in `fields`, with what is asked for below each: `items(id)`."""
    words = iter(re.findall(r"\w+|[(),]", text))

    def read() -> dict[str, Wanted | None]:
        found: dict[str, Wanted | None] = {}
        name = ""
        for word in words:
            if word == "(":
                found[name] = read()
            elif word == ")":
                break
            elif word != ",":
                name = word
                found[name] = None
        return found

    return read()


def pick(value: Any, wanted: Wanted | None) -> Any:
    """Return the wanted fields of an object, or of each one in a list."""
    if wanted is None:
        return value
    if isinstance(value, list):
        return [pick(member, wanted) for member in value]
    return {name: pick(value[name], inner) for name, inner in wanted.items() if name in value}


def find_fault(handler: BaseHTTPRequestHandler, query: Mapping[str, list[str]], call: Call) -> str:
    """Return which rule of the API a call breaks, if it breaks one."""
    if urllib.parse.urlsplit(handler.path).path != f"{PATH}/videos":
        return f"{handler.path.partition('?')[0]} is not asked for"
    if "key" in query:
        return "the key stands in the address, where logs keep it"
    if not 1 <= len(call.ids) <= MAX_IDS or len(set(call.ids)) != len(call.ids):
        return f"{len(call.ids)} ids in one call, {len(set(call.ids))} of them different"
    if not call.parts or call.parts - _PARTS:
        return f"there are no such parts: {sorted(call.parts - _PARTS)}"
    return ""


def make_handler(youtube: YouTube) -> type[BaseHTTPRequestHandler]:
    """Return the request handler of an API."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            call = Call(
                ids=tuple(query.get("id", [""])[0].split(",")),
                parts=frozenset(query.get("part", [""])[0].split(",")),
                fields=query.get("fields", [""])[0],
            )
            if fault := find_fault(self, query, call):
                youtube.faults.append(fault)
                refused(400, "badRequest", fault)(self, youtube, call)
            elif self.headers.get("X-Goog-Api-Key") != youtube.key:
                refused(400, "keyInvalid", "Bad Request")(self, youtube, call)
            else:
                youtube.take(call)(self, youtube, call)

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            """Keep the output of the tests clean."""

    return Handler


@contextmanager
def running() -> Iterator[YouTube]:
    """Run an API while the block runs; fail at its end if a client broke the rules."""
    youtube = YouTube(url="")
    with Server(("127.0.0.1", 0), make_handler(youtube)) as server:
        youtube.url = f"http://127.0.0.1:{server.server_port}{PATH}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield youtube
        finally:
            youtube.ending.set()
            server.shutdown()
            thread.join()
    assert not youtube.faults, youtube.faults
