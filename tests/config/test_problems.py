"""Whatever goes wrong under /api/ is told in one shape, and tells what and where."""

import json
import logging
from typing import Any

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions

from accounts.models import User
from annotations.models import Claim
from annotations.revisions import StaleVersion
from catalogue.rest.refusals import BadParameters, Gone, PreconditionFailed, RecordRefused, TooLarge
from config import problems
from tests.rest import PROBLEM, Caller, make_token

nobody = Caller()


def answer_to(error: Exception, path: str = "/api/v1/claims/") -> Any:
    """Return the status and the body of the problem that an exception becomes."""
    request = RequestFactory().get(path)
    response = problems.exception_handler(error, {"request": request})
    assert response is not None
    assert response.headers["Content-Type"] == PROBLEM
    return response.status_code, json.loads(response.content)


# --- From exceptions to problems ------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (exceptions.ValidationError("wrong"), 400, "validation"),
        (ValidationError("wrong"), 400, "validation"),
        (BadParameters({"sort": [("wrong", "invalid")]}), 400, "validation"),
        (RecordRefused("no title", field="title", line=2, is_text=False), 400, "validation"),
        (exceptions.ParseError("wrong"), 400, "malformed"),
        (SuspiciousOperation("wrong"), 400, "malformed"),
        (exceptions.NotAuthenticated(), 401, "unauthenticated"),
        (exceptions.AuthenticationFailed(), 401, "unauthenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (PermissionDenied("Only its author can do that."), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not-found"),
        (Http404(), 404, "not-found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.NotAcceptable(), 406, "not-acceptable"),
        (StaleVersion(Claim(version=3)), 409, "conflict"),
        (Gone(), 410, "gone"),
        (PreconditionFailed(version=3), 412, "precondition-failed"),
        (TooLarge(), 413, "too-large"),
        (RequestDataTooBig("too big"), 413, "too-large"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported-media-type"),
        (exceptions.Throttled(wait=7), 429, "too-many-requests"),
    ],
)
def test_every_refusal_has_its_status_and_its_kind(error: Exception, status: int, kind: str):
    code, body = answer_to(error)
    assert (code, body["status"]) == (status, status)
    assert body["type"] == f"/api/v1/problems/{kind}/"
    assert body["title"]
    assert body["detail"]
    assert body["instance"] == "/api/v1/claims/"


def test_a_fault_of_ours_is_left_to_django_which_logs_it():
    request = RequestFactory().get("/api/v1/claims/")
    assert problems.exception_handler(ZeroDivisionError(), {"request": request}) is None


def test_a_nested_error_is_pointed_at():
    detail = {"occurrence": {"start_ms": [exceptions.ErrorDetail("Too late.", code="past_end")]}}
    _status, body = answer_to(exceptions.ValidationError(detail))
    assert body["errors"] == [
        {
            "pointer": "/occurrence/start_ms",
            "field": "occurrence.start_ms",
            "detail": "Too late.",
            "code": "past_end",
        }
    ]
    assert body["detail"] == "occurrence.start_ms: Too late."


def test_an_error_in_a_list_is_pointed_at_by_its_place():
    detail: Any = {"tags": {1: ["Not a valid string."]}}
    _status, body = answer_to(exceptions.ValidationError(detail))
    assert [error["pointer"] for error in body["errors"]] == ["/tags/1"]


def test_an_error_of_the_whole_body_points_at_the_whole():
    _status, body = answer_to(exceptions.ValidationError({"non_field_errors": ["No object."]}))
    assert [(error["pointer"], error["field"]) for error in body["errors"]] == [("", "")]
    assert body["detail"] == "No object."


def test_slashes_and_tildes_of_a_name_are_escaped_in_its_pointer():
    _status, body = answer_to(exceptions.ValidationError({"a/b~c": ["Unknown field."]}))
    assert [error["pointer"] for error in body["errors"]] == ["/a~1b~0c"]


def test_errors_of_django_keep_their_codes_and_their_numbers():
    error = ValidationError({
        "statement": ValidationError("At least %(min)d.", code="min_length", params={"min": 10})
    })  # fmt: skip
    _status, body = answer_to(error)
    assert [(e["pointer"], e["detail"], e["code"]) for e in body["errors"]] == [
        ("/statement", "At least 10.", "min_length")
    ]


def test_a_parameter_is_named_as_one():
    _status, body = answer_to(BadParameters({"sort": [("Not one of: newest.", "invalid")]}))
    assert body["errors"] == [
        {"parameter": "sort", "detail": "Not one of: newest.", "code": "invalid"}
    ]


def test_several_errors_are_counted_and_named():
    _status, body = answer_to(exceptions.ValidationError({"statement": ["a"], "kind": ["b"]}))
    assert body["detail"] == "2 values are wrong: statement, kind."


def test_a_refused_record_names_its_field_and_its_line():
    error = RecordRefused("not a number", field="viewcount", line=9, is_text=False)
    _status, body = answer_to(error)
    assert body["errors"] == [
        {
            "pointer": "/record",
            "field": "record.viewcount",
            "detail": "not a number",
            "code": "record",
            "line": 9,
        }
    ]


