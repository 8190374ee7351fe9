"""Web addresses of evidence: what is stored, when two are one page, DOIs, archived copies. Pure.

Names of hosts are read as Python reads them when it asks for them (IDNA of 2003).
"""

import hashlib
import ipaddress
import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from catalogue.records.targets import (
    Target,
    TargetError,
    is_tracking,
    is_youtube_host,
    parse_target,
)

MAX_ADDRESS = 2_000

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d{1,5}(?:[/?#]|\Z))")
_WITHOUT_SCHEME = re.compile(r"//\S+|[^\s/?#@:]+\.[^\s/?#@:.]{2,}(?::\d{1,5})?(?:[/?#]\S*)?")
# Copied along with addresses out of texts, and seen by nobody.
_INVISIBLE = re.compile("[\ufeff\u200b-\u200f\u2060\u202a-\u202e\u2066-\u2069]")
# Browsers take the last for a slash, and the others end an address in a text.
_NOT_IN_ADDRESS = re.compile(r"[\s<>\"\\]")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.ASCII)
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})|([^%]+|%)")
_UNRESERVED = re.compile(rb"[A-Za-z0-9._~-]")
_IN_PATH = "/:@!$&'()*+,;=~"
_IN_QUERY = "/:@!$'()*,;?~"
_WEB_PORTS = frozenset({None, 80, 443})

# Hosts that show the same pages under the same paths.
_SAME = {"dx.doi.org": "doi.org", "twitter.com": "x.com", "mobile.twitter.com": "x.com"}
_WIKIPEDIA = re.compile(r"([a-z-]+)\.m\.(wikipedia\.org)")

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+", re.ASCII)
_BARE_DOI = re.compile(rf"(?:doi:\s*)?({_DOI.pattern})", re.ASCII | re.IGNORECASE)
_DOI_IN_PATH = re.compile(rf"/doi/(?:[a-z]+/)*({_DOI.pattern})", re.ASCII | re.IGNORECASE)
_SPRINGER = re.compile(rf"/(?:article|chapter|book)/({_DOI.pattern})", re.ASCII)
# What publishers hang on to the DOI to show one side of the work.
_SIDE = re.compile(
    r"(?:/(?:full|fulltext|abstract|summary|pdf|epdf|html|meta|references|figures|citedby))?/?\Z"
)

_WAYBACK = re.compile(r"/web/(\d{1,14}\*?|\*)(?:[a-z]{2}_)?/(.+)", re.ASCII | re.DOTALL)
_ARCHIVE_TODAY = re.compile(r"archive\.(?:today|ph|is|li|vn|fo|md)")
_AT_ARCHIVE_TODAY = re.compile(
    r"/(\d{4}\.\d{2}\.\d{2}-\d{6}|\d{14})/(https?:.+)", re.ASCII | re.DOTALL
)


class SourceFault(StrEnum):
    """Why a text is no address that evidence can have."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    NOT_WEB = "not_web"
    USER_NAME = "user_name"
    NO_HOST = "no_host"
    NOT_AN_ADDRESS = "not_an_address"


class SourceError(ValueError):
    """A text that was refused as an address; `kind` says why."""

    def __init__(self, kind: SourceFault) -> None:
        super().__init__(kind.value)
        self.kind = kind


class _Address(NamedTuple):
    """The parts of an address; `host` as it is asked for, in ASCII and small letters."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str


def clean(url: str) -> str:
    """Return the address that a typed text means, as it is stored and shown.

    At most MAX_ADDRESS characters, http or https, scheme and host in small letters;
    everything behind is as it was typed. A scheme that was left out is https. A DOI alone
    (`10.1234/abc`, also behind `doi:`) becomes its address. Idempotent. Raises SourceError.
    """
    text = _INVISIBLE.sub("", url).strip()
    if not text:
        raise SourceError(SourceFault.EMPTY)
    if not text.isprintable():
        raise SourceError(SourceFault.UNREADABLE)
    if len(text) <= MAX_ADDRESS:
        text = _complete(text)
        _parse(text)
        scheme, _colon, rest = text.partition("://")
        size = re.match(r"[^/?#]*", rest).end()  # type: ignore[union-attr]
        text = f"{scheme.lower()}://{rest[:size].lower()}{rest[size:]}"
    if len(text) > MAX_ADDRESS:
        raise SourceError(SourceFault.TOO_LONG)
    return text


