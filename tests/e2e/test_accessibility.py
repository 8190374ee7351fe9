"""Every page in every look: what a machine can tell of its accessibility, and more."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES, Place

pytestmark = pytest.mark.django_db
MAIN = tuple(place for place in PLACES if place.is_main)


@pytest.mark.parametrize(
    ("width", "scheme", "places"),
    [(1440, "light", PLACES), (390, "dark", PLACES), (1440, "dark", MAIN), (390, "light", MAIN)],
    ids=["desktop", "phone, dark", "desktop, dark", "phone"],
)
def test_every_page_can_be_used_by_everyone(
    staged: Staged, width: int, scheme: Any, places: tuple[Place, ...]
):
    def check(page: Page) -> list[str]:
        return [
            *inspection.spilling(page),
            *inspection.small_targets(page),
            *inspection.refused(page),
            *inspection.accessibility(page),
        ]

    with staged.window(width=width, scheme=scheme) as window:
        wrong = window.wrong(places, check)
    assert not wrong, "\n".join(wrong)
