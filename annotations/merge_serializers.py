"""Merges and similar claims over REST: their shapes, and how they are written.

No queries of their own; `base` is the site's own address, without a slash.
"""

from typing import Any

from rest_framework import serializers

from annotations import models, presenters, similar
from annotations.merges import MODELS
from annotations.models import REASON_MAX, MergeState
from annotations.serializers import Claim
from catalogue.addresses import address
from catalogue.rest.parameters import BIGINT_MAX
from catalogue.rest.strict import Body, Choice, Integer, Text

THINGS = [str(thing) for thing in MODELS]


class SimilarClaim(serializers.Serializer[Any]):
    """A claim that says nearly the same."""

    likeness = serializers.FloatField(help_text="By trigrams, from 0 to 1.")
    share = serializers.FloatField(help_text="Of the words asked for that it has, from 0 to 1.")
    has_same_speaker = serializers.BooleanField()
    claim = Claim()


class SimilarClaims(serializers.Serializer[Any]):
    """Claims that say nearly the same, the likest first."""

    results = SimilarClaim(many=True)


class MergedAway(serializers.Serializer[Any]):
    """What was merged leads to what it was merged into."""

    detail = serializers.CharField()
    id = serializers.IntegerField(help_text="Where it leads, through any number of merges.")
    url = serializers.URLField()
    page = serializers.URLField()


class Merge(serializers.Serializer[Any]):
    """Two claims, or two speakers, that are said to be the same."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField()
    thing = serializers.ChoiceField(THINGS)
    # By this name the base class knows something else.
    source = serializers.IntegerField(  # type: ignore[assignment]
        help_text="Number of what leads to the target, if merged."
    )
    source_url = serializers.URLField()
    target = serializers.IntegerField(help_text="Number of what stays.")
    target_url = serializers.URLField()
    why = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(MergeState.choices)
    proposed_by = serializers.CharField(help_text="User name.")
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(
        allow_null=True, help_text="User name: of a moderator, or of who took it back."
    )
    decided_at = serializers.DateTimeField(allow_null=True)


class MergeBody(Body):
    """A proposal to merge."""

    thing = Choice([(thing, thing) for thing in THINGS])
    source = Integer(  # type: ignore[assignment]
        min_value=1, max_value=BIGINT_MAX, help_text="What leads to the other."
    )
    target = Integer(min_value=1, max_value=BIGINT_MAX, help_text="What stays.")
    why = Text(required=False, schema_max=REASON_MAX)


class ReasonBody(Body):
    """Why a moderator decides so; everyone can read it."""

    reason = Text(schema_min=1, schema_max=REASON_MAX)


def present(row: models.Merge, base: str) -> dict[str, Any]:
    """Return a merge. Needs who proposed and decided it."""
    return {
        "id": row.pk,
        "url": base + address("api:merge", row.pk),
        "page": base + address("annotations:merge", row.pk),
        "thing": row.thing,
        "source": row.source_id,
        "source_url": base + address(f"api:{row.thing}", row.source_id),
        "target": row.target_id,
        "target_url": base + address(f"api:{row.thing}", row.target_id),
        "why": row.why or None,
        "state": row.state,
        "proposed_by": row.proposed_by.username,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by.username if row.decided_by else None,
        "decided_at": row.decided_at,
    }


def present_similar(row: similar.Similar, base: str) -> dict[str, Any]:
    """Return a claim and how alike it is."""
    return {
        "likeness": round(row.likeness, 3),
        "share": round(row.share, 3),
        "has_same_speaker": row.has_same_speaker,
        "claim": presenters.claim(row.claim, base),
    }
