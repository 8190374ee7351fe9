"""Saved searches over REST."""

import pytest

from accounts.models import User
from tests.makers import make_video
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db


def test_searches_are_saved_read_renamed_and_deleted(author: User, stranger: User):
    make_video(title="The Moved River")
    member, other = Caller(make_token(author)), Caller(make_token(stranger))
    made = member.post("searches/", {"name": "Rivers", "query": "q=river&view=list"})
    assert made.status_code == 201
    body = made.json()
    assert body["query"] == "q=river"
    found = Caller().get(body["results_url"].partition("/api/v1/")[2]).json()["results"]
    assert [one["title"] for one in found] == ["The Moved River"]
    path = f"searches/{body['id']}/"
    assert member.get(path).json() == body
    assert member.patch(path, {"name": "Old rivers"}).json()["name"] == "Old rivers"
    assert [one["name"] for one in member.get("searches/").json()["results"]] == ["Old rivers"]
    assert other.get("searches/").json()["results"] == []
    for refused in (other.get(path), other.patch(path, {"name": "Mine"}), other.delete(path)):
        assert refused.status_code == 404
    assert Caller().get("searches/").status_code == 401
    assert member.post("searches/", {"name": "All", "query": "sort=views"}).status_code == 400
    assert member.delete(path).status_code == 204
    assert member.get(path).status_code == 404
