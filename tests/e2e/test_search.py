"""Searching as one types in a real Chromium, and the same without JavaScript."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import sign_in
from tests.makers import make_claim, make_transcript, make_user, make_video

Visiting = Callable[..., Visit]


@pytest.fixture
def films(transactional_db: None) -> None:
    """Let there be a film about wells with a claim and a transcript, and one about otters."""
    film = make_video(title="Deep Wells", category="Environment", duration_ms=3_000_000)
    make_transcript(film, "They dug the deepest wells of all.")
    make_claim(author=make_user("mara"), video=film, statement="The wells are <b>dry</b> by May.")
    make_video(title="Otters", description="Small.", category="Nature", duration_ms=60_000)


def results(page: Page) -> list[str]:
    return page.locator(".card h3").all_inner_texts()


@pytest.mark.usefixtures("films")
def test_the_list_follows_what_is_typed_and_chosen(visit: Visiting):
    window = visit()
    page = window.open("/")
    field = page.get_by_role("main").get_by_role("searchbox")
    field.click()
    page.keyboard.type("well")
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("1 film")
    # What was found is marked, in claims and in what is said too, and nothing of it is markup.
    expect(page.locator(".card mark")).to_have_text("Wells")
    expect(page.locator(".said mark")).to_have_text(["wells", "wells"])
    expect(page.get_by_text("The wells are <b>dry</b> by May.")).to_be_visible()
    assert page.url.endswith("/?q=well")
    expect(field).to_be_focused()
    # The caret stays where it was: one goes on typing.
    page.keyboard.press("Home")
    page.keyboard.type("otters or ")
    expect(page.get_by_role("heading", name="2 films", exact=True)).to_be_visible()
    expect(field).to_have_value("otters or well")

    length = page.get_by_label("30–60 min")
    length.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    expect(length).to_be_focused()
    assert page.url.endswith("/?q=otters+or+well&length=30-60")
    page.get_by_role("link", name="Remove filter 30–60 min").click()
    expect(page.get_by_role("heading", name="2 films", exact=True)).to_be_visible()

    field.fill("otterz")
    expect(page.get_by_text("Did you mean one of these?")).to_be_visible()
    page.get_by_role("link", name="All films").click()
    expect(page.get_by_role("heading", name="2 films", exact=True)).to_be_visible()
    expect(field).to_have_value("")
    # Going away and back shows what the address says.
    field.fill("wells")
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    page.get_by_role("link", name="Deep Wells").first.click()
    page.go_back()
    expect(field).to_have_value("wells")
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    assert (window.complaints, window.outside) == ([], [])


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_search_is_saved_and_a_layout_kept(visit: Visiting, scripts: bool):
    window = visit(scripts=scripts)
    page = window.open("/")
    sign_in(page, "mara")
    page.get_by_label("Environment").check()
    if not scripts:
        page.get_by_role("button", name="Apply filters").click()
    expect(page.get_by_role("heading", name="1 film", exact=True)).to_be_visible()
    page.get_by_text("Save this search").click()
    page.get_by_label("Name").fill("Our planet")
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.url.endswith("/?category=Environment")
    page.get_by_role("link", name="List").click()
    expect(page.locator(".as-list .card")).to_have_count(1)
    window.open("/")
    expect(page.locator(".as-list .card")).to_have_count(2)
    page.get_by_text("Saved searches 1").click()
    page.get_by_role("link", name="Our planet").click()
    expect(page.locator(".as-list .card")).to_have_count(1)
    assert window.complaints == []
