"""Watching for a phrase in a real Chromium: from a search to the second where it is said."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from catalogue import phrases, transcripts
from catalogue.records.cues import Cue
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import CLIP, sign_in
from tests.makers import make_user, make_video

Visiting = Callable[..., Visit]


@pytest.mark.parametrize(
    "window", [{}, {"scripts": False}, {"width": 390, "height": 844, "scheme": "dark"}],
    ids=["desktop", "without JavaScript", "phone, dark"],
)  # fmt: skip
def test_a_member_watches_for_a_phrase_and_is_led_to_the_second_where_it_is_said(
    visit: Visiting, transactional_db: None, window: dict[str, Any]
):
    make_user("mara")
    make_video(title="Deep Wells of before")
    page = visit(**window).open("/")
    sign_in(page, "mara")
    page.get_by_role("main").get_by_role("searchbox").fill('"deep wells"')
    page.get_by_role("main").get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Watch for this").click()
    expect(page.get_by_text("One film in the catalogue says it already.")).to_be_visible()
    expect(page.get_by_label("Phrase")).to_have_value("deep wells")
    page.get_by_label("Language of the film").fill("Klingon language")
    page.get_by_role("button", name="Watch for it").click()
    expect(page.get_by_text("Write a language as en, fr or pt-BR.")).to_be_visible()
    page.get_by_label("Language of the film").fill("")
    page.get_by_role("button", name="Watch for it").click()
    expect(page.get_by_text("No film has come in yet that says it")).to_be_visible()

    film = make_video(platform="sample", platform_id="clip", media_url=CLIP, title="A talk")
    cues = [Cue(0, 900, "Nothing"), Cue(33_500, 35_000, "They dug deep wells.")]
    transcripts.store(film, language="en", cues=cues)
    assert phrases.find_fresh(now=timezone.now()) == 3

    page.goto(page.url)
    page.get_by_label("your account").click()
    page.get_by_role("link", name="Watches 1 new").click()
    expect(page.get_by_role("main").get_by_text("1 new", exact=True)).to_be_visible()
    page.get_by_role("link", name="“deep wells”").click()
    expect(page.get_by_text("They dug deep wells.")).to_be_visible()
    page.get_by_role("link", name="Play from 0:33").click()
    expect(page.locator("video")).to_have_attribute("src", f"{CLIP}#t=33.5")
    page.go_back()
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_role("button", name="Mark all as seen")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="Watches").click()
    expect(page.get_by_text("1 film found")).to_be_visible()
    expect(page.locator(".pill-new")).to_have_count(0)
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete the watch").click()
    expect(page.get_by_text("You watch for nothing yet")).to_be_visible()
