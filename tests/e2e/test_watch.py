"""The watch page in a real Chromium: by mouse, by keys alone, and without scripts."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from annotations import evidence
from annotations.models import Claim, Occurrence, VerdictState, VerdictVote
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import CLIP, sign_in
from tests.makers import PASSWORD, make_claim, make_evidence, make_transcript, make_user, make_video

Visiting = Callable[..., Visit]
PAGE = "/videos/sample/clip/"
FIRST, SECOND, THIRD = "The first claim.", "The second claim.", "The third claim."

STATEMENT = "The birds leave the island at dawn, each day of the year."


@pytest.fixture
def film(transactional_db: None) -> Video:
    """Return a film of 90 seconds with a transcript and three claims, the first one accurate."""
    author = make_user("author")
    make_user("mara")
    film = make_video(
        platform="sample", platform_id="clip", media_url=CLIP, duration_ms=90_000, title="The Clip",
        description="0:00 Morning\n0:30 Noon\n1:00 Night",
    )  # fmt: skip
    make_transcript(film, (20, "The birds leave at dawn."), (30, "By dusk they are all back."))
    for number, statement in enumerate((FIRST, SECOND, THIRD), start=1):
        start_ms = number * 20_000
        claim = make_claim(
            author=author, video=film, start_ms=start_ms, end_ms=start_ms + 5_000,
            statement=statement,
        )  # fmt: skip
        make_evidence(claim=claim, author=author, title=f"A source of {statement}")
    first = Claim.objects.get(statement=FIRST).standing
    first.state = VerdictState.ACCURATE
    first.save(update_fields=["state"])
    return film


def claims_of(page: Page) -> Locator:
    """Return the claims that are shown in the list."""
    return page.locator(".claims .claim:visible h3")


def marks_of(page: Page) -> Locator:
    return page.locator(".tl a:visible")


def time_of(page: Page) -> float:
    return float(page.locator("video").evaluate("video => video.currentTime"))


def sign_in_here(page: Page) -> None:
    """Fill the form that a visitor is led to."""
    page.get_by_label("Username or e-mail address").fill("mara")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def tab_to(page: Page, target: Locator) -> None:
    """Go on by the Tab key until something has the focus."""
    for _press in range(150):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab never came there.")


def test_chips_choose_for_list_and_line_together(visit: Visiting, film: Video):
    page = visit().open(f"{PAGE}?t=3")
    chips = page.get_by_role("navigation", name="Claims by what is stated of them")
    expect(chips.get_by_role("link")).to_have_text(
        [re.compile(r"All\s+3"), re.compile(r"Accurate\s+1"), re.compile(r"Needs more ratings\s+2")]
    )
    chips.get_by_role("link", name="Needs more ratings").click()
    expect(claims_of(page)).to_have_text([SECOND, THIRD])
    expect(marks_of(page)).to_have_count(2)
    expect(page).to_have_url(re.compile(r"t=3&state=needs_ratings"))
    # What was chosen holds in the address, and the claims that are left out are passed over.
    page.reload()
    expect(claims_of(page)).to_have_text([SECOND, THIRD])
    page.keyboard.press("n")
    expect(page.locator(".claim[data-now]")).to_contain_text(SECOND)
    chips.get_by_role("link", name="All").click()
    expect(claims_of(page)).to_have_count(3)


def test_without_scripts_chips_chapters_and_claims_are_links(visit: Visiting, film: Video):
    page = visit(scripts=False).open(PAGE)
    page.get_by_role("link", name="Accurate 1").click()
    expect(claims_of(page)).to_have_text([FIRST])
    expect(marks_of(page)).to_have_count(1)
    page.get_by_text("3 chapters").click()
    page.get_by_role("link", name="0:30 Noon").click()
    expect(page.locator("video")).to_have_attribute("src", f"{CLIP}#t=30")
    page.get_by_role("link", name=SECOND, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(SECOND)


def test_the_chosen_claim_is_read_and_judged_under_the_film(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    sign_in(page, "mara")
    page.get_by_role("link", name=SECOND, exact=True).click()
    chosen = page.get_by_role("region", name="The claim you chose")
    expect(chosen.get_by_role("heading", name="The claim you chose")).to_be_focused()
    expect(chosen).to_contain_text("A source of The second claim.")
    chosen.get_by_role("radio", name="Misleading").check()
    chosen.get_by_role("button", name="Vote", exact=True).click()
    again = chosen.get_by_role("button", name="Change my vote")
    expect(again).to_be_focused()
    expect(page.locator("[data-live]")).to_contain_text("Your vote counts.")
    expect(page).to_have_url(re.compile(re.escape(PAGE)))
    assert VerdictVote.objects.get().claim.statement == SECOND
    chosen.get_by_role("button", name="Close the claim").click()
    expect(chosen).to_be_hidden()
    expect(page.get_by_role("link", name=SECOND, exact=True)).to_be_focused()


@pytest.mark.parametrize("named", ["claim", "moment"])
def test_an_address_leads_to_a_claim(visit: Visiting, film: Video, named: str):
    third = Occurrence.objects.get(claim__statement=THIRD)
    number = third.claim_id if named == "claim" else third.pk
    page = visit().open(f"{PAGE}#{named}-{number}")
    expect(page.locator(".claim[data-now]")).to_contain_text(THIRD)
    expect(page.locator("[data-clock]").first).to_have_text("1:00")
    expect(page.get_by_role("region", name="The claim you chose")).to_contain_text(THIRD)


def test_news_take_neither_the_focus_nor_the_choice(visit: Visiting, film: Video):
    page = visit().open(f"{PAGE}?state=needs_ratings")
    chosen = page.get_by_role("region", name="The claim you chose")
    page.get_by_role("link", name=THIRD, exact=True).click()
    expect(chosen).to_contain_text("A source of The third claim.")
    stamp = page.get_by_role("region", name="Claims").get_by_role("link", name="1:00")
    stamp.focus()
    claim = Claim.objects.get(statement=THIRD)
    evidence.bring(
        claim, by=make_user("bringer"), url="https://rivers.example/report", title="A late source",
        kind="official", stance="refutes",
    )  # fmt: skip
    news = page.get_by_role("button", name="Something new on 1 claim")
    expect(news).to_be_visible()
    expect(stamp).to_be_focused()
    # As a screen reader presses it, without the focus.
    news.evaluate("button => button.click()")
    expect(news).to_be_hidden()
    expect(chosen).to_contain_text("A late source")
    expect(stamp).to_be_focused()
    expect(claims_of(page)).to_have_text([SECOND, THIRD])
    expect(page.locator(".claim[data-selected]")).to_contain_text(THIRD)


def test_the_link_of_a_moment_is_copied(visit: Visiting, film: Video):
    window = visit()
    window.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = window.open(f"{PAGE}?t=63.5")
    expect(page.locator("[data-clock]").first).to_have_text("1:03")
    page.keyboard.press("l")
    expect(page.locator("[data-live]")).to_have_text("Copied: the link of 1:03")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{window.site}{PAGE}?t=63.5"
    page.goto(copied)
    expect(page.locator("[data-clock]").first).to_have_text("1:03")


def test_a_range_is_moved_by_tenths_and_played_in_a_loop(visit: Visiting, film: Video):
    page = visit().open(f"{PAGE}claims/new/?t=12")
    sign_in_here(page)
    start, end = page.get_by_label("Start"), page.get_by_label("End")
    expect(start).to_have_value("0:12")
    page.get_by_role("button", name="A tenth of a second later").first.click()
    page.get_by_role("button", name="A tenth of a second later").first.click()
    page.get_by_role("button", name="A tenth of a second earlier").first.click()
    expect(start).to_have_value("0:12.1")
    start.press("Shift+ArrowUp")
    expect(start).to_have_value("0:13.1")
    assert time_of(page) == pytest.approx(13.1, abs=0.05)
    loop = page.get_by_role("button", name="Preview the range in a loop")
    end.fill("0:10")
    loop.click()
    expect(page.get_by_text("Write a start and a later end first.")).to_be_visible()
    end.fill("0:13.6")
    expect(page.get_by_text("0.5 s long")).to_be_visible()
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "true")
    jumps = page.locator("video").evaluate(
        """video => new Promise(done => {
          let jumps = 0;
          video.addEventListener('seeked', () => { jumps += 1; if (jumps === 3) done(jumps); });
        })"""
    )
    assert jumps == 3
    assert 13 < time_of(page) < 14.2
    loop.click()
    expect(loop).to_have_attribute("aria-pressed", "false")
    assert page.locator("video").evaluate("video => video.paused")


def test_what_was_written_survives_a_closed_tab_until_it_is_sent(visit: Visiting, film: Video):
    window = visit()
    page = window.open(f"{PAGE}claims/new/?t=12")
    sign_in_here(page)
    page.get_by_role("textbox", name="Statement").fill(STATEMENT)
    page.get_by_label("Speaker (optional)", exact=True).fill("Ada Brook")
    kept_once(page)
    page.close()

    page = window.page.context.new_page()
    page.goto(f"{window.site}{PAGE}claims/new/?t=12")
    offer = page.get_by_text("You began to write here and did not send it.")
    expect(offer).to_be_visible()
    expect(page.get_by_role("textbox", name="Statement")).to_have_value("")
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_role("textbox", name="Statement")).to_have_value(STATEMENT)
    expect(page.get_by_role("textbox", name="Statement")).to_be_focused()
    # A refusal forgets nothing, a thank-you all.
    page.get_by_label("End").fill("5:00")
    page.get_by_role("button", name="Mark the claim").click()
    expect(page.get_by_role("textbox", name="Statement")).to_have_value(STATEMENT)
    expect(offer).to_be_hidden()
    page.goto(f"{window.site}{PAGE}claims/new/?t=12")
    page.get_by_role("button", name="Bring it back").click()
    page.get_by_label("End").fill("0:15")
    page.get_by_role("button", name="Mark the claim").click()
    expect(page.get_by_text("Marked. Thank you.")).to_be_visible()
    page.goto(f"{window.site}{PAGE}claims/new/?t=12")
    expect(page.get_by_label("Start")).to_be_visible()
    expect(offer).to_be_hidden()
    assert Occurrence.objects.get(claim__statement=STATEMENT).speaker == "Ada Brook"


def kept_once(page: Page) -> None:
    """Wait until the browser has put something away."""
    page.evaluate(
        """() => new Promise(done => {
          const look = () => (Object.keys(localStorage).some(name => name.startsWith('draft:'))
            ? done() : setTimeout(look, 20));
          look();
        })"""
    )


def test_each_shortcut_can_be_switched_off_alone(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Next claim").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press(".")
    page.keyboard.press(".")
    expect(page.get_by_role("link", name="Mark a claim")).to_have_attribute(
        "href", re.compile(r"t=0\.[12]$")
    )
    page.reload()
    page.keyboard.press("n")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Mark a claim at 0:05")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("checkbox", name="Next claim")).not_to_be_checked()
    page.get_by_role("checkbox", name="Next claim").check()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".claim[data-now]")).to_contain_text(FIRST)
    expect(page.locator("[data-live]")).to_have_text(f"Claim at 0:20: {FIRST}")


def test_the_spoken_claim_can_be_silenced(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    page.keyboard.press("?")
    page.get_by_role("checkbox", name="Tell screen readers").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator(".claim[data-now]")).to_contain_text(FIRST)
    expect(page.locator("[data-live]")).to_have_text("")


def test_a_lost_film_keeps_its_poster_its_story_and_its_claims(visit: Visiting, film: Video):
    Video.objects.update(availability="gone")
    page = visit().open(PAGE)
    expect(page.get_by_text(re.compile(r"This film\s+is\s+gone from"))).to_be_visible()
    expect(page.locator(".film svg.art")).to_be_visible()
    expect(page.locator("video")).to_have_count(0)
    page.get_by_role("link", name="Accurate 1").click()
    expect(claims_of(page)).to_have_text([FIRST])
    marks_of(page).click()
    chosen = page.get_by_role("region", name="The claim you chose")
    expect(chosen).to_contain_text(f"A source of {FIRST}")
    page.get_by_role("link", name="Mark a claim").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_everything_is_done_by_keys_alone(visit: Visiting, film: Video):
    page = visit().open(PAGE)
    sign_in(page, "mara")
    page.wait_for_url(f"**{PAGE}*")
    # A mark on the line, then the same claim in the list, and its evidence below.
    tab_to(page, page.locator(".tl a").nth(1))
    page.keyboard.press("Enter")
    expect(page.locator(".claim[data-now]")).to_contain_text(SECOND)
    page.keyboard.press("o")
    chosen = page.get_by_role("region", name="The claim you chose")
    expect(chosen).to_contain_text(SECOND)
    expect(chosen.get_by_role("heading", name="The claim you chose")).to_be_focused()
    tab_to(page, chosen.get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(chosen.get_by_role("radio", name="Mostly accurate")).to_be_checked()
    tab_to(page, chosen.get_by_role("button", name="Vote", exact=True))
    page.keyboard.press("Enter")
    expect(chosen.get_by_role("button", name="Change my vote")).to_be_focused()
    # Lines of the transcript become a claim's quote.
    page.get_by_role("heading", name="Transcript").evaluate("one => one.scrollIntoView()")
    tab_to(page, page.get_by_role("link", name="choose lines to mark"))
    page.keyboard.press("Enter")
    for words in ("The birds leave at dawn.", "By dusk they are all back."):
        line = page.get_by_role("link", name=words)
        expect(line).to_be_visible()
        tab_to(page, line)
        page.keyboard.press("Enter")
    expect(page.get_by_label("Quote")).to_have_value(
        "The birds leave at dawn. By dusk they are all back."
    )
    tab_to(page, page.get_by_role("textbox", name="Statement"))
    page.keyboard.type("All birds are back on the island by dusk.")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Mark the claim"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Marked. Thank you.")).to_be_visible()
    expect(claims_of(page)).to_have_count(4)
