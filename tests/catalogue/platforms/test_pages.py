"""Asking whether a page is there, of a real server."""

import errno
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from catalogue.platforms import pages
from catalogue.platforms.pages import MAX_BYTES, REDIRECTS_MAX, PageAnswer, Problem
from tests import platform_server
from tests.platform_server import Answer, Site, html, redirect_to, send

AGENT = "Sidenote link check (+https://sidenote.example)"


@pytest.fixture
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


def ask(url: str, *, allow_private: bool = True, timeout_s: float = 20.0) -> PageAnswer:
    return pages.ask(url, agent=AGENT, timeout_s=timeout_s, allow_private=allow_private)


def by_method(**answers: Answer) -> tuple[Answer, list[str]]:
    """Return what answers each method in its way, and the methods it was asked by."""
    methods: list[str] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        methods.append(handler.command)
        answers[handler.command](handler)

    return respond, methods


def status(code: int) -> Answer:
    return lambda handler: send(handler, status=code)


def nothing(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing, and hang up."""


def test_a_page_that_is_there_is_asked_by_its_head_alone_and_told_who_asks(site: Site):
    heard: dict[str, Any] = {}

    def respond(handler: BaseHTTPRequestHandler) -> None:
        heard.update(handler.headers)
        send(handler, b"A page")

    respond_by, methods = by_method(HEAD=respond, GET=respond)
    answer = ask(site.answer("/page", respond_by))
    assert (answer.status, answer.problem, answer.is_there) == (200, None, True)
    assert methods == ["HEAD"]
    assert heard["User-Agent"] == AGENT


@pytest.mark.parametrize("refusal", [400, 403, 404, 405, 500, 501])
def test_where_head_is_refused_the_page_itself_is_asked(site: Site, refusal: int):
    respond, methods = by_method(HEAD=status(refusal), GET=html("A page"))
    assert ask(site.answer("/page", respond)).status == 200
    assert methods == ["HEAD", "GET"]


def test_where_head_breaks_the_connection_the_page_itself_is_asked(site: Site):
    respond, methods = by_method(HEAD=nothing, GET=html("A page"))
    assert ask(site.answer("/page", respond)).status == 200
    assert methods == ["HEAD", "GET"]


@pytest.mark.parametrize("code", [401, 403, 404, 410, 451, 500, 503])
def test_what_both_refuse_is_told(site: Site, code: int):
    answer = ask(site.answer("/page", status(code)))
    assert (answer.status, answer.is_there, answer.detail) == (code, False, f"HTTP {code}")


def test_a_site_that_limits_us_is_not_asked_twice(site: Site):
    respond, methods = by_method(HEAD=status(429))
    assert ask(site.answer("/page", respond)).status == 429
    assert methods == ["HEAD"]


def test_redirects_are_followed_wherever_they_lead(site: Site):
    site.answer("/d%C3%A9but", html("The end"))
    site.answer("/three", redirect_to("/début".encode().decode("latin-1")))
    site.answer("/two/", redirect_to("../three"))
    assert ask(site.answer("/one", redirect_to(f"{site.url}/two/"))).status == 200
    assert site.asked == ["/one", "/two/", "/three", "/d%C3%A9but"]


def test_redirects_without_end_are_given_up(site: Site):
    site.answer("/loop", redirect_to("/loop"))
    answer = ask(f"{site.url}/loop")
    assert (answer.status, answer.problem) == (None, Problem.SILENT)
    assert len(site.asked) == 2 * (REDIRECTS_MAX + 1)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://ann:secret@127.0.0.1/", "http://["]
)
def test_a_redirect_to_what_is_no_page_is_not_followed(site: Site, target: str):
    answer = ask(site.answer("/page", redirect_to(target)))
    assert (answer.status, answer.problem) == (None, Problem.SILENT)


def test_letters_beyond_ascii_are_asked_in_percents(site: Site):
    site.answer("/r%C3%ADo?q=%E6%B2%B3", html("A page"))
    assert ask(f"{site.url}/río?q=河#part").status == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[fe80::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0x7f.1/",
        "http://0.0.0.0/",
    ],
)
def test_no_private_address_is_asked(url: str):
    answer = ask(url, allow_private=False)
    assert (answer.status, answer.problem) == (None, Problem.NOT_PUBLIC)
    assert answer.detail == "not a public address"


def test_a_redirect_leads_to_no_private_address(site: Site, monkeypatch: pytest.MonkeyPatch):
    """The first address counts as public for this test; where it leads to does not."""
    public = site.url.partition("//")[2].partition(":")[0]
    monkeypatch.setattr(
        "catalogue.platforms.connections.is_public", lambda address: address == public
    )
    site.answer("/inside", html("A secret"))
    port = site.url.rpartition(":")[2]
    url = site.answer("/page", redirect_to(f"http://127.0.0.2:{port}/inside"))
    assert ask(url, allow_private=False).problem == Problem.NOT_PUBLIC
    assert site.asked == ["/page"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [(socket.EAI_NONAME, Problem.NO_NAME), (socket.EAI_AGAIN, Problem.SILENT)],
)
def test_a_name_that_is_not_known_is_no_silence(
    monkeypatch: pytest.MonkeyPatch, code: int, problem: Problem
):
    def look_up(*arguments: Any, **keywords: Any) -> Any:
        raise socket.gaierror(code, "told by a server of names")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert ask("https://gone.example/").problem == problem


def test_a_site_that_says_nothing_is_given_up(site: Site):
    over = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        over.wait(60)

    url = site.answer("/slow", respond)
    try:
        answer = ask(url, timeout_s=0.3)
    finally:
        over.set()
    assert (answer.status, answer.problem) == (None, Problem.SILENT)
    assert answer.detail == "it took too long"


def test_of_a_page_without_end_only_the_beginning_is_read(site: Site):
    sent: list[int] = []
    over = threading.Event()

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65_536)
                sent.append(65_536)
        except OSError:
            over.set()

    both, _methods = by_method(HEAD=status(405), GET=respond)
    assert ask(site.answer("/endless", both)).status == 200
    assert over.wait(60), "the connection is closed once something came"


def test_headers_without_end_are_refused(site: Site):
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for number in range(90):
            handler.send_header(f"X-{number}", "x" * 60_000)
        handler.end_headers()

    answer = ask(site.answer("/page", respond))
    assert (answer.status, answer.problem) == (None, Problem.SILENT)
    assert MAX_BYTES < 90 * 60_000


def test_nobody_listens(site: Site):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        answer = ask(f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert (answer.status, answer.problem) == (None, Problem.SILENT)
    assert f"Errno {errno.ECONNREFUSED}" in answer.detail


def test_what_speaks_no_http_is_silent(site: Site):
    assert ask(site.url.replace("http:", "https:")).problem == Problem.SILENT

    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"SSH-2.0-x\r\n\r\n")

    assert ask(site.answer("/page", respond)).problem == Problem.SILENT
