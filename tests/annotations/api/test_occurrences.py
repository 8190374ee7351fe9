"""Occurrences over REST: marking, editing and withdrawing them, and their lists."""

from typing import Any

import pytest

from accounts.models import User
from annotations.models import State
from catalogue.models import Video
from tests.annotations.api.bodies import an_occurrence, numbers, wrong_fields
from tests.makers import make_claim, make_occurrence
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


def test_an_author_edits_an_occurrence(member: Caller, author: User):
    occurrence = make_claim(author=author).occurrences.get()
    address = f"occurrences/{occurrence.pk}/"
    body = member.patch(address, {"version": 1, "end_ms": 90_000, "quote": ""}).json()
    assert (body["start_ms"], body["end_ms"], body["quote"]) == (72_000, 90_000, None)
    assert body["version"] == 2
    assert wrong_fields(member.patch(address, {"version": 2, "start_ms": 95_000})) == ["end_ms"]
    assert wrong_fields(member.patch(address, {"version": 2, "video": "x"})) == ["video"]


def test_a_withdrawn_occurrence_leaves_its_claim(member: Caller, author: User):
    claim = make_claim(author=author)
    first = claim.occurrences.get()
    second = make_occurrence(claim=claim, start_ms=1_000, end_ms=2_000)
    assert member.delete(f"occurrences/{first.pk}/").status_code == 204
    assert nobody.get(f"occurrences/{first.pk}/").status_code == 410
    told = nobody.get(f"claims/{claim.pk}/").json()["occurrences"]
    assert [one["id"] for one in told] == [second.pk]


def test_another_member_marks_a_known_claim_elsewhere(other: Caller, author: User, video: Video):
    claim = make_claim(author=author)
    made = other.post("occurrences/", an_occurrence(claim, video))
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["url"]
    assert (made.json()["author"], made.json()["claim"]) == ("stranger", claim.pk)
    assert nobody.get(made.json()["url"]).json() == made.json()


@pytest.mark.parametrize("claim", [0, 999_999, "1", None, 2**31, 1.0])
def test_an_occurrence_needs_a_claim_that_is_there(member: Caller, video: Video, claim: Any):
    body = {"claim": claim, "video": video.key, "start_ms": 0, "end_ms": 1}
    assert wrong_fields(member.post("occurrences/", body)) == ["claim"]


def test_a_withdrawn_claim_takes_no_occurrence(member: Caller, author: User, video: Video):
    claim = make_claim(author=author, state=State.WITHDRAWN)
    assert wrong_fields(member.post("occurrences/", an_occurrence(claim, video))) == ["claim"]


def test_occurrences_of_a_film_come_in_film_order(author: User, video: Video):
    starts = (5_000, 1_000, 3_000)
    for start in starts:
        make_claim(author=author, video=video, start_ms=start, end_ms=start + 1_000)
    elsewhere = make_claim(author=author).occurrences.get()
    first = nobody.get(f"occurrences/?video={video.key}&page_size=2").json()
    second = nobody.get(first["next"]).json()
    told = first["results"] + second["results"]
    assert [one["start_ms"] for one in told] == sorted(starts)
    assert numbers(nobody.get("occurrences/"))[0] == elsewhere.pk
    assert numbers(nobody.get(f"occurrences/?claim={elsewhere.claim_id}")) == [elsewhere.pk]


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("occurrences/?claim=x", "claim"),
        ("occurrences/?claim=0", "claim"),
        ("occurrences/?claim=99999999999999999999", "claim"),
        ("occurrences/?state=withdrawn", "state"),
    ],
)
def test_a_filter_that_is_wrong_is_named(path: str, parameter: str):
    response = nobody.get(path)
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]
