"""Addresses of evidence: what is refused, what is one page, DOIs and archived copies."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotations.sources import (
    MAX_ADDRESS,
    SourceError,
    SourceFault,
    archived_at,
    clean,
    doi_address,
    find_archived,
    find_doi,
    mark,
    normalise,
    wayback_address,
)

FILM = "swje6NSdkfk"
CHANNEL = "UC" + "q" * 21 + "_"
TAKEN = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)

# Texts that look like addresses, and come near every rule.
_parts = st.sampled_from(
    ["http://", "HTTPS://", "//", "www.", "m.", "Example.org", "bücher.example", "youtube.com",
     "youtu.be/", "doi.org/", "10.1234/", "doi:", "web.archive.org/web/2020*/", "[::1]", ":443",
     ":80", ":8080", "/", "..", ".", "/watch?v=", FILM, "?", "&", "=", "+", "utm_source", "%2e",
     "%", "%C3%BC", "%ff", "ü", "#", "!", ":~:text=", "@", "\\", "\0", " ", "\ud800", "İ", "ß",
     "redirect?q=", "http://[", "list=PL", "/@name", "/channel/", CHANNEL, "。"]
)  # fmt: skip
texts = st.lists(_parts | st.text(max_size=3), max_size=12).map("".join)
addresses = st.tuples(
    st.sampled_from(["http://", "https://", "https://www."]),
    st.sampled_from(["example.org", "www.www.org", "youtube.com", "doi.org", "bücher.example",
                     "x.com:443", "[::1]:80", "en.m.wikipedia.org", "www.twitter.com"]),
    st.lists(_parts | st.text(max_size=2), max_size=8).map(lambda some: "/" + "".join(some)),
).map("".join)  # fmt: skip


# --- What is stored -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a?b=1#c", "https://example.org/a?b=1#c"),
        (" HTTP://Example.ORG/A ", "http://example.org/A"),
        ("https://example.org", "https://example.org"),
        ("www.example.org/x", "https://www.example.org/x"),
        ("example.org/x", "https://example.org/x"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("//example.org/x", "https://example.org/x"),
        ("https://example.org/a#:~:text=the%20quote", "https://example.org/a#:~:text=the%20quote"),
        ("https://de.wikipedia.org/wiki/Bücher", "https://de.wikipedia.org/wiki/Bücher"),
        ("https://example.org/\u200bx", "https://example.org/x"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("10.1234/abc.5", "https://doi.org/10.1234/abc.5"),
        ("doi:10.1234/abc", "https://doi.org/10.1234/abc"),
        ("DOI: 10.1234/abc", "https://doi.org/10.1234/abc"),
        ("doi.org/10.1234/abc", "https://doi.org/10.1234/abc"),
        ("10.1002/(SICI)1097(1999)50:9<1::AID-1>3.0;2-9",
         "https://doi.org/10.1002/(SICI)1097(1999)50:9%3C1::AID-1%3E3.0;2-9"),
    ],
)  # fmt: skip
def test_an_address_is_stored_as_it_was_typed_but_complete(text: str, address: str) -> None:
    assert clean(text) == address


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", SourceFault.EMPTY),
        (" \u200b\n", SourceFault.EMPTY),
        ("https://example.org/" + "x" * MAX_ADDRESS, SourceFault.TOO_LONG),
        ("example.org/" + "x" * (MAX_ADDRESS - len("example.org/")), SourceFault.TOO_LONG),
        ("https://example.org/a\0b", SourceFault.UNREADABLE),
        ("https://example.org/a\nb", SourceFault.UNREADABLE),
        ("https://example.org/\ud800", SourceFault.UNREADABLE),
        ("javascript:alert(1)", SourceFault.NOT_WEB),
        ("ftp://example.org/x", SourceFault.NOT_WEB),
        ("data:text/html,x", SourceFault.NOT_WEB),
        ("mailto:anna@example.org", SourceFault.NOT_WEB),
        ("https://anna:secret@example.org/", SourceFault.USER_NAME),
        ("https://example.org\\@evil.example/", SourceFault.USER_NAME),
        ("https://", SourceFault.NO_HOST),
        ("https:///x", SourceFault.NO_HOST),
        ("http:example.org", SourceFault.NO_HOST),
        ("https://evil.example\\.example.org/", SourceFault.NOT_AN_ADDRESS),
        ("https://exam ple.org/", SourceFault.NOT_AN_ADDRESS),
        ("https://example.org/a b", SourceFault.NOT_AN_ADDRESS),
        ("https://example..org/", SourceFault.NOT_AN_ADDRESS),
        ("https://example.org:99999/", SourceFault.NOT_AN_ADDRESS),
        ("https://[::1/", SourceFault.NOT_AN_ADDRESS),
        ("https://" + "x" * 64 + ".org/", SourceFault.NOT_AN_ADDRESS),
        ("the book by Smith", SourceFault.NOT_AN_ADDRESS),
        ("Smith", SourceFault.NOT_AN_ADDRESS),
    ],
)
def test_what_is_no_address_is_refused_with_the_reason(text: str, kind: SourceFault) -> None:
    with pytest.raises(SourceError) as caught:
        clean(text)
    assert caught.value.kind is kind


@given(texts | addresses | st.binary().map(lambda some: some.decode("utf-8", "surrogateescape")))
def test_any_text_is_an_address_or_refused_and_an_address_stays_as_it_is(text: str) -> None:
    try:
        address = clean(text)
    except SourceError:
        return
    assert clean(address) == address
    assert len(address) <= MAX_ADDRESS


# --- One page, one key ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a", "https://example.org/a"),
        ("https://www.example.org/a", "https://example.org/a"),
        ("https://EXAMPLE.org/a", "https://example.org/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "https://example.org/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a/", "https://example.org/a"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a#section-2", "https://example.org/a"),
        ("https://example.org/a#:~:text=quote", "https://example.org/a"),
        ("https://example.org/x/../a/./b", "https://example.org/a/b"),
        ("https://example.org/%7Eanna/%c3%bc", "https://example.org/~anna/ü"),
        ("https://example.org/?b=2&a=1", "https://example.org/?a=1&b=2"),
        ("https://example.org/?q=a+b", "https://example.org/?q=a%20b"),
        ("https://example.org/a?utm_source=x&id=1&fbclid=y", "https://example.org/a?id=1"),
        ("https://example.org/a?gclid=1&igshid=2&mc_cid=3&UTM_Medium=4", "https://example.org/a"),
        (f"https://youtu.be/{FILM}?t=42&si=x", f"https://www.youtube.com/watch?v={FILM}"),
        (f"https://m.youtube.com/shorts/{FILM}", f"https://www.youtube.com/watch?v={FILM}"),
        (f"https://www.youtube.com/watch?t=9&v={FILM}", f"https://youtube.com/embed/{FILM}"),
        ("http://dx.doi.org/10.1234/ABC", "https://doi.org/10.1234/abc"),
        ("https://twitter.com/a/status/1", "https://x.com/a/status/1"),
        ("https://en.m.wikipedia.org/wiki/Otter", "https://en.wikipedia.org/wiki/Otter"),
        ("http://[0:0::1]/", "http://[::1]/"),
    ],
)
def test_spellings_of_one_page_have_one_key(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)
    assert mark(one) == mark(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/A"),
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?a=1&a=2", "https://example.org/?a=2&a=1"),
        ("https://example.org/?q=a%2Bb", "https://example.org/?q=a+b"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org:8080/", "https://example.org/"),
        ("https://m.example.org/", "https://example.org/"),
        ("https://www.org/", "https://org/"),
        ("https://example.org/#/table/1", "https://example.org/#/table/2"),
        ("https://web.archive.org/web/2020/https://example.org/", "https://example.org/"),
        (f"https://youtu.be/{FILM}", "https://youtu.be/aaaaaaaaaaa"),
        (f"https://i.ytimg.com/vi/{FILM}/hq.jpg", f"https://youtu.be/{FILM}"),
    ],
)
def test_other_pages_have_other_keys(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@given(addresses | texts)
@example("https://www.youtube.com/redirect?q=http://[")
@example("http://example.org:443/")
@example("https://www.www.example.org//a//..//?&&=&+#//")
def test_every_clean_address_has_a_key_that_is_its_own_key(text: str) -> None:
    try:
        address = clean(text)
    except SourceError:
        return
    key = normalise(address)
    assert normalise(key) == key
    assert key.isascii()
    find_doi(address)
    find_archived(address)
    archived_at(address)


def test_a_long_address_in_another_script_still_has_a_key() -> None:
    key = normalise(clean("https://example.org/" + "書" * 1900))
    assert normalise(key) == key


# --- DOIs -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("https://doi.org/10.1234/ABC", "10.1234/abc"),
        ("http://dx.doi.org/10.1000.10/a%2Fb", "10.1000.10/a/b"),
        ("https://www.tandfonline.com/doi/full/10.1080/1369.2020.1?src=x", "10.1080/1369.2020.1"),
        ("https://www.science.org/doi/10.1126/science.abc", "10.1126/science.abc"),
        ("https://www.science.org/doi/epdf/10.1126/science.abc", "10.1126/science.abc"),
        ("https://example.org/articles/doi/10.3389/f.2020.1/full", "10.3389/f.2020.1"),
        ("https://link.springer.com/article/10.1007/s10-1", "10.1007/s10-1"),
        ("https://doi.org/", None),
        ("https://doi.org/the-identifier", None),
        ("https://doi.org/10.1234/a%00b", None),
        ("https://example.org/10.1234/abc", None),
        ("https://example.org/doi/about", None),
        ("no address", None),
    ],
)
def test_a_doi_is_found_in_addresses_that_tell_it(url: str, doi: str | None) -> None:
    assert find_doi(url) == doi


def test_the_address_of_a_doi_leads_back_to_it() -> None:
    doi = "10.1002/(sici)1097(1999)50:9<1::aid#1>3.0;2-9?"
    assert find_doi(doi_address(doi)) == doi
    assert clean(doi_address(doi)) == doi_address(doi)


# --- Archived copies ------------------------------------------------------------------


def test_a_copy_is_asked_for_as_of_a_day_or_among_all() -> None:
    page = "https://example.org/a?b=1"
    assert wayback_address(page, date(2026, 3, 1)) == f"https://web.archive.org/web/20260301/{page}"
    assert wayback_address(page) == f"https://web.archive.org/web/2*/{page}"
    assert find_archived(wayback_address(page)) == page


@pytest.mark.parametrize(
    ("url", "page", "at"),
    [
        ("https://web.archive.org/web/20200102030405/https://example.org/a?b=1",
         "https://example.org/a?b=1", TAKEN),
        ("http://web.archive.org/web/20200102030405id_/http:/example.org/",
         "http://example.org/", TAKEN),
        ("https://web.archive.org/web/2020/example.org/x", "https://example.org/x", None),
        ("https://web.archive.org/web/20209999999999/example.org/x", "https://example.org/x", None),
        ("https://archive.ph/2020.01.02-030405/https://example.org/a",
         "https://example.org/a", TAKEN),
        ("https://archive.is/20200102030405/https://example.org/a",
         "https://example.org/a", TAKEN),
        ("https://web.archive.org/web/2020/javascript:alert(1)", None, None),
        ("https://archive.ph/AbCdE", None, None),
        ("https://example.org/web/20200102030405/https://example.org/", None, None),
    ],
)  # fmt: skip
def test_a_copy_tells_its_page_and_when_it_was_taken(
    url: str, page: str | None, at: datetime | None
) -> None:
    assert find_archived(url) == page
    assert archived_at(url) == at
