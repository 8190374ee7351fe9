"""Leaving: what goes, what stays and under which name, and who can do it to whom."""

import threading

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import CASCADE, ForeignKey
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from accounts import tokens
from accounts.models import ApiToken, User
from annotations import leaving, moderation, ratings
from annotations.models import (
    Claim,
    Comment,
    Disclosure,
    Evidence,
    LastLook,
    Mention,
    State,
    VerdictVote,
)
from catalogue.models import PhraseWatch, SavedSearch, Subscription
from tests.makers import PASSWORD, make_channel, make_claim, make_comment, make_evidence, make_user
from tests.pages import read
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db

LEAVE = "/accounts/settings/leave/"
SURE = {"password": PASSWORD, "withdraws": "no", "is_sure": "on"}


def signed_in(name: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert client.get("/accounts/tokens/").status_code == 200
    return client


@pytest.fixture
def card(author: User) -> Evidence:
    """Return a source of the author's, under a claim of theirs."""
    return make_evidence(claim=make_claim(author=author), author=author)


def test_what_says_who_a_member_was_goes_and_what_they_gave_stays(
    author: User, stranger: User, card: Evidence
):
    EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
    User.objects.filter(pk=author.pk).update(display_name="Ana", about="Rivers", language="fr")
    client, elsewhere = signed_in("author"), signed_in("author")
    caller = Caller(make_token(author))
    comment = make_comment(claim=card.claim, author=stranger, body="@author look")
    Mention.objects.create(comment=comment, member=author)
    LastLook.objects.create(member=author, at=comment.created_at)
    response = client.post(LEAVE, SURE, follow=True)
    # Said in the language of who leaves, on a page for whoever comes.
    with translation.override("fr"):
        assert escape(gettext("Your account is deleted.")) in response.content.decode()
    row = User.objects.get(pk=author.pk)
    assert row.username == f"former-member-{author.pk}"
    assert row.email.endswith("@erased.invalid")
    assert (row.display_name, row.about, row.language, row.is_active) == ("", "", "", False)
    assert not row.has_usable_password()
    for model in (EmailAddress, Mention, LastLook, ApiToken):
        assert not model.objects.exists()
    assert elsewhere.get("/accounts/tokens/").status_code == 302
    assert caller.get("claims/").status_code == 401
    text = read(Client(), f"/claims/{card.claim.pk}/")
    assert row.username in text
    assert "example.org" not in text.replace("https://example.org", "")
    assert Evidence.objects.get().state == State.VISIBLE
    [letter] = mail.outbox
    assert letter.to == ["author@example.org"]
    assert "author" in letter.body


def test_the_name_is_free_again_but_what_was_written_is_not_the_new_ones(
    author: User, card: Evidence
):
    leaving.leave(author, withdraws=False)
    newcomer = make_user("author")
    assert Claim.objects.get().author_id != newcomer.pk


def test_what_they_wrote_is_withdrawn_if_they_wish_but_where_it_was_closed(
    author: User, moderator: User, stranger: User, card: Evidence
):
    User.objects.filter(pk=moderator.pk).update(is_moderator=True)
    moderator.refresh_from_db()
    closed = make_claim(author=author)
    moderation.decide(closed, by=moderator, deed="lock", reason="Seen enough.")
    judged = make_claim(author=stranger)
    ratings.cast_vote(judged, by=author, verdict="accurate")
    comment = make_comment(claim=judged, author=author)
    note = Disclosure.objects.create(
        author=author, channel=make_channel(), kind="ownership", text="A trust.",
        source_url="https://register.example/",
    )  # fmt: skip
    leaving.leave(author, withdraws=True)
    states = dict(Claim.objects.values_list("pk", "state"))
    assert states == {
        card.claim.pk: State.WITHDRAWN, closed.pk: State.LOCKED, judged.pk: State.VISIBLE
    }  # fmt: skip
    assert Evidence.objects.get().state == State.WITHDRAWN
    assert Comment.objects.get(pk=comment.pk).state == State.WITHDRAWN
    assert Disclosure.objects.get(pk=note.pk).state == State.WITHDRAWN
    assert not VerdictVote.objects.exists()
    assert User.objects.get(pk=author.pk).username.startswith("former-member-")


@pytest.mark.parametrize(
    "missing",
    [{"password": "wrong"}, {"password": ""}, {"is_sure": ""}, {"withdraws": "maybe"}],
)
def test_nothing_happens_without_the_password_and_a_clear_will(
    author: User, missing: dict[str, str]
):
    client = signed_in("author")
    response = client.post(LEAVE, SURE | missing)
    assert response.status_code == 200
    assert User.objects.get(pk=author.pk).username == "author"
    assert client.get("/accounts/tokens/").status_code == 200
    assert mail.outbox == []


def test_a_visitor_and_another_member_can_do_nothing(author: User, stranger: User):
    assert Client().post(LEAVE, SURE).status_code == 302
    signed_in("stranger").post(LEAVE, SURE)
    assert User.objects.get(pk=author.pk).is_active
    assert not User.objects.get(pk=stranger.pk).is_active


def test_who_never_chose_a_password_is_asked_for_none(client: Client, author: User):
    author.set_unusable_password()
    author.save()
    client.force_login(author)
    assert "Your password" not in read(client, LEAVE)
    client.post(LEAVE, {"withdraws": "no", "is_sure": "on"})
    assert not User.objects.get(pk=author.pk).is_active


def test_leaving_twice_changes_nothing(author: User):
    leaving.leave(author, withdraws=True)
    before = User.objects.filter(pk=author.pk).values().get()
    leaving.leave(User.objects.get(pk=author.pk), withdraws=True)
    after = User.objects.filter(pk=author.pk).values().get()
    assert {**after, "password": ""} == {**before, "password": ""}


def test_the_only_operator_stays_and_one_of_two_may_go(author: User):
    User.objects.filter(pk=author.pk).update(is_superuser=True, is_staff=True)
    author.refresh_from_db()
    response = signed_in("author").post(LEAVE, SURE)
    assert "You are the only operator." in response.content.decode()
    with pytest.raises(PermissionDenied):
        leaving.leave(author, withdraws=True)
    other = make_user("other", is_superuser=True)
    leaving.leave(author, withdraws=False)
    assert not User.objects.get(pk=author.pk).is_superuser
    with pytest.raises(PermissionDenied):
        leaving.leave(other, withdraws=False)


@pytest.mark.django_db(transaction=True)
def test_of_two_operators_who_leave_at_once_one_stays():
    members = [make_user(name, is_superuser=True) for name in ("one", "two")]
    start, refused = threading.Barrier(2), []

    def go(member: User) -> None:
        try:
            start.wait()
            leaving.leave(member, withdraws=False)
        except PermissionDenied:
            refused.append(member)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(member,)) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_what_a_member_follows_and_watches_for_goes(author: User):
    Subscription.objects.create(
        by=author, url="https://a.example/", kind="feed", due_at=author.date_joined
    )
    PhraseWatch.objects.create(
        owner=author, phrase="salt", bare="salt", since="1", since_at=author.date_joined
    )
    SavedSearch.objects.create(owner=author, name="Salt", query="q=salt")
    leaving.leave(author, withdraws=False)
    assert not Subscription.objects.exists()
    assert not PhraseWatch.objects.exists()
    assert not SavedSearch.objects.exists()


def test_whatever_belongs_to_a_member_alone_is_known_to_go():
    """A table whose rows go with their member needs a line where leaving is written."""
    owned = {
        model._meta.label
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is User
        if field.remote_field.on_delete is CASCADE
    }
    # The operators' own log keeps who did it.
    assert owned - {"admin.LogEntry"} == {
        "account.EmailAddress", "accounts.ApiToken", "annotations.LastLook",
        "annotations.Mention", "catalogue.PhraseWatch", "catalogue.SavedSearch",
        "catalogue.Subscription", "mfa.Authenticator", "usersessions.UserSession",
    }  # fmt: skip


def test_a_closed_mailbox_keeps_nobody(author: User, settings):
    EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    leaving.leave(author, withdraws=False)
    assert not User.objects.get(pk=author.pk).is_active


def test_the_page_says_how_much_there_is(author: User, card: Evidence):
    text = read(signed_in("author"), LEAVE)
    for told in ("1 claim<", "1 source<", "0 votes<", "0 copies<"):
        assert told in text


def test_tokens_of_others_go_on(author: User, stranger: User):
    tokens.create(by=stranger, name="kept")
    leaving.leave(author, withdraws=False)
    assert ApiToken.objects.get().user == stranger
