"""Saying, changing and taking back; who is told, and what is offered as evidence."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import User
from annotations import claims, discussion, moderation, revisions
from annotations.models import (
    BODY_MAX,
    Claim,
    ClaimStanding,
    Comment,
    Deed,
    EvidenceSuggestion,
    Mention,
    State,
)
from tests.makers import make_claim, make_comment, make_evidence, make_user
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db
SOURCE = "https://example.org/ice.pdf"


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def counted(claim: Claim) -> int:
    return ClaimStanding.objects.get(claim=claim).comment_count


def grow_old(comment: Comment) -> None:
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(minutes=16))


def test_members_talk_and_are_counted(claim: Claim, author: User, stranger: User):
    first = discussion.say(claim, by=stranger, body="  Which winter?\r\nThe first? ")
    answer = discussion.say(claim, by=author, body="The second.", parent=first)
    assert (first.body, first.author, first.parent) == ("Which winter?\nThe first?", stranger, None)
    assert answer.parent == first
    assert counted(claim) == 2
    discussion.withdraw(answer, by=author)
    assert counted(claim) == 1


@pytest.mark.parametrize("body", ["", " \n ", "x" * (BODY_MAX + 1), "a\0b", "half \ud800"])
def test_what_cannot_be_stored_is_refused(claim: Claim, author: User, body: str):
    with pytest.raises(ValidationError) as refusal:
        discussion.say(claim, by=author, body=body)
    assert set(refusal.value.message_dict) == {"body"}
    assert not Comment.objects.exists()


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.HIDDEN, State.LOCKED])
def test_nothing_is_said_about_what_is_closed(author: User, stranger: User, state: State):
    claim = make_claim(author=author, state=state)
    with pytest.raises(PermissionDenied):
        discussion.say(claim, by=stranger, body="Too late.")
    open_claim = make_claim(author=author)
    parent = make_comment(claim=open_claim, state=state)
    with pytest.raises(PermissionDenied):
        discussion.say(open_claim, by=stranger, body="Too late.", parent=parent)


def test_an_answer_stands_under_the_claim_of_what_it_answers(claim: Claim, author: User):
    elsewhere = make_comment(claim=make_claim(author=author))
    with pytest.raises(ValidationError) as refusal:
        discussion.say(claim, by=author, body="Yes.", parent=elsewhere)
    assert set(refusal.value.message_dict) == {"parent"}


# --- Changing -------------------------------------------------------------------------


def test_a_comment_can_be_changed_for_some_minutes(claim: Claim, author: User):
    comment = discussion.say(claim, by=author, body="In March.")
    edited = discussion.edit(comment, by=author, version=1, body="In April.")
    assert (edited.body, edited.version, edited.edited_at is not None) == ("In April.", 2, True)
    same = discussion.edit(edited, by=author, version=2, body=" In April. ")
    assert same.version == 2
    grow_old(comment)
    with pytest.raises(PermissionDenied, match="15 minutes"):
        discussion.edit(comment, by=author, version=2, body="In May.")
    comment.refresh_from_db()
    assert comment.body == "In April."
    discussion.withdraw(comment, by=author)


def test_how_long_is_a_setting(claim: Claim, author: User, settings):
    settings.COMMENT_EDIT_MINUTES = 60
    comment = make_comment(claim=claim)
    grow_old(comment)
    discussion.edit(comment, by=author, version=1, body="In May.")
    settings.COMMENT_EDIT_MINUTES = 1
    with pytest.raises(PermissionDenied, match="for 1 minute"):
        discussion.edit(comment, by=author, version=2, body="In June.")


def test_only_its_author_changes_a_comment_and_no_stale_one(
    claim: Claim, author: User, moderator: User
):
    comment = make_comment(claim=claim)
    for operation in (
        partial(discussion.edit, version=1, body="No."),
        discussion.withdraw,
    ):
        with pytest.raises(PermissionDenied):
            operation(comment, by=moderator)
    discussion.edit(comment, by=author, version=1, body="In April.")
    with pytest.raises(revisions.StaleVersion) as stale:
        discussion.edit(comment, by=author, version=1, body="In May.")
    assert isinstance(stale.value.row, Comment)
    assert stale.value.row.body == "In April."


def test_nothing_is_changed_under_a_claim_that_is_gone(claim: Claim, author: User):
    comment = make_comment(claim=claim)
    claims.withdraw(claim, by=author)
    with pytest.raises(PermissionDenied):
        discussion.edit(comment, by=author, version=1, body="In May.")


# --- Who is named ---------------------------------------------------------------------


def test_members_who_are_named_are_told_once(claim: Claim, author: User, stranger: User):
    closed = make_user("closed", is_active=False)
    comment = discussion.say(
        claim, by=author, body=f"@Stranger, @stranger. and @nobody @{closed.username} @author see"
    )
    assert [one.member for one in Mention.objects.all()] == [stranger]
    assert discussion.count_unseen(stranger) == 1
    other = make_user("other")
    discussion.edit(comment, by=author, version=1, body="No, @other knows.")
    assert [one.member for one in Mention.objects.all()] == [other]
    assert (discussion.count_unseen(stranger), discussion.count_unseen(other)) == (0, 1)


def test_what_is_seen_is_new_no_more(claim: Claim, author: User, stranger: User):
    for _ in range(2):
        discussion.say(claim, by=author, body="@stranger?")
    first, second = Mention.objects.order_by("pk")
    assert discussion.mark_seen(by=author, until=second.pk) == 0
    assert discussion.mark_seen(by=stranger, until=first.pk) == 1
    assert discussion.count_unseen(stranger) == 1


def test_nobody_is_told_of_what_is_gone(
    claim: Claim, author: User, stranger: User, moderator: User
):
    comment = discussion.say(claim, by=author, body="@stranger?")
    moderation.decide(comment, by=moderator, deed=Deed.HIDE, reason="Rude.")
    assert discussion.count_unseen(stranger) == 0
    moderation.decide(comment, by=moderator, deed=Deed.SHOW, reason="Not rude.")
    assert discussion.count_unseen(stranger) == 1
    moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="Rude.")
    assert discussion.count_unseen(stranger) == 0


# --- Sources --------------------------------------------------------------------------


def test_an_address_in_a_comment_is_offered_as_evidence_once(claim: Claim, author: User):
    first = discussion.say(claim, by=author, body=f"See {SOURCE}, page 3.")
    discussion.say(claim, by=author, body="http://www.example.org/ice.pdf?utm_source=x")
    (offered,) = EvidenceSuggestion.objects.all()
    assert (offered.url, offered.comment) == (SOURCE, first)
    discussion.edit(first, by=author, version=1, body="See the archive.")
    assert not EvidenceSuggestion.objects.exists()


def test_what_is_a_card_already_or_a_page_of_ours_is_not_offered(
    claim: Claim, author: User, settings
):
    make_evidence(claim=claim, url=SOURCE)
    discussion.say(claim, by=author, body=f"{SOURCE} and {settings.SITE_URL}/claims/1/")
    assert not EvidenceSuggestion.objects.exists()


def test_a_card_that_was_taken_back_is_offered_again(claim: Claim, author: User):
    make_evidence(claim=claim, url=SOURCE, state=State.WITHDRAWN)
    discussion.say(claim, by=author, body=SOURCE)
    assert EvidenceSuggestion.objects.exists()


def test_what_is_dismissed_is_not_offered_again(claim: Claim, author: User, stranger: User):
    discussion.say(claim, by=author, body=SOURCE)
    (offered,) = EvidenceSuggestion.objects.all()
    discussion.dismiss(offered, by=stranger)
    discussion.dismiss(offered, by=author)
    discussion.say(claim, by=author, body=SOURCE)
    (offered,) = EvidenceSuggestion.objects.all()
    assert offered.dismissed_by == stranger


def test_another_comment_takes_over_what_a_withdrawn_one_named(claim: Claim, author: User):
    first = discussion.say(claim, by=author, body=SOURCE)
    discussion.withdraw(first, by=author)
    second = discussion.say(claim, by=author, body=SOURCE)
    assert EvidenceSuggestion.objects.get().comment == second


# --- At once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_what_many_say_at_once_is_all_counted():
    author, stranger = make_user("author"), make_user("stranger")
    claim = make_claim(author=author)
    results = outcomes_of_race(
        *(partial(discussion.say, claim, by=stranger, body=f"{SOURCE} {n}") for n in range(8))
    )
    assert all(isinstance(result, Comment) for result in results), results
    assert counted(claim) == 8
    assert EvidenceSuggestion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_comment_that_is_hidden_while_it_is_changed_is_lost_to_neither():
    author, moderator = make_user("author"), make_user("moderator", is_moderator=True)
    claim = make_claim(author=author)
    for _ in range(5):
        comment = make_comment(claim=claim)
        results = outcomes_of_race(
            partial(discussion.edit, comment, by=author, version=1, body="In May."),
            partial(moderation.decide, comment, by=moderator, deed=Deed.HIDE, reason="Rude."),
            partial(discussion.say, claim, by=author, body="Yes.", parent=comment),
        )
        comment.refresh_from_db()
        assert comment.state == State.HIDDEN
        edited, _hidden, _said = results
        assert (comment.body == "In May.") == isinstance(edited, Comment), results
        visible = Comment.objects.visible().filter(claim=claim).count()
        assert counted(claim) == visible
