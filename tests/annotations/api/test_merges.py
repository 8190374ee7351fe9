"""Merges and similar claims over REST."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Scope, User
from annotations import merges
from annotations.models import Claim, Decision, State
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_speaker
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()

STATEMENT = "The river was turned north within a single winter."


@pytest.fixture
def judge(moderator: User) -> Caller:
    """Return a moderator, by token."""
    return Caller(make_token(moderator))


@pytest.fixture
def pair(author: User, stranger: User) -> tuple[Claim, Claim]:
    """Return two claims that are one."""
    return make_claim(author=author), make_claim(author=stranger)


def body(source: Claim, target: Claim) -> dict[str, object]:
    return {"thing": "claim", "source": source.pk, "target": target.pk, "why": "The same."}


def test_a_merge_is_proposed_accepted_and_undone(
    member: Caller, judge: Caller, pair: tuple[Claim, Claim]
):
    source, target = pair
    proposed = member.post("merges/", body(*pair))
    assert proposed.status_code == 201
    assert (proposed.json()["state"], proposed.json()["proposed_by"]) == ("proposed", "author")
    url = proposed["Location"]
    assert nobody.get(url).json() == proposed.json()
    accepted = judge.post(f"{url}accept/", {"reason": "The same river."})
    assert (accepted.json()["state"], accepted.json()["decided_by"]) == ("done", "moderator")
    led = nobody.get(f"claims/{source.pk}/")
    assert led.status_code == 308
    assert led["Location"].endswith(f"/api/v1/claims/{target.pk}/")
    assert led.json()["id"] == target.pk
    assert led.json()["detail"] == f"Claim {source.pk} was merged into Claim {target.pk}."
    assert len(nobody.get(f"claims/{target.pk}/").json()["occurrences"]) == 2
    assert member.patch(f"claims/{source.pk}/", {"version": 2, "kind": "law"}).status_code == 403
    assert judge.post(f"{url}undo/", {"reason": "Two rivers."}).json()["state"] == "undone"
    assert nobody.get(f"claims/{source.pk}/").status_code == 200
    assert Decision.objects.count() == 2


def test_who_proposed_a_merge_takes_it_back(
    member: Caller, judge: Caller, pair: tuple[Claim, Claim]
):
    url = member.post("merges/", body(*pair))["Location"]
    assert nobody.post(f"{url}withdraw/").status_code == 401
    assert judge.post(f"{url}withdraw/").status_code == 403
    answer = member.post(f"{url}withdraw/")
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("withdrawn", "author")
    assert member.post(f"{url}withdraw/").status_code == 409
    assert numbers(nobody.get("merges/?state=withdrawn")) == [answer.json()["id"]]


def test_a_merged_claim_leads_on_though_it_is_hidden(judge: Caller, pair: tuple[Claim, Claim]):
    source, target = pair
    asked = {"thing": "claim", "source": source.pk, "target": target.pk}
    url = judge.post("merges/", asked)["Location"]
    judge.post(f"{url}accept/", {"reason": "The same."})
    decision = {"thing": "claim", "thing_id": source.pk, "deed": "hide", "reason": "A name."}
    assert judge.post("decisions/", decision).status_code == 201
    led = nobody.get(f"claims/{source.pk}/")
    assert (led.status_code, led.json()["id"]) == (308, target.pk)
    assert nobody.get(f"claims/{source.pk}/revisions/").status_code == 410


def test_who_may_decide(member: Caller, judge: Caller, pair: tuple[Claim, Claim], moderator: User):
    url = member.post("merges/", body(*pair))["Location"]
    reading = Caller(make_token(moderator, Scope.READ))
    for deed in ("accept", "refuse", "undo"):
        for caller, status in ((nobody, 401), (member, 403), (reading, 403)):
            assert caller.post(f"{url}{deed}/", {"reason": "Yes."}).status_code == status
    assert nobody.post("merges/", body(*pair)).status_code == 401
    assert judge.post(f"{url}undo/", {"reason": "No."}).status_code == 409
    assert judge.post(f"{url}refuse/", {"reason": "No."}).json()["state"] == "refused"
    assert judge.post(f"{url}accept/", {"reason": "Yes."}).status_code == 409


def test_what_cannot_be_merged_is_told(member: Caller, judge: Caller, pair: tuple[Claim, Claim]):
    source, target = pair
    assert wrong_fields(member.post("merges/", {"thing": "film", "source": 0})) == [
        "thing",
        "source",
        "target",
    ]
    missing = body(source, target) | {"target": 10**12}
    assert wrong_fields(member.post("merges/", missing)) == ["target"]
    assert member.post("merges/", body(source, source)).status_code == 409
    url = member.post("merges/", body(source, target))["Location"]
    assert member.post("merges/", body(target, source)).status_code == 409
    for reason in ("", "x" * 501):
        assert wrong_fields(judge.post(f"{url}accept/", {"reason": reason})) == ["reason"]
    Claim.objects.filter(pk=target.pk).update(state=State.HIDDEN)
    assert judge.post(f"{url}accept/", {"reason": "Yes."}).status_code == 409
    assert wrong_fields(member.post("merges/", body(source, target))) == ["target"]
    assert judge.post("merges/999999/accept/", {"reason": "Yes."}).status_code == 404
    assert nobody.get("merges/999999/").status_code == 404


def test_merges_are_listed_by_what_is_asked(author: User, moderator: User):
    claims = [make_claim(author=author) for _ in range(4)]
    speakers = [make_speaker(name, author=author) for name in ("One", "Other")]
    first = merges.propose(claims[0], claims[1], by=author, why="")
    second = merges.merge_at_once(claims[2], claims[3], by=moderator, reason="Yes.")
    third = merges.propose(*speakers, by=author, why="")
    assert numbers(nobody.get("merges/")) == [third.pk, second.pk, first.pk]
    for query, expected in (
        ({"state": "proposed"}, [third, first]),
        ({"thing": "speaker"}, [third]),
        ({"thing": "claim", "source": claims[2].pk}, [second]),
        ({"thing": "claim", "target": claims[1].pk}, [first]),
    ):
        assert numbers(nobody.get("merges/", query)) == [one.pk for one in expected]
    with CaptureQueriesContext(connection) as captured:
        nobody.get("merges/")
    assert len(captured) == 1


def test_similar_claims_are_found_before_one_is_marked_anew(
    author: User, pair: tuple[Claim, Claim]
):
    Claim.objects.filter(pk=pair[1].pk).update(state=State.HIDDEN)
    asked = {"statement": "The river was turned north in one winter", "language": "en"}
    (found,) = nobody.get("claims/similar/", asked).json()["results"]
    assert found["claim"]["id"] == pair[0].pk
    assert 0.5 < found["likeness"] <= 1
    assert nobody.get("claims/similar/", asked | {"but_not": pair[0].pk}).json()["results"] == []
    assert nobody.get("claims/similar/").json()["results"] == []
    assert nobody.get("claims/similar/", {"text": "x"}).status_code == 400
