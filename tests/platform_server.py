"""A small site on loopback: pages about videos, which can be told to answer in many ways."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """What a page about a video says; unknown counts are left out. Change it at any time."""

    title: str = "The River That Was Moved"
    description: str = "How a river came to flow the other way."
    duration: str = "PT9M46S"
    views: int | None = 154_080
    likes: int | None = 3_003
    dislikes: int | None = None
    comments: int | None = None

    def json_ld(self, site: str) -> dict[str, Any]:
        """Return schema.org's VideoObject. yt-dlp passes over one without a contentUrl."""
        counters = {
            "WatchAction": self.views,
            "LikeAction": self.likes,
            "DislikeAction": self.dislikes,
            "CommentAction": self.comments,
        }
        return {
            "@context": "https://schema.org",
            "@type": "VideoObject",
            "name": self.title,
            "description": self.description,
            "duration": self.duration,
            "uploadDate": "2021-07-30T14:00:24Z",
            "contentUrl": f"{site}/clip.webm",
            "encodingFormat": "video/webm",
            "interactionStatistic": [
                {
                    "@type": "InteractionCounter",
                    "interactionType": {"@type": action},
                    "userInteractionCount": count,
                }
                for action, count in counters.items()
                if count is not None
            ],
        }


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """A running server: `pages` and `answers` by path, and the paths it was asked for."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, path: str, page: Page | None = None) -> Page:
        """Serve a page under a path, and return it."""
        self.pages[path] = page or Page()
        return self.pages[path]

    def answer(self, path: str, respond: Answer) -> str:
        """Answer a path in any way, and return its address."""
        self.answers[path] = respond
        return self.url + path


def send(
    handler: BaseHTTPRequestHandler,
    body: bytes = b"",
    *,
    status: int = 200,
    content_type: str = "text/html; charset=utf-8",
    **headers: str,
) -> None:
    """Send one whole answer; `Retry_After="3"` is the header `Retry-After: 3`."""
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def page_of(page: Page, site: str) -> bytes:
    """Return the HTML of a page about a video."""
    script = json.dumps(page.json_ld(site)).replace("<", "\\u003c")
    return (
        "<!doctype html><title>A site</title>"
        f'<script type="application/ld+json">{script}</script><p>A page about a film.'
    ).encode()


def html(body: str, *, title: str = "A site") -> Answer:
    """Return an answer that is a page with this in it."""
    page = f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return lambda handler: send(handler, page.encode())


def player(media: str = "/clip.webm", **tracks: str) -> str:
    """Return a <video> element with subtitles: `player(en="/en.vtt")`."""
    inner = "".join(
        f'<track kind="subtitles" srclang="{language.replace("_", "-")}" src="{address}">'
        for language, address in tracks.items()
    )
    return f'<video src="{media}">{inner}</video>'


def film(site: Site, path: str, page: Page | None = None, **tracks: str) -> str:
    """Serve a film's page with JSON-LD and a player with subtitles; return its address."""
    body = page_of(page or Page(), site.url) + player(**tracks).encode()
    return site.answer(path, lambda handler: send(handler, body))


def feed(site: Site, path: str, *items: str, title: str = "Quiet Rivers") -> str:
    """Serve an RSS feed of items that `item` makes; return its address."""
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>'
    body += "".join(items) + "</channel></rss>"
    return site.answer(
        path, lambda handler: send(handler, body.encode(), content_type="application/rss+xml")
    )


def item(link: str, title: str = "", **parts: str) -> str:
    """Return an item of a feed."""
    said = "".join(f"<{name}>{value}</{name}>" for name, value in parts.items())
    return f"<item><title>{title}</title><link>{link}</link>{said}</item>"


def vtt(*lines: str) -> bytes:
    """Return WebVTT with a cue of two seconds for each line."""
    cues = [
        f"00:00:{2 * number:02}.000 --> 00:00:{2 * number + 2:02}.000\n{line}\n"
        for number, line in enumerate(lines)
    ]
    return "\n".join(["WEBVTT\n", *cues]).encode()


def subtitles(site: Site, path: str, *lines: str) -> str:
    """Serve a WebVTT file; return its address."""
    body = vtt(*lines)
    return site.answer(path, lambda handler: send(handler, body, content_type="text/vtt"))


def redirect_to(address: str) -> Answer:
    """Return an answer that leads elsewhere."""
    return lambda handler: send(handler, status=302, Location=address)


def gzipped(body: bytes) -> Answer:
    """Return an answer that comes packed."""
    return lambda handler: send(handler, gzip.compress(body), Content_Encoding="gzip")


def make_handler(site: Site) -> type[BaseHTTPRequestHandler]:
    """Return the request handler of a site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            if self.path in site.answers:
                site.answers[self.path](self)
            elif self.path in site.pages:
                send(self, page_of(site.pages[self.path], site.url))
            elif self.path == "/clip.webm":
                send(self, b"\x1aE\xdf\xa3" * 100, content_type="video/webm")
            else:
                send(self, b"<!doctype html><title>Not found</title>", status=404)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            """Keep the output of the tests clean."""

    return Handler


class Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own, which ends with the process."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away in the middle is what some tests are about."""


@contextmanager
def running() -> Iterator[Site]:
    """Run a site while the block runs."""
    site = Site(url="")
    with Server(("127.0.0.1", 0), make_handler(site)) as server:
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
