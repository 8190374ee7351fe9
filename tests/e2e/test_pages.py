"""What all pages share: shortcuts, the way past the header, the theme, filters.

What is held to on each page in each look is in `test_accessibility` and `test_reading`.
"""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.makers import make_claim, make_user, make_video

Visiting = Callable[..., Visit]


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film with a claim."""
    film = make_video()
    make_claim(author=make_user("author"), video=film)
    return film


def test_keys_do_what_the_page_says(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    search = page.get_by_role("banner").get_by_role("searchbox")
    expect(search).to_be_focused()
    # While somebody types, a letter is a letter.
    page.keyboard.type("n?c")
    expect(search).to_have_value("n?c")
    expect(dialog).to_be_hidden()


def test_shortcuts_of_one_key_can_be_switched_off(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Shortcuts of one key are on").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_first_tab_leads_past_the_header(visit: Visiting, film: Video):
    page = visit().open(film.get_absolute_url())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("banner").locator(":focus")).to_have_count(0)


def test_the_colour_theme_is_kept(visit: Visiting, film: Video):
    page = visit().open("/")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(page.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_filter_applies_at_once_and_can_be_taken_back(visit: Visiting, film: Video):
    make_video(title="Another film", category="Economy")
    page = visit().open("/")
    page.get_by_role("checkbox", name="Economy").check()
    expect(page.get_by_role("heading", level=3)).to_have_count(1)
    expect(page).to_have_url(re.compile("category=Economy"))
    page.get_by_role("checkbox", name="Economy").uncheck()
    expect(page.get_by_role("heading", level=3)).to_have_count(2)
