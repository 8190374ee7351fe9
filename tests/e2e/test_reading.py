"""Pages for people who read otherwise: by keys, spaced out, in forced colours, without motion."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e import inspection
from tests.e2e.conftest import Staged
from tests.e2e.places import PLACES

pytestmark = pytest.mark.django_db
MAIN = tuple(place for place in PLACES if place.is_main)

# WCAG 1.4.12. A sheet made by script is no inline style, which the policy would refuse.
SPACED_OUT = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""


def test_text_can_be_spaced_out_on_the_narrowest_screen(staged: Staged):
    def check(page: Page) -> list[str]:
        page.evaluate(SPACED_OUT)
        return inspection.spilling(page)

    with staged.window(width=320) as window:
        wrong = window.wrong(PLACES, check)
    assert not wrong, "\n".join(wrong)


def test_every_control_is_reached_by_tab_has_a_name_and_shows_that_it_is_there(staged: Staged):
    with staged.window(width=1440) as window:
        wrong = window.wrong(MAIN, inspection.walked)
    assert not wrong, "\n".join(wrong)


def test_nothing_moves_for_who_asked_for_less_motion(staged: Staged):
    def check(page: Page) -> list[str]:
        running: list[Any] = page.evaluate(
            """() => document.getAnimations().map(one => one.effect?.target?.outerHTML.slice(0, 90))
              .concat([...document.querySelectorAll('*')].filter(one =>
                getComputedStyle(one).transitionDuration.split(', ').some(time => time !== '0s') ||
                getComputedStyle(one).scrollBehavior === 'smooth')
              .map(one => one.outerHTML.slice(0, 90)))"""
        )
        return [f"moves: {one}" for one in running[:5]]

    with staged.window(width=1440, reduced_motion="reduce") as window:
        wrong = window.wrong(MAIN, check)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_states_of_claims_are_seen_in_forced_colours(staged: Staged, scheme: str):
    with staged.window(width=1440, scheme=scheme, forced_colors="active") as window:
        wrong = window.wrong(MAIN, inspection.faint_shapes)
    assert not wrong, "\n".join(wrong)
