"""Where occurrences may be now, over REST: shapes of bodies and answers, and what fills them."""

from typing import Any

from rest_framework import serializers

from annotations.anchors import OFFSET_MAX_MS, WHY_MAX, Shifted, Step
from annotations.models import AnchorHealth, AnchorProposal, ProposalState
from catalogue.addresses import address
from catalogue.presenters import video_url
from catalogue.rest.strict import Body, Integer, Text

# --- Going out ------------------------------------------------------------------------


class Span(serializers.Serializer[Any]):
    """A range in a video, in milliseconds from its start."""

    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()


class Proposal(serializers.Serializer[Any]):
    """Where an occurrence may be now; somebody decides."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    occurrence = serializers.IntegerField()
    occurrence_url = serializers.URLField()
    claim = serializers.IntegerField()
    video = serializers.CharField(help_text="The key of the video.")
    video_url = serializers.URLField()
    quote = serializers.CharField(allow_null=True)
    present = Span(help_text="Where the occurrence is pinned at present.")
    proposed = Span(allow_null=True, help_text="Null where somebody has to find it.")
    health = serializers.ChoiceField(AnchorHealth.choices)
    score = serializers.FloatField(
        allow_null=True, help_text="How like the quote the words found are; null: no words."
    )
    state = serializers.ChoiceField(ProposalState.choices)
    created_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True, help_text="User name.")
    decided_at = serializers.DateTimeField(allow_null=True)


class ShiftStep(serializers.Serializer[Any]):
    """Where a shift brings one occurrence."""

    occurrence = serializers.IntegerField()
    occurrence_url = serializers.URLField()
    claim = serializers.IntegerField()
    start_ms = serializers.IntegerField(help_text="Where it starts after the shift.")
    end_ms = serializers.IntegerField()
    problem = serializers.CharField(allow_null=True, help_text="Why it stays where it is.")


class ShiftResult(serializers.Serializer[Any]):
    """What a shift moved, or would move, and what it left."""

    dry_run = serializers.BooleanField()
    moved = ShiftStep(many=True)
    left = ShiftStep(many=True)
    fingerprint = serializers.CharField(
        help_text="Of the occurrences before the shift; send it as `expected`."
    )


# --- Coming in ------------------------------------------------------------------------


class ShiftBody(Body):
    """A shift of all occurrences of a video from a moment on."""

    offset_ms = Integer(
        min_value=-OFFSET_MAX_MS,
        max_value=OFFSET_MAX_MS,
        help_text="How much later; negative for earlier.",
    )
    from_ms = Integer(
        required=False,
        min_value=0,
        max_value=OFFSET_MAX_MS,
        help_text="What starts before this stays; 0 if not given.",
    )
    why = Text(required=False, schema_max=WHY_MAX, help_text="For the log.")
    dry_run = serializers.BooleanField(
        required=False, help_text="Tell what would move, and move nothing."
    )
    expected = Text(
        required=False,
        schema_max=64,
        help_text="The `fingerprint` of a dry run: 409 if somebody changed occurrences since.",
    )


# --- Filling them ---------------------------------------------------------------------


def proposal(row: AnchorProposal, base: str) -> dict[str, Any]:
    """Return a proposal. Needs `AnchorProposal.objects.for_page()`."""
    occurrence = row.occurrence
    has_place = row.start_ms is not None
    return {
        "id": row.pk,
        "url": base + address("api:anchor", row.pk),
        "occurrence": occurrence.pk,
        "occurrence_url": base + address("api:occurrence", occurrence.pk),
        "claim": occurrence.claim_id,
        "video": occurrence.video.key,
        "video_url": video_url(occurrence.video, base),
        "quote": occurrence.quote or None,
        "present": {"start_ms": occurrence.start_ms, "end_ms": occurrence.end_ms},
        "proposed": {"start_ms": row.start_ms, "end_ms": row.end_ms} if has_place else None,
        "health": row.health,
        "score": row.score,
        "state": row.state,
        "created_at": row.created_at,
        "decided_by": row.decided_by.username if row.decided_by else None,
        "decided_at": row.decided_at,
    }


def shift(done: Shifted, base: str, *, is_dry_run: bool) -> dict[str, Any]:
    """Return what a shift did, or would do."""
    return {
        "dry_run": is_dry_run,
        "moved": [_step(step, base) for step in done.moved],
        "left": [_step(step, base) for step in done.left],
        "fingerprint": done.fingerprint,
    }


def _step(step: Step, base: str) -> dict[str, Any]:
    row = step.occurrence
    return {
        "occurrence": row.pk,
        "occurrence_url": base + address("api:occurrence", row.pk),
        "claim": row.claim_id,
        "start_ms": row.start_ms if step.problem else step.start_ms,
        "end_ms": row.end_ms if step.problem else step.end_ms,
        "problem": step.problem or None,
    }
