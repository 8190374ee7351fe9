"""Pages for people who use keys alone."""

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES, Place

pytestmark = pytest.mark.django_db
MAIN = tuple(place for place in PLACES if place.is_main)


@pytest.mark.parametrize("places", [MAIN[0::2], MAIN[1::2]], ids=["one half", "the other half"])
def test_every_control_is_reached_by_tab_has_a_name_and_shows_that_it_is_there(
    staged: Staged, places: tuple[Place, ...]
):
    def check(page: Page, _place: Place) -> list[str]:
        return inspection.walked(page)

    with staged.window(width=1440) as window:
        wrong = window.wrong(places, check)
    assert not wrong, "\n".join(wrong)
