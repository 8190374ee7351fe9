"""Flags and decisions."""

from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InternalError, transaction

from accounts.models import User
from annotations import claims, discussion, moderation, search
from annotations.models import (
    Claim,
    ClaimStanding,
    Comment,
    Decision,
    Deed,
    Evidence,
    Flag,
    FlagKind,
    Mention,
    Occurrence,
    State,
)
from annotations.revisions import StaleVersion
from tests.makers import make_claim, make_comment, make_evidence, make_user
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


# --- Flags ----------------------------------------------------------------------------


def test_a_member_flags_a_thing_once_while_nobody_decided(
    claim: Claim, stranger: User, reader: User, moderator: User
):
    first, is_new = moderation.flag(claim, by=stranger, kind=FlagKind.SPAM, remark=" An advert. ")
    assert (is_new, first.remark) == (True, "An advert.")
    again, is_new = moderation.flag(claim, by=stranger, kind=FlagKind.ABUSE)
    assert (again, is_new) == (first, False)
    assert moderation.flag(claim, by=reader, kind=FlagKind.SPAM)[1]
    decision = moderation.decide(claim, by=moderator, deed=Deed.LEAVE, reason="No advert.")
    assert set(decision.flags.all()) == set(Flag.objects.all())
    assert moderation.flag(claim, by=stranger, kind=FlagKind.SPAM)[1]


@pytest.mark.parametrize(
    ("kind", "remark", "field"),
    [
        ("boring", "", "kind"),
        (FlagKind.OTHER, " ", "remark"),
        (FlagKind.SPAM, "x" * 501, "remark"),
        (FlagKind.SPAM, "a\0b", "remark"),
    ],
)
def test_a_flag_says_what_is_wrong(
    claim: Claim, stranger: User, kind: str, remark: str, field: str
):
    with pytest.raises(ValidationError) as refusal:
        moderation.flag(claim, by=stranger, kind=kind, remark=remark)
    assert set(refusal.value.message_dict) == {field}
    assert not Flag.objects.exists()


def test_nobody_flags_what_they_cannot_read(claim: Claim, author: User, stranger: User):
    comment = make_comment(claim=claim)
    claims.withdraw(claim, by=author)
    with pytest.raises(PermissionDenied):
        moderation.flag(comment, by=stranger, kind=FlagKind.SPAM)


# --- Decisions ------------------------------------------------------------------------


def test_what_is_hidden_is_out_of_every_list_and_comes_back(
    claim: Claim, author: User, moderator: User
):
    comment = discussion.say(claim, by=moderator, body="@author look")
    make_evidence(claim=claim)
    rows: tuple[Any, ...] = (
        Claim.objects.visible(),
        search.claims(search.Query()),
        Occurrence.objects.visible(),
        Evidence.objects.visible(),
        Comment.objects.visible(),
        Mention.objects.visible(),
    )
    assert all(found.all().exists() for found in rows)
    moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="  Not a\n claim. ")
    assert not any(found.all().exists() for found in rows)
    comment.refresh_from_db()
    assert comment.state == State.VISIBLE, "what stands under it is not touched"
    claim.refresh_from_db()
    assert (claim.state, claim.state_reason, claim.version) == (State.HIDDEN, "Not a claim.", 2)
    moderation.decide(claim, by=moderator, deed=Deed.SHOW, reason="It is one.")
    assert all(found.all().exists() for found in rows)
    claim.refresh_from_db()
    assert (claim.state, claim.state_reason) == (State.VISIBLE, "")
    assert [one.deed for one in Decision.objects.order_by("pk")] == [Deed.HIDE, Deed.SHOW]


def test_what_is_locked_is_read_and_not_changed(claim: Claim, author: User, moderator: User):
    moderation.decide(claim, by=moderator, deed=Deed.LOCK, reason="Edit war.")
    assert Claim.objects.visible().exists()
    with pytest.raises(PermissionDenied, match="locked"):
        claims.edit(claim, by=author, version=2, statement="The river ran north in spring.")
    moderation.decide(claim, by=moderator, deed=Deed.UNLOCK, reason="It is over.")
    claims.edit(
        Claim.objects.get(), by=author, version=3, statement="The river ran north in spring."
    )


