"""The gateway, with the real yt-dlp, against a real server on loopback."""

import socket
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from catalogue.platforms import Failure, FailureKind, Observation, connections, ytdlp
from catalogue.records.record import Counts
from tests import platform_server
from tests.platform_server import (
    Page,
    Site,
    film,
    gzipped,
    html,
    page_of,
    player,
    redirect_to,
    send,
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


def fetch(address: str, **keywords: Any) -> Observation | Failure:
    keywords.setdefault("allow_private", True)
    return ytdlp.fetch(address, **keywords)


def failure_of(address: str, **keywords: Any) -> Failure:
    found = fetch(address, **keywords)
    assert isinstance(found, Failure), found
    assert found.reason
    return found


def test_page_with_json_ld_tells_all_it_knows(site: Site):
    site.add("/film", Page(dislikes=0, comments=12))
    before = datetime.now(UTC)
    found = fetch(f"{site.url}/film")
    assert isinstance(found, Observation)
    assert found.counts == Counts(views=154_080, likes=3_003, dislikes=0, comments=12)
    assert found.title == "The River That Was Moved"
    assert found.description == "How a river came to flow the other way."
    assert found.duration_ms == 586_000
    assert before <= found.observed_at <= datetime.now(UTC)


def test_a_player_on_the_page_hides_nothing_that_the_page_says(site: Site):
    found = fetch(film(site, "/player", Page(title="The Otters")))
    assert isinstance(found, Observation)
    assert (found.title, found.counts.views) == ("The Otters", 154_080)
    bare = fetch(site.answer("/bare", html(player(), title="Herons")))
    assert isinstance(bare, Observation)
    assert (bare.title, bare.counts) == ("Herons", Counts())


def test_unknown_counts_stay_unknown(site: Site):
    site.add("/quiet", Page(views=None, likes=None))
    found = fetch(f"{site.url}/quiet")
    assert isinstance(found, Observation)
    assert found.counts == Counts()


def test_one_look_is_one_request(site: Site):
    site.add("/once")
    site.asked.clear()
    fetch(f"{site.url}/once")
    assert site.asked == ["/once"]


def test_orders_to_yt_dlp_in_an_address_are_not_taken(site: Site):
    site.add("/film")
    assert isinstance(fetch(f"{site.url}/film#__youtubedl_smuggle=no-json"), Observation)


def test_redirect_is_followed(site: Site):
    site.add("/target")
    address = site.answer("/short", redirect_to(f"{site.url}/target"))
    assert isinstance(fetch(address), Observation)


def test_packed_answer_is_unpacked(site: Site):
    address = site.answer("/packed", gzipped(page_of(Page(), site.url)))
    assert isinstance(fetch(address), Observation)


def test_text_that_no_database_holds_is_made_storable(site: Site):
    site.add("/odd", Page(title="Odd \ud800\n title", description="a\0b"))
    found = fetch(f"{site.url}/odd")
    assert isinstance(found, Observation)
    assert "\ud800" not in (found.title or "")
    assert found.title == "Odd \ufffd title"
    assert "\0" not in (found.description or "")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, FailureKind.PRIVATE),
        (403, FailureKind.TEMPORARY),
        (404, FailureKind.GONE),
        (410, FailureKind.GONE),
        (429, FailureKind.RATE_LIMITED),
        (451, FailureKind.GEO_BLOCKED),
        (500, FailureKind.TEMPORARY),
        (503, FailureKind.TEMPORARY),
    ],
)
def test_status_tells_the_kind_of_failure(site: Site, status: int, kind: FailureKind):
    address = site.answer(f"/{status}", lambda handler: send(handler, b"no", status=status))
    assert failure_of(address).kind == kind


def test_wish_to_be_asked_later_is_kept(site: Site):
    address = site.answer("/later", lambda h: send(h, b"no", status=429, Retry_After="90"))
    assert failure_of(address).retry_after == timedelta(seconds=90)


@pytest.mark.parametrize("value", ["", "soon", "-3", "٣"])
def test_wish_that_cannot_be_read_is_passed_over(site: Site, value: str):
    wish = value.encode().decode("latin-1")
    address = site.answer("/wish", lambda h: send(h, b"no", status=429, Retry_After=wish))
    assert failure_of(address).retry_after is None


