"""Which language and time zone a reader is answered in."""

import pytest
from django.test import Client

from accounts import preferences, settings
from accounts.models import User
from tests.pages import read

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def language_of(client: Client, **headers: str) -> str:
    return client.get(LOGIN, headers=headers, follow=True).headers["Content-Language"]


def test_a_visitor_is_answered_in_the_language_their_browser_asks_for(client: Client):
    assert language_of(client) == "en"
    assert language_of(client, accept_language="fr-CH, fr;q=0.9, en;q=0.5") == "fr"
    assert language_of(client, accept_language="tlh, ar;q=0.1") == "ar"
    assert language_of(client, accept_language="tlh") == "en"
    text = client.get(LOGIN, headers={"accept-language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl"' in text


def test_caches_are_told_what_an_answer_depends_on(client: Client):
    varies = client.get(LOGIN).headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in varies.split(",")}


def test_a_visitor_chooses_a_language_at_the_foot_of_a_page_and_stays_there(client: Client):
    assert 'name="next" value="/claims/?q=water"' in read(client, "/claims/", q="water")
    response = client.post("/accounts/language/", {"language": "es", "next": "/claims/?q=water"})
    assert (response.status_code, response.headers["Location"]) == (302, "/claims/?q=water")
    cookie = response.cookies["language"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"]) == ("es", "Lax", True)
    assert language_of(client, accept_language="fr") == "es"


def test_a_visitor_needs_no_token_and_a_member_does(reader: User):
    client = Client(enforce_csrf_checks=True)
    assert client.post("/accounts/language/", {"language": "fr"}).status_code == 302
    client.force_login(reader)
    assert client.post("/accounts/language/", {"language": "ar"}).status_code == 403
    reader.refresh_from_db()
    assert reader.language == ""


def test_a_choice_leads_to_no_other_site_and_to_no_unknown_language(client: Client, reader: User):
    client.force_login(reader)
    response = client.post(
        "/accounts/language/", {"language": "tlh", "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == "/"
    assert "language" not in response.cookies
    reader.refresh_from_db()
    assert reader.language == ""
    assert client.get("/accounts/language/").status_code == 405


def test_a_members_choice_holds_wherever_they_sign_in(client: Client, reader: User):
    client.force_login(reader)
    client.post("/accounts/language/", {"language": "fr"})
    elsewhere = Client(headers={"accept-language": "es"})
    elsewhere.force_login(reader)
    assert elsewhere.get("/claims/").headers["Content-Language"] == "fr"
    # The next one on this machine is answered as that browser asks.
    assert language_of(Client(), accept_language="es") == "es"


def test_a_language_that_the_site_no_longer_has_is_passed_over(client: Client, reader: User):
    User.objects.filter(pk=reader.pk).update(language="tlh", time_zone="Mars/Olympus")
    client.force_login(reader)
    assert client.get("/claims/").headers["Content-Language"] == "en"
    reader.refresh_from_db()
    assert preferences.zone_of(reader).key == "UTC"


def test_only_what_changed_is_written(reader: User, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert settings.change(by=reader, language="", theme="system") == []
    with django_assert_num_queries(1):
        assert settings.change(by=reader, language="fr", theme="system") == ["language"]
