"""The discussion on a claim's page, and the pages of one's own comments and mentions."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from annotations import discussion, moderation
from annotations.models import Claim, Comment, Deed, EvidenceSuggestion, Mention, State
from catalogue.records.record import Counts
from tests.makers import (
    make_claim,
    make_comment,
    make_evidence,
    make_occurrence,
    make_user,
    make_video,
)
from tests.pages import check, queries, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author, video=make_video(counts=Counts(views=10)))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(claim: Claim, user: User | None = None, **query: Any) -> str:
    return read(signed_in(user) if user else Client(), claim.get_absolute_url(), **query)


# --- Reading --------------------------------------------------------------------------


def test_answers_stand_under_what_they_answer_three_levels_deep(claim: Claim):
    bodies = [f"word{number}." for number in range(5)]
    parent = None
    for body in bodies:
        parent = make_comment(claim=claim, body=body, parent=parent)
    first = Comment.objects.earliest("pk")
    make_comment(claim=claim, body="Another matter.")
    make_comment(claim=claim, body="Besides.", parent=first)
    text = page_of(claim)
    places = [text.index(body) for body in [*bodies, "Besides.", "Another matter."]]
    assert places == sorted(places)
    assert [text.count(f'class="said-{depth}"') for depth in range(3)] == [2, 2, 3]
    assert "7 comments" in text


def test_a_time_leads_to_the_film(claim: Claim):
    make_comment(claim=claim, body="At 1:12.5 it says so, and at 59:00 the film is over.")
    text = page_of(claim)
    film = claim.occurrences.get().video
    assert f'href="{film.get_absolute_url()}?t=72.5">1:12.5</a' in text
    assert "t=3540" not in text
    assert "Times lead to" not in text


def test_of_several_films_a_time_leads_to_the_most_seen_and_says_which(claim: Claim):
    seen = make_video(title="The Great Canal", counts=Counts(views=5_000))
    make_occurrence(claim=claim, video=seen)
    make_occurrence(claim=claim, video=make_video(counts=Counts()))
    make_comment(claim=claim, body="At 1:12 it says so.")
    text = page_of(claim)
    assert f'href="{seen.get_absolute_url()}?t=72"' in text
    assert 'title="in The Great Canal"' in text
    assert "Times lead to" in text


def test_links_are_safe_and_members_are_named(claim: Claim, author: User, stranger: User):
    discussion.say(
        claim,
        by=author,
        body="<b>@stranger</b> @nobody https://example.org/?a=1&b=<i> javascript:alert(1)",
    )
    text = page_of(claim)
    assert "&lt;b&gt;" in text
    assert 'href="https://example.org/?a=1&amp;b="' in text
    assert 'rel="nofollow noopener ugc"' in text
    assert 'href="/claims/?author=stranger">@stranger</a' in text
    assert "author=nobody" not in text
    assert 'href="javascript' not in text


def test_what_is_gone_leaves_a_line_only_where_it_was_answered(
    claim: Claim, author: User, stranger: User, moderator: User
):
    withdrawn = make_comment(claim=claim, body="withdrawn words")
    hidden = make_comment(claim=claim, body="hidden words", author=stranger)
    lonely = make_comment(claim=claim, body="lonely words")
    for parent in (withdrawn, hidden):
        make_comment(claim=claim, body="An answer.", parent=parent)
    for row in (withdrawn, lonely):
        discussion.withdraw(row, by=author)
    moderation.decide(hidden, by=moderator, deed=Deed.HIDE, reason="Too rude.")
    for user in (None, author):
        text = page_of(claim, user)
        assert text.count("A comment stood here.") == 2
        assert text.count("a comment that is gone") == 2
        for words in ("withdrawn words", "hidden words", "lonely words", "Too rude."):
            assert words not in text
    for user in (stranger, moderator):
        text = page_of(claim, user)
        assert "hidden words" in text
        assert "Too rude." in text
        assert "withdrawn words" not in text


def test_two_hundred_comments_cost_what_two_do(claim: Claim, author: User, stranger: User):
    def say(number: int, parent: Comment | None) -> Comment:
        body = f"@author 1:12 https://example.org/{number}"
        return discussion.say(claim, by=stranger, body=body, parent=parent)

    first = say(0, None)
    say(1, first)
    client = signed_in(author)
    few, few_here = (
        queries(Client(), claim.get_absolute_url()),
        queries(client, claim.get_absolute_url()),
    )
    for number in range(2, 200):
        say(number, first if number % 3 else None)
    assert queries(Client(), claim.get_absolute_url()) == few
    assert queries(client, claim.get_absolute_url()) == few_here


def test_a_long_chain_of_answers_is_read(claim: Claim):
    parent = None
    for _ in range(1100):
        parent = Comment.objects.create(
            claim=claim, author=claim.author, body="And?", parent=parent
        )
    assert "1100 comments" in page_of(claim)


# --- Saying ---------------------------------------------------------------------------


def test_a_member_says_something_and_is_answered(claim: Claim, author: User, stranger: User):
    assert "Sign in to take part" in page_of(claim)
    assert 'id="say"' in page_of(claim, stranger)
    said = signed_in(stranger).post(
        f"/claims/{claim.pk}/comments/new/", {"body": "Which winter?", "parent": ""}
    )
    first = Comment.objects.get()
    assert said.headers["Location"] == f"/claims/{claim.pk}/#comment-{first.pk}"
    text = page_of(claim, author, answer=first.pk)
    assert "You answer <bdi>stranger</bdi>" in text
    assert f'name="parent" value="{first.pk}"' in text
    signed_in(author).post(
        f"/claims/{claim.pk}/comments/new/", {"body": "The second.", "parent": first.pk}
    )
    assert Comment.objects.latest("pk").parent == first
    assert "answers <a" in page_of(claim)


def test_what_is_refused_stands_in_the_form_with_the_reason(claim: Claim, stranger: User):
    parent = make_comment(claim=claim, body="Which winter?")
    client = signed_in(stranger)
    for body in ("", "x" * 3001):
        answer = client.post(
            f"/claims/{claim.pk}/comments/new/", {"body": body, "parent": parent.pk}
        )
        assert answer.status_code == 200
        text = answer.content.decode()
        check(text)
        assert 'aria-invalid="true"' in text
        assert "Which winter?" in text
    assert Comment.objects.count() == 1
    assert "Which winter?" in read(
        client, f"/claims/{claim.pk}/comments/new/", answer=str(parent.pk)
    )
    read(client, f"/claims/{claim.pk}/comments/new/", answer="99\0")


def test_nobody_answers_what_they_cannot_read(claim: Claim, stranger: User):
    hidden = make_comment(claim=claim, body="hidden words", state=State.HIDDEN)
    elsewhere = make_comment(claim=make_claim(author=claim.author), body="other words")
    client = signed_in(stranger)
    for parent in (hidden, elsewhere):
        assert "words" not in read(
            client, f"/claims/{claim.pk}/comments/new/", answer=str(parent.pk)
        )
        assert "You answer" not in page_of(claim, stranger, answer=parent.pk)
    refused = client.post(
        f"/claims/{claim.pk}/comments/new/", {"body": "Yes.", "parent": hidden.pk}
    )
    assert refused.status_code == 403


def test_a_locked_claim_says_that_nothing_can_be_added(claim: Claim, stranger: User):
    Claim.objects.update(state=State.LOCKED, state_reason="Edit war.")
    text = page_of(claim, stranger)
    assert "nothing can be added" in text
    assert "Edit war." in text
    assert "<textarea" not in text


# --- One's own ------------------------------------------------------------------------


def test_an_author_edits_for_a_while_and_withdraws(claim: Claim, author: User):
    comment = make_comment(claim=claim, body="In March.")
    client = signed_in(author)
    address = f"/comments/{comment.pk}/"
    assert client.get(address).headers["Location"] == comment.get_absolute_url()
    assert "In March." in read(client, f"{address}edit/")
    refused = client.post(f"{address}edit/", {"version": 1, "body": " "})
    assert 'aria-invalid="true"' in refused.content.decode()
    assert client.post(f"{address}edit/", {"version": 1, "body": "In April."}).status_code == 302
    assert "In April." in page_of(claim)
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    assert f"{address}edit/" not in page_of(claim, author)
    assert client.post(f"{address}edit/", {"version": 2, "body": "In May."}).status_code == 403
    assert "In April." in read(client, f"{address}withdraw/")
    assert client.post(f"{address}withdraw/").status_code == 302
    text = read(Client(), address, status=410)
    assert "withdrawn" in text
    assert "In April." not in text
    assert client.post(f"{address}edit/", {"version": 3, "body": "Back."}).status_code == 410


def test_a_stale_edit_shows_both_texts(claim: Claim, author: User):
    comment = make_comment(claim=claim, body="In March.")
    discussion.edit(comment, by=author, version=1, body="In April.")
    client = signed_in(author)
    address = f"/comments/{comment.pk}/edit/"
    answer = client.post(address, {"version": 1, "body": "In May."})
    text = answer.content.decode()
    check(text)
    assert answer.status_code == 200
    assert "In April." in text
    assert "In May." in text
    assert 'name="version" value="2"' in text
    client.post(address, {"version": 2, "body": "In May."})
    comment.refresh_from_db()
    assert comment.body == "In May."


# --- Sources and mentions -------------------------------------------------------------


def test_an_address_is_offered_as_evidence_until_it_is_a_card_or_none(
    claim: Claim, author: User, stranger: User
):
    discussion.say(claim, by=author, body="https://example.org/a?b=1 https://example.org/c")
    offer = f"/claims/{claim.pk}/evidence/new/?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1"
    assert offer in page_of(claim, stranger)
    assert "Offer it as evidence" not in page_of(claim)
    first, second = EvidenceSuggestion.objects.order_by("pk")
    dismissing = f"/suggestions/{second.pk}/dismiss/"
    assert Client().post(dismissing).headers["Location"].startswith("/accounts/login/")
    assert signed_in(stranger).get(dismissing).status_code == 405
    assert signed_in(stranger).post(dismissing).status_code == 302
    make_evidence(claim=claim, url=first.url)
    assert "Offer it as evidence" not in page_of(claim, stranger)


def test_a_member_sees_where_they_were_named_and_what_is_new(
    claim: Claim, author: User, stranger: User
):
    client = signed_in(stranger)
    assert "Nobody has named you yet" in read(client, "/mentions/")
    discussion.say(claim, by=author, body="@stranger, which winter?")
    assert "you were named" in read(client, "/claims/")
    text = read(client, "/mentions/")
    assert "which winter?" in text
    assert 'class="is-new"' in text
    newest = Mention.objects.latest("pk").pk
    discussion.say(claim, by=author, body="@stranger, well?")
    client.post("/mentions/seen/", {"until": newest})
    assert read(client, "/mentions/").count('class="is-new"') == 1
    client.post("/mentions/seen/", {"until": "x"})
    client.post("/mentions/seen/", {"until": newest + 1})
    assert "is-new" not in read(client, "/mentions/")
    assert "you were named" not in read(client, "/claims/")
    assert client.get("/mentions/?cursor=x").status_code == 400
    assert Client().get("/mentions/").status_code == 302


def test_many_mentions_cost_what_few_do(claim: Claim, author: User, stranger: User):
    client = signed_in(stranger)
    discussion.say(claim, by=author, body="@stranger")
    few = queries(client, "/mentions/")
    for number in range(40):
        other = make_claim(author=make_user(f"author{number}"))
        discussion.say(other, by=author, body="@stranger")
    assert queries(client, "/mentions/") == few
    assert read(client, "/mentions/").count("<h2") == 30