def test_page_without_a_video_is_malformed(site: Site):
    address = site.answer("/none", lambda h: send(h, b"<!doctype html><title>Hi</title>"))
    found = failure_of(address)
    assert (found.kind, found.reason) == (
        FailureKind.MALFORMED, "no video was found on the page",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("title", "kind"),
    [("[Private video]", FailureKind.PRIVATE), ("[Deleted video]", FailureKind.GONE)],
)
def test_title_that_says_nothing_is_a_failure(site: Site, title: str, kind: FailureKind):
    site.add("/placeholder", Page(title=title))
    assert failure_of(f"{site.url}/placeholder").kind == kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Private video. Sign in if you've been granted access to this video",
         FailureKind.PRIVATE),
        ("Video unavailable. This video has been removed by the uploader", FailureKind.GONE),
        ("This video is gone: the account associated with it has been terminated.",
         FailureKind.TERMINATED_CHANNEL),
        ("This video is no longer available because the uploader has closed their account.",
         FailureKind.TERMINATED_CHANNEL),
        ("This video is no longer available because of a claim.", FailureKind.GONE),
        ("Sign in to confirm your age. This video may be inappropriate for some users.",
         FailureKind.AGE_RESTRICTED),
        ("The uploader has not made this video available in your country",
         FailureKind.GEO_BLOCKED),
        ("Sign in to confirm you’re not a bot.", FailureKind.RATE_LIMITED),
        ("Video unavailable. This content isn’t available, try again later.",
         FailureKind.RATE_LIMITED),
        ("No supported JavaScript runtime could be found", None),
    ],
)  # fmt: skip
def test_words_of_youtube_tell_the_kind_of_failure(words: str, kind: FailureKind | None):
    """A page without numbers counts as a failure when the warnings say why."""
    log = ytdlp._Log()
    log.warning(words)
    found = ytdlp._observation_of({"title": "A frame"}, log)
    assert (found.kind if isinstance(found, Failure) else None) == kind
    assert isinstance(ytdlp._observation_of({"title": "A film", "view_count": 3}, log), Observation)


def test_server_that_is_not_there_is_temporary():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/film"
        assert failure_of(address).kind == FailureKind.TEMPORARY


def test_server_that_goes_away_in_the_middle_is_temporary(site: Site):
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<!doctype html>")

    assert failure_of(site.answer("/half", half)).kind == FailureKind.TEMPORARY


def test_answer_that_never_ends_ends_at_the_deadline(site: Site):
    given_up = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        # Each piece comes in time, so only the deadline of the whole can end it.
        while not given_up.wait(0.02):
            handler.wfile.write(b"<p>")

    try:
        found = failure_of(site.answer("/drip", drip), timeout_s=0.2)
    finally:
        given_up.set()
    assert found.kind == FailureKind.TEMPORARY


def test_endless_answer_is_cut_off(site: Site):
    sent: list[int] = []

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        piece = b"<p>flood</p>" * 10_000
        while True:
            sent.append(handler.wfile.write(piece))

    assert failure_of(site.answer("/flood", flood)).kind == FailureKind.TEMPORARY
    assert sum(sent) < 3 * connections.MAX_ANSWER_BYTES


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_packed_bomb_is_not_unpacked(site: Site, encoding: str):
    bomb = bytes(2 * connections.MAX_ANSWER_BYTES)
    body = gzip_of(bomb) if encoding == "gzip" else zlib.compress(bomb)
    address = site.answer("/bomb", lambda h: send(h, body, Content_Encoding=encoding))
    assert failure_of(address).kind == FailureKind.TEMPORARY


def gzip_of(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(body) + packer.flush()


# --- Addresses ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "0.0.0.0", "2130706433", "0x7f.1"])
def test_own_machine_is_refused_by_any_name(site: Site, name: str):
    site.add("/film")
    site.asked.clear()
    port = site.url.rpartition(":")[2]
    assert failure_of(f"http://{name}:{port}/film", allow_private=False).kind == (
        FailureKind.REFUSED
    )
    assert site.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "[::1]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]",
        "[2002:7f00:1::]", "[64:ff9b::7f00:1]",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_before_anything_is_sent(host: str):
    found = failure_of(f"http://{host}/film", allow_private=False)
    assert found.kind == FailureKind.REFUSED
    assert "not a public address" in found.reason


def test_redirect_to_the_inside_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch):
    """A public page may lead inside: the address of every connection counts."""
    site.add("/inside")
    address = site.answer("/outside", redirect_to(f"http://127.0.0.2:{port_of(site)}/inside"))
    monkeypatch.setattr(
        connections, "is_public", lambda found: found == "127.0.0.1"
    )  # The server plays the public one.
    site.asked.clear()
    found = failure_of(address, allow_private=False)
    assert (found.kind, site.asked) == (FailureKind.REFUSED, ["/outside"])
    assert "127.0.0.2" not in found.reason


def port_of(site: Site) -> str:
    return site.url.rpartition(":")[2]


@pytest.mark.parametrize("scheme", ["file", "ftp", "data"])
def test_redirect_to_another_scheme_is_not_followed(site: Site, scheme: str):
    address = site.answer(f"/to-{scheme}", redirect_to(f"{scheme}:///etc/hostname"))
    assert isinstance(fetch(address), Failure)


@pytest.mark.parametrize(
    "address", ["file:///etc/hostname", "ftp://example.org/film", "ytsearch:rivers", "", "film"]
)
def test_only_web_addresses_are_asked(address: str):
    assert failure_of(address, allow_private=False).kind == FailureKind.REFUSED


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("::ffff:93.184.216.34", True), ("64:ff9b::5db8:d822", True),
        ("127.0.0.1", False), ("0.0.0.0", False), ("255.255.255.255", False), ("::", False),
        ("fe80::1%eth0", False), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
        ("no address", False),
    ],
)  # fmt: skip
def test_public_addresses_are_told_from_others(address: str, is_public: bool):
    assert connections.is_public(address) is is_public


def test_addresses_that_cannot_be_split_are_no_web_addresses():
    assert not connections.is_web("http://[::1")
