"""Bringing, editing and withdrawing evidence."""

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from annotations import evidence, ratings, standings
from annotations.models import (
    Claim,
    ClaimStanding,
    Evidence,
    Link,
    Rating,
    SourceKind,
    Stance,
    State,
)
from annotations.revisions import StaleVersion
from tests.makers import make_claim, make_evidence, make_user
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
URL = "https://archive.example/reports/ice-1961"


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def bring(claim: Claim, by: User, **fields: Any) -> Evidence:
    given: dict[str, Any] = {
        "url": URL, "title": "Ice on the upper river", "kind": SourceKind.PRIMARY,
        "stance": Stance.SUPPORTS,
    }  # fmt: skip
    return evidence.bring(claim, by=by, **(given | fields))


def counted(claim: Claim) -> int:
    return ClaimStanding.objects.get(claim=claim).evidence_count


def wrong(claim: Claim, by: User, **fields: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        bring(claim, by, **fields)
    told: dict[str, list[str]] = refusal.value.message_dict
    return told


def test_a_source_is_brought_with_all_that_is_known_of_it(claim: Claim, stranger: User):
    card = bring(
        claim, stranger, url=" HTTPS://Archive.Example/Reports/1?utm_source=x ",
        title="  Ice on the\n upper river ", kind=SourceKind.OFFICIAL, stance=Stance.QUALIFIES,
        publisher="River Office", creator="Ada Brook", published_on="1961-03",
        accessed_on=date(2022, 2, 1), quote=" Ice lay until May. ", locator="p. 14",
        archive_url="https://web.archive.org/web/20220201000000/https://archive.example/",
        why="It measured the ice on every day.",
    )  # fmt: skip
    card.refresh_from_db()
    assert card.url == "https://archive.example/Reports/1?utm_source=x"
    assert (card.title, card.quote) == ("Ice on the upper river", "Ice lay until May.")
    assert (card.kind, card.stance) == (SourceKind.OFFICIAL, Stance.QUALIFIES)
    assert (card.publisher, card.creator, card.locator) == ("River Office", "Ada Brook", "p. 14")
    assert (card.published_on, card.accessed_on) == ("1961-03", date(2022, 2, 1))
    assert (card.author, card.claim, card.version) == (stranger, claim, 1)
    assert counted(claim) == 1
    assert card.standing.state == "needs_ratings"
    assert evidence.archived_address(card) == card.archive_url


def test_without_a_date_it_was_accessed_today(claim: Claim, stranger: User):
    card = bring(claim, stranger)
    assert card.accessed_on == timezone.now().date()
    day = f"{card.accessed_on:%Y%m%d}"
    assert evidence.archived_address(card) == f"https://web.archive.org/web/{day}/{URL}"


def test_its_link_is_due_at_once_and_shared_by_all_cards_of_the_address(
    claim: Claim, author: User, stranger: User
):
    first = bring(claim, stranger, url=f"{URL}#page=3")
    second = bring(make_claim(author=author), stranger)
    assert first.link == second.link
    link = Link.objects.get()
    assert (link.url, link.host, link.state) == (URL, "archive.example", "unchecked")
    assert link.due_at
    assert link.due_at <= timezone.now()


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("10.1000/ABC.12", "10.1000/abc.12"),
        ("doi:10.1000/abc.12", "10.1000/abc.12"),
        ("https://doi.org/10.1000/abc.12", "10.1000/abc.12"),
        ("https://journal.example/doi/full/10.1000/abc.12", "10.1000/abc.12"),
        (URL, ""),
        (f"https://doi.org/10.1000/{'a' * 300}", ""),
    ],
)
def test_a_doi_is_recognised(claim: Claim, stranger: User, url: str, doi: str):
    assert bring(claim, stranger, url=url).doi == doi


