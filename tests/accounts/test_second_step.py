"""The second step of signing in, and sessions, in the site's own look."""

import re
import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client, override_settings

from accounts.models import User
from accounts.templatetags.browsers import browser
from tests.makers import PASSWORD
from tests.pages import check, read

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client: Client, name: str = "reader"):
    return client.post("/accounts/login/", {"login": name, "password": PASSWORD})


def code_of(secret: str) -> str:
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    return code


def turn_on(client: Client) -> str:
    """Turn the second step on as a person would; return the secret."""
    response = client.get("/accounts/2fa/totp/activate/")
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    text = read(client, "/accounts/2fa/totp/activate/")
    secret: str
    [secret] = re.findall(r'class="secret">([A-Z2-7]+)<', text)
    assert "<svg" in text
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert response.headers["Location"] == "/accounts/2fa/recovery-codes/"
    return secret


def test_a_member_turns_it_on_and_is_asked_for_a_code(client: Client, reader: User):
    sign_in(client)
    secret = turn_on(client)
    text = read(client, "/accounts/2fa/recovery-codes/")
    codes = re.findall(r"<li><code>([^<]+)</code></li>", text)
    assert len(codes) == 10
    assert "10 codes are left." in read(client, "/accounts/2fa/")
    assert "Those you have stop working." in read(client, "/accounts/2fa/recovery-codes/generate/")
    elsewhere = Client()
    response = sign_in(elsewhere)
    assert response.headers["Location"] == "/accounts/2fa/authenticate/"
    read(elsewhere, "/accounts/2fa/authenticate/")
    assert elsewhere.get("/accounts/tokens/").status_code == 302
    refused = elsewhere.post("/accounts/2fa/authenticate/", {"code": "000000"})
    check(refused.content.decode())
    assert elsewhere.get("/accounts/tokens/").status_code == 302
    elsewhere.post("/accounts/2fa/authenticate/", {"code": codes[0]})
    assert elsewhere.get("/accounts/tokens/").status_code == 200
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert get_adapter().decrypt(stored) == secret


def test_secrets_outlive_a_change_of_the_sites_key():
    with override_settings(SECRET_KEY="the old one"):
        stored = get_adapter().encrypt("SECRET")
    with override_settings(SECRET_KEY="the new one", SECRET_KEY_FALLBACKS=["the old one"]):
        assert get_adapter().decrypt(stored) == "SECRET"


def test_it_is_turned_off_again_only_after_the_password(client: Client, reader: User):
    sign_in(client)
    turn_on(client)
    later = Client()
    later.force_login(reader)
    assert (
        later.get("/accounts/2fa/totp/deactivate/")
        .headers["Location"]
        .startswith("/accounts/reauthenticate/")
    )
    read(client, "/accounts/2fa/totp/deactivate/")
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()


def test_sessions_are_listed_and_the_others_ended(reader: User):
    here, there = Client(headers={"user-agent": FIREFOX}), Client()
    sign_in(here)
    sign_in(there)
    text = read(here, "/accounts/sessions/")
    assert "Firefox, Linux" in text
    assert text.count('class="settings-item"') == 2
    assert text.count("this one") == 1
    here.post("/accounts/sessions/")
    assert there.get("/accounts/tokens/").status_code == 302
    assert here.get("/accounts/tokens/").status_code == 200
    assert "You are signed in nowhere else." in read(here, "/accounts/sessions/")


def test_nobody_sees_or_ends_anothers_sessions(reader: User, stranger: User):
    theirs, mine = Client(headers={"user-agent": FIREFOX}), Client()
    sign_in(theirs)
    sign_in(mine, "stranger")
    assert "Firefox" not in read(mine, "/accounts/sessions/")
    mine.post("/accounts/sessions/")
    assert theirs.get("/accounts/tokens/").status_code == 200
    assert UserSession.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/130 Safari/604.1",
         "Chrome, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
        ("<b>", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)  # fmt: skip
def test_a_browser_is_told_in_words(said: str, told: str):
    assert browser(said) == told
