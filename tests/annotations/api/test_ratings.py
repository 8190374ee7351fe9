"""Verdicts over REST: what is stated, to whom, voting and rating."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope, User
from annotations import ratings
from annotations.models import (
    Claim,
    ClaimStanding,
    Evidence,
    HelpfulnessRating,
    Kind,
    State,
    VerdictChange,
    VerdictVote,
)
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_evidence, make_user
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 3, 1, 12, tzinfo=UTC)
nobody = Caller()


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


@pytest.fixture
def card(claim: Claim) -> Evidence:
    return make_evidence(claim=claim)


def wrong_parameters(response: Any) -> list[str]:
    assert response.status_code == 400, response.content
    return [error["parameter"] for error in response.json()["errors"]]


def cast(claim: Claim, count: int, verdict: str = "accurate") -> None:
    for number in range(count):
        ratings.cast_vote(claim, by=make_user(f"voter{number}"), verdict=verdict)


# --- Reading --------------------------------------------------------------------------


def test_a_claim_that_nobody_judged_says_what_is_missing(claim: Claim):
    body = nobody.get(f"claims/{claim.pk}/verdict/").json()
    assert body == {
        "claim": claim.pk,
        "claim_url": f"http://testserver/api/v1/claims/{claim.pk}/",
        "at": None,
        "is_judged": True,
        "state": "needs_ratings",
        "since": None,
        "vote_count": 0,
        "lacks": [
            {
                "code": "votes",
                "has": 0,
                "wants": 5,
                "words": "Votes: 0 so far, at least 5 needed.",
            },
            {
                "code": "helpful_evidence",
                "has": 0,
                "wants": 1,
                "words": "Evidence that was found helpful: 0 so far, at least 1 needed.",
            },
        ],
        "bars": [
            {"verdict": verdict, "count": 0, "share": None}
            for verdict in (
                "accurate", "mostly_accurate", "needs_context", "misleading", "inaccurate",
                "unsupported", "not_checkable",
            )
        ],
        "own_vote": None,
        "rules_version": 1,
    }  # fmt: skip


def test_bars_have_shares_from_five_votes_on(claim: Claim):
    cast(claim, 5)
    bars = nobody.get(f"claims/{claim.pk}/verdict/").json()["bars"]
    assert bars[0] == {"verdict": "accurate", "count": 5, "share": 1.0}


def test_who_is_still_to_vote_sees_only_how_many_did(claim: Claim, member: Caller, other: Caller):
    cast(claim, 4, "accurate")
    ratings.cast_vote(claim, by=make_user("another"), verdict="inaccurate")
    VerdictChange.objects.create(
        claim=claim, at=NOW, state="accurate", votes={"accurate": 5}, vote_count=5
    )
    body = other.get(f"claims/{claim.pk}/verdict/").json()
    assert (body["vote_count"], body["bars"]) == (5, None)
    majority = next(lack for lack in body["lacks"] if lack["code"] == "majority")
    assert (majority["has"], majority["words"]) == (None, "No verdict is far enough ahead yet.")
    (change,) = other.get(f"claims/{claim.pk}/verdicts/").json()["results"]
    assert (change["state"], change["votes"]) == ("accurate", None)
    # The author has no vote; who has voted sees all.
    assert member.get(f"claims/{claim.pk}/verdict/").json()["bars"] is not None
    assert other.put(f"claims/{claim.pk}/vote/", {"verdict": "unsupported"}).status_code == 200
    body = other.get(f"claims/{claim.pk}/verdict/").json()
    assert body["bars"][0]["count"] == 4
    assert body["own_vote"]["verdict"] == "unsupported"
    (change,) = other.get(f"claims/{claim.pk}/verdicts/").json()["results"]
    assert change["votes"] == {"accurate": 5}


def test_a_verdict_of_the_past_is_asked_for_by_its_moment(claim: Claim):
    path = f"claims/{claim.pk}/verdict/"
    today = datetime.now(UTC).date().isoformat()
    assert nobody.get(path, {"at": today}).json()["at"] is not None
    assert nobody.get(path, {"at": "2001-01-01"}).status_code == 404
    assert wrong_parameters(nobody.get(path, {"at": "2999-01-01"})) == ["at"]
    assert wrong_parameters(nobody.get(path, {"at": "soon"})) == ["at"]
    assert wrong_parameters(nobody.get(path, {"when": today})) == ["when"]


def test_an_etag_spares_the_answer(claim: Claim):
    path = f"claims/{claim.pk}/verdict/"
    etag = nobody.get(path).headers["ETag"]
    assert nobody.get(path, If_None_Match=etag).status_code == 304
    cast(claim, 1)
    assert nobody.get(path, If_None_Match=etag).status_code == 200


def test_a_claim_carries_its_verdict_and_is_found_by_it(claim: Claim, author: User):
    ClaimStanding.objects.filter(claim=claim).update(state="inaccurate", since=NOW, vote_count=9)
    make_claim(author=author, kind=Kind.PREDICTION)
    assert nobody.get(f"claims/{claim.pk}/").json()["verdict"] == {
        "state": "inaccurate",
        "since": "2021-03-01T12:00:00Z",
        "vote_count": 9,
    }
    assert numbers(nobody.get("claims/", {"verdict": "inaccurate"})) == [claim.pk]
    assert numbers(nobody.get("claims/", {"verdict": "needs_ratings"})) == []
    assert wrong_parameters(nobody.get("claims/", {"verdict": "true"})) == ["verdict"]


@pytest.mark.parametrize("path", ["verdict/", "verdicts/"])
def test_what_is_not_shown_has_no_verdict_to_read(claim: Claim, path: str):
    assert nobody.get(f"claims/999/{path}").status_code == 404
    Claim.objects.update(state=State.HIDDEN)
    assert nobody.get(f"claims/{claim.pk}/{path}").status_code == 410


def test_the_number_of_queries_does_not_grow(claim: Claim, other: Caller):
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert other.get(f"claims/{claim.pk}/{path}").status_code == 200
        return len(captured)

    paths = ("verdict/", "verdicts/")
    few = [queries(path) for path in paths]
    cast(claim, 6)
    for _ in range(4):
        make_evidence(claim=claim)
        VerdictChange.objects.create(claim=claim, at=NOW, state="accurate")
    assert [queries(path) for path in paths] == few


# --- Voting ---------------------------------------------------------------------------


def test_a_vote_is_put_changed_and_taken_back(claim: Claim, other: Caller):
    path = f"claims/{claim.pk}/vote/"
    body = other.put(path, {"verdict": "accurate", "version": 1}).json()
    assert (body["verdict"], body["claim_version"]) == ("accurate", 1)
    assert other.put(path, {"verdict": "misleading"}).json()["verdict"] == "misleading"
    assert VerdictVote.objects.count() == 1
    assert other.delete(path).status_code == 204
    assert other.delete(path).status_code == 204
    assert not VerdictVote.objects.exists()


def test_a_wrong_vote_is_refused_by_field(claim: Claim, other: Caller):
    path = f"claims/{claim.pk}/vote/"
    assert wrong_fields(other.put(path, {"verdict": "true"})) == ["verdict"]
    assert wrong_fields(other.put(path, {})) == ["verdict"]
    assert wrong_fields(other.put(path, {"verdict": "accurate", "version": 0})) == ["version"]
    assert wrong_fields(other.put(path, {"verdict": "accurate", "why": ""})) == ["why"]


def test_rights_are_those_of_the_table(
    claim: Claim, card: Evidence, member: Caller, other: Caller, stranger: User
):
    vote, rating = f"claims/{claim.pk}/vote/", f"evidence/{card.pk}/rating/"
    assert nobody.put(vote, {"verdict": "accurate"}).status_code == 401
    assert nobody.delete(rating).status_code == 401
    assert member.put(vote, {"verdict": "accurate"}).status_code == 403
    assert member.put(rating, {"rating": "yes"}).status_code == 403
    reading = Caller(make_token(stranger, Scope.READ))
    assert reading.put(vote, {"verdict": "accurate"}).status_code == 403
    Claim.objects.update(state=State.LOCKED)
    for answer in (
        other.put(vote, {"verdict": "accurate"}),
        other.delete(vote),
        other.put(rating, {"rating": "yes"}),
        other.delete(rating),
    ):
        assert answer.status_code == 403
    Claim.objects.update(state=State.HIDDEN)
    assert other.put(vote, {"verdict": "accurate"}).status_code == 410
    assert other.put(rating, {"rating": "yes"}).status_code == 410


def test_what_is_only_filed_takes_no_vote(author: User, other: Caller):
    claim = make_claim(author=author, kind=Kind.PREDICTION)
    answer = other.put(f"claims/{claim.pk}/vote/", {"verdict": "accurate"})
    assert (answer.status_code, answer.json()["detail"]) == (403, "It is filed, not judged.")


# --- Rating ---------------------------------------------------------------------------


def test_a_rating_is_put_changed_and_taken_back(card: Evidence, other: Caller):
    path = f"evidence/{card.pk}/rating/"
    assert other.put(path, {"rating": "yes"}).json()["rating"] == "yes"
    assert other.put(path, {"rating": "no"}).json()["rating"] == "no"
    assert HelpfulnessRating.objects.get().rating == "no"
    assert wrong_fields(other.put(path, {"rating": "maybe"})) == ["rating"]
    assert other.delete(path).status_code == 204
    assert not HelpfulnessRating.objects.exists()


def test_evidence_that_is_not_shown_is_not_rated(card: Evidence, other: Caller):
    assert other.put("evidence/999/rating/", {"rating": "yes"}).status_code == 404
    Evidence.objects.update(state=State.WITHDRAWN)
    assert other.put(f"evidence/{card.pk}/rating/", {"rating": "yes"}).status_code == 410
