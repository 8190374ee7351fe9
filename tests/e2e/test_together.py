"""People judge a claim together: evidence, votes, talk, and what others see of it at once."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from annotations.models import Claim
from catalogue.models import Video
from tests.e2e.conftest import Visit
from tests.e2e.test_main_path import sign_in
from tests.makers import make_claim, make_user

Visiting = Callable[..., Visit]


@pytest.fixture
def claim(transactional_db: None, author: User, video: Video) -> Claim:
    return make_claim(author=author, video=video)


def signed_in(visit: Visiting, name: str, path: str, **window: object) -> Page:
    """Open a window, and sign a new member in."""
    make_user(name)
    page = visit(**window).open(path)
    sign_in(page, name)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def add_evidence(page: Page) -> None:
    page.get_by_role("link", name="Add evidence").click()
    page.get_by_label("Address of the source").fill("https://rivers.example/report?utm_source=x")
    page.get_by_label("Title").fill("Report of the river commission")
    page.get_by_label("Refutes").check()
    page.get_by_label("Kind of source").select_option("official")
    page.get_by_role("button", name="Add", exact=False).last.click()


def test_what_one_does_another_sees_announced_and_nothing_moves_by_itself(
    visit: Visiting, claim: Claim
):
    reader = visit().open(f"/claims/{claim.pk}/")
    evidence = reader.get_by_role("region", name="Evidence")
    expect(evidence).to_contain_text("No evidence yet")
    member = signed_in(visit, "mara", f"/claims/{claim.pk}/")
    expect(reader.get_by_text("2 people are here now")).to_be_visible()
    add_evidence(member)
    expect(member.get_by_role("region", name="Evidence")).to_contain_text("Report of the river")

    news = reader.get_by_role("button", name="Something new on 1 claim")
    expect(news).to_be_visible()
    expect(evidence).to_contain_text("No evidence yet")
    news.click()
    expect(evidence).to_contain_text("Report of the river commission")
    expect(news).to_be_hidden()


def test_a_number_that_a_script_found_stands_in_the_form_of_the_language(
    visit: Visiting, claim: Claim
):
    reader = visit(language="ar").open(f"/claims/{claim.pk}/")
    visit().open(f"/claims/{claim.pk}/")
    # Two have a form of their own.
    expect(reader.get_by_text("شخصان هنا الآن")).to_be_visible()
    visit().open(f"/claims/{claim.pk}/")
    expect(reader.get_by_text("3 أشخاص هنا الآن")).to_be_visible()


def test_what_somebody_is_writing_stays_when_the_page_is_renewed(visit: Visiting, claim: Claim):
    writer = signed_in(visit, "mara", f"/claims/{claim.pk}/")
    writer.get_by_role("textbox", name="Comment").fill("I was there, and it took")
    other = signed_in(visit, "noor", f"/claims/{claim.pk}/")
    add_evidence(other)
    writer.get_by_role("button", name="Something new on 1 claim").click()
    expect(writer.get_by_role("region", name="Evidence")).to_contain_text("Report of the river")
    expect(writer.get_by_role("textbox", name="Comment")).to_have_value("I was there, and it took")


@pytest.mark.parametrize("window", [{}, {"scripts": False}], ids=["desktop", "without JavaScript"])
def test_votes_of_others_are_seen_after_ones_own(
    visit: Visiting, claim: Claim, window: dict[str, object]
):
    page = signed_in(visit, "mara", f"/claims/{claim.pk}/", **window)
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("How others voted is shown once you have voted")
    verdict.get_by_label("Mostly accurate").check()
    verdict.get_by_role("button", name="Vote").click()
    expect(verdict).to_contain_text("1 so far, at least 5 needed")
    expect(verdict).not_to_contain_text("How others voted is shown once")
    add_evidence(page)
    card = page.get_by_role("listitem").filter(has_text="Report of the river commission")
    expect(card).to_be_visible()
    # Nobody rates their own.
    expect(card.get_by_role("button", name="Helpful", exact=True)).to_have_count(0)
    page.get_by_role("textbox", name="Comment").fill("At 1:12 they say when. @author?")
    page.get_by_role("button", name="Say it").click()
    talk = page.get_by_role("region", name="Discussion")
    expect(talk.get_by_role("link", name="1:12")).to_be_visible()
    expect(talk.get_by_role("link", name="@author")).to_be_visible()


def test_who_chose_so_is_named_to_the_others_until_they_go(visit: Visiting, claim: Claim):
    member = signed_in(visit, "mara", f"/claims/{claim.pk}/")
    named = signed_in(visit, "noor", f"/claims/{claim.pk}/")
    expect(member.get_by_text("2 people are here now")).to_be_visible()
    expect(member.get_by_role("list", name="Here now by name")).to_have_count(0)

    named.goto(named.url.split("/claims/")[0] + "/accounts/settings/")
    named.get_by_label("Show my name to those who are on the same film").check()
    named.get_by_role("button", name="Store").click()
    named.goto(member.url)
    names = member.get_by_role("list", name="Here now by name")
    expect(names.get_by_role("link", name="noor")).to_have_attribute("href", "/people/noor/")
    expect(named.get_by_text("2 people are here now")).to_be_visible()
    expect(named.get_by_role("list", name="Here now by name")).to_have_count(0)

    # Taken back elsewhere, while the window stays open.
    User.objects.filter(username="noor").update(shows_presence=False)
    expect(names).to_have_count(0, timeout=20_000)
    expect(member.get_by_text("2 people are here now")).to_be_visible()
    User.objects.filter(username="noor").update(shows_presence=True)
    expect(names.get_by_role("link", name="noor")).to_be_visible(timeout=20_000)
    named.close()
    expect(names).to_have_count(0)
    expect(member.get_by_text("2 people are here now")).to_have_count(0)
