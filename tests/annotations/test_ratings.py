"""Voting on claims and rating evidence: rights, changes, and what they lead to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from annotations import claims, ratings
from annotations.models import (
    Claim,
    ClaimStanding,
    Evidence,
    EvidenceStanding,
    HelpfulnessRating,
    Kind,
    State,
    VerdictVote,
)
from tests.makers import make_claim, make_evidence, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


@pytest.fixture
def card(claim: Claim, stranger: User) -> Evidence:
    return make_evidence(claim=claim, author=stranger)


def counted(claim: Claim) -> dict[str, int]:
    return ClaimStanding.objects.get(claim=claim).votes


# --- Votes ----------------------------------------------------------------------------


def test_a_vote_counts_at_once(claim: Claim, reader: User):
    vote = ratings.cast_vote(claim, by=reader, verdict="accurate", now=NOW)
    assert (vote.verdict, vote.claim_version, vote.cast_at) == ("accurate", 1, NOW)
    assert counted(claim) == {"accurate": 1}


def test_a_vote_can_be_changed_and_stays_one(claim: Claim, reader: User):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    ratings.cast_vote(claim, by=reader, verdict="misleading")
    assert counted(claim) == {"misleading": 1}
    assert VerdictVote.objects.get().verdict == "misleading"


def test_the_same_vote_again_changes_nothing(claim: Claim, reader: User):
    ratings.cast_vote(claim, by=reader, verdict="accurate", now=NOW)
    ratings.cast_vote(claim, by=reader, verdict="accurate", now=NOW + HOUR)
    assert VerdictVote.objects.get().cast_at == NOW
    assert apps.get_model("annotations", "VerdictVoteEvent").objects.count() == 1


def test_the_same_vote_on_a_new_wording_is_a_new_one(claim: Claim, author: User, reader: User):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    claims.edit(claim, by=author, version=1, statement="The river was turned south in a winter.")
    assert ratings.cast_vote(claim, by=reader, verdict="accurate").claim_version == 2


def test_a_vote_is_on_the_wording_that_was_read(claim: Claim, author: User, reader: User):
    claims.edit(claim, by=author, version=1, statement="The river was turned south in a winter.")
    vote = ratings.cast_vote(claim, by=reader, verdict="accurate", version=1)
    assert vote.claim_version == 1
    shown = ratings.shown(Claim.objects.for_page().get(), reader, now=NOW)
    assert shown.read_statement == "The river was turned north within a single winter."
    # A version that is yet to come is the present one.
    assert ratings.cast_vote(claim, by=reader, verdict="accurate", version=9).claim_version == 2


def test_an_edit_of_something_else_is_no_other_wording(claim: Claim, author: User, reader: User):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    claims.edit(claim, by=author, version=1, tags=["Dams"])
    assert ratings.shown(Claim.objects.for_page().get(), reader, now=NOW).read_statement == ""


def test_a_vote_that_is_taken_back_is_gone_but_logged(claim: Claim, reader: User):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    ratings.take_back_vote(claim, by=reader)
    ratings.take_back_vote(claim, by=reader)
    assert counted(claim) == {}
    assert not VerdictVote.objects.exists()
    log = apps.get_model("annotations", "VerdictVoteEvent").objects.order_by("pgh_id")
    assert list(log.values_list("pgh_label", "verdict")) == [
        ("insert", "accurate"),
        ("delete", "accurate"),
    ]
    assert log.last().pgh_context.metadata["user"] == reader.pk


def test_nobody_votes_on_their_own_claim(claim: Claim, author: User):
    with pytest.raises(PermissionDenied):
        ratings.cast_vote(claim, by=author, verdict="accurate")


@pytest.mark.parametrize("state", [State.HIDDEN, State.LOCKED, State.WITHDRAWN])
def test_what_is_not_open_takes_no_votes(claim: Claim, card: Evidence, reader: User, state: State):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    ratings.rate(card, by=reader, rating="yes")
    Claim.objects.update(state=state)
    for deed in (
        lambda: ratings.cast_vote(claim, by=reader, verdict="inaccurate"),
        lambda: ratings.take_back_vote(claim, by=reader),
        lambda: ratings.rate(card, by=reader, rating="no"),
        lambda: ratings.take_back_rating(card, by=reader),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert VerdictVote.objects.get().verdict == "accurate"
    assert HelpfulnessRating.objects.get().rating == "yes"


def test_what_is_only_filed_takes_no_votes(author: User, reader: User):
    claim = make_claim(author=author, kind=Kind.PREDICTION)
    card = make_evidence(claim=claim)
    with pytest.raises(PermissionDenied, match="filed"):
        ratings.cast_vote(claim, by=reader, verdict="accurate")
    with pytest.raises(PermissionDenied, match="filed"):
        ratings.rate(card, by=reader, rating="yes")


def test_a_vote_can_be_taken_back_from_what_was_filed_since(
    claim: Claim, author: User, reader: User
):
    ratings.cast_vote(claim, by=reader, verdict="accurate")
    claims.edit(claim, by=author, version=1, kind=Kind.PREDICTION)
    ratings.take_back_vote(claim, by=reader)
    assert counted(claim) == {}


def test_an_unknown_verdict_or_rating_is_refused_by_name(
    claim: Claim, card: Evidence, reader: User
):
    with pytest.raises(ValidationError) as refused:
        ratings.cast_vote(claim, by=reader, verdict="true")
    assert set(refused.value.error_dict) == {"verdict"}
    with pytest.raises(ValidationError) as refused:
        ratings.rate(card, by=reader, rating="maybe")
    assert set(refused.value.error_dict) == {"rating"}


# --- Who sees votes -------------------------------------------------------------------


def sees(claim: Claim, user: User | AnonymousUser) -> bool:
    row = Claim.objects.for_page().get(pk=claim.pk)
    return ratings.shown(row, user, now=NOW).bars is not None


def test_votes_are_hidden_until_one_has_voted(claim: Claim, author: User, reader: User):
    voter = make_user("voter")
    ratings.cast_vote(claim, by=voter, verdict="accurate")
    assert not sees(claim, reader)
    assert sees(claim, voter)
    assert sees(claim, author)
    assert sees(claim, AnonymousUser())
    ratings.cast_vote(claim, by=reader, verdict="inaccurate")
    assert sees(claim, reader)
    ratings.take_back_vote(claim, by=reader)
    assert not sees(claim, reader)
    Claim.objects.update(state=State.LOCKED)
    assert sees(claim, reader)


# --- Ratings --------------------------------------------------------------------------


def test_a_rating_counts_changes_and_is_taken_back(card: Evidence, reader: User):
    ratings.rate(card, by=reader, rating="yes")
    assert EvidenceStanding.objects.get().groups == {"neither": {"yes": 1}}
    ratings.rate(card, by=reader, rating="somewhat")
    ratings.rate(card, by=reader, rating="somewhat")
    assert EvidenceStanding.objects.get().groups == {"neither": {"somewhat": 1}}
    ratings.take_back_rating(card, by=reader)
    ratings.take_back_rating(card, by=reader)
    assert EvidenceStanding.objects.get().rating_count == 0
    log = apps.get_model("annotations", "HelpfulnessRatingEvent").objects.order_by("pgh_id")
    assert list(log.values_list("pgh_label", flat=True)) == ["insert", "update", "delete"]


def test_a_vote_puts_ones_ratings_on_a_side(claim: Claim, card: Evidence, reader: User):
    ratings.rate(card, by=reader, rating="yes")
    ratings.cast_vote(claim, by=reader, verdict="misleading")
    assert EvidenceStanding.objects.get().groups == {"inaccurate": {"yes": 1}}
    ratings.take_back_vote(claim, by=reader)
    assert EvidenceStanding.objects.get().groups == {"neither": {"yes": 1}}


def test_nobody_rates_their_own_card_but_others_on_their_claim(
    claim: Claim, card: Evidence, author: User, stranger: User
):
    with pytest.raises(PermissionDenied):
        ratings.rate(card, by=stranger, rating="yes")
    assert ratings.rate(card, by=author, rating="no").rating == "no"


def test_a_hidden_card_is_not_rated(card: Evidence, reader: User):
    Evidence.objects.update(state=State.HIDDEN)
    with pytest.raises(PermissionDenied):
        ratings.rate(card, by=reader, rating="yes")


def test_a_rating_follows_its_card_to_another_claim(card: Evidence, author: User, reader: User):
    other = make_claim(author=author)
    Evidence.objects.update(claim=other)
    ratings.rate(card, by=reader, rating="yes")
    assert EvidenceStanding.objects.get().rating_count == 1


def test_sides_are_told_apart_only_to_who_sees_votes(claim: Claim, card: Evidence, reader: User):
    ratings.rate(card, by=reader, rating="yes")
    shown = ratings.cards_shown(claim, reader, has_voted=False)[card.pk]
    assert (shown.own, shown.may_rate, shown.sees_votes) == ("yes", True, False)
    assert ratings.cards_shown(claim, reader, has_voted=True)[card.pk].sees_votes
    visitor = ratings.cards_shown(claim, AnonymousUser(), has_voted=False)[card.pk]
    assert (visitor.own, visitor.may_rate, visitor.sees_votes) == ("", False, True)
