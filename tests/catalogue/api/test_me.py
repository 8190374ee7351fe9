"""Oneself over REST: settings, and what a token lets one do with them."""

import re

import pytest
from django.test import Client

from accounts.models import Scope, User
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def caller(reader: User) -> Caller:
    return Caller(make_token(reader))


def test_a_member_reads_who_they_are(caller: Caller, reader: User):
    answer = caller.get("me/")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["id"], told["username"], told["theme"]) == (reader.pk, "reader", "system")
    assert told["scopes"] == ["read", "write"]
    assert "email" not in told


def test_a_visitor_is_nobody():
    assert Caller().get("me/").status_code == 401
    assert Caller().patch("me/", {"theme": "dark"}).status_code == 401


def test_settings_are_changed_and_what_is_not_given_stays(caller: Caller, reader: User):
    answer = caller.patch("me/", {"language": "fr", "time_zone": "Europe/Paris"})
    assert answer.status_code == 200
    assert answer.json()["language"] == "fr"
    caller.patch("me/", {"theme": "dark", "shows_presence": True})
    reader.refresh_from_db()
    stored = (reader.language, reader.time_zone, reader.theme, reader.shows_presence)
    assert stored == ("fr", "Europe/Paris", "dark", True)


def test_a_token_that_may_only_read_changes_nothing(reader: User):
    caller = Caller(make_token(reader, Scope.READ))
    assert caller.get("me/").json()["scopes"] == ["read"]
    assert caller.patch("me/", {"theme": "dark"}).status_code == 403
    reader.refresh_from_db()
    assert reader.theme == "system"


@pytest.mark.parametrize(
    "body",
    [
        {"language": "tlh"},
        {"time_zone": "a\0"},
        {"time_zone": ""},
        {"theme": "pink"},
        {"display_name": "\ud800"},
        {"about": "x" * 501},
        {"shows_presence": "yes"},
        {"username": "other"},
        {"is_staff": True},
        [],
    ],
)
def test_what_is_no_good_is_refused_by_name(caller: Caller, body):
    answer = caller.patch("me/", body)
    assert answer.status_code == 400
    if body:
        assert next(iter(body)) in str(answer.json()["errors"])


def test_problems_are_told_in_the_askers_language_and_their_type_is_the_same(caller: Caller):
    asked = {"accept-language": "fr"}
    english = caller.patch("me/", {"theme": "pink"})
    french = caller.patch("me/", {"theme": "pink"}, **asked)
    assert french.headers["Content-Language"] == "fr"
    assert "Accept-Language" in french.headers["Vary"]
    assert french.json()["type"] == english.json()["type"]
    assert [error["code"] for error in french.json()["errors"]] == ["invalid_choice"]


def test_the_button_of_a_page_stores_the_theme_and_a_foreign_page_cannot(reader: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader)
    body = '{"theme": "dark"}'
    json = "application/json"
    assert client.patch("/api/v1/me/", body, content_type=json).status_code == 403
    page = client.get("/claims/").content.decode()
    [token, *_more] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    answer = client.patch("/api/v1/me/", body, content_type=json, headers={"x-csrftoken": token})
    assert answer.status_code == 200
    assert 'data-theme="dark"' in client.get("/claims/").content.decode()
