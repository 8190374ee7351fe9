"""What a page does while it loads: nothing that is read moves away."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES, Place

pytestmark = pytest.mark.django_db
# What is done on a page moves things on purpose.
MAIN = tuple(replace(place, then=None) for place in PLACES if place.is_main)
# The sum of what moved times how far, in parts of the window. Browsers call 0.1 good.
JUMP_MAX = 0.05


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_jumps_while_a_page_loads(staged: Staged, width: int):
    def check(page: Page, _place: Place) -> list[str]:
        page.wait_for_load_state("load")
        # Fonts come last; what they move is told with the next picture that is drawn.
        page.evaluate(
            """() => document.fonts.ready.then(() => new Promise(done =>
              requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)))))"""
        )
        found = inspection.shifts(page)
        jump = sum(value for value, _what in found)
        return [f"moves by {jump:.3f}: {found[:4]}"] if jump > JUMP_MAX else []

    with staged.window(width=width) as window:
        devtools = window.visit.page.context.new_cdp_session(window.visit.page)
        devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
        wrong = window.wrong(MAIN, check)
    assert not wrong, "\n".join(wrong)
