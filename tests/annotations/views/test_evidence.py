"""The pages of evidence, by role: visitor, who brought it, stranger, staff."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from annotations import evidence, ratings
from annotations.models import Claim, Evidence, EvidenceStanding, Link, LinkState, Stance, State
from tests.makers import make_claim, make_evidence
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db
URL = "https://archive.example/reports/ice-1961"
ASKED = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a person types into the form that brings a source."""
    return {
        "url": URL, "title": "Ice on the upper river", "stance": "refutes", "kind": "official",
        "quote": "Ice lay until May.", "locator": "p. 14", "why": "It was measured every day.",
        "creator": "Ada Brook", "publisher": "River Office", "published_on": "1961-03",
        "accessed_on": "2026-03-01", "archive_url": "", **changes,
    }  # fmt: skip


def new(claim: Claim) -> str:
    return f"/claims/{claim.pk}/evidence/new/"


def post(client: Client, url: str, data: dict[str, Any]) -> str:
    """Send a form that is refused; return its page."""
    response = client.post(url, data)
    assert response.status_code == 200, response
    text = response.content.decode()
    check(text)
    return text


# --- Reading --------------------------------------------------------------------------


def test_a_card_says_all_that_is_known_of_its_source(
    client: Client, claim: Claim, stranger: User
) -> None:
    make_evidence(
        claim=claim, author=stranger, url="https://journal.example/doi/10.1000/ICE.1",
        title="Ice & <rivers>", kind="peer_reviewed", stance=Stance.QUALIFIES,
        publisher="River Letters", creator="Ada Brook", published_on="1961-03",
        accessed_on=date(2026, 3, 1), quote="Ice lay\nuntil May.", locator="p. 14",
        why="It was measured every day.",
    )  # fmt: skip
    text = read(client, claim.get_absolute_url())
    for part in (
        'href="https://journal.example/doi/10.1000/ICE.1" rel="nofollow noopener ugc"',
        "Ice &amp; &lt;rivers&gt;",
        "Qualifies",
        "Peer-reviewed",
        "River Letters",
        "Ada Brook",
        '<time datetime="1961-03">March 1961</time>',
        "journal.example",
        'href="https://doi.org/10.1000/ice.1" rel="nofollow noopener ugc"',
        "doi:10.1000/ice.1",
        "Ice lay<br>until May.",
        "p. 14",
        "It was measured every day.",
        'Brought by <bdi><a class="person" href="/people/stranger/"><bdi>stranger</bdi></a></bdi>',
        "1 March 2026",
        "link not checked yet",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("published_on", "told"),
    [("1961", ">1961<"), ("1961-03", ">March 1961<"), ("1961-03-09", ">9 March 1961<")],
)
def test_a_date_is_not_made_more_exact_than_it_is_known(
    client: Client, claim: Claim, published_on: str, told: str
) -> None:
    make_evidence(claim=claim, published_on=published_on)
    assert told in read(client, claim.get_absolute_url())


def test_the_best_comes_first_and_the_stances_are_counted(client: Client, claim: Claim) -> None:
    for title, stance in (
        ("The worst", "supports"),
        ("The best", "refutes"),
        ("Middling", "refutes"),
    ):
        make_evidence(claim=claim, title=title, stance=stance)
    for title, score in (("The worst", 0.2), ("The best", 0.9), ("Middling", 0.5)):
        EvidenceStanding.objects.filter(evidence__title=title).update(score=score)
    text = read(client, claim.get_absolute_url())
    places = [text.index(title) for title in ("The best", "Middling", "The worst")]
    assert places == sorted(places)
    counts = re.findall(r'(\w+) <span class="num">(\d+)</span>', text)
    assert counts == [("Supports", "1"), ("Refutes", "2")]
    assert '<span class="pill">3</span>' in text


def test_a_claim_without_evidence_says_so_and_asks_for_some(client: Client, claim: Claim) -> None:
    text = read(client, claim.get_absolute_url())
    assert "No evidence yet" in text
    assert f'href="{new(claim)}"' in text


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (LinkState.OK, "link answered on"),
        (LinkState.UNSURE, "link does not answer us"),
        (LinkState.DEAD, "link is gone"),
        (LinkState.REFUSED, "link not asked"),
    ],
)
def test_how_the_link_is_doing_is_told_with_its_date(
    client: Client, claim: Claim, state: LinkState, told: str
) -> None:
    make_evidence(claim=claim, url=URL, accessed_on=date(2022, 2, 1))
    Link.objects.update(state=state, checked_at=ASKED, since=ASKED)
    text = read(client, claim.get_absolute_url())
    assert told in text
    assert ("3 March 2026" in text) == (state != LinkState.REFUSED)
    wayback = f'href="https://web.archive.org/web/20220201/{URL}" rel="nofollow noopener ugc"'
    assert (wayback in text) == (state == LinkState.DEAD)


