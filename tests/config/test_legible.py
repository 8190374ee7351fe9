"""Requests that nothing can be made of are refused, or read without the part that is at fault."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from config.legible import without_charset
from config.wsgi import application


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/videos/%00/x/",
        "/videos/sample/a%00b/",
        "/videos/sample/a%00b/claims/new/",
        "/tags/a%00/",
        "/channels/1/%00/",
        "/accounts/tokens/%00/revoke/",
    ],
)
def test_a_page_whose_address_holds_a_nul_is_not_there(client: Client, path: str):
    assert client.get(path).status_code == 404


# Nothing is read, but a request looks whether a connection left by another test still works.
@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset", ["rot13", "base64", "idna", "punycode", "undefined", "zlib", "unicode_escape"]
)
@pytest.mark.parametrize("form", ["text/plain; charset={}", "text/plain; charset*={}''x"])
def test_the_charset_a_request_claims_changes_nothing(charset: str, form: str):
    statuses: list[str] = []

    def start(status: str, headers: Any, exc_info: Any = None) -> None:
        statuses.append(status)

    # By the server's own entry point: Django fails before it has made a request.
    environ = RequestFactory().get("/api/v1/?q=%5Cud800", headers={"Host": "localhost"}).environ
    list(application({**environ, "CONTENT_TYPE": form.format(charset)}, start))
    assert statuses == ["400 Bad Request"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("application/json", "application/json"),
        ("application/json; charset=utf-16", "application/json"),
        ("text/markdown; variant=GFM; Charset=utf-8", 'text/markdown; variant="GFM"'),
        ("multipart/form-data; charset=hex; boundary=a-b", 'multipart/form-data; boundary="a-b"'),
        ("text/plain; charset*=nonsense''x", ""),
        ("text/plain; charset", "text/plain"),
    ],
)
def test_of_a_content_type_only_the_charset_is_dropped(given: str, kept: str):
    assert without_charset(given) == kept


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/accounts/tokens/", "/api/v1/"])
def test_a_session_cookie_with_a_nul_is_no_session(client: Client, path: str):
    usual = client.get(path).status_code
    # In quotes a cookie may hold any byte, as an octal escape.
    told = Client().get(path, headers={"Cookie": 'sessionid="aaaaaaaaaa\\000"'})
    assert told.status_code == usual < 500
