"""What every page is held to, whatever it shows."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

_BLOCK = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(r"<[a-z][^>]*\s(style|on[a-z]+)\s*=", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"<(?:script|link|img|iframe|video|source)\b[^>]*\s(?:src|href)=\"(?:https?:)?//"
)

_IDREFS = {
    "for", "list", "form", "popovertarget", "aria-labelledby", "aria-describedby",
    "aria-controls", "aria-owns", "aria-details", "aria-errormessage", "aria-activedescendant",
}  # fmt: skip
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_FIELDS = {"input", "select", "textarea"}
_LEADING = {"a", "{http://www.w3.org/2000/svg}a", "{http://www.w3.org/2000/svg}use"}
_CONTROLS = {"a", "button", "summary", "label", *_FIELDS}


def read(client: Client, url: str, *, status: int = 200, **query: Any) -> str:
    """Return a page's text after checking it: valid, nothing inline, nothing from outside."""
    response = client.get(url, query)
    assert response.status_code == status, response
    text = response.content.decode()
    check(text)
    return text


def check(text: str) -> None:
    """Fail unless a page is valid HTML that a strict policy lets work."""
    for kind, attributes, content in _BLOCK.findall(text):
        assert kind == "script"
        assert "src=" in attributes
        assert not content.strip()
    assert not _INLINE.search(text), _INLINE.search(text)
    assert not _OUTSIDE.search(text), _OUTSIDE.search(text)
    assert invalid(text) == []


def invalid(text: str) -> list[str]:
    """Return what is wrong with a page as HTML. What does not parse raises ParseError."""
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    return [*_dangling(page), *_headings(page), *_nested(page), *_moments(page)]


def _dangling(page: Element) -> Iterator[str]:
    """Give names that stand twice, and references to what is not there."""
    ids = [one.get("id", "") for one in page.iter() if "id" in one.attrib]
    yield from (f"two have the id {name}" for name in sorted(set(ids)) if ids.count(name) > 1)
    for one in page.iter():
        for attribute in _IDREFS & one.attrib.keys():
            missing = set(one.get(attribute, "").split()) - set(ids)
            yield from (f"<{one.tag} {attribute}> names {name!r}" for name in missing)
        inside = one.get("href", "#")
        if one.tag in _LEADING and inside.startswith("#") and inside[1:] not in {"", *ids}:
            yield f"<{one.tag}> leads to {inside}"


def _headings(page: Element) -> Iterator[str]:
    """Give headings that skip a level, going down; the first is the only one of the page."""
    # A dialog is a page of its own.
    apart = {one for dialog in page.iter("dialog") for one in dialog.iter()}
    levels = [int(one.tag[1]) for one in page.iter() if one.tag in _HEADINGS and one not in apart]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"headings are {levels}"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"a heading of level {after} follows one of level {before}"


def _nested(page: Element) -> Iterator[str]:
    """Give controls inside controls: which of them a press means, nobody knows."""
    for one in page.iter():
        if one.tag in _CONTROLS:
            inner = [
                each for each in one.iter()
                if each is not one and (each.tag in _CONTROLS or "tabindex" in each.attrib)
                and not (one.tag == "label" and each.tag in _FIELDS)
            ]  # fmt: skip
            yield from (f"<{each.tag}> stands in <{one.tag}>" for each in inner)


def _moments(page: Element) -> Iterator[str]:
    """Give times more exact than HTML's thousandths of a second."""
    times = (one.get("datetime", "") for one in page.iter("time"))
    yield from (f"a time is {told}" for told in times if re.search(r"\.\d{4}", told))


def queries(client: Client, url: str) -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
