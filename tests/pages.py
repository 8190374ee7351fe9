"""What every page is held to, whatever it shows."""

import re
from typing import Any

import html5lib
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

_BLOCK = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(r"<[a-z][^>]*\s(style|on[a-z]+)\s*=", re.IGNORECASE)
_OUTSIDE = re.compile(
    r"<(?:script|link|img|iframe|video|source)\b[^>]*\s(?:src|href)=\"(?:https?:)?//"
)


def read(client: Client, url: str, *, status: int = 200, **query: Any) -> str:
    """Return a page's text after checking it: valid, nothing inline, nothing from outside."""
    response = client.get(url, query)
    assert response.status_code == status, response
    text = response.content.decode()
    check(text)
    return text


def check(text: str) -> None:
    """Fail unless a page is valid HTML that a strict policy lets work."""
    html5lib.HTMLParser(strict=True).parse(text)
    for kind, attributes, content in _BLOCK.findall(text):
        assert kind == "script"
        assert "src=" in attributes
        assert not content.strip()
    assert not _INLINE.search(text), _INLINE.search(text)
    assert not _OUTSIDE.search(text), _OUTSIDE.search(text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), sorted(name for name in ids if ids.count(name) > 1)


def queries(client: Client, url: str) -> int:
    """Return how many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
