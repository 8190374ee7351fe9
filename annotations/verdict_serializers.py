"""Verdicts, votes and ratings over REST: the shapes of bodies and answers, and what fills them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from annotations import consensus, verdict_words
from annotations.consensus import Need
from annotations.models import (
    Claim,
    HelpfulnessRating,
    Rating,
    Verdict,
    VerdictChange,
    VerdictState,
    VerdictVote,
)
from annotations.ratings import Shown
from catalogue.addresses import address
from catalogue.rest.strict import Body, Choice, Integer

# --- Going out ------------------------------------------------------------------------


class Lack(serializers.Serializer[Any]):
    """One thing that is missing until a verdict is stated."""

    code = serializers.ChoiceField([need.value for need in Need])
    has = serializers.FloatField(
        allow_null=True, help_text="A count, hours or a chance; null where it would tell of votes."
    )
    wants = serializers.FloatField()
    words = serializers.CharField()


class Bar(serializers.Serializer[Any]):
    """The votes for one verdict."""

    verdict = serializers.ChoiceField(Verdict.choices)
    count = serializers.IntegerField()
    share = serializers.FloatField(
        allow_null=True,
        help_text=f"Null while there are fewer than {consensus.RULES.votes_min} votes.",
    )


class Vote(serializers.Serializer[Any]):
    """Your own vote, and the version of the claim it was about."""

    verdict = serializers.ChoiceField(Verdict.choices)
    claim_version = serializers.IntegerField()
    cast_at = serializers.DateTimeField()


class ClaimVerdict(serializers.Serializer[Any]):
    """What is stated of a claim, and what it rests on."""

    claim = serializers.IntegerField()
    claim_url = serializers.URLField()
    at = serializers.DateTimeField(allow_null=True, help_text="The moment asked for; null: now.")
    is_judged = serializers.BooleanField()
    state = serializers.ChoiceField(VerdictState.choices)
    since = serializers.DateTimeField(allow_null=True)
    vote_count = serializers.IntegerField()
    lacks = Lack(many=True)
    bars = Bar(
        many=True,
        allow_null=True,
        help_text="All seven, best first; null to members who may vote and have not.",
    )
    own_vote = Vote(allow_null=True, help_text="Of whoever asks, at present.")
    rules_version = serializers.IntegerField()


class ClaimVerdictChange(serializers.Serializer[Any]):
    """One change of what was stated."""

    at = serializers.DateTimeField()
    state = serializers.ChoiceField(VerdictState.choices)
    vote_count = serializers.IntegerField()
    votes = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="People by verdict; null to members who may vote and have not.",
    )
    rules_version = serializers.IntegerField()


class ClaimVerdictChanges(serializers.Serializer[Any]):
    """All changes of what was stated of a claim, newest first."""

    results = ClaimVerdictChange(many=True)


class EvidenceRating(serializers.Serializer[Any]):
    """Your own rating of an evidence item."""

    rating = serializers.ChoiceField(Rating.choices)
    cast_at = serializers.DateTimeField()


# --- Coming in ------------------------------------------------------------------------


class VoteBody(Body):
    """Your verdict on a claim."""

    verdict = Choice(Verdict.choices)
    version = Integer(
        required=False,
        min_value=1,
        help_text="The version of the claim that you read; the present one if not given.",
    )


class RatingBody(Body):
    """How helpful you find an evidence item."""

    rating = Choice(Rating.choices)


# --- Presenters -----------------------------------------------------------------------


def verdict(
    claim: Claim, shown: Shown, base: str, *, at: datetime | None, is_judged: bool
) -> dict[str, Any]:
    """Return what somebody is shown of a claim's verdict."""
    sees = shown.bars is not None
    return {
        "claim": claim.pk,
        "claim_url": base + address("api:claim", claim.pk),
        "at": at,
        "is_judged": is_judged,
        "state": shown.state,
        "since": shown.since,
        "vote_count": shown.vote_count,
        "lacks": [
            {"code": one.need.value, "has": one.has, "wants": one.wants, "words": one.words}
            for one in verdict_words.missing(shown.lacks, sees_votes=sees)
        ],
        "bars": None
        if shown.bars is None
        else [
            {"verdict": bar.verdict.value, "count": bar.count, "share": bar.share}
            for bar in shown.bars
        ],
        "own_vote": vote(shown.own) if shown.own else None,
        "rules_version": shown.rules_version,
    }


def vote(row: VerdictVote) -> dict[str, Any]:
    """Return one's own vote."""
    return {"verdict": row.verdict, "claim_version": row.claim_version, "cast_at": row.cast_at}


def change(row: VerdictChange, *, sees_votes: bool) -> dict[str, Any]:
    """Return one change of what was stated."""
    return {
        "at": row.at,
        "state": row.state,
        "vote_count": row.vote_count,
        "votes": row.votes if sees_votes else None,
        "rules_version": row.rules_version,
    }


def rating(row: HelpfulnessRating) -> dict[str, Any]:
    """Return one's own rating."""
    return {"rating": row.rating, "cast_at": row.cast_at}