def normalise(url: str) -> str:
    """Return the key of a clean address: one page has one, however people came to it.

    The same are http and https, with and without `www.`, with what was hung on to follow
    people and without, in any order of the query, at any place of the page. Mobile pages
    (`m.`) are others, since some sites show something else there. An archived copy is not
    the page itself: see `find_archived`. A fragment counts where it begins with `/` or `!`,
    by which some sites name their pages.

    ASCII, an address itself, idempotent; up to twelve times as long as `url`, so unique
    columns want `mark`. Raises SourceError for what `clean` would refuse.
    """
    key = _key(_parse(url))
    target = _find_target(key)
    return _key(_parse(target.url)) if target else key


def mark(url: str) -> str:
    """Return a fingerprint of the key: 64 characters, the same for all spellings of one page."""
    return hashlib.sha256(normalise(url).encode()).hexdigest()


# --- DOIs -----------------------------------------------------------------------------


def find_doi(url: str) -> str | None:
    """Return the DOI that an address tells, in small letters, since DOIs know no case.

    Told by doi.org, and by publishers that have it in the path of their pages.
    """
    try:
        parts = _parse(url)
    except SourceError:
        return None
    path = unquote(parts.path, errors="strict") if _is_utf8(parts.path) else parts.path
    if parts.host in {"doi.org", "dx.doi.org", "www.doi.org"}:
        found = _DOI.fullmatch(path.removeprefix("/"))
        return _readable(found[0]) if found else None
    at_path = _SPRINGER if parts.host == "link.springer.com" else _DOI_IN_PATH
    found = at_path.search(path)
    return _readable(_SIDE.sub("", found[1])) if found else None


def doi_address(doi: str) -> str:
    """Return the address of a DOI, which leads to wherever the work is today."""
    return f"https://doi.org/{quote(doi, safe=_IN_PATH)}"


def _readable(doi: str) -> str | None:
    return doi.lower() if doi.isprintable() and _DOI.fullmatch(doi) else None


def _is_utf8(path: str) -> bool:
    try:
        unquote(path, errors="strict")
    except UnicodeDecodeError:
        return False
    return True


# --- Archived copies ------------------------------------------------------------------


def wayback_address(url: str, at: date | None = None) -> str:
    """Return where the Wayback Machine shows a page as of a day; without one, all its copies."""
    return f"https://web.archive.org/web/{at.strftime('%Y%m%d') if at else '2*'}/{url}"


def archived_at(url: str) -> datetime | None:
    """Return when an archived copy was taken, in UTC.

    None if the address does not tell: it is no copy, or asks for the one nearest to a day.
    """
    stamp = _copy(url)[0].replace(".", "").replace("-", "")
    if len(stamp) != 14 or not stamp.isdigit():
        return None
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def find_archived(url: str) -> str | None:
    """Return the clean address of the page that an archived copy shows, None for no copy."""
    inner = _copy(url)[1]
    try:
        # Browsers and servers make one slash of two.
        return clean(re.sub(r"\A(https?:)/+", r"\1//", inner)) if inner else None
    except SourceError:
        return None


def _copy(url: str) -> tuple[str, str]:
    """Return the time and the page in the address of a copy, both empty if it is none."""
    try:
        parts = _parse(url)
    except SourceError:
        return "", ""
    if parts.host in {"web.archive.org", "wayback.archive.org"}:
        found = _WAYBACK.fullmatch(parts.path)
    elif _ARCHIVE_TODAY.fullmatch(parts.host):
        found = _AT_ARCHIVE_TODAY.fullmatch(parts.path)
    else:
        found = None
    return (found[1], found[2] + (parts.query and f"?{parts.query}")) if found else ("", "")


# --- Parts of an address --------------------------------------------------------------


