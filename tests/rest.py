"""Calls to the REST interface, each answer of which is held against the schema."""

import json
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.test import Client
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from accounts import tokens
from accounts.models import Scope, User

API = "/api/v1/"
# Said once for all operations, not at each.
GENERAL = {401, 403, 405, 406}
PROBLEM = "application/problem+json"


@cache
def schema() -> dict[str, Any]:
    """Return the schema, as strict about what else an answer holds as about what it must."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    written = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    made: dict[str, Any] = json.loads(json.dumps(written))
    for component in made["components"]["schemas"].values():
        if "properties" in component:
            component["additionalProperties"] = False
    return made


def make_token(user: User, *scopes: Scope, lifetime: timedelta | None = tokens.LIFETIME) -> str:
    """Return the text of a new token; it may read and write unless scopes are given."""
    _row, text = tokens.create(
        by=user, name="a test", scopes=scopes or tuple(Scope), lifetime=lifetime
    )
    return text


class Caller:
    """Somebody who calls the interface: a member by token, or nobody."""

    def __init__(self, token: str = "") -> None:
        self.client = Client(headers={"Authorization": f"Token {token}"} if token else None)

    def get(self, path: str, query: Any = None, **headers: str) -> Any:
        """Read an address, below /api/v1/ unless it is whole."""
        return self._call("GET", path, query=query, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON, or bytes as they are."""
        return self._call("POST", path, body, headers=headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """Send a change as JSON."""
        return self._call("PATCH", path, body, headers=headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        """Put something in its place."""
        return self._call("PUT", path, body, headers=headers)

    def delete(self, path: str, **headers: str) -> Any:
        """Take something back."""
        return self._call("DELETE", path, headers=headers)

    def _call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Any = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        names = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        content_type = names.pop("Content-Type", "application/json")
        address = path if path.startswith(("/", "http")) else API + path
        response = self.client.generic(
            method,
            address,
            body if isinstance(body, bytes) else (b"" if body is None else json.dumps(body)),
            content_type,
            headers=names,
            query_params=query,
        )
        hold_against_schema(method, urlsplit(address).path, response)
        return response


def hold_against_schema(method: str, path: str, response: Any) -> None:
    """Fail unless an answer is one that the schema tells of."""
    status, media_type = response.status_code, response.headers.get("Content-Type", "")
    if status >= 400:
        assert media_type == PROBLEM, (status, media_type, response.content[:500])
        assert response.json()["status"] == status
        check(response.json(), {"$ref": "#/components/schemas/Problem"})
    route = f"/{resolve(path).route}".replace("<int:pk>", "{id}").replace("<str:", "{")
    operations = schema()["paths"].get(route.replace(">", "}"), {})
    operation = operations.get(method.lower())
    if operation is None or status in GENERAL or status == 304:
        return
    told = operation["responses"].get(str(status))
    assert told is not None, f"{method} {path}: the schema knows no answer {status}"
    if status != 204:
        kind = media_type.partition(";")[0]
        if kind.endswith("json"):
            check(response.json(), told["content"][kind]["schema"])
        else:
            written = response.getvalue()
            check(written.decode(), told["content"][kind]["schema"])
            # For the test to read once more.
            response.streaming_content = [written]


def check(value: Any, shape: dict[str, Any]) -> None:
    """Fail unless a value has a shape of the schema."""
    whole = {**shape, "components": schema()["components"]}
    Draft202012Validator(whole).validate(value)
