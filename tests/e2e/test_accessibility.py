"""Every page in every look: what a machine can tell of its accessibility, and more.

A page is opened once for a language and a width: its other colours are looked at, text is spaced
out, and the window made narrower, while it is open.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES, Place
from tests.pages import invalid

pytestmark = pytest.mark.django_db
MAIN = tuple(place for place in PLACES if place.is_main)


def _parts(
    name: str, width: int, scheme: str, language: str, places: tuple[Place, ...], parts: int
) -> Iterator[Any]:
    """Share places out to tests that take some seconds each, so that no worker is left waiting."""
    for number in range(parts):
        yield pytest.param(
            width, scheme, language, places[number::parts], id=f"{name}, {number + 1} of {parts}"
        )


@pytest.mark.parametrize(
    ("width", "scheme", "language", "places"),
    [
        *_parts("desktop", 1440, "light", "en", PLACES, 6),
        *_parts("phone, dark", 390, "dark", "en", PLACES, 6),
        *_parts("desktop, dark, Arabic", 1440, "dark", "ar", MAIN, 2),
        *_parts("phone, Arabic", 390, "light", "ar", MAIN, 2),
    ],
)
def test_every_page_can_be_used_by_everyone(
    staged: Staged, width: int, scheme: str, language: str, places: tuple[Place, ...]
):
    def check(page: Page, place: Place) -> list[str]:
        # The server sends the same in every look; what Django adds is its own.
        is_first = width == 1440 and language == "en" and "/admin/" not in page.url
        told = [
            *(invalid(window.html()) if is_first else ()),
            *inspection.spilling(page),
            *inspection.small_targets(page),
            *inspection.refused(page),
            *inspection.accessibility(page),
        ]
        told += inspection.colours(page, "light" if scheme == "dark" else "dark")
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        if language == "en" and width == 1440 and place.is_main:
            told += inspection.moving(page)
        if language == "en" and width == 390:
            told += inspection.spilling_when_spaced_out(page)
        return told

    with staged.window(width=width, scheme=scheme, language=language) as window:
        wrong = window.wrong(places, check)
    assert not wrong, "\n".join(wrong)