def _complete(text: str) -> str:
    """Return a text with the scheme it lacks, a DOI as its address."""
    if doi := _BARE_DOI.fullmatch(text):
        return doi_address(doi[1])
    if found := _SCHEME.match(text):
        if found[1].lower() not in {"http", "https"}:
            raise SourceError(SourceFault.NOT_WEB)
        return text
    if not _WITHOUT_SCHEME.fullmatch(text):
        raise SourceError(SourceFault.NOT_AN_ADDRESS)
    return f"https://{text.removeprefix('//')}"


def _parse(text: str) -> _Address:
    if not text.isprintable():
        raise SourceError(SourceFault.UNREADABLE)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise SourceError(SourceFault.NOT_AN_ADDRESS) from None
    if parts.scheme not in {"http", "https"}:
        raise SourceError(SourceFault.NOT_WEB)
    if "@" in parts.netloc:
        raise SourceError(SourceFault.USER_NAME)
    if not parts.hostname:
        raise SourceError(SourceFault.NO_HOST)
    if _NOT_IN_ADDRESS.search(text):
        raise SourceError(SourceFault.NOT_AN_ADDRESS)
    is_ipv6 = "[" in parts.netloc
    host = _ipv6(parts.hostname) if is_ipv6 else _ascii(parts.hostname)
    return _Address(parts.scheme, host, port, parts.path, parts.query, parts.fragment)


def _ascii(host: str) -> str:
    """Return a host's name as it is asked for. Raises SourceError."""
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        name = ""
    if not _HOST.fullmatch(name):
        raise SourceError(SourceFault.NOT_AN_ADDRESS)
    return name


def _ipv6(host: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(host.partition('%')[0]).compressed}]"
    except ValueError:
        raise SourceError(SourceFault.NOT_AN_ADDRESS) from None


def _find_target(key: str) -> Target | None:
    """Return the film, list or channel of YouTube that a key leads to, None for other pages."""
    if not is_youtube_host(_parse(key).host):
        return None
    try:
        target = parse_target(key)
    except TargetError:
        return None
    return target if target.platform == "youtube" else None


def _key(parts: _Address) -> str:
    """Return an address in its one spelling, as far as that needs no knowledge of the site."""
    host = _SAME.get(parts.host, parts.host)
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    host = _WIKIPEDIA.sub(r"\1.\2", _SAME.get(host, host))
    port = "" if parts.port in _WEB_PORTS else f":{parts.port}"
    path = _path(parts.path.lower() if host == "doi.org" else parts.path)
    query = _query(parts.query, host)
    fragment = _fragment(parts.fragment)
    return f"https://{host}{port}{path}{query and '?'}{query}{fragment and '#'}{fragment}"


def _path(path: str) -> str:
    """Return a path in its one spelling, `/` if it is empty."""
    kept: list[str] = []
    for part in _escaped(path, _IN_PATH).split("/")[1:]:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    return "/" + "/".join(kept).rstrip("/")


def _query(query: str, host: str) -> str:
    """Return a query sorted by names; values of one name keep their order."""
    pairs = [
        (unquote_plus(pair.partition("=")[0]), _escaped(pair.replace("+", "%20"), f"{_IN_QUERY}="))
        for pair in query.split("&")
        if pair
    ]
    return "&".join(
        pair for name, pair in sorted(pairs, key=lambda one: one[0]) if not is_tracking(name, host)
    )


def _fragment(fragment: str) -> str:
    """Return the page of the site that a fragment names, empty if it only names a place."""
    page = _escaped(fragment.partition(":~:")[0], _IN_PATH).rstrip("/")
    return page if page.startswith("/") or (page.startswith("!") and page != "!") else ""


def _escaped(text: str, safe: str) -> str:
    """Return a text with everything escaped that must be, nothing that need not, in capitals."""

    def one(found: re.Match[str]) -> str:
        if not found[1]:
            return quote(found[2], safe=safe)
        letter = bytes.fromhex(found[1])
        return letter.decode() if _UNRESERVED.fullmatch(letter) else f"%{found[1].upper()}"

    return _ESCAPED.sub(one, text)
