"""Every page in every look: what a machine can tell of its accessibility, and more."""

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES, Place
from tests.pages import invalid

pytestmark = pytest.mark.django_db
MAIN = tuple(place for place in PLACES if place.is_main)


@pytest.mark.parametrize(
    ("width", "scheme", "language", "places"),
    [
        (1440, "light", "en", PLACES),
        (390, "dark", "en", PLACES),
        (1440, "dark", "ar", MAIN),
        (390, "light", "ar", MAIN),
    ],
    ids=["desktop", "phone, dark", "desktop, dark, Arabic", "phone, Arabic"],
)
def test_every_page_can_be_used_by_everyone(
    staged: Staged, width: int, scheme: str, language: str, places: tuple[Place, ...]
):
    def check(page: Page) -> list[str]:
        # The server sends the same in every look; what Django adds is its own.
        is_first = width == 1440 and language == "en" and "/admin/" not in page.url
        return [
            *(invalid(window.html()) if is_first else ()),
            *inspection.spilling(page),
            *inspection.small_targets(page),
            *inspection.refused(page),
            *inspection.accessibility(page),
        ]

    with staged.window(width=width, scheme=scheme, language=language) as window:
        wrong = window.wrong(places, check)
    assert not wrong, "\n".join(wrong)
