"""The bridging score, stored in shadow."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from accounts.models import User
from annotations import bridging, shadow, tasks
from annotations.models import BridgingScore, Evidence, HelpfulnessRating, State
from tests.makers import make_claim, make_evidence, make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 2, 40, tzinfo=UTC)
SMALL = replace(bridging.PARAMETERS, rater_min=4, item_min=4, raters_min=6, items_min=4)


@pytest.fixture
def cards(author: User) -> list[Evidence]:
    """Return three cards that one camp of two likes, three of the other, and one of both."""
    claim = make_claim(author=author)
    cards = [make_evidence(claim=claim) for _ in range(7)]
    for number in range(8):
        person = make_user(f"rater{number}")
        liked = {0, 1, 2, 6} if number % 2 else {3, 4, 5, 6}
        for place, card in enumerate(cards):
            rating = "yes" if place in liked else "no"
            HelpfulnessRating.objects.create(
                evidence=card, member=person, rating=rating, cast_at=NOW
            )
    return cards


def test_what_both_camps_like_scores_highest(cards: list[Evidence]):
    shadow.score(now=NOW, parameters=SMALL)
    scores = BridgingScore.objects.in_bulk()
    best = max(scores.values(), key=lambda row: row.intercept)
    assert best.pk == cards[6].pk
    assert (best.rating_count, best.computed_at) == (8, NOW)
    # Those of the camps stand on two sides.
    assert scores[cards[0].pk].factor * scores[cards[3].pk].factor < 0


def test_nothing_is_published_below_the_thresholds(cards: list[Evidence]):
    shadow.score(now=NOW, parameters=replace(SMALL, raters_min=9))
    assert BridgingScore.objects.count() == 7
    assert not BridgingScore.objects.filter(is_published=True).exists()
    shadow.score(now=NOW, parameters=SMALL)
    assert not BridgingScore.objects.filter(is_published=False).exists()


def test_what_is_hidden_is_forgotten(cards: list[Evidence]):
    shadow.score(now=NOW, parameters=SMALL)
    Evidence.objects.filter(pk=cards[0].pk).update(state=State.HIDDEN)
    shadow.score(now=NOW, parameters=SMALL)
    assert not BridgingScore.objects.filter(pk=cards[0].pk).exists()
    assert BridgingScore.objects.count() == 6


def test_with_the_parameters_in_force_so_few_are_not_scored(cards: list[Evidence]):
    assert tasks.score_bridging() == 0
    assert not BridgingScore.objects.exists()
