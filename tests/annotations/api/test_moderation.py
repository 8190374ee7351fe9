"""Flags and decisions over REST."""

import pytest

from accounts.models import Scope, User
from annotations import moderation
from annotations.models import Claim, Decision, Deed, Flag, FlagKind, State
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_comment
from tests.rest import Caller, make_token

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


@pytest.fixture
def judge(moderator: User) -> Caller:
    return Caller(make_token(moderator))


def test_a_member_flags_once(claim: Claim, other: Caller, member: Caller, stranger: User):
    body = {"thing": "claim", "thing_id": claim.pk, "kind": "spam", "remark": "An advert."}
    made = other.post("flags/", body)
    assert (made.status_code, made.json()["remark"]) == (201, "An advert.")
    assert other.post("flags/", {**body, "remark": "More."}).status_code == 200
    assert Flag.objects.get().member == stranger
    assert nobody.post("flags/", body).status_code == 401
    assert member.post("flags/", body).status_code == 403
    reading = Caller(make_token(stranger, Scope.READ))
    assert reading.post("flags/", body).status_code == 403
    assert wrong_fields(other.post("flags/", {**body, "kind": "dull"})) == ["kind"]
    assert wrong_fields(other.post("flags/", {**body, "thing_id": 999_999})) == ["thing_id"]


def test_what_is_gone_is_not_flagged(claim: Claim, other: Caller):
    row = make_comment(claim=claim, state=State.WITHDRAWN)
    body = {"thing": "comment", "thing_id": row.pk, "kind": "spam"}
    assert other.post("flags/", body).status_code == 410


def test_moderators_decide_and_everyone_reads_it(claim: Claim, judge: Caller, other: Caller):
    body = {"thing": "claim", "thing_id": claim.pk, "deed": "hide", "reason": "An advert."}
    for caller, status in ((nobody, 401), (other, 403)):
        assert caller.post("decisions/", body).status_code == status
    assert wrong_fields(judge.post("decisions/", {**body, "reason": " "})) == ["reason"]
    assert wrong_fields(judge.post("decisions/", {**body, "deed": "erase"})) == ["deed"]
    assert judge.post("decisions/", {**body, "version": 7}).status_code == 409
    made = judge.post("decisions/", {**body, "version": 1})
    assert made.status_code == 201
    (told,) = nobody.get("decisions/").json()["results"]
    assert told == made.json()
    assert (told["deed"], told["reason"], told["by"]) == ("hide", "An advert.", "moderator")
    assert nobody.get(f"claims/{claim.pk}/").status_code == 410
    assert judge.post("decisions/", body).status_code == 403, "it is hidden already"


def test_the_log_is_filtered_and_paged_at_one_price(
    claim: Claim, moderator: User, stranger: User, django_assert_num_queries
):
    comment = make_comment(claim=claim)
    moderation.flag(claim, by=stranger, kind=FlagKind.SPAM, remark="Rubbish.")
    rows = [
        moderation.decide(one, by=moderator, deed=Deed.LEAVE, reason=f"Reason {number}.")
        for number in range(3)
        for one in (claim, comment)
    ]
    hidden = moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="After all.")
    with django_assert_num_queries(1):
        answer = nobody.get("decisions/")
    assert numbers(answer) == [row.pk for row in [hidden, *reversed(rows)]]
    for told in ("stranger", "Rubbish", claim.statement):
        assert told not in answer.content.decode()
    asked = {"thing": "comment", "thing_id": comment.pk, "page_size": 2}
    page = nobody.get("decisions/", asked).json()
    assert len(page["results"]) == 2
    assert numbers(nobody.get(page["next"])) == [rows[1].pk]
    assert numbers(nobody.get("decisions/", {"deed": "hide"})) == [hidden.pk]
    assert Decision.objects.count() == 7
