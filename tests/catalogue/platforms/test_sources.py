"""What an address leads to, with the real yt-dlp, against a real server on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from catalogue.platforms import Failure, FailureKind, sources, ytdlp
from catalogue.platforms.documents import Film, Track
from catalogue.platforms.sources import Listing
from catalogue.records import Counts, VideoRecord, parse
from tests import platform_server
from tests.platform_server import (
    Page,
    Site,
    feed,
    film,
    html,
    item,
    player,
    redirect_to,
    send,
    subtitles,
    vtt,
)

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">'
YOUTUBE_ID = "swje6NSdkfk"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


def find(address: str, **keywords: Any) -> Film | Listing | Failure:
    with sources.talking(timeout_s=10, allow_private=keywords.pop("allow_private", True)) as talk:
        return sources.find(talk, address, **keywords)


def film_at(address: str, **keywords: Any) -> tuple[Film, VideoRecord]:
    found = find(address, **keywords)
    assert isinstance(found, Film), found
    return found, parse(found.url, found.document)


def list_at(address: str, **keywords: Any) -> Listing:
    found = find(address, **keywords)
    assert isinstance(found, Listing), found
    return found


def failure_at(address: str, **keywords: Any) -> Failure:
    found = find(address, **keywords)
    assert isinstance(found, Failure), found
    return found


# --- One film -------------------------------------------------------------------------


def test_a_page_becomes_the_record_that_its_info_json_would_be(site: Site):
    site.add("/the-river", Page(comments=12))
    before = datetime.now(UTC).replace(microsecond=0)
    found, record = film_at(f"{site.url}/the-river")
    assert found.url == f"{site.url}/the-river"
    assert (record.platform, record.platform_id) == ("127-0-0-1", "the-river")
    assert record.title == "The River That Was Moved"
    assert record.url == f"{site.url}/the-river"
    assert record.duration_ms == 586_000
    assert record.published == datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    assert record.counts == Counts(views=154_080, likes=3_003, comments=12)
    assert record.recorded_at is not None
    assert before <= record.recorded_at <= datetime.now(UTC)
    assert b"formats" not in record.raw


def test_a_player_on_the_page_adds_subtitles_and_takes_nothing_away(site: Site):
    subtitles(site, "/en.vtt", "A river.")
    address = film(site, "/both", Page(title="The Otters"), en="/en.vtt", pt_BR="/pt.vtt")
    found, record = film_at(address)
    assert (record.platform_id, record.title) == ("both", "The Otters")
    assert record.counts.views == 154_080
    assert [(track.language, track.url) for track in found.tracks] == [
        ("en", f"{site.url}/en.vtt"), ("pt-BR", f"{site.url}/pt.vtt"),
    ]  # fmt: skip


def test_a_page_with_nothing_but_a_player_is_called_by_its_title(site: Site):
    address = site.answer("/bare", html(player(), title="Herons at dusk"))
    _found, record = film_at(address)
    assert (record.platform, record.platform_id) == ("127-0-0-1", "bare")
    assert record.title == "Herons at dusk"
    assert record.counts == Counts()


def test_films_of_a_site_that_names_them_by_a_query_are_different_ones(site: Site):
    for number in (1, 2):
        site.add(f"/watch?film={number}", Page(title=f"Film {number}"))
    ids = {film_at(f"{site.url}/watch?film={number}")[1].platform_id for number in (1, 2)}
    assert len(ids) == 2
    assert all(platform_id.startswith("watch-") for platform_id in ids)


@pytest.mark.parametrize("path", ["/", "/a%20b", "/%2e%2e", "/100%25"])
def test_any_address_gives_an_id_that_an_address_of_ours_can_hold(site: Site, path: str):
    site.add(path)
    assert film_at(site.url + path)[1].platform_id


def test_short_links_and_redirects_lead_to_the_film(site: Site):
    site.add("/goal")
    site.answer("/hop", redirect_to(f"{site.url}/goal"))
    found, record = film_at(site.answer("/short", redirect_to(f"{site.url}/hop")))
    assert (found.url, record.platform_id) == (f"{site.url}/goal", "goal")


def test_text_that_no_database_holds_is_made_storable(site: Site):
    site.add("/odd", Page(title="Odd \ud800 title", description="a\0b"))
    _found, record = film_at(f"{site.url}/odd")
    assert record.title == "Odd \ufffd title"
    assert record.description == "a\ufffdb"


def test_an_article_leads_to_the_film_that_plays_in_it(site: Site, monkeypatch: pytest.MonkeyPatch):
    address = site.answer(
        "/article", html(f'<iframe src="https://www.youtube.com/embed/{YOUTUBE_ID}"></iframe>')
    )
    asked: list[str] = []
    extract = ytdlp._Asker.extract_info

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        asked.append(url)
        if "youtube" in url:
            return {"id": YOUTUBE_ID, "title": "Keeping Score", "extractor": "youtube",
                    "extractor_key": "Youtube", "view_count": 3,
                    "webpage_url": f"https://www.youtube.com/watch?v={YOUTUBE_ID}"}  # fmt: skip
        return extract(asker, url, **keywords)

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    _found, record = film_at(address)
    assert asked == [address, f"https://www.youtube.com/embed/{YOUTUBE_ID}"]
    assert (record.platform, record.platform_id) == ("youtube", YOUTUBE_ID)
    assert record.title == "Keeping Score", "not the article's"


@pytest.mark.parametrize("pointer", [YOUTUBE_ID, "jwplatform:abc"])
def test_a_page_may_lead_to_its_film_by_a_short_form_of_yt_dlps_own(
    youtube: dict[str, Any], pointer: str
):
    page = "https://films.example/article"
    youtube[page] = {"_type": "url", "url": pointer, "ie_key": "Any", "webpage_url": page}
    youtube[pointer] = {"id": "abc", "title": "The River", "extractor": "jwplatform",
                        "extractor_key": "JWPlatform", "webpage_url": pointer}  # fmt: skip
    found, record = film_at(page)
    assert (found.url, record.url, record.title) == (page, page, "The River")


def test_a_short_form_is_nothing_to_begin_with(youtube: dict[str, Any]):
    youtube["jwplatform:abc"] = {"id": "abc", "title": "The River"}
    assert failure_at("jwplatform:abc").kind == FailureKind.REFUSED


# --- Nothing to be had ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "private"), (404, "gone"), (410, "gone"), (429, "rate_limited"), (503, "temporary")],
)
def test_the_status_tells_why(site: Site, status: int, kind: str):
    address = site.answer(
        f"/s{status}", lambda handler: send(handler, b"no", status=status, Retry_After="90")
    )
    found = failure_at(address)
    assert (found.kind, found.retry_after) == (kind, timedelta(seconds=90))


@pytest.mark.parametrize(
    ("title", "kind"), [("[Private video]", "private"), ("[Deleted video]", "gone")]
)
def test_a_title_that_says_nothing_is_a_failure(site: Site, title: str, kind: str):
    site.add("/said", Page(title=title))
    assert failure_at(f"{site.url}/said").kind == kind


def test_a_page_without_a_film_is_malformed(site: Site):
    assert failure_at(site.answer("/text", html("<p>Words"))).kind == FailureKind.MALFORMED


def test_redirects_in_a_circle_end(site: Site):
    site.answer("/ring", redirect_to(f"{site.url}/ring2"))
    site.answer("/ring2", redirect_to(f"{site.url}/ring"))
    assert isinstance(find(f"{site.url}/ring"), Failure)


def test_a_server_that_dies_in_the_middle_is_temporary(site: Site):
    def half(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        handler.wfile.write(b"<!doctype html><html>" + b" " * 600)

    assert failure_at(site.answer("/half", half)).kind == FailureKind.TEMPORARY


def test_an_answer_that_claims_to_be_huge_takes_no_memory_for_it(site: Site):
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.send_header("Content-Length", str(10**12))
        handler.end_headers()
        with suppress(ConnectionError):
            while True:
                handler.wfile.write(b"<p>and more</p>" * 5_000)

    failure = failure_at(site.answer("/endless", endless))
    assert failure.kind == FailureKind.TEMPORARY
    assert "the answer is too large" in failure.reason


@pytest.mark.parametrize("body", [b"", b"\x93\xfa\x96\x7b" * 100])
def test_bytes_that_are_neither_page_nor_media_are_no_film(site: Site, body: bytes):
    failure = failure_at(site.answer("/bytes", lambda h: send(h, body)))
    assert failure.kind == FailureKind.MALFORMED
    assert failure.reason == "what is there is neither a page nor a file that plays"


@pytest.mark.parametrize(
    ("path", "kind"), [("/one", "video/webm"), ("/two.mp4", "application/octet-stream")]
)
def test_a_file_that_plays_is_a_film_by_its_type_or_its_name(site: Site, path: str, kind: str):
    film_at(site.answer(path, lambda h: send(h, b"\x1aE\xdf\xa3", content_type=kind)))


def test_a_title_that_is_too_long_is_not_blamed_on_how_it_was_asked(site: Site):
    site.add("/long-title", Page(title="t" * 2_000, views=None))
    assert failure_at(f"{site.url}/long-title").reason == "no title was found"


def test_own_machine_is_refused_also_for_subtitles(site: Site):
    site.add("/film")
    site.asked.clear()
    assert failure_at(f"{site.url}/film", allow_private=False).kind == FailureKind.REFUSED
    with sources.talking(timeout_s=5, allow_private=False) as talk:
        track = Track("en", "en", is_automatic=False, url=f"{site.url}/en.vtt")
        refused = sources.read_track(talk, track)
    assert isinstance(refused, Failure)
    assert refused.kind == FailureKind.REFUSED
    assert site.asked == []


# --- Lists ----------------------------------------------------------------------------


def test_a_feed_is_a_list_of_films_of_youtube_and_of_pages(site: Site):
    address = feed(
        site, "/feed",
        item(f"https://www.youtube.com/watch?v={YOUTUBE_ID}&amp;feature=rss", "Keeping Score"),
        item(f"{site.url}/film?utm_source=rss", "The River", description="As the feed has it",
             guid=f"{site.url}/?p=1"),
        item(f"{site.url}/film", "The River once more"),
        item("ftp://example.org/film", "Elsewhere"),
    )  # fmt: skip
    found = list_at(address)
    assert (found.title, found.cut, found.films) == ("Quiet Rivers", "", ())
    record = parse(found.url, found.document)
    assert (record.platform, record.platform_id, record.title) == (
        "youtube", YOUTUBE_ID, "Keeping Score",
    )  # fmt: skip
    assert [entry.url for entry in found.waiting] == [f"{site.url}/film"]
    assert found.waiting[0].said == {"title": "The River", "description": "As the feed has it"}


def test_what_a_list_says_stands_for_what_the_page_says(site: Site):
    site.add("/said-better", Page(title="clip 0815"))
    said = {"title": "The River", "duration": 90}
    _found, record = film_at(f"{site.url}/said-better", said=said)
    assert (record.title, record.duration_ms, record.counts.views) == ("The River", 90_000, 154_080)


def test_several_players_on_a_page_are_a_list_of_whole_films(site: Site):
    body = player("/a.webm", en="/en.vtt") + player("/b.webm")
    found = list_at(site.answer("/two", html(body, title="Two films")))
    ids = [parse(film.url, film.document).platform_id for film in found.films]
    assert ids == ["two-1", "two-2"]
    assert [len(film.tracks) for film in found.films] == [1, 0]


def test_an_atom_feed_is_a_list_too(site: Site):
    entries = (
        '<entry><title>The River</title><link href="/film"/><summary>Moved.</summary>'
        "<published>2021-07-30T14:00:24Z</published></entry>"
        "<entry><title>No link</title></entry>"
        '<entry><title>No address</title><link href="http://[river"/></entry>'
    )
    body = f"{ATOM}<title>Quiet Rivers</title>{entries}</feed>".encode()
    found = list_at(
        site.answer("/atom", lambda h: send(h, body, content_type="application/atom+xml"))
    )
    assert found.title == "Quiet Rivers"
    (entry,) = found.waiting
    assert entry.url == f"{site.url}/film"
    assert entry.said == {"title": "The River", "description": "Moved.", "timestamp": 1627653624}


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><feed>',
        b'<?xml version="1.0"?><other xmlns="http://www.w3.org/2005/Atom"/>',
        b'<?xml version="1.0" encoding="x-none"?><feed/>',
        f'<!DOCTYPE feed [<!ENTITY a "b">]>{ATOM}<title>&a;</title></feed>'.encode(),
    ],
)
def test_xml_that_is_no_feed_is_no_list(site: Site, body: bytes):
    address = site.answer("/odd.xml", lambda h: send(h, body, content_type="application/xml"))
    assert not isinstance(find(address), Listing)


def test_a_list_without_films_is_empty(site: Site):
    assert list_at(feed(site, "/none")).is_empty


def test_a_long_list_is_cut_and_says_so(site: Site):
    items = [item(f"{site.url}/film{number}", f"Film {number}") for number in range(9)]
    found = list_at(feed(site, "/long", *items), most=4)
    assert len(found.waiting) == 4
    assert found.cut == "only the first 4 films of the list are read"


def entry(number: int, **said: Any) -> dict[str, Any]:
    """Return a flat entry as yt-dlp makes it of a list of YouTube's."""
    return {
        "_type": "url", "ie_key": "Youtube", "id": f"film{number:07}", "title": f"Film {number}",
        "url": f"https://www.youtube.com/watch?v=film{number:07}", "duration": 60,
        "view_count": 1_200_000, "description": "Cut after a few w…", **said,
    }  # fmt: skip


