"""Atom feeds as the lists that yt-dlp makes of RSS, which is all it reads itself. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

# What a document begins with that is worth reading as XML.
_BEGINNINGS = (b"<?xml", b"<feed")
_ATOM = "{http://www.w3.org/2005/Atom}"


def read_atom(content: bytes, url: str) -> dict[str, Any] | None:
    """Return an Atom feed as a list with flat entries; None if the content is none.

    `url` is where it was found: links may be relative to it. Entities of a document's own
    are not read.
    """
    if (
        not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_BEGINNINGS)
        or b"<!DOCTYPE" in content
    ):
        return None
    try:
        root = ET.fromstring(content)  # noqa: S314 (without a DOCTYPE there is nothing to expand)
    except (ET.ParseError, ValueError, LookupError):
        return None
    if root.tag != f"{_ATOM}feed":
        return None
    return {
        "_type": "playlist",
        "id": url,
        "title": _text(root, "title"),
        "webpage_url": url,
        "extractor": "generic",
        "extractor_key": "Generic",
        "entries": list(_entries(root, url)),
    }


def _entries(root: ET.Element, url: str) -> Iterator[dict[str, Any]]:
    for entry in root.iter(f"{_ATOM}entry"):
        if link := _joined(url, _link(entry)):
            yield {
                "_type": "url_transparent",
                "url": link,
                "title": _text(entry, "title"),
                "description": _text(entry, "summary"),
                "timestamp": _timestamp(_text(entry, "published")),
            }


def _link(entry: ET.Element) -> str:
    """Return where an entry leads: its page, or else its file."""
    links = {one.get("rel", "alternate"): one.get("href", "") for one in entry.iter(f"{_ATOM}link")}
    return links.get("alternate") or links.get("enclosure") or ""


def _joined(url: str, link: str) -> str:
    """Return a link as a whole address; nothing if it is none, and the others still count."""
    try:
        return link and urljoin(url, link)
    except ValueError:
        return ""


def _text(parent: ET.Element, name: str) -> str | None:
    found = parent.find(f"{_ATOM}{name}")
    text = "" if found is None else " ".join("".join(found.itertext()).split())
    return text or None


def _timestamp(text: str | None) -> int | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return int(moment.timestamp()) if moment.tzinfo else None