def test_an_archived_copy_that_was_named_is_offered(client: Client, claim: Claim) -> None:
    make_evidence(claim=claim, archive_url="https://archive.today/20220201000000/x")
    Link.objects.update(state=LinkState.DEAD, checked_at=ASKED, since=ASKED)
    text = read(client, claim.get_absolute_url())
    assert 'href="https://archive.today/20220201000000/x"' in text
    assert "web.archive.org" not in text


def test_a_withdrawn_card_is_seen_by_nobody_and_a_hidden_one_by_its_author_and_moderators(
    client: Client, claim: Claim, stranger: User, reader: User, moderator: User
) -> None:
    make_evidence(claim=claim, author=stranger, title="Taken back", state=State.WITHDRAWN)
    make_evidence(
        claim=claim, author=stranger, title="Put away", state=State.HIDDEN,
        state_reason="An advertisement.",
    )  # fmt: skip
    for user, sees in ((None, False), (reader, False), (stranger, True), (moderator, True)):
        client.logout()
        if user:
            client.force_login(user)
        text = read(client, claim.get_absolute_url())
        assert "Taken back" not in text
        assert ("Put away" in text) == sees
        assert ("An advertisement." in text) == sees
        assert '<span class="pill">' not in text, "what nobody may read does not count"


def test_only_who_brought_a_card_is_offered_to_change_it(
    client: Client, claim: Claim, stranger: User, author: User
) -> None:
    card = make_evidence(claim=claim, author=stranger)
    for user, may in ((author, False), (stranger, True)):
        client.force_login(user)
        text = read(client, claim.get_absolute_url())
        for name in ("edit", "withdraw"):
            assert (f'href="/evidence/{card.pk}/{name}/"' in text) == may


def test_others_flag_a_card_where_it_stands(
    client: Client, claim: Claim, stranger: User, author: User
) -> None:
    card = make_evidence(claim=claim, author=stranger)
    flagging = f"/flags/new/?thing=evidence&amp;id={card.pk}"
    assert flagging not in read(client, claim.get_absolute_url())
    for user, may in ((author, True), (stranger, False)):
        client.force_login(user)
        assert (flagging in read(client, claim.get_absolute_url())) == may


def test_a_hidden_card_stands_once_on_the_page_with_its_reason(
    client: Client, claim: Claim, stranger: User
) -> None:
    make_evidence(
        claim=claim, author=stranger, why="It counts the days of ice.",
        state=State.HIDDEN, state_reason="Not what the source says.",
    )  # fmt: skip
    client.force_login(stranger)
    text = read(client, claim.get_absolute_url())
    assert text.count("It counts the days of ice.") == 1
    assert text.count("Not what the source says.") == 1


def test_nobody_edits_a_card_on_a_locked_claim(
    client: Client, claim: Claim, stranger: User
) -> None:
    card = make_evidence(claim=claim, author=stranger)
    Claim.objects.update(state=State.LOCKED)
    client.force_login(stranger)
    text = read(client, claim.get_absolute_url())
    assert f"/evidence/{card.pk}/edit/" not in text
    assert f"/evidence/{card.pk}/withdraw/" in text
    assert client.get(f"/evidence/{card.pk}/edit/").status_code == 403


def test_a_locked_claim_offers_no_adding(client: Client, claim: Claim, stranger: User) -> None:
    Claim.objects.update(state=State.LOCKED)
    client.force_login(stranger)
    assert new(claim) not in read(client, claim.get_absolute_url())
    assert client.get(new(claim)).status_code == 403


def test_the_page_makes_as_many_queries_for_any_number_of_cards(
    client: Client, claim: Claim, stranger: User
) -> None:
    make_evidence(claim=claim, author=stranger)
    few = queries(client, claim.get_absolute_url())
    for _number in range(8):
        make_evidence(claim=claim, author=stranger)
    assert queries(client, claim.get_absolute_url()) == few


# --- Bringing -------------------------------------------------------------------------


def test_a_visitor_is_asked_to_sign_in(client: Client, claim: Claim) -> None:
    response = client.get(new(claim))
    assert response.status_code == 302
    assert "login" in response["Location"]


def test_a_member_brings_a_source(client: Client, claim: Claim, stranger: User) -> None:
    client.force_login(stranger)
    text = read(client, f"{new(claim)}?url={URL}")
    assert f'value="{URL}"' in text
    assert claim.statement in text
    response = client.post(new(claim), typed())
    card = Evidence.objects.get()
    assert (response.status_code, response["Location"]) == (302, card.get_absolute_url())
    assert (card.author, card.stance, card.published_on) == (stranger, "refutes", "1961-03")
    assert card.accessed_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"url": "ice"}, "This is no web address, nor a DOI."),
        ({"url": ""}, "This field is required."),
        ({"stance": ""}, "This field is required."),
        ({"kind": ""}, "This field is required."),
        ({"published_on": "soon"}, "Write a year, a month or a day"),
        ({"accessed_on": "2999-01-01"}, "That is in the future."),
        ({"title": "x" * 301}, "at most 300 characters"),
    ],
)
def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(
    client: Client, claim: Claim, stranger: User, changes: dict[str, str], told: str
) -> None:
    client.force_login(stranger)
    text = post(client, new(claim), typed(**changes))
    assert told in text
    assert "It was measured every day." in text
    assert not Evidence.objects.exists()


