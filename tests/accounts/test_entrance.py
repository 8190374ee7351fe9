"""The door: signing up and in, forgotten passwords and confirmed addresses, in our own words."""

import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail
from django.test import Client, override_settings

from accounts.models import User
from tests.makers import PASSWORD
from tests.pages import check, read

pytestmark = pytest.mark.django_db
DOORS = (
    "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/",
    "/accounts/password/reset/done/", "/accounts/password/reset/key/done/",
    "/accounts/confirm-email/", "/accounts/inactive/", "/accounts/password/reset/key/1-used/",
    "/accounts/confirm-email/used/",
)  # fmt: skip
INSIDE = (
    "/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/",
    "/accounts/email/",
)  # fmt: skip
# What allauth would say in their place, in English.
THEIRS = re.compile(
    r"Sign In|Sign Up|Sign Out|Password Reset|Change Password|Set Password|Bad Token|Remember Me|"
    r"Confirm Access|Forgot your|Verify Your|Account Inactive|placeholder="
)


def main_of(text: str) -> str:
    """Return what stands between header and footer."""
    return text.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("url", DOORS)
def test_doors_speak_as_the_rest_of_the_site_does(client: Client, url: str) -> None:
    main = main_of(read(client, url))
    assert "<h1>" in main
    assert not THEIRS.search(main)


@pytest.mark.parametrize("url", INSIDE)
def test_so_do_the_pages_of_who_is_inside(client: Client, reader: User, url: str) -> None:
    client.force_login(reader)
    assert not THEIRS.search(main_of(read(client, url)))


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
@pytest.mark.parametrize("url", DOORS)
def test_and_they_do_so_in_each_language(client: Client, url: str, language: str) -> None:
    def heading(code: str) -> str:
        client.cookies["language"] = code
        return read(client, url).partition("<h1>")[2].partition("</h1>")[0]

    assert heading(language) != heading("en")


def test_a_forgotten_password_comes_back_by_letter_and_the_link_opens_once(
    client: Client, reader: User
) -> None:
    response = client.post("/accounts/password/reset/", {"email": reader.email}, follow=True)
    assert "Look into your mail" in response.content.decode()
    [letter] = mail.outbox
    link = re.search(r"/accounts/password/reset/key/\S+", str(letter.body))
    assert link
    page = client.get(link[0], follow=True)
    check(page.content.decode())
    assert "Choose another password" in page.content.decode()
    where = page.redirect_chain[-1][0]
    new = {"password1": "another long phrase 7", "password2": "another long phrase 7"}
    other = client.post(where, new | {"password2": "not the same"})
    assert "error" in main_of(other.content.decode())
    assert "Your password is changed" in client.post(where, new, follow=True).content.decode()
    again = Client()
    assert "This link is used up" in read(again, link[0])
    assert (
        again.post("/accounts/login/", {"login": "reader", "password": PASSWORD}).status_code == 200
    )
    signed_in = again.post("/accounts/login/", {"login": "reader", "password": new["password1"]})
    assert signed_in.status_code == 302


def test_an_address_is_confirmed_by_its_link(client: Client, reader: User) -> None:
    address = EmailAddress.objects.create(user=reader, email="second@example.org")
    url = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"
    main = main_of(read(client, url))
    assert "second@example.org" in main
    assert ">reader<" in main
    assert client.post(url).status_code == 302
    address.refresh_from_db()
    assert address.verified


def test_an_address_that_is_anothers_cannot_be_confirmed(
    client: Client, reader: User, stranger: User
) -> None:
    mine = EmailAddress.objects.create(user=reader, email="shared@example.org")
    url = f"/accounts/confirm-email/{EmailConfirmationHMAC(mine).key}/"
    EmailAddress.objects.create(user=stranger, email="shared@example.org", verified=True)
    main = main_of(read(client, url))
    assert "it belongs to another account" in main
    assert "<form" not in main


@override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory")
def test_where_letters_go_a_new_member_is_told_to_look_for_one(client: Client) -> None:
    response = client.post(
        "/accounts/signup/",
        {"email": "new@example.org", "username": "newcomer", "password1": PASSWORD},
        follow=True,
    )
    text = response.content.decode()
    check(text)
    assert "Look into your mail" in text
    assert [letter.to for letter in mail.outbox] == [["new@example.org"]]


def test_fields_are_named_and_ready_for_password_managers(client: Client) -> None:
    text = read(client, "/accounts/login/")
    [field] = re.findall(r"<input[^>]*name=\"login\"[^>]*>", text)
    assert 'autocomplete="username"' in field
    assert "Username or e-mail address" in text
    assert "Stands beside all that you write" in read(client, "/accounts/signup/")
