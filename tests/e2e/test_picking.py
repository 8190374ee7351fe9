"""Marking words of the transcript, and tags that are suggested, in a real Chromium."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotations.models import Occurrence
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.makers import PASSWORD, make_tag, make_transcript, make_user, make_video

Visiting = Callable[..., Visit]
LINES = [
    (60, "It was a hard winter."),
    (70, "By the spring the river ran north,"),
    (80, "and nobody had asked the farmers."),
]


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film with a transcript of three lines, and a member who may mark."""
    make_user("mara")
    film = make_video(platform="vimeo", platform_id="1")
    make_transcript(film, *LINES)
    return film


def sign_in(page: Page) -> None:
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_label("Username or e-mail address").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def select_by_mouse(page: Page) -> None:
    """Drag over the words from the middle of the second line to the end of the third."""
    lines = page.locator(".script li span")
    second, third = lines.nth(1).bounding_box(), lines.nth(2).bounding_box()
    assert second
    assert third
    page.mouse.move(second["x"] + 1, second["y"] + 8)
    page.mouse.down()
    page.mouse.move(third["x"] + third["width"] - 2, third["y"] + third["height"] - 4, steps=5)
    page.mouse.up()


def select_by_keyboard(page: Page) -> None:
    """Begin with the first word of the second line, then lengthen the selection by keys."""
    page.locator(".script li span").nth(1).dblclick(position={"x": 4, "y": 8})
    for _word in range(30):
        page.keyboard.press("Control+Shift+ArrowRight")
        if page.evaluate("getSelection().toString()").rstrip().endswith("farmers."):
            break


@pytest.mark.parametrize("select", [select_by_mouse, select_by_keyboard])
def test_selected_words_become_the_quote(
    visit: Visiting, film: Video, select: Callable[[Page], None]
):
    member = visit()
    page = member.open(film.get_absolute_url())
    sign_in(page)
    button = page.get_by_role("link", name="Mark these words")
    expect(button).to_be_hidden()
    page.get_by_role("region", name="Transcript").scroll_into_view_if_needed()
    select(page)
    button.click()
    expect(page.get_by_label("Quote")).to_have_value(
        "By the spring the river ran north, and nobody had asked the farmers."
    )
    expect(page.get_by_label("Start")).to_have_value("1:10")
    expect(page.get_by_label("End")).to_have_value("1:30")
    page.get_by_role("textbox", name="Statement").fill("The river ran north by the spring.")
    page.get_by_role("button", name="Mark the claim").click()
    expect(page.get_by_role("region", name="Claims")).to_contain_text("1:10")
    assert Occurrence.objects.get().quote.startswith("By the spring")


@pytest.mark.parametrize("window", [{"scripts": False}, {"width": 390, "height": 844}])
def test_lines_are_chosen_one_after_the_other(visit: Visiting, film: Video, window: dict[str, Any]):
    page = visit(**window).open(film.get_absolute_url())
    sign_in(page)
    page.get_by_role("link", name="choose lines to mark").click()
    page.get_by_role("link", name="It was a hard winter.").click()
    page.get_by_role("link", name="By the spring the river ran north,").click()
    expect(page.get_by_label("Quote")).to_have_value(
        "It was a hard winter. By the spring the river ran north,"
    )
    expect(page.get_by_label("Start")).to_have_value("1:00")
    expect(page.get_by_label("End")).to_have_value("1:20")


def test_tags_are_suggested_for_the_word_being_typed(visit: Visiting, film: Video):
    for name in ("Rivers", "Rivets", "Dams"):
        make_tag(name)
    page = visit().open(film.get_absolute_url())
    sign_in(page)
    page.get_by_role("link", name="Mark a claim").first.click()
    page.get_by_label("Tags").press_sequentially("Dams, riv")
    options = page.locator("#tag-names option")
    expect(options).to_have_count(2)
    assert [one.get_attribute("value") for one in options.all()] == ["Dams, Rivers", "Dams, Rivets"]
    page.get_by_label("Tags").fill("")
    expect(options).to_have_count(0)


def test_tags_are_suggested_on_a_film(visit: Visiting, film: Video):
    make_tag("Rivers")
    page = visit().open(film.get_absolute_url())
    sign_in(page)
    page.get_by_text("Add a tag").click()
    page.get_by_label("Tag", exact=True).press_sequentially("riv")
    options = page.locator("#tag-names option")
    expect(options).to_have_count(1)
    assert options.first.get_attribute("value") == "Rivers"
