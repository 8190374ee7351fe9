"""A member's public page."""

import pytest
from django.test import Client

from accounts.models import User
from annotations import claims, notes, ratings
from annotations.models import State, Verdict
from tests.makers import make_claim, make_comment, make_evidence, make_video
from tests.pages import queries, read

pytestmark = pytest.mark.django_db


def test_it_shows_what_one_marked_brought_and_changed(client: Client, author: User, stranger: User):
    claim = make_claim(author=author, statement="The lake above the dam froze over.")
    make_evidence(claim=make_claim(author=stranger), author=author, title="Ice of 1961")
    make_comment(claim=claim, author=author)
    text = " ".join(read(client, "/people/author/").split())
    for part in ("Member since", "The lake above the dam froze over.", "Ice of 1961"):
        assert part in text


def test_it_shows_what_one_says_of_oneself(client: Client, author: User):
    User.objects.filter(pk=author.pk).update(
        display_name="Ann <b>Author</b>", about="I read rivers.\nhttps://rivers.example/"
    )
    text = read(client, "/people/author/")
    assert "Ann &lt;b&gt;Author&lt;/b&gt;" in text
    assert 'href="https://rivers.example/"' in text


def test_it_shows_nothing_private_and_nothing_that_is_taken_back(
    client: Client, author: User, stranger: User
):
    make_claim(author=author, statement="The lake was drained at night.", state=State.WITHDRAWN)
    hidden = make_claim(author=stranger, state=State.HIDDEN)
    make_evidence(claim=hidden, author=author, title="Ice of 1961")
    judged = make_claim(author=stranger, statement="Another claim of another person.")
    ratings.cast_vote(judged, by=author, verdict=Verdict.INACCURATE)
    text = read(client, "/people/author/")
    for part in (author.email, "drained at night", "Ice of 1961", "Another claim", ">Inaccurate"):
        assert part not in text


def test_letters_of_another_case_lead_to_the_name_as_it_is(client: Client, author: User):
    answer = client.get("/people/AUTHOR/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/people/author/")


@pytest.mark.parametrize("name", ["nobody", "a%00b", "%D8%A7"])
def test_who_is_not_here_has_no_page(client: Client, name: str):
    assert client.get(f"/people/{name}/").status_code == 404


def test_a_closed_account_has_no_page_and_no_link(client: Client, author: User):
    claim = make_claim(author=author, video=make_video())
    assert 'href="/people/author/"' in read(client, "/claims/")
    User.objects.filter(pk=author.pk).update(is_active=False)
    assert client.get("/people/author/").status_code == 404
    assert 'href="/people/author/"' not in read(client, "/claims/")
    assert "author" in read(client, claim.get_absolute_url())


def test_it_takes_the_same_queries_for_few_and_many(client: Client, author: User):
    def add(number: int) -> None:
        for _ in range(number):
            make_evidence(claim=make_claim(author=author, tags=["Rivers"]), author=author)

    add(2)
    few = queries(client, "/people/author/")
    add(6)
    assert queries(client, "/people/author/") == few


def test_it_takes_few_queries_however_much_one_did(client: Client, author: User):
    claim = make_claim(author=author, tags=["Rivers"], speaker="Ada Brook")
    make_comment(claim=claim, author=author)
    make_evidence(claim=claim, author=author)
    notes.edit(make_video(), by=author, version=None, text="Cut again in 1971.")
    claims.edit(claim, by=author, version=1, statement="The lake was drained at night.")
    read(client, "/people/author/")
    assert queries(client, "/people/author/") <= 15
