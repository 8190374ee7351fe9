"""The verdict on a claim's page, voting there, and what lists and films show of it."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from accounts.models import User
from annotations import claims, ratings
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
from catalogue.models import Video
from tests.makers import make_claim, make_evidence, make_samples, make_user
from tests.pages import queries, read

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def claim(author: User, video: Video) -> Claim:
    return make_claim(author=author, video=video)


@pytest.fixture
def member(client: Client, reader: User) -> Client:
    client.force_login(reader)
    return client


def vote(client: Client, claim: Claim, verdict: str = "accurate", version: int = 1):
    return client.post(f"/claims/{claim.pk}/vote/", {"verdict": verdict, "version": version})


def state(claim: Claim, verdict: str) -> None:
    """Let a verdict be stated, as if it had been earned."""
    ClaimStanding.objects.filter(claim=claim).update(
        state=verdict, since=NOW, vote_count=9, votes={"misleading": 9}
    )


def cast(claim: Claim, count: int, verdict: str = "accurate", first: int = 0) -> None:
    for number in range(first, first + count):
        ratings.cast_vote(claim, by=make_user(f"voter{number}"), verdict=verdict)


# --- The section ----------------------------------------------------------------------


def test_a_new_claim_says_what_is_missing_and_has_no_shares(client: Client, claim: Claim):
    text = read(client, claim.get_absolute_url())
    assert "0 so far, at least 5 needed" in text
    assert "Votes: 0 so far, at least 5 needed." in text
    assert "Evidence that was found helpful: 0 so far, at least 1 needed." in text
    assert "tally-bar" not in text
    assert "Sign in to vote" in text


def test_under_five_votes_there_are_counts_but_no_shares_and_no_colours(
    client: Client, claim: Claim
):
    cast(claim, 4)
    text = read(client, claim.get_absolute_url())
    assert "4 so far, at least 5 needed" in text
    assert text.count('class="v v-none"') == 7
    assert "tally-share" not in text
    cast(claim, 1, "misleading", first=4)
    text = read(client, claim.get_absolute_url())
    assert "v-none" not in text
    assert 'width="80.00%"' in text
    assert "80\u00a0%" in text


def test_a_member_votes_with_a_form_and_sees_the_others_then(member: Client, claim: Claim):
    cast(claim, 5)
    text = read(member, claim.get_absolute_url())
    assert "5 votes" in text
    assert "tally-bar" not in text
    assert "once you have voted" in text
    answer = vote(member, claim, "misleading")
    assert answer.headers["Location"] == f"/claims/{claim.pk}/#h-verdict"
    text = read(member, claim.get_absolute_url())
    assert "tally-bar" in text
    assert "6 votes" in text
    assert text.count(" checked") == 1
    assert "Take my vote back" in text


def test_a_vote_is_changed_and_taken_back(member: Client, claim: Claim):
    vote(member, claim, "accurate")
    vote(member, claim, "unsupported")
    assert VerdictVote.objects.get().verdict == "unsupported"
    member.post(f"/claims/{claim.pk}/vote/take-back/", {"verdict": "unsupported", "version": 1})
    assert not VerdictVote.objects.exists()


def test_a_vote_for_nothing_shows_the_error_beside_the_choices(member: Client, claim: Claim):
    answer = vote(member, claim, "")
    assert answer.status_code == 200
    assert "Choose one of the verdicts." in answer.content.decode()
    assert vote(member, claim, "true").status_code == 200
    assert not VerdictVote.objects.exists()


def test_a_changed_wording_is_shown_beside_ones_vote(member: Client, claim: Claim, author: User):
    vote(member, claim)
    claims.edit(claim, by=author, version=1, statement="The river was turned south in a winter.")
    text = read(member, claim.get_absolute_url())
    assert "The wording has changed since you voted" in text
    assert "The river was turned north within a single winter." in text
    vote(member, claim, version=2)
    assert "The wording has changed" not in read(member, claim.get_absolute_url())


def test_who_signs_in_to_vote_comes_back_to_the_claim(client: Client, claim: Claim, reader: User):
    answer = vote(client, claim)
    assert answer.headers["Location"] == f"/accounts/login/?next=/claims/{claim.pk}/vote/"
    client.force_login(reader)
    back = client.get(f"/claims/{claim.pk}/vote/")
    assert back.headers["Location"] == f"/claims/{claim.pk}/#h-verdict"


def test_the_author_sees_votes_and_has_no_form(client: Client, claim: Claim, author: User):
    cast(claim, 5)
    client.force_login(author)
    text = read(client, claim.get_absolute_url())
    assert "tally-bar" in text
    assert "You marked this claim." in text
    assert vote(client, claim).status_code == 403


@pytest.mark.parametrize("state", [State.HIDDEN, State.WITHDRAWN, State.LOCKED])
def test_what_is_not_open_refuses_votes_and_tells_nothing(
    member: Client, claim: Claim, state: State
):
    Claim.objects.update(state=state)
    for answer in (vote(member, claim), vote(member, claim, "nothing")):
        assert answer.status_code == 403
        assert claim.statement not in answer.content.decode()
    assert member.post(f"/claims/{claim.pk}/vote/take-back/").status_code == 403


def test_a_locked_claim_shows_everyone_its_votes(member: Client, claim: Claim):
    cast(claim, 5)
    Claim.objects.update(state=State.LOCKED)
    text = read(member, claim.get_absolute_url())
    assert "tally-bar" in text
    assert "votes stay as they are" in text


def test_what_is_filed_is_not_voted_on(member: Client, author: User):
    claim = make_claim(author=author, kind=Kind.PREDICTION)
    text = read(member, claim.get_absolute_url())
    assert "Filed, not judged" in text
    assert "Your verdict" not in text
    assert vote(member, claim).status_code == 403


def test_a_stated_verdict_is_told_with_its_day_and_its_history(client: Client, claim: Claim):
    state(claim, "inaccurate")
    VerdictChange.objects.create(claim=claim, at=NOW, state="inaccurate", vote_count=9)
    text = read(client, claim.get_absolute_url())
    assert "v-inaccurate" in text
    assert "1 March 2026" in text
    assert "1 change of the verdict" in text
    assert "?at=2026-03-01T12%3A00%3A00%2B00%3A00" in text
    assert "What is missing" not in text


def test_the_page_takes_the_same_queries_for_many_votes_cards_and_changes(
    member: Client, claim: Claim
):
    vote(member, claim)
    make_evidence(claim=claim)
    few = queries(member, claim.get_absolute_url())
    cast(claim, 6)
    for day in range(5):
        make_evidence(claim=claim)
        VerdictChange.objects.create(claim=claim, at=NOW + timedelta(days=day), state="accurate")
    assert queries(member, claim.get_absolute_url()) == few


# --- Ratings --------------------------------------------------------------------------


def rendered(claim: Claim, user: User, *, has_voted: bool) -> str:
    request = RequestFactory().get("/")
    request.user = user
    (rating,) = ratings.cards_shown(claim, user, has_voted=has_voted).values()
    return render_to_string("annotations/_rate.html", {"rating": rating}, request)


def test_a_card_is_rated_by_a_button_and_taken_back(member: Client, claim: Claim, reader: User):
    card = make_evidence(claim=claim)
    text = rendered(claim, reader, has_voted=False)
    assert "Ratings: 0 so far, at least 5 needed." in text
    assert f'action="/evidence/{card.pk}/rating/"' in text
    answer = member.post(f"/evidence/{card.pk}/rating/", {"rating": "somewhat"})
    assert answer.headers["Location"] == card.get_absolute_url()
    assert HelpfulnessRating.objects.get().rating == "somewhat"
    assert 'aria-pressed="true"' in rendered(claim, reader, has_voted=False)
    member.post(f"/evidence/{card.pk}/rating/", {"rating": "splendid"})
    assert HelpfulnessRating.objects.get().rating == "somewhat"
    member.post(f"/evidence/{card.pk}/rating/take-back/")
    assert not HelpfulnessRating.objects.exists()


def test_who_has_not_voted_learns_nothing_of_sides(claim: Claim, reader: User):
    make_evidence(claim=claim)
    assert "voted misleading or inaccurate" in rendered(claim, reader, has_voted=True)
    text = rendered(claim, reader, has_voted=False)
    assert "voted misleading or inaccurate" not in text
    assert text.count("people who voted differently") == 1


def test_ones_own_card_has_no_buttons(client: Client, claim: Claim, reader: User):
    card = make_evidence(claim=claim, author=reader)
    assert "<form" not in rendered(claim, reader, has_voted=False)
    client.force_login(reader)
    assert client.post(f"/evidence/{card.pk}/rating/", {"rating": "yes"}).status_code == 403


def test_a_hidden_card_is_not_rated_and_told_of(member: Client, claim: Claim):
    card = make_evidence(claim=claim)
    Evidence.objects.update(state=State.HIDDEN)
    answer = member.post(f"/evidence/{card.pk}/rating/", {"rating": "yes"})
    assert answer.status_code == 403
    assert card.title not in answer.content.decode()


# --- Lists and films ------------------------------------------------------------------


def test_lists_and_the_watch_page_show_the_state_in_shape_and_words(
    client: Client, claim: Claim, video: Video
):
    state(claim, "inaccurate")
    for url in ("/claims/", video.get_absolute_url()):
        text = read(client, url)
        assert "#m-inaccurate" in text
        assert "Inaccurate" in text
    assert "within a single winter. (Inaccurate)" in read(client, video.get_absolute_url())


def test_marks_that_share_a_place_show_a_verdict_only_if_all_have_it(
    client: Client, author: User, video: Video
):
    made = [make_claim(author=author, video=video) for _ in range(6)]
    for claim in made[:-1]:
        state(claim, "accurate")
    assert 'class="v v-mixed"' in read(client, video.get_absolute_url())
    state(made[-1], "accurate")
    assert 'class="v v-mixed"' not in read(client, video.get_absolute_url())


def test_the_list_of_claims_is_filtered_by_verdict(client: Client, author: User):
    wrong = make_claim(author=author, statement="The wrong one is this.")
    make_claim(author=author, statement="The open one is this.")
    make_claim(author=author, statement="The filed one is this.", kind=Kind.EXPERIENCE)
    state(wrong, "inaccurate")
    text = read(client, "/claims/", verdict="inaccurate")
    assert "The wrong one" in text
    assert "The open one" not in text
    assert re.search(r'name="verdict"\s+value="inaccurate"[^>]*\bchecked\b', text)
    text = read(client, "/claims/", verdict="needs_ratings")
    assert "The open one" in text
    assert "The filed one" not in text
    read(client, "/claims/", status=400, verdict="true")


def test_a_hundred_claims_on_a_film_cost_no_more_queries_than_one(
    client: Client, author: User, video: Video
):
    make_samples(video, *((NOW + timedelta(days=n), 100 + n, n, None, 1) for n in range(40)))
    state(make_claim(author=author, video=video), "accurate")
    few = queries(client, video.get_absolute_url())
    for number in range(99):
        claim = make_claim(author=author, video=video, start_ms=number * 5000, end_ms=500_000)
        state(claim, "inaccurate")
        VerdictChange.objects.create(
            claim=claim, at=NOW + timedelta(days=number % 40), state="inaccurate"
        )
    assert queries(client, video.get_absolute_url()) == few
    assert "Verdict stated: Inaccurate" in read(client, video.get_absolute_url())
