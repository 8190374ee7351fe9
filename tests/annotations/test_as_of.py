"""A claim as it was: out of the logs, and never more than may be read now."""

from datetime import UTC, datetime, timedelta

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from annotations import as_of, claims, ratings
from annotations.models import Claim, Evidence, State
from tests.makers import make_claim, make_evidence, make_user
from tests.pages import queries, read

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
MARCH = datetime(2021, 3, 1, tzinfo=UTC)


def happened(at: datetime) -> None:
    """Let everything that was logged since the last such call have happened at that moment."""
    with pgtrigger.ignore():
        for name in ("Claim", "Evidence", "VerdictVote"):
            events = apps.get_model("annotations", f"{name}Event").objects
            events.filter(pgh_created_at__gt=datetime(2021, 6, 1, tzinfo=UTC)).update(
                pgh_created_at=at
            )


@pytest.fixture
def claim(author: User) -> Claim:
    """Return a claim of 1 March, with evidence of the second, judged on the third and fifth."""
    claim = make_claim(author=author)
    happened(MARCH)
    card = make_evidence(claim=claim, title="Survey of the river, 1931")
    happened(MARCH + DAY)
    people = [make_user(f"voter{number}") for number in range(8)]
    for person in people[:5]:
        ratings.cast_vote(claim, by=person, verdict="accurate", now=MARCH + 2 * DAY)
        ratings.rate(card, by=person, rating="yes", now=MARCH + 2 * DAY)
    happened(MARCH + 2 * DAY)
    for person in people[5:7]:
        ratings.cast_vote(claim, by=person, verdict="accurate", now=MARCH + 4 * DAY)
    happened(MARCH + 4 * DAY)
    return claim


def past(claim: Claim, at: datetime, user: User | None = None) -> as_of.Past:
    row = Claim.objects.for_page().get(pk=claim.pk)
    found = as_of.find_past(row, at, user or AnonymousUser())
    assert found is not None
    return found


# --- The moment -----------------------------------------------------------------------


