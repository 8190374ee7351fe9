"""What a member follows, over REST."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope, User
from catalogue import subscriptions
from catalogue.models import ImportRun, Subscription
from catalogue.records.targets import parse_target
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()
URL = "https://www.youtube.com/@QuietRivers"


@pytest.fixture
def member(author: User) -> Caller:
    return Caller(make_token(author))


@pytest.fixture
def row(author: User) -> Subscription:
    return subscriptions.create(parse_target(URL), by=author)


def test_following_tells_what_is_followed(member: Caller, author: User):
    response = member.post(
        "subscriptions/",
        {"url": "@QuietRivers", "interval_hours": 6, "start": "newest", "words": "otter",
         "words_not": "trailer", "shortest_ms": 600_000, "longest_ms": None},
    )  # fmt: skip
    told = response.json()
    assert (response.status_code, response.headers["Location"]) == (201, told["url"])
    run = ImportRun.objects.create(source=URL, by=author, subscription_id=told["id"])
    assert member.get(told["url"]).json() == {
        "id": told["id"],
        "url": f"http://testserver/api/v1/subscriptions/{told['id']}/",
        "page": f"http://testserver/subscriptions/#s{told['id']}",
        "source_url": URL,
        "kind": "channel",
        "title": None,
        "interval_hours": 6,
        "start": "newest",
        "words": "otter",
        "words_not": "trailer",
        "shortest_ms": 600_000,
        "longest_ms": None,
        "is_active": True,
        "created_at": told["created_at"],
        "due_at": told["due_at"],
        "looked_at": None,
        "result": None,
        "failures": 0,
        "failure": None,
        "brought_in": 0,
        "passed_by": 0,
        "imports": [f"http://testserver/api/v1/imports/{run.pk}/"],
    }


def test_a_channel_alone_is_enough(member: Caller):
    told = member.post("subscriptions/", {"url": URL}).json()
    assert (told["interval_hours"], told["start"]) == (24, "new")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "url", "required"),
        ({"url": "rivers"}, "url", "address"),
        ({"url": "swje6NSdkfk"}, "url", "one_film"),
        ({"url": URL, "interval_hours": 2}, "interval_hours", "invalid_choice"),
        ({"url": URL, "interval_hours": "24"}, "interval_hours", "invalid_choice"),
        ({"url": URL, "interval_hours": True}, "interval_hours", "invalid_choice"),
        ({"url": URL, "start": "all"}, "start", "invalid_choice"),
        ({"url": URL, "shortest_ms": -1}, "shortest_ms", "min_value"),
        ({"url": URL, "shortest_ms": 2, "longest_ms": 1}, "longest_ms", "invalid"),
        ({"url": URL, "words": ","}, "words", "invalid"),
        ({"url": URL, "colour": "red"}, "colour", "unknown_field"),
    ],
)
def test_a_body_is_read_strictly(member: Caller, body: dict[str, object], field: str, code: str):
    response = member.post("subscriptions/", body)
    assert response.status_code == 400
    assert [(one["field"], one["code"]) for one in response.json()["errors"]] == [(field, code)]
    assert not Subscription.objects.exists()


def test_following_twice_is_refused(member: Caller, row: Subscription):
    assert member.post("subscriptions/", {"url": URL}).json()["errors"][0]["code"] == "followed"


def test_pausing_going_on_looking_and_deleting(member: Caller, row: Subscription):
    path = f"subscriptions/{row.pk}/"
    assert member.patch(path, {"is_active": False}).json()["is_active"] is False
    looked = member.post(f"{path}look/")
    assert (looked.status_code, looked.json()["is_active"]) == (202, True)
    assert member.patch(path, {"is_active": "no"}).status_code == 400
    assert member.patch(path, {}).status_code == 400
    assert member.delete(path).status_code == 204
    assert member.get(path).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "moderator"])
def test_nobody_finds_what_others_follow(
    who: str, row: Subscription, request: pytest.FixtureRequest
):
    other = Caller(make_token(request.getfixturevalue(who)))
    path = f"subscriptions/{row.pk}/"
    assert other.get("subscriptions/").json()["results"] == []
    for answer in (other.get(path), other.patch(path, {"is_active": False}), other.delete(path),
                   other.post(f"{path}look/")):  # fmt: skip
        assert answer.status_code == 404
    assert Subscription.objects.get().is_active


def test_a_token_is_needed_and_its_scope_holds(row: Subscription, author: User):
    path = f"subscriptions/{row.pk}/"
    for answer in (
        nobody.get("subscriptions/"),
        nobody.get(path),
        nobody.delete(path),
        nobody.post("subscriptions/", {"url": URL}),
        nobody.post(f"{path}look/"),
    ):
        assert answer.status_code == 401
    reader = Caller(make_token(author, Scope.READ))
    assert reader.get(path).status_code == 200
    assert reader.delete(path).status_code == 403
    assert reader.post("subscriptions/", {"url": "@Others"}).status_code == 403
    assert Subscription.objects.count() == 1


def test_the_list_costs_the_same_whatever_its_length(member: Caller, author: User):
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert member.get("subscriptions/?page_size=100").status_code == 200
        return len(captured)

    def add(number: int) -> None:
        row = subscriptions.create(parse_target(f"@channel{number}"), by=author)
        for _run in range(5):
            ImportRun.objects.create(source=row.url, by=author, subscription=row)

    add(1)
    member.get("subscriptions/")
    few = cost()
    for number in range(2, 30):
        add(number)
    assert cost() == few
    assert len(member.get("subscriptions/").json()["results"][0]["imports"]) == 3
