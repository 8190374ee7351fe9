"""The description of the interface: whole, valid, readable, and true."""

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver

from config import api, problem_kinds
from tests.rest import Caller, check, schema

nobody = Caller()
# The way in, the schema itself and its reader.
UNDESCRIBED = {"root", "schema", "schema-json", "docs"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return every method of every address in the schema."""
    return [
        (path, method, operation)
        for path, methods in schema()["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_schema_is_made_without_a_warning_and_is_valid(tmp_path: Any):
    file = tmp_path / "schema.yml"
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(file), stderr=StringIO())
    assert file.read_text(encoding="utf-8").startswith("openapi: 3.1")


def test_every_address_is_described():
    described = {path for path, _method, _operation in operations()}
    for pattern in api.urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern).replace("<int:pk>", "{id}").replace("<str:", "{")
        address = f"/api/v1/{route}".replace(">", "}")
        assert (address in described) != (pattern.name in UNDESCRIBED), address


def test_every_method_is_described():
    methods = {(path, method) for path, method, _operation in operations()}
    for pattern in api.urlpatterns:
        if pattern.name in UNDESCRIBED:
            continue
        route = str(pattern.pattern).replace("<int:pk>", "{id}").replace("<str:", "{")
        callback: Any = pattern.callback
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(callback.view_class, method):
                assert (f"/api/v1/{route}".replace(">", "}"), method) in methods


def test_every_operation_has_a_name_of_its_own_and_a_summary():
    names = [operation["operationId"] for _path, _method, operation in operations()]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for _path, _method, operation in operations())


def test_every_operation_tells_of_problems_in_their_shape():
    for path, method, operation in operations():
        refusals = {code: told for code, told in operation["responses"].items() if code >= "400"}
        assert refusals.keys() >= {"400"}, (path, method)
        for told in refusals.values():
            shape = told["content"]["application/problem+json"]["schema"]
            assert shape == {"$ref": "#/components/schemas/Problem"}


def test_reading_needs_no_token_but_of_what_is_ones_own_and_writing_does():
    for path, method, operation in operations():
        needs = operation.get("security", [])
        # What a member follows, keeps or watches for is nobody else's business.
        private = (
            "/api/v1/me/",
            "/api/v1/searches/",
            "/api/v1/subscriptions/",
            "/api/v1/watches/",
        )
        if method == "get" and not path.startswith(private):
            assert needs == [], path
        else:
            assert {"token": []} in needs, (path, method)
            assert "401" in operation["responses"]


def test_every_example_of_a_body_is_one():
    shown = 0
    for _path, _method, operation in operations():
        media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in media.get("examples", {}).values():
            check(example["value"], media["schema"])
            shown += 1
    assert shown >= 3


def test_the_schema_is_served_as_yaml_and_as_json():
    client = Client()
    as_yaml = client.get("/api/v1/schema/")
    assert as_yaml.status_code == 200
    assert as_yaml.content.startswith(b"openapi: 3.1")
    as_json = client.get("/api/v1/schema.json")
    assert as_json.json()["paths"].keys() == schema()["paths"].keys()


def test_the_reader_brings_everything_from_this_site():
    page = Client().get("/api/v1/docs/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "<style" not in text
    assert "://" not in text
    script = Client().get("/api/v1/docs/?script=")
    assert script.headers["Content-Type"].startswith("application/javascript")
    assert "/api/v1/schema/" in script.content.decode()


def test_the_way_in_names_what_there_is():
    told = nobody.get("").json()
    assert told["videos"] == "http://testserver/api/v1/videos/"
    for address in told.values():
        assert get_resolver().resolve(address.removeprefix("http://testserver"))


def test_unknown_parameters_are_refused_everywhere(db: None):
    for path in (
        "",
        "problems/",
        f"problems/{problem_kinds.KINDS[0].name}/",
        "videos/",
        "imports/",
    ):
        assert nobody.get(f"{path}?colour=red").status_code == 400, path


def test_a_version_that_is_asked_for_is_not_repeated_in_a_header():
    response = Client().get("/api/v1/schema/?version=a%0D%0Ab")
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'inline; filename="Sidenote.yaml"'