def test_a_stale_edit_tells_the_present_version():
    _status, body = answer_to(StaleVersion(Claim(version=3)))
    assert body["version"] == 3


def test_a_throttled_caller_is_told_how_long_to_wait():
    request = RequestFactory().get("/api/v1/claims/")
    response = problems.exception_handler(exceptions.Throttled(wait=6.2), {"request": request})
    assert response is not None
    assert response.headers["Retry-After"] == "7"


def test_names_of_models_stay_inside():
    _status, body = answer_to(Http404("No Claim matches the given query."))
    assert body["detail"] == "Nothing is here."


# --- Over HTTP ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api/", "/api/v2/videos/", "/api/v1/films/", "/api/v1/a\x00b/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_a_problem_too(method: str, path: str):
    response = getattr(nobody, method)(path.replace("\x00", "%00"))
    assert response.status_code == 404
    assert response.json()["type"] == "/api/v1/problems/not-found/"


def test_a_stranger_with_csrf_checks_gets_the_same_problem():
    response = Client(enforce_csrf_checks=True).post("/api/v1/films/", {})
    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)


def test_a_missing_last_slash_is_pointed_out_and_keeps_method_and_query():
    response = nobody.client.get("/api/v1/videos?q=a%20b")
    assert response.status_code == 308
    assert response.headers["Location"] == "/api/v1/videos/?q=a%20b"
    assert "Content-Type" not in response.headers


def test_pages_keep_their_own_errors():
    response = Client().get("/nothing/here/")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"statement": }', "at line 1, column 15"),
        (b'{"statement": "a",\n "kind" "b"}', "at line 2, column 9"),
        (b'{"statement": NaN}', "NaN is no JSON number"),
        (b'{"statement": "a", "statement": "b"}', "the field statement stands there twice"),
        (b'{"statement": "\xff"}', "not UTF-8 text (at byte 16)"),
        (b"[" * 50_000, "nested too deeply"),
        (b'{"version": ' + b"9" * 5000 + b"}", "The body is not JSON"),
    ],
)
def test_a_body_that_is_no_json_is_told_where(author: User, body: bytes, said: str):
    response = Caller(make_token(author)).post("claims/", body)
    assert response.status_code == 400
    assert response.json()["type"] == "/api/v1/problems/malformed/"
    assert said in response.json()["detail"]


def test_a_body_that_is_too_large_is_not_read(author: User):
    response = Caller(make_token(author)).post("claims/", b'{"statement": "' + b"a" * 200_000)
    assert response.status_code == 413


def test_a_body_of_another_media_type_is_refused(author: User):
    response = Caller(make_token(author)).post("claims/", b"a,b", Content_Type="text/csv")
    assert response.status_code == 415


def test_a_method_an_address_does_not_take_is_told_those_it_takes(author: User):
    response = Caller(make_token(author)).delete("claims/")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@pytest.mark.django_db
def test_a_caller_who_wants_no_json_is_told_so():
    assert nobody.get("claims/", Accept="text/csv").status_code == 406


@pytest.mark.django_db
def test_a_parameter_named_format_is_unknown_like_any_other():
    response = nobody.get("claims/?format=xml")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == ["format"]


@pytest.mark.django_db
def test_who_has_no_token_is_asked_for_one():
    response = nobody.post("claims/", {})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Token"


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["nonsense", "sn_" + "a" * 64, "ünïcode", "two words"])
def test_a_wrong_token_is_refused_also_for_reading(token: str):
    client = Client()
    response = client.get("/api/v1/claims/", headers={"Authorization": f"Token {token}"})
    assert response.status_code == 401
    assert response.headers["Content-Type"] == PROBLEM


@pytest.mark.django_db
def test_a_session_without_the_csrf_token_cannot_write(author: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    response = client.post("/api/v1/tags/", {"name": "Rivers"}, "application/json")
    assert (response.status_code, response.headers["Content-Type"]) == (403, PROBLEM)
    assert "CSRF" in response.json()["detail"]


@pytest.mark.django_db
def test_a_charset_that_is_none_does_not_matter():
    response = nobody.get("claims/?q=%C3%BC", Content_Type="application/json; charset=base64")
    assert response.status_code == 200


@pytest.mark.django_db
def test_a_fault_of_ours_is_logged_and_told_without_its_inside(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def burst(*_arguments: Any, **_keywords: Any) -> None:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr("catalogue.presenters.channel", burst)
    monkeypatch.setattr("catalogue.paging.page", burst)
    with caplog.at_level(logging.ERROR, logger="django.request"):
        response = Client(raise_request_exception=False).get("/api/v1/channels/")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == PROBLEM
    assert response.json()["type"] == "/api/v1/problems/fault/"
    assert b"inside" not in response.content
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("handler", "status"), [("handle_400", 400), ("handle_403", 403), ("handle_404", 404)]
)
def test_what_django_refuses_itself_is_a_problem_under_api(handler: str, status: int):
    answer = getattr(problems, handler)
    told = answer(RequestFactory().get("/api/v1/films/"), SuspiciousOperation("no"))
    assert (told.status_code, told.headers["Content-Type"]) == (status, PROBLEM)
