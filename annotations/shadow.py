"""The bridging score of evidence, computed beside the rules: nothing on a page depends on it."""

from collections import Counter
from datetime import datetime

from django.db import transaction

from annotations import bridging
from annotations.bridging import PARAMETERS, Parameters, Rated, Scores
from annotations.models import READABLE, BridgingScore, HelpfulnessRating, Rating

VALUES = {Rating.YES.value: 1.0, Rating.SOMEWHAT.value: 0.5, Rating.NO.value: 0.0}


def score(*, now: datetime, parameters: Parameters = PARAMETERS) -> Scores:
    """Score all evidence that everyone may read by all ratings of it, and store the scores.

    What is not scored any more is forgotten. A score is marked as published only where
    enough people rated enough evidence. Raises NotConverged: then the last scores stay.
    """
    rows = HelpfulnessRating.objects.filter(
        evidence__state__in=READABLE, evidence__claim__state__in=READABLE
    ).values_list("member", "evidence", "rating")
    rated = [Rated(member, item, VALUES[rating]) for member, item, rating in rows.iterator()]
    scores = bridging.score(rated, parameters)
    counts = Counter(one.item for one in rated)
    found = [
        BridgingScore(
            evidence_id=item,
            intercept=intercept,
            factor=scores.factors[item],
            rating_count=counts[item],
            is_published=item in scores.published,
            computed_at=now,
        )
        for item, intercept in scores.shadow.items()
    ]
    with transaction.atomic():
        BridgingScore.objects.exclude(evidence__in=scores.shadow).delete()
        BridgingScore.objects.bulk_create(
            found,
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["evidence"],
            update_fields=["intercept", "factor", "rating_count", "is_published", "computed_at"],
        )
    return scores