def test_an_archived_copy_stands_for_its_page(claim: Claim, stranger: User):
    copy = f"https://web.archive.org/web/20220201000000/{URL}"
    card = bring(claim, stranger, url=copy)
    assert (card.url, card.archive_url, card.link.url) == (URL, copy, URL)
    assert set(wrong(claim, stranger)) == {"url"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": "ice on the river"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://ann:secret@archive.example/"}, "url"),
        ({"url": f"https://archive.example/{'x' * 2000}"}, "url"),
        ({"url": f"https://archive.example/{'ö' * 1500}"}, "url"),
        ({"url": f"https://{'a.' * 200}example/"}, "url"),
        ({"title": " "}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "a\x1bb"}, "title"),
        ({"kind": "rumour"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"stance": ""}, "stance"),
        ({"stance": "proves"}, "stance"),
        ({"published_on": "30 July 2021"}, "published_on"),
        ({"published_on": "2021-13"}, "published_on"),
        ({"published_on": "2021-02-29"}, "published_on"),
        ({"published_on": "0000"}, "published_on"),
        ({"published_on": "9999"}, "published_on"),
        ({"accessed_on": date(9999, 1, 1)}, "accessed_on"),
        ({"archive_url": "my own copy"}, "archive_url"),
        ({"quote": "q" * 501}, "quote"),
        ({"why": "w" * 501}, "why"),
        ({"locator": "l" * 201}, "locator"),
    ],
)
def test_what_is_wrong_is_told_by_field_and_nothing_is_stored(
    claim: Claim, stranger: User, fields: dict[str, Any], field: str
):
    assert set(wrong(claim, stranger, **fields)) == {field}
    assert not Evidence.objects.exists()
    assert not Link.objects.exists()


def test_all_that_is_wrong_is_told_at_once(claim: Claim, stranger: User):
    told = wrong(claim, stranger, url="x y", title="", stance="", published_on="soon")
    assert set(told) == {"url", "title", "stance", "published_on"}


@pytest.mark.parametrize("days", [0, 1])
def test_where_it_is_tomorrow_already_today_is_no_future(claim: Claim, stranger: User, days: int):
    day = (timezone.now() + timedelta(hours=13)).date() - timedelta(days=days)
    assert bring(claim, stranger, published_on=day.isoformat(), accessed_on=day)


def test_the_same_page_in_another_spelling_is_refused_and_its_card_named(
    claim: Claim, stranger: User, reader: User
):
    card = bring(claim, stranger)
    with pytest.raises(ValidationError) as refusal:
        bring(claim, reader, url="http://www.archive.example/reports/ice-1961/?utm_medium=mail#p2")
    (message,) = refusal.value.message_dict["url"]
    assert f"evidence {card.pk}" in message
    assert card.get_absolute_url() in message
    assert evidence.find_there(refusal.value) == card
    assert counted(claim) == 1


def test_the_same_page_may_stand_on_another_claim(claim: Claim, author: User, stranger: User):
    bring(claim, stranger)
    assert bring(make_claim(author=author), stranger)


def test_a_source_that_a_moderator_hid_does_not_come_back_nor_is_it_shown(
    claim: Claim, stranger: User, reader: User
):
    card = make_evidence(claim=claim, author=stranger, url=URL, state=State.HIDDEN)
    with pytest.raises(ValidationError) as refusal:
        bring(claim, reader)
    assert "hidden" in refusal.value.message_dict["url"][0]
    assert evidence.find_there(refusal.value) is None
    assert card.title not in str(refusal.value)


def test_a_source_that_was_withdrawn_may_be_brought_again_by_anyone(
    claim: Claim, stranger: User, reader: User
):
    evidence.withdraw(bring(claim, stranger), by=stranger)
    assert counted(claim) == 0
    assert bring(claim, reader).author == reader
    assert counted(claim) == 1


@pytest.mark.parametrize("state", [State.HIDDEN, State.LOCKED, State.WITHDRAWN])
def test_only_a_claim_that_is_open_takes_evidence(author: User, stranger: User, state: State):
    claim = make_claim(author=author, state=state)
    with pytest.raises(PermissionDenied):
        bring(claim, stranger)
    assert not Evidence.objects.exists()


def test_an_edit_changes_what_is_given_and_counts_the_version_up(claim: Claim, stranger: User):
    card = bring(claim, stranger, publisher="River Office")
    link = card.link
    edited = evidence.edit(
        card, by=stranger, version=1, url="https://doi.org/10.1000/ice", stance=Stance.CONTEXT
    )
    edited.refresh_from_db()
    assert (edited.version, edited.stance, edited.publisher) == (2, "context", "River Office")
    assert (edited.doi, edited.link.url) == ("10.1000/ice", "https://doi.org/10.1000/ice")
    assert edited.link != link
    assert edited.edited_at
    # The page it stood for is free again.
    assert bring(claim, stranger)


def test_an_edit_that_changes_nothing_writes_nothing(claim: Claim, stranger: User):
    card = bring(claim, stranger)
    same = evidence.edit(card, by=stranger, version=1, url=f" {URL} ", title=card.title)
    assert (same.version, same.edited_at) == (1, None)


