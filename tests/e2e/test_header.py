"""The head of every page takes as little room in each language."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.inspection import spilling
from tests.makers import make_user

Visiting = Callable[..., Visit]

_ROWS = """() => new Set([...document.querySelectorAll('.top-in > *')]
    .filter(one => one.offsetParent)
    .map(one => {
        const box = one.getBoundingClientRect();
        return Math.round((box.top + box.bottom) / 2 / 8);
    })).size"""


def rows_of(page: Page) -> int:
    expect(page.locator(".top .nav")).to_be_visible()
    return int(page.evaluate(_ROWS))


@pytest.mark.parametrize("width", [390, 360, 320])
@pytest.mark.parametrize("is_member", [False, True], ids=["visitor", "member"])
def test_no_language_takes_another_row(visit: Visiting, width: int, *, is_member: bool):
    window = visit(width=width, height=844)
    cookies = {}
    if is_member:
        client = Client()
        client.force_login(make_user("mara"))
        cookies["sessionid"] = client.cookies["sessionid"].value
    rows = {}
    for language, _name in settings.LANGUAGES:
        for name, value in {**cookies, "language": language}.items():
            window.page.context.add_cookies([{"name": name, "value": value, "url": window.site}])
        page = window.open("/tags/")
        assert page.evaluate("document.documentElement.lang") == language
        rows[language] = rows_of(page)
        assert spilling(page) == []
    assert set(rows.values()) == {2}, rows
