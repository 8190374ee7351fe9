"""What holds for claims and occurrences alike when they are written."""

import pytest

from accounts.models import User
from tests.annotations.api.bodies import wrong_fields
from tests.makers import make_claim
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.mark.parametrize("path", ["claims", "occurrences"])
def test_an_edit_names_the_version_it_starts_from(member: Caller, author: User, path: str):
    claim = make_claim(author=author)
    row = claim if path == "claims" else claim.occurrences.get()
    address = f"{path}/{row.pk}/"
    change = {"language": "fr"} if path == "claims" else {"quote": "ran north"}
    assert wrong_fields(member.patch(address, change)) == ["version"]
    assert wrong_fields(member.patch(address, {**change, "version": "1"})) == ["version"]
    etag = nobody.get(address).headers["ETag"]
    assert etag.startswith('"1-')
    assert member.patch(address, change, If_Match=etag).json()["version"] == 2
    stale = member.patch(address, change, If_Match=etag)
    assert (stale.status_code, stale.json()["version"]) == (412, 2)
    stale = member.patch(address, {**change, "version": 1})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    assert wrong_fields(member.patch(address, {**change, "version": 1}, If_Match='"2"')) == [
        "version"
    ]
    # As a server that compresses hands it out.
    weak = nobody.get(address).headers["ETag"].replace('"2', 'W/"2')
    assert member.patch(address, change, If_Match=weak).status_code == 200
    assert member.patch(address, change, If_Match="*").status_code == 200


@pytest.mark.parametrize(
    "path", ["claims/999999/", "occurrences/999999/", "claims/999999/revisions/"]
)
def test_what_is_not_here_is_not_found(member: Caller, path: str):
    assert nobody.get(path).status_code == 404
    if "revisions" not in path:
        assert member.patch(path, {"version": 1}).status_code == 404
        assert member.delete(path).status_code == 404