def test_who_brings_what_is_there_is_led_to_the_card(
    client: Client, claim: Claim, stranger: User
) -> None:
    card = make_evidence(claim=claim, url=URL, title="The card that is there")
    client.force_login(stranger)
    text = post(client, new(claim), typed(url=f"http://www.{URL.partition('//')[2]}/"))
    assert f'href="{card.get_absolute_url()}"' in text
    assert "The card that is there" in text


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_a_claim_that_is_gone_shows_nothing_in_the_form(
    client: Client, claim: Claim, stranger: User, state: State
) -> None:
    Claim.objects.update(state=state)
    client.force_login(stranger)
    response = client.get(new(claim), follow=True)
    assert response.status_code == 410
    assert claim.statement not in response.content.decode()


# --- Editing and withdrawing ----------------------------------------------------------


def test_a_card_is_edited_by_who_brought_it(client: Client, claim: Claim, stranger: User) -> None:
    card = make_evidence(claim=claim, author=stranger, url=URL)
    client.force_login(stranger)
    address = f"/evidence/{card.pk}/edit/"
    assert f'value="{URL}"' in read(client, address)
    response = client.post(address, typed(version=1, url="10.1000/ice", stance="context"))
    assert response["Location"] == card.get_absolute_url()
    card.refresh_from_db()
    assert (card.version, card.url, card.stance) == (2, "https://doi.org/10.1000/ice", "context")


def test_a_stale_edit_shows_both_texts_and_the_next_save_decides(
    client: Client, claim: Claim, stranger: User
) -> None:
    card = make_evidence(claim=claim, author=stranger, url=URL, title="As it was")
    evidence.edit(card, by=stranger, version=1, title="As it stands now", stance=Stance.CONTEXT)
    client.force_login(stranger)
    address = f"/evidence/{card.pk}/edit/"
    text = post(client, address, typed(version=1, title="As I typed it"))
    for part in ("It was changed while you were editing", "As it stands now", "Gives context"):
        assert part in text
    assert text.count("As I typed it") == 2
    card.refresh_from_db()
    assert card.title == "As it stands now"
    assert 'name="version" value="2"' in text
    client.post(address, typed(version=2, title="As I typed it"))
    card.refresh_from_db()
    assert (card.title, card.version) == ("As I typed it", 3)


def test_a_card_is_withdrawn_after_a_question(client: Client, claim: Claim, stranger: User) -> None:
    card = make_evidence(claim=claim, author=stranger, title="Ice on the river")
    client.force_login(stranger)
    address = f"/evidence/{card.pk}/withdraw/"
    assert "Ice on the river" in read(client, address)
    assert client.post(address)["Location"] == claim.get_absolute_url()
    assert "Ice on the river" not in read(client, claim.get_absolute_url())
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["edit", "withdraw"])
def test_others_neither_edit_nor_withdraw_a_card(
    client: Client, claim: Claim, stranger: User, reader: User, moderator: User, name: str
) -> None:
    card = make_evidence(claim=claim, author=stranger)
    address = f"/evidence/{card.pk}/{name}/"
    assert client.get(address).status_code == 302
    for user in (reader, moderator):
        client.force_login(user)
        assert client.get(address).status_code == 403
        assert client.post(address, typed(version=1)).status_code == 403
    card.refresh_from_db()
    assert (card.version, card.state) == (1, "visible")


@pytest.mark.parametrize("name", ["edit", "withdraw"])
def test_what_may_not_be_read_is_not_there(
    client: Client, claim: Claim, stranger: User, reader: User, name: str
) -> None:
    card = make_evidence(claim=claim, author=stranger, state=State.HIDDEN)
    client.force_login(reader)
    assert client.get(f"/evidence/{card.pk}/{name}/").status_code == 404
    client.force_login(stranger)
    assert client.get(f"/evidence/{card.pk}/{name}/").status_code == 403
    assert client.get(f"/evidence/{card.pk + 1}/{name}/").status_code == 404


def test_what_others_rated_is_not_swapped_on_the_page(
    client: Client, claim: Claim, stranger: User, reader: User
) -> None:
    card = make_evidence(claim=claim, author=stranger)
    ratings.rate(card, by=reader, rating="yes")
    client.force_login(stranger)
    text = post(client, f"/evidence/{card.pk}/edit/", typed(version="1"))
    assert "its address stays" in text
    assert "its stance stays" in text
    card.refresh_from_db()
    assert (card.version, card.stance) == (1, Stance.SUPPORTS)
