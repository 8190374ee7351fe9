"""Signing up, in and out in the site's own look, and API tokens."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import ApiToken, Scope, User
from tests.makers import PASSWORD
from tests.pages import check, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "url", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
)
def test_pages_for_visitors_are_valid_and_ours(client: Client, url: str) -> None:
    assert 'class="brand"' in read(client, url)


@pytest.mark.parametrize(
    "url",
    ["/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/accounts/tokens/"],
)
def test_pages_for_members_are_valid_and_ours(client: Client, reader: User, url: str) -> None:
    client.force_login(reader)
    assert 'class="brand"' in read(client, url)


def test_a_visitor_signs_up_and_is_sent_where_they_were_going(client: Client) -> None:
    assert "next=%2Fclaims%2F" in read(client, "/claims/")
    response = client.post(
        "/accounts/signup/",
        {
            "email": "new@example.org",
            "username": "newcomer",
            "password1": PASSWORD,
            "next": "/claims/",
        },
    )
    assert response["Location"] == "/claims/"
    assert User.objects.get(username="newcomer").email == "new@example.org"
    assert "newcomer, your account" in read(client, "/")


def test_what_is_wrong_with_a_sign_up_is_said_at_its_field(client: Client, reader: User) -> None:
    response = client.post(
        "/accounts/signup/", {"email": "x", "username": reader.username, "password1": "1"}
    )
    text = response.content.decode()
    check(text)
    assert "Enter a valid email address." in text
    assert "A user with that username already exists." in text


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["reader@example.org", "a@b", "r\u0435ader", "READER", "<b>"])
def test_nobody_takes_a_name_that_passes_for_anothers(
    client: Client, reader: User, name: str
) -> None:
    form = {"email": "new@example.org", "username": name, "password1": "a long new password"}
    assert client.post("/accounts/signup/", form).status_code == 200
    assert list(User.objects.all()) == [reader]


@pytest.mark.parametrize("login", ["reader", "reader@example.org"])
def test_a_member_signs_in_by_name_or_address_and_out_again(
    client: Client, reader: User, login: str
) -> None:
    response = client.post(
        "/accounts/login/", {"login": login, "password": PASSWORD, "next": "/tags/"}
    )
    assert response["Location"] == "/tags/"
    assert "Sign out" in read(client, "/")
    client.post("/accounts/logout/")
    assert "Sign in" in read(client, "/")


def test_a_redirect_to_another_site_is_refused(client: Client, reader: User) -> None:
    response = client.post(
        "/accounts/login/",
        {"login": "reader", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert response["Location"] == "/"


def test_a_forgotten_password_is_set_anew(client: Client, reader: User) -> None:
    client.post("/accounts/password/reset/", {"email": reader.email})
    match = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert match is not None
    form = client.get(match[1], follow=True)
    check(form.content.decode())
    done = client.post(form.redirect_chain[-1][0], {"password1": "x", "password2": "y"})
    check(done.content.decode())
    client.post(
        form.redirect_chain[-1][0],
        {"password1": "an even longer one", "password2": "an even longer one"},
    )
    reader.refresh_from_db()
    assert reader.check_password("an even longer one")


# --- Tokens ---------------------------------------------------------------------------


def test_a_token_is_shown_once_and_works(client: Client, reader: User) -> None:
    client.force_login(reader)
    response = client.post(
        "/accounts/tokens/", {"name": "notebook", "scopes": ["read"], "days": "30"}
    )
    text = response.content.decode()
    check(text)
    match = re.search(r'<code class="secret">(sn_\w+)</code>', text)
    assert match is not None
    token = ApiToken.objects.get()
    assert (token.user, token.name, token.scopes) == (reader, "notebook", [Scope.READ])
    assert token.expiry is not None
    assert 29 <= (token.expiry - token.created).days <= 30
    assert "no-store" in response["Cache-Control"]
    again = read(client, "/accounts/tokens/")
    assert match[1] not in again
    assert "notebook" in again
    headers = {"Authorization": f"Token {match[1]}"}
    assert Client().get("/api/v1/videos/", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "scopes": ["read"], "days": "30"},
        {"name": "x", "scopes": [], "days": "30"},
        {"name": "x", "scopes": ["admin"], "days": "30"},
        {"name": "x", "scopes": ["read"], "days": "40000"},
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(
    client: Client, reader: User, sent: dict[str, object]
) -> None:
    client.force_login(reader)
    response = client.post("/accounts/tokens/", sent)
    check(response.content.decode())
    assert 'class="errors"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_a_member_revokes_their_own_tokens_only(
    client: Client, reader: User, stranger: User
) -> None:
    client.force_login(reader)
    client.post("/accounts/tokens/", {"name": "laptop", "scopes": ["read"], "days": "30"})
    token = ApiToken.objects.get()
    url = f"/accounts/tokens/{token.token_key}/revoke/"
    client.force_login(stranger)
    assert "laptop" not in read(client, "/accounts/tokens/")
    assert client.post(url).status_code == 404
    client.force_login(reader)
    assert client.get(url).status_code == 405
    assert "no longer works" in client.post(url, follow=True).content.decode()
    assert not ApiToken.objects.exists()


def test_a_visitor_has_no_tokens(client: Client) -> None:
    assert client.get("/accounts/tokens/")["Location"].startswith("/accounts/login/")
