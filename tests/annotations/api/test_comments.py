"""The discussion over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from annotations import claims, discussion, moderation
from annotations.models import Claim, Comment, Deed, Mention
from tests.annotations.api.bodies import numbers, wrong_fields
from tests.makers import make_claim, make_comment
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


def test_a_member_says_something_and_is_answered(
    claim: Claim, member: Caller, other: Caller, author: User
):
    said = other.post("comments/", {"claim": claim.pk, "body": " @author, which winter? "})
    assert said.status_code == 201
    first = said.json()
    assert (first["body"], first["answers_to"], first["author"]) == (
        "@author, which winter?",
        None,
        "stranger",
    )
    assert said.headers["Location"] == first["url"]
    assert Mention.objects.get().member == author
    answer = member.post(
        "comments/", {"claim": claim.pk, "answers_to": first["id"], "body": "The second."}
    )
    assert answer.json()["answers_to"] == first["id"]
    assert nobody.get(f"comments/{first['id']}/").json() == first


def test_what_is_wrong_is_told(claim: Claim, member: Caller, author: User):
    elsewhere = make_comment(claim=make_claim(author=author))
    for body, wrong in (
        ({"claim": claim.pk}, ["body"]),
        ({"claim": claim.pk, "body": " "}, ["body"]),
        ({"claim": claim.pk, "body": "x" * 3001}, ["body"]),
        ({"claim": 999_999, "body": "x"}, ["claim"]),
        ({"claim": claim.pk, "body": "x", "answers_to": elsewhere.pk}, ["answers_to"]),
        ({"claim": claim.pk, "body": "x", "mood": "bad"}, ["mood"]),
    ):
        assert wrong_fields(member.post("comments/", body)) == wrong
    assert Comment.objects.count() == 1


def test_comments_of_a_claim_come_as_they_were_said_and_all_the_newest_first(
    claim: Claim, author: User, django_assert_num_queries
):
    said = [make_comment(claim=claim).pk for _ in range(3)]
    elsewhere = make_comment(claim=make_claim(author=author)).pk
    with django_assert_num_queries(1):
        assert numbers(nobody.get("comments/", {"claim": claim.pk})) == said
    assert numbers(nobody.get("comments/")) == [elsewhere, *reversed(said)]
    page = nobody.get("comments/", {"claim": claim.pk, "page_size": 2}).json()
    assert numbers(nobody.get(page["next"])) == said[2:]


def test_a_comment_is_edited_for_a_while(claim: Claim, member: Caller):
    comment = make_comment(claim=claim)
    address = f"comments/{comment.pk}/"
    assert wrong_fields(member.patch(address, {"body": "In May."})) == ["version"]
    etag = nobody.get(address).headers["ETag"]
    edited = member.patch(address, {"body": "In May."}, If_Match=etag)
    assert (edited.json()["body"], edited.json()["version"]) == ("In May.", 2)
    assert member.patch(address, {"body": "In June."}, If_Match=etag).status_code == 412
    stale = member.patch(address, {"body": "In June.", "version": 1})
    assert (stale.status_code, stale.json()["version"]) == (409, 2)
    assert wrong_fields(member.patch(address, {"body": "", "version": 2})) == ["body"]
    Comment.objects.update(created_at=timezone.now() - timedelta(hours=1))
    late = member.patch(address, {"body": "In June.", "version": 2})
    assert late.status_code == 403
    assert "15 minutes" in late.json()["detail"]
    assert member.delete(address).status_code == 204
    gone = nobody.get(address)
    assert gone.status_code == 410
    assert "May" not in gone.content.decode()
    assert nobody.get("comments/999999/").status_code == 404


def test_what_is_gone_is_in_no_list(claim: Claim, author: User, moderator: User, other: Caller):
    withdrawn, hidden = make_comment(claim=claim), make_comment(claim=claim)
    discussion.withdraw(withdrawn, by=author)
    moderation.decide(hidden, by=moderator, deed=Deed.HIDE, reason="Rude.")
    under = make_comment(claim=make_claim(author=author))
    claims.withdraw(under.claim, by=author)
    assert numbers(nobody.get("comments/")) == []
    for row in (withdrawn, hidden, under):
        answer = other.get(f"comments/{row.pk}/")
        assert answer.status_code == 410
        assert row.body not in answer.content.decode()
        refused = other.post("comments/", {"claim": claim.pk, "body": "Yes.", "answers_to": row.pk})
        assert wrong_fields(refused) == ["answers_to"]