def test_an_edit_cannot_take_the_page_of_another_card(claim: Claim, stranger: User):
    first = bring(claim, stranger)
    second = bring(claim, stranger, url="https://archive.example/other")
    with pytest.raises(ValidationError) as refusal:
        evidence.edit(second, by=stranger, version=1, url=f"{URL}/")
    assert evidence.find_there(refusal.value) == first
    assert evidence.edit(first, by=stranger, version=1, url=f"{URL}/").version == 2


def test_a_bad_edit_stores_nothing(claim: Claim, stranger: User):
    card = bring(claim, stranger)
    with pytest.raises(ValidationError) as refusal:
        evidence.edit(card, by=stranger, version=1, title="", accessed_on=None, url="nowhere")
    assert set(refusal.value.message_dict) == {"title", "accessed_on", "url"}
    card.refresh_from_db()
    assert (card.version, card.url) == (1, URL)


def test_a_stale_edit_is_refused_and_told_what_stands_there_now(claim: Claim, stranger: User):
    card = bring(claim, stranger)
    evidence.edit(card, by=stranger, version=1, title="Another title")
    with pytest.raises(StaleVersion) as stale:
        evidence.edit(card, by=stranger, version=1, stance=Stance.REFUTES)
    assert isinstance(stale.value.row, Evidence)
    assert stale.value.row.title == "Another title"


def test_only_who_brought_it_edits_and_withdraws_it(claim: Claim, stranger: User, author: User):
    card = bring(claim, stranger)
    for by in (author, make_user("staff", is_staff=True)):
        with pytest.raises(PermissionDenied):
            evidence.edit(card, by=by, version=1, title="Mine")
        with pytest.raises(PermissionDenied):
            evidence.withdraw(card, by=by)


def test_a_card_that_a_merge_moved_is_edited_where_it_stands(
    claim: Claim, author: User, stranger: User
):
    card = bring(claim, stranger)
    other = make_claim(author=author)
    seen = Evidence.objects.get(pk=card.pk)
    Evidence.objects.filter(pk=card.pk).update(claim=other)
    assert evidence.edit(seen, by=stranger, version=1, title="Another title").claim == other
    evidence.withdraw(seen, by=stranger)
    assert counted(other) == 0


def test_what_others_rated_is_not_swapped_for_something_else(
    claim: Claim, stranger: User, reader: User
):
    card = bring(claim, stranger)
    ratings.rate(card, by=reader, rating=Rating.YES)
    for changes, message in (
        ({"url": "https://archive.example/other"}, "its address stays"),
        ({"stance": Stance.REFUTES}, "its stance stays"),
    ):
        with pytest.raises(ValidationError) as refusal:
            evidence.edit(card, by=stranger, version=1, **changes)
        (field,) = changes
        assert message in str(refusal.value.message_dict[field])
    # Another spelling is the same source, and the rest is free.
    edited = evidence.edit(card, by=stranger, version=1, url=f"{URL}#page=3", title="Ice in May")
    assert (edited.version, edited.title) == (2, "Ice in May")
    ratings.take_back_rating(card, by=reader)
    changed = evidence.edit(card, by=stranger, version=2, stance=Stance.REFUTES)
    assert changed.stance == Stance.REFUTES


@pytest.mark.django_db(transaction=True)
def test_of_many_who_bring_one_page_at_once_one_is_first_and_the_others_are_told():
    author = make_user("author")
    members = [make_user(f"member{number}") for number in range(6)]
    claim, other = make_claim(author=author), make_claim(author=author)
    outcomes = outcomes_of_race(
        *(partial(bring, claim, member) for member in members),
        *(partial(bring, other, member) for member in members),
    )
    for begin, on in ((0, claim), (6, other)):
        cards = [one for one in outcomes[begin : begin + 6] if isinstance(one, Evidence)]
        errors = [one for one in outcomes[begin : begin + 6] if isinstance(one, ValidationError)]
        assert (len(cards), len(errors)) == (1, 5)
        assert all(evidence.find_there(error) == cards[0] for error in errors)
        assert counted(on) == 1
    assert Link.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_page_is_brought_and_another_card_moved_to_it_at_once():
    author = make_user("author")
    claim = make_claim(author=author)
    card = bring(claim, author, url="https://archive.example/other")
    for version in range(1, 6):
        url = f"https://archive.example/race/{version}"
        outcomes = outcomes_of_race(
            partial(bring, claim, author, url=url),
            partial(evidence.edit, card, by=author, version=card.version, url=url),
        )
        assert sum(isinstance(one, Evidence) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, ValidationError) for one in outcomes) == 1, outcomes
        card.refresh_from_db()
    stored = ClaimStanding.objects.get(claim=claim).evidence_count
    assert stored == standings.recount(claim, now=timezone.now()).evidence_count