def test_hiding_counts_the_claim_anew(claim: Claim, moderator: User):
    card, comment = make_evidence(claim=claim), make_comment(claim=claim)

    def counts() -> tuple[int, int]:
        standing = ClaimStanding.objects.get(claim=claim)
        return standing.evidence_count, standing.comment_count

    assert counts() == (1, 1)
    for row, after in ((card, (0, 1)), (comment, (0, 0))):
        moderation.decide(row, by=moderator, deed=Deed.HIDE, reason="Spam.")
        assert counts() == after
    moderation.decide(card, by=moderator, deed=Deed.SHOW, reason="No spam.")
    assert counts() == (1, 0)


def test_what_its_author_took_back_stays_taken_back(claim: Claim, author: User, moderator: User):
    comment = make_comment(claim=claim)
    discussion.withdraw(comment, by=author)
    moderation.decide(comment, by=moderator, deed=Deed.HIDE, reason="Threats.")
    moderation.decide(comment, by=moderator, deed=Deed.SHOW, reason="No threats.")
    comment.refresh_from_db()
    assert comment.state == State.WITHDRAWN


def test_a_card_whose_address_was_brought_again_stays_withdrawn(claim: Claim, moderator: User):
    old = make_evidence(claim=claim, url="https://example.org/a", state=State.WITHDRAWN)
    make_evidence(claim=claim, url="https://example.org/a")
    with pytest.raises(ValidationError):
        moderation.decide(old, by=moderator, deed=Deed.HIDE, reason="Spam.")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("deed", "reason", "field"),
    [
        (Deed.HIDE, " ", "reason"),
        (Deed.HIDE, "x" * 501, "reason"),
        (Deed.ERASE, "Because.", "deed"),
        ("burn", "Because.", "deed"),
    ],
)
def test_a_decision_says_what_and_why(
    claim: Claim, moderator: User, deed: str, reason: str, field: str
):
    with pytest.raises(ValidationError) as refusal:
        moderation.decide(claim, by=moderator, deed=deed, reason=reason)
    assert set(refusal.value.message_dict) == {field}
    claim.refresh_from_db()
    assert claim.state == State.VISIBLE


def test_nobody_judges_what_is_their_own(claim: Claim, author: User, stranger: User):
    moderation.flag(claim, by=stranger, kind=FlagKind.SPAM)
    author.is_moderator = True
    author.save(update_fields=["is_moderator"])
    for deed in (Deed.HIDE, Deed.LOCK, Deed.LEAVE):
        with pytest.raises(PermissionDenied):
            moderation.decide(claim, by=author, deed=deed, reason="Mine.")
        with pytest.raises(PermissionDenied):
            moderation.decide(claim, by=stranger, deed=deed, reason="Theirs.")
    assert Flag.objects.undecided().exists()


def test_a_moderator_decides_on_what_they_saw(claim: Claim, author: User, moderator: User):
    claims.edit(claim, by=author, version=1, statement="The river ran north in spring.")
    with pytest.raises(StaleVersion):
        moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="No.", version=1)
    moderation.decide(claim, by=moderator, deed=Deed.HIDE, reason="No.", version=2)


def test_a_decision_is_written_once(claim: Claim, moderator: User):
    decision = moderation.decide(claim, by=moderator, deed=Deed.LEAVE, reason="Fine.")
    decision.reason = "Other."
    with pytest.raises(InternalError), transaction.atomic():
        decision.save(update_fields=["reason"])
    with pytest.raises(InternalError), transaction.atomic():
        decision.delete()


# --- At once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_edits_decisions_and_flags_at_once_none_is_lost():
    author, stranger = make_user("author"), make_user("stranger")
    moderators = [make_user(f"moderator{n}", is_moderator=True) for n in range(2)]
    for _ in range(5):
        claim = make_claim(author=author)
        results = outcomes_of_race(
            *(
                partial(moderation.decide, claim, by=one, deed=Deed.HIDE, reason="No.")
                for one in moderators
            ),
            partial(claims.edit, claim, by=author, version=1, statement="It ran north in spring."),
            *[partial(moderation.flag, claim, by=stranger, kind=FlagKind.SPAM)] * 2,
        )
        claim.refresh_from_db()
        assert claim.state == State.HIDDEN
        assert Decision.objects.filter(thing_id=claim.pk).count() == 1
        edited = results[2]
        assert (claim.statement == "It ran north in spring.") == isinstance(edited, Claim)
        assert Flag.objects.about("claim", claim.pk).count() <= 1
        unexpected = [
            one
            for one in results
            if isinstance(one, BaseException)
            and not isinstance(one, PermissionDenied | StaleVersion)
        ]
        assert not unexpected