def test_a_day_means_its_end_and_today_means_now():
    moment = as_of.read_moment("2026-03-01", now=NOW)
    assert moment == datetime(2026, 3, 2, tzinfo=UTC) - timedelta.resolution
    assert as_of.read_moment("2026-04-01", now=NOW) == NOW
    told = as_of.read_moment("2026-03-01T10:00:00+02:00", now=NOW)
    assert told == datetime(2026, 3, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-04-02", "2026-04-01T12:00:01Z", "yesterday", "2026-13-01"])
def test_the_future_and_nonsense_are_refused(text: str):
    with pytest.raises(ValidationError) as refused:
        as_of.parse_moment(text, now=NOW)
    assert set(refused.value.error_dict) == {"at"}


# --- The claim ------------------------------------------------------------------------


def test_before_it_was_marked_there_was_no_claim(claim: Claim):
    row = Claim.objects.for_page().get(pk=claim.pk)
    assert as_of.find_past(row, MARCH - HOUR, AnonymousUser()) is None


def test_the_statement_is_that_of_the_moment(claim: Claim, author: User):
    claims.edit(claim, by=author, version=1, statement="The river was turned south in a winter.")
    happened(MARCH + 6 * DAY)
    assert past(claim, MARCH + 5 * DAY).statement.startswith("The river was turned north")
    assert past(claim, MARCH + 6 * DAY).statement.startswith("The river was turned south")


def test_the_verdict_and_its_votes_are_those_of_the_moment(claim: Claim):
    first = past(claim, MARCH + HOUR).verdict
    assert (first.state, first.vote_count) == ("needs_ratings", 0)
    earned = past(claim, MARCH + 3 * DAY).verdict
    # It was held: nothing is missing but time and votes.
    assert (earned.state, earned.vote_count, earned.lacks) == ("needs_ratings", 5, ())
    stated = past(claim, MARCH + 4 * DAY).verdict
    assert (stated.state, stated.since) == ("accurate", MARCH + 4 * DAY)
    assert stated.bars is not None
    assert stated.bars[0].count == 7


def test_votes_that_were_changed_or_taken_back_since_still_count_then(claim: Claim):
    voter = User.objects.get(username="voter0")
    ratings.take_back_vote(claim, by=voter, now=MARCH + 6 * DAY)
    happened(MARCH + 6 * DAY)
    other = User.objects.get(username="voter1")
    ratings.cast_vote(claim, by=other, verdict="misleading", now=MARCH + 7 * DAY)
    happened(MARCH + 7 * DAY)
    assert past(claim, MARCH + 5 * DAY).verdict.vote_count == 7
    assert past(claim, MARCH + 6 * DAY).verdict.vote_count == 6
    bars = past(claim, MARCH + 7 * DAY).verdict.bars
    assert bars is not None
    assert [bar.count for bar in bars] == [5, 0, 0, 1, 0, 0, 0]


def test_the_evidence_is_that_of_the_moment(claim: Claim):
    Evidence.objects.update(title="Survey, second edition")
    happened(MARCH + 6 * DAY)
    assert past(claim, MARCH + HOUR).evidence == ()
    (card,) = past(claim, MARCH + 2 * DAY - HOUR).evidence
    assert (card.title, card.state) == ("Survey of the river, 1931", "needs_ratings")
    (card,) = past(claim, MARCH + 3 * DAY).evidence
    assert (card.state, card.rating_count) == ("helpful_one_viewpoint", 5)
    assert past(claim, MARCH + 6 * DAY).evidence[0].title == "Survey, second edition"


def test_evidence_that_was_moved_stands_where_it_stood(claim: Claim, author: User):
    other = make_claim(author=author)
    Evidence.objects.update(claim=other)
    happened(MARCH + 6 * DAY)
    assert len(past(claim, MARCH + 5 * DAY).evidence) == 1
    assert past(claim, MARCH + 6 * DAY).evidence == ()
    assert len(past(other, MARCH + 6 * DAY).evidence) == 1


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_evidence_that_is_not_shown_now_stays_unread_in_the_past(
    claim: Claim, client: Client, state: State
):
    Evidence.objects.update(state=state)
    happened(MARCH + 6 * DAY)
    assert past(claim, MARCH + 5 * DAY).evidence == ()
    assert past(claim, MARCH + 5 * DAY).verdict.state == "accurate"
    text = read(client, claim.get_absolute_url(), at="2021-03-05")
    assert "Survey of the river" not in text


def test_votes_of_the_past_are_hidden_from_who_is_still_to_vote(claim: Claim, reader: User):
    assert past(claim, MARCH + 5 * DAY, reader).verdict.bars is None


# --- The page -------------------------------------------------------------------------


def test_the_page_says_that_it_is_the_past_and_leads_to_the_present(claim: Claim, client: Client):
    text = read(client, claim.get_absolute_url(), at="2021-03-05")
    assert "5 March 2021, 23:59 UTC" in text
    assert f'href="{claim.get_absolute_url()}">See the claim as it is now' in text
    assert "v-accurate" in text
    assert "Your verdict" not in text
    assert 'content="noindex"' in text


def test_a_held_verdict_of_the_past_says_so(claim: Claim, client: Client):
    assert "held back until it would last" in read(
        client, claim.get_absolute_url(), at="2021-03-04"
    )


def test_before_the_claim_the_page_is_not_found(claim: Claim, client: Client):
    text = read(client, claim.get_absolute_url(), status=404, at="2021-02-01")
    assert "Nobody had marked this claim yet" in text


def test_what_is_no_moment_is_told(claim: Claim, client: Client):
    read(client, claim.get_absolute_url(), status=400, at="soon")
    read(client, claim.get_absolute_url(), status=400, at="2999-01-01")


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN])
def test_a_claim_that_is_not_shown_now_has_no_past(claim: Claim, client: Client, state: State):
    Claim.objects.update(state=state)
    text = read(client, claim.get_absolute_url(), status=410, at="2021-03-05")
    assert claim.statement not in text


def test_a_claim_that_was_hidden_then_is_not_shown_as_of_then(claim: Claim, client: Client):
    Claim.objects.update(state=State.HIDDEN)
    happened(MARCH + 6 * DAY)
    Claim.objects.update(state=State.VISIBLE)
    happened(MARCH + 8 * DAY)
    text = read(client, claim.get_absolute_url(), at="2021-03-07")
    assert "This claim was not shown then" in text
    assert "Verdict" not in text


def test_the_page_takes_the_same_queries_for_little_and_much(claim: Claim, client: Client):
    url = f"{claim.get_absolute_url()}?at=2021-03-20"
    few = queries(client, url)
    for _ in range(5):
        make_evidence(claim=claim)
    for number in range(5):
        ratings.cast_vote(claim, by=make_user(f"late{number}"), verdict="accurate")
    happened(MARCH + 9 * DAY)
    assert queries(client, url) == few