def tab(name: str, entries: Any) -> dict[str, Any]:
    return {
        "_type": "playlist", "id": "UC" + "q" * 22, "title": f"Quiet Rivers - {name}",
        "extractor": "youtube:tab", "extractor_key": "YoutubeTab", "channel": "Quiet Rivers",
        "channel_id": "UC" + "q" * 22, "entries": entries,
        "webpage_url": f"https://www.youtube.com/@QuietRivers/{name}",
    }  # fmt: skip


@pytest.fixture
def youtube(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a YouTube that cannot be reached would say, by address."""
    said: dict[str, Any] = {}

    def extract_info(asker: Any, url: str, **keywords: Any) -> Any:
        return said[url]

    monkeypatch.setattr(ytdlp._Asker, "extract_info", extract_info)
    return said


def test_the_tabs_of_a_channel_are_one_list(youtube: dict[str, Any]):
    base = "https://www.youtube.com/@QuietRivers"
    tabs = [{"_type": "url", "ie_key": "YoutubeTab", "url": f"{base}/{name}"}
            for name in ("videos", "shorts", "streams")]  # fmt: skip
    youtube[base] = tab("home", tabs)
    youtube[f"{base}/videos"] = tab("videos", (entry(number) for number in range(3)))
    youtube[f"{base}/shorts"] = tab("shorts", [entry(1), entry(7), None])
    youtube[f"{base}/streams"] = tab("streams", [])
    found = list_at(base)
    entries = json.loads(found.document)["entries"]
    assert [one["id"][-1] for one in entries] == ["0", "1", "2", "7"], "each film once"
    assert {one["channel"] for one in entries} == {"Quiet Rivers"}
    assert not any({"view_count", "description"} & one.keys() for one in entries), (
        "rounded and cut: the film's own page knows"
    )


def test_a_playlist_keeps_the_channels_of_its_films(youtube: dict[str, Any]):
    address = "https://www.youtube.com/playlist?list=PL" + "a" * 32
    listed = tab("x", [entry(1, channel="Others", channel_id="UC" + "o" * 22), entry(2)])
    youtube[address] = listed | {"webpage_url": address}
    entries = json.loads(list_at(address).document)["entries"]
    assert [one.get("channel") for one in entries] == ["Others", None]


def test_a_list_that_breaks_off_keeps_what_came(youtube: dict[str, Any]):
    def entries() -> Iterator[dict[str, Any]]:
        yield entry(1)
        yield entry(2)
        raise TimeoutError("the answer took too long")

    base = "https://www.youtube.com/@QuietRivers/videos"
    youtube[base] = tab("videos", entries())
    found = list_at(base)
    assert len(found.flat) == 2
    assert found.cut == "after 2 films: the answer took too long"


def test_a_list_of_which_nothing_came_is_a_failure(youtube: dict[str, Any]):
    class Nothing:
        def __iter__(self) -> Iterator[dict[str, Any]]:
            return self

        def __next__(self) -> dict[str, Any]:
            raise TimeoutError("the answer took too long")

    base = "https://www.youtube.com/@QuietRivers/videos"
    youtube[base] = tab("videos", Nothing())
    assert failure_at(base).kind == FailureKind.TEMPORARY


# --- Subtitles ------------------------------------------------------------------------


def read(track: Track) -> bytes | Failure:
    with sources.talking(timeout_s=5, allow_private=True) as talk:
        return sources.read_track(talk, track)


def track(url: str = "", **fields: Any) -> Track:
    return Track("en", "en", is_automatic=False, url=url, **fields)


def test_subtitles_are_read_with_the_headers_they_need(site: Site):
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Referer"])
        send(handler, vtt("A river."), content_type="text/vtt")

    address = site.answer("/needs", answer)
    assert read(track(address, headers={"Referer": "https://a.example/"})) == vtt("A river.")
    assert seen == ["https://a.example/"]


def test_subtitles_that_came_along_ask_nobody():
    assert read(track(text="WEBVTT\n")) == b"WEBVTT\n"


def test_subtitles_in_no_form_that_is_read_say_so():
    found = read(track())
    assert isinstance(found, Failure)
    assert "WebVTT" in found.reason


def test_subtitles_that_never_come_end_at_the_deadline(site: Site):
    given_up = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not given_up.wait(0.02):
            handler.wfile.write(b"\n")

    try:
        with sources.talking(timeout_s=0.2, allow_private=True) as talk:
            found = sources.read_track(talk, track(site.answer("/drip.vtt", drip)))
    finally:
        given_up.set()
    assert isinstance(found, Failure)
    assert found.kind == FailureKind.TEMPORARY
