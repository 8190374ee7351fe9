"""What is stated of claims and evidence, as votes, ratings and time pass."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from annotations import claims, ratings, standings
from annotations.models import (
    Claim,
    ClaimStanding,
    Evidence,
    EvidenceStanding,
    HelpfulnessChange,
    Kind,
    State,
    VerdictChange,
)
from tests.makers import make_claim, make_evidence, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def claim(author: User) -> Claim:
    return make_claim(author=author)


@pytest.fixture
def card(claim: Claim) -> Evidence:
    return make_evidence(claim=claim)


@pytest.fixture
def crowd(db: None) -> list[User]:
    return [make_user(f"voter{n}") for n in range(20)]


def vote(claim: Claim, people: list[User], verdict: str, now: datetime = NOW) -> None:
    for person in people:
        ratings.cast_vote(claim, by=person, verdict=verdict, now=now)


def rate(card: Evidence, people: list[User], rating: str, now: datetime = NOW) -> None:
    for person in people:
        ratings.rate(card, by=person, rating=rating, now=now)


def recount(claim: Claim, now: datetime) -> None:
    with transaction.atomic():
        standings.recount(standings.locked(claim.pk), now=now)


def stored(claim: Claim) -> ClaimStanding:
    return ClaimStanding.objects.get(claim=claim)


def history(claim: Claim) -> list[tuple[str, datetime]]:
    return list(VerdictChange.objects.filter(claim=claim).order_by("pk").values_list("state", "at"))


def judged(card: Evidence) -> tuple[str, str]:
    row = EvidenceStanding.objects.get(evidence=card)
    return row.state, row.side


# --- Evidence -------------------------------------------------------------------------


def test_evidence_is_helpful_once_both_sides_say_so(
    claim: Claim, card: Evidence, crowd: list[User]
):
    vote(claim, crowd[:3], "accurate")
    vote(claim, crowd[3:6], "inaccurate")
    rate(card, crowd[:5], "yes")
    assert judged(card) == ("helpful_one_viewpoint", "accurate")
    rate(card, crowd[5:6], "yes", NOW + HOUR)
    assert judged(card) == ("helpful", "")
    assert EvidenceStanding.objects.get().since == NOW + HOUR
    told = HelpfulnessChange.objects.order_by("pk").values_list("state", "side", "at")
    assert list(told) == [
        ("helpful_one_viewpoint", "accurate", NOW),
        ("helpful", "", NOW + HOUR),
    ]


def test_four_ratings_are_one_too_few(claim: Claim, card: Evidence, crowd: list[User]):
    vote(claim, crowd[:5], "accurate")
    rate(card, crowd[:4], "yes")
    assert judged(card) == ("needs_ratings", "")
    rate(card, crowd[4:5], "yes")
    assert judged(card) == ("helpful_one_viewpoint", "accurate")


def test_one_side_for_and_one_against_is_contested(claim: Claim, card: Evidence, crowd: list[User]):
    vote(claim, crowd[:3], "mostly_accurate")
    vote(claim, crowd[3:6], "misleading")
    rate(card, crowd[:3], "yes")
    rate(card, crowd[3:6], "no")
    assert judged(card) == ("contested", "")


def test_who_changes_sides_takes_the_viewpoint_along(
    claim: Claim, card: Evidence, crowd: list[User]
):
    vote(claim, crowd[:3], "accurate")
    vote(claim, crowd[3:5], "inaccurate")
    rate(card, crowd[:5], "yes")
    assert judged(card) == ("helpful_one_viewpoint", "accurate")
    vote(claim, crowd[:1], "inaccurate", NOW + HOUR)
    assert judged(card) == ("helpful_one_viewpoint", "inaccurate")
    assert HelpfulnessChange.objects.order_by("pk").values_list("side", "at").last() == (
        "inaccurate",
        NOW + HOUR,
    )


# --- The hold -------------------------------------------------------------------------


@pytest.fixture
def convincing(claim: Claim, card: Evidence, crowd: list[User]) -> Evidence:
    """Return a card that five people who voted accurate find helpful."""
    vote(claim, crowd[:5], "accurate")
    rate(card, crowd[:5], "yes")
    return card


def test_five_votes_without_evidence_state_nothing(claim: Claim, crowd: list[User]):
    vote(claim, crowd[:7], "accurate")
    recount(claim, NOW + 48 * HOUR)
    row = stored(claim)
    assert (row.state, row.held_state, row.due_at) == ("needs_ratings", "", None)


def test_an_earned_verdict_is_held_for_a_day_and_two_votes(
    claim: Claim, convincing: Evidence, crowd: list[User]
):
    row = stored(claim)
    assert (row.state, row.held_state, row.held_since) == ("needs_ratings", "accurate", NOW)
    assert (row.held_votes, row.due_at) == (5, None)
    vote(claim, crowd[5:7], "accurate", NOW + HOUR)
    assert stored(claim).due_at == NOW + 24 * HOUR
    assert standings.settle_due(now=NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    assert stored(claim).state == "needs_ratings"
    assert standings.settle_due(now=NOW + 24 * HOUR) == 1
    row = stored(claim)
    assert (row.state, row.since) == ("accurate", NOW + 24 * HOUR)
    assert (row.held_state, row.due_at) == ("", None)
    assert history(claim) == [("accurate", NOW + 24 * HOUR)]
    assert standings.settle_due(now=NOW + 99 * HOUR) == 0


def test_a_day_alone_is_not_enough_but_the_second_vote_after_it_is(
    claim: Claim, convincing: Evidence, crowd: list[User]
):
    vote(claim, crowd[5:6], "accurate", NOW + 30 * HOUR)
    assert stored(claim).state == "needs_ratings"
    # One who votes again is not one more.
    vote(claim, crowd[5:6], "mostly_accurate", NOW + 31 * HOUR)
    assert stored(claim).state == "needs_ratings"
    vote(claim, crowd[6:7], "accurate", NOW + 32 * HOUR)
    assert history(claim) == [("accurate", NOW + 32 * HOUR)]


def test_a_break_begins_the_wait_anew(claim: Claim, convincing: Evidence, crowd: list[User]):
    ratings.take_back_vote(claim, by=crowd[0], now=NOW + HOUR)
    assert stored(claim).held_state == ""
    vote(claim, crowd[:1], "accurate", NOW + 2 * HOUR)
    assert stored(claim).held_since == NOW + 2 * HOUR


def test_a_stated_verdict_is_dropped_at_once_when_it_no_longer_holds(
    claim: Claim, convincing: Evidence, crowd: list[User]
):
    vote(claim, crowd[5:7], "accurate", NOW + 25 * HOUR)
    assert stored(claim).state == "accurate"
    # P(7 of 10) is 0.89, P(7 of 11) is 0.81, P(7 of 12) 0.71.
    vote(claim, crowd[7:11], "needs_context", NOW + 26 * HOUR)
    assert stored(claim).state == "accurate"
    vote(claim, crowd[11:12], "needs_context", NOW + 27 * HOUR)
    assert stored(claim).state == "needs_ratings"
    assert history(claim) == [
        ("accurate", NOW + 25 * HOUR),
        ("needs_ratings", NOW + 27 * HOUR),
    ]


def test_one_viewpoint_counts_until_three_voted_on_the_other_side(
    claim: Claim, convincing: Evidence, crowd: list[User]
):
    vote(claim, crowd[5:15], "accurate", NOW + 25 * HOUR)
    vote(claim, crowd[15:17], "inaccurate", NOW + 26 * HOUR)
    assert stored(claim).state == "accurate"
    vote(claim, crowd[17:18], "inaccurate", NOW + 27 * HOUR)
    assert stored(claim).state == "needs_ratings"


def test_hidden_evidence_holds_no_verdict_up(claim: Claim, convincing: Evidence, crowd: list[User]):
    vote(claim, crowd[5:7], "accurate", NOW + 25 * HOUR)
    Evidence.objects.update(state=State.HIDDEN)
    recount(claim, NOW + 26 * HOUR)
    row = stored(claim)
    assert (row.state, row.helpful_to, row.evidence_count) == ("needs_ratings", {}, 0)


def test_a_claim_that_is_only_filed_loses_its_verdict_and_says_since_when(
    claim: Claim, convincing: Evidence, author: User, crowd: list[User]
):
    vote(claim, crowd[5:7], "accurate", NOW + 25 * HOUR)
    claims.edit(claim, by=author, version=1, kind=Kind.PREDICTION)
    row = stored(claim)
    assert (row.state, row.vote_count) == ("needs_ratings", 7)
    recount(claim, NOW + 900 * HOUR)
    assert stored(claim).since == row.since


def test_looking_again_changes_nothing_and_writes_no_history(
    claim: Claim, convincing: Evidence, crowd: list[User]
):
    vote(claim, crowd[5:7], "accurate", NOW + 25 * HOUR)
    before = ClaimStanding.objects.values().get(claim=claim)
    recount(claim, NOW + 26 * HOUR)
    assert ClaimStanding.objects.values().get(claim=claim) == before
    assert len(history(claim)) == 1


def test_a_recount_takes_as_many_queries_for_much_as_for_little(claim: Claim, crowd: list[User]):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            recount(claim, NOW)
        return len(captured)

    make_evidence(claim=claim)
    recount(claim, NOW)
    few = queries()
    for _ in range(8):
        card = make_evidence(claim=claim)
        rate(card, crowd[:9], "yes")
    vote(claim, crowd, "accurate")
    assert queries() == few


def test_a_sweep_with_nothing_due_costs_one_query(claim: Claim, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert standings.settle_due(now=NOW) == 0
