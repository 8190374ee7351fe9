"""Votes and ratings, what they support at present, and what they supported before.

What is derived stands in narrow tables of its own: recounting rewrites no wide row, and is no
edit of anything.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from annotations import consensus
from annotations.models.claims import Claim
from annotations.models.evidence import Evidence
from annotations.models.logged import append_only, logged


class Verdict(models.TextChoices):
    """What one member says of a claim, best first; the last two are on no scale."""

    ACCURATE = consensus.Verdict.ACCURATE.value, _("Accurate")
    MOSTLY_ACCURATE = consensus.Verdict.MOSTLY_ACCURATE.value, _("Mostly accurate")
    NEEDS_CONTEXT = consensus.Verdict.NEEDS_CONTEXT.value, _("Needs context")
    MISLEADING = consensus.Verdict.MISLEADING.value, _("Misleading")
    INACCURATE = consensus.Verdict.INACCURATE.value, _("Inaccurate")
    UNSUPPORTED = consensus.Verdict.UNSUPPORTED.value, _("Unsupported")
    NOT_CHECKABLE = consensus.Verdict.NOT_CHECKABLE.value, _("Not checkable")


class VerdictState(models.TextChoices):
    """What is stated of a claim."""

    NEEDS_RATINGS = consensus.VerdictState.NEEDS_RATINGS.value, _("Needs more ratings")
    ACCURATE = consensus.VerdictState.ACCURATE.value, _("Accurate")
    NEEDS_CONTEXT = consensus.VerdictState.NEEDS_CONTEXT.value, _("Needs context")
    INACCURATE = consensus.VerdictState.INACCURATE.value, _("Inaccurate")


class Rating(models.TextChoices):
    """How helpful one member finds an evidence item."""

    YES = consensus.Rating.YES.value, _("Helpful")
    SOMEWHAT = consensus.Rating.SOMEWHAT.value, _("Somewhat helpful")
    NO = consensus.Rating.NO.value, _("Not helpful")


class Helpfulness(models.TextChoices):
    """What is stated of an evidence item."""

    NEEDS_RATINGS = consensus.Helpfulness.NEEDS_RATINGS.value, _("Needs more ratings")
    HELPFUL = consensus.Helpfulness.HELPFUL.value, _("Helpful")
    ONE_VIEWPOINT = consensus.Helpfulness.ONE_VIEWPOINT.value, _("Helpful, one viewpoint only")
    CONTESTED = consensus.Helpfulness.CONTESTED.value, _("Contested")
    NOT_HELPFUL = consensus.Helpfulness.NOT_HELPFUL.value, _("Not helpful")


@logged()
class VerdictVote(models.Model):
    """One member's judgement of a claim. Changeable; the log keeps what it was.

    `claim_version` is the claim's when the vote was cast: another wording may deserve another.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=15, choices=Verdict)
    claim_version = models.PositiveIntegerField()
    cast_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "member"], name="verdictvote_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=Verdict.values), name="verdictvote_verdict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.claim_id}"


@logged()
class HelpfulnessRating(models.Model):
    """One member's judgement of a piece of evidence. Changeable; the log keeps what it was."""

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="ratings")
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rating = models.CharField(max_length=8, choices=Rating)
    cast_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["evidence", "member"], name="helpfulnessrating_once"),
            models.CheckConstraint(
                condition=Q(rating__in=Rating.values), name="helpfulnessrating_rating"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rating} for {self.evidence_id}"


class Tallied(models.Model):
    """The numbers that a verdict rests on, as they were counted.

    `votes` holds people by verdict, `helpful_to` evidence items by the side they help.
    """

    state = models.CharField(
        max_length=13, choices=VerdictState, default=VerdictState.NEEDS_RATINGS
    )
    votes: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)
    vote_count = models.PositiveIntegerField(default=0)
    helpful_count = models.PositiveIntegerField(default=0)
    helpful_to: "models.JSONField[dict[str, int], dict[str, int]]" = models.JSONField(default=dict)
    rules_version = models.PositiveSmallIntegerField(default=consensus.RULES.version)

    class Meta:
        abstract = True


class ClaimStanding(Tallied):
    """What is stated of a claim since when, what is held back until it lasts, and the counts.

    `due_at` is when a held verdict is looked at again though nobody votes.
    """

    claim = models.OneToOneField(
        Claim, on_delete=models.CASCADE, primary_key=True, related_name="standing"
    )
    since = models.DateTimeField(null=True, blank=True)
    held_state = models.CharField(max_length=13, choices=VerdictState, blank=True)
    held_since = models.DateTimeField(null=True, blank=True)
    held_votes = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    evidence_count = models.PositiveIntegerField(default=0)
    comment_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(held_state="", held_since__isnull=True)
                | (~Q(held_state="") & Q(held_since__isnull=False)),
                name="claimstanding_held",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"], name="claimstanding_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["state", "claim"], name="claimstanding_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.state}: {self.claim_id}"


@append_only()
class VerdictChange(Tallied):
    """A change of what is stated of a claim, with what it rested on; for ever."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="verdict_changes")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["claim", "-at"], name="verdictchange_newest")]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.state}"


class EvidenceStanding(models.Model):
    """What ratings support of an evidence item. `groups` holds ratings by side and rating.

    `score` sorts: the geometric mean of what both sides likely think of it.
    """

    evidence = models.OneToOneField(
        Evidence, on_delete=models.CASCADE, primary_key=True, related_name="standing"
    )
    state = models.CharField(max_length=21, choices=Helpfulness, default=Helpfulness.NEEDS_RATINGS)
    side = models.CharField(max_length=10, blank=True)
    score = models.FloatField(default=0.5)
    groups: "models.JSONField[dict[str, dict[str, int]], dict[str, dict[str, int]]]" = (
        models.JSONField(default=dict)
    )
    rating_count = models.PositiveIntegerField(default=0)
    rules_version = models.PositiveSmallIntegerField(default=consensus.RULES.version)
    since = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.state}: {self.evidence_id}"


@append_only()
class HelpfulnessChange(models.Model):
    """A change of what is stated of an evidence item; for ever."""

    evidence = models.ForeignKey(
        Evidence, on_delete=models.CASCADE, related_name="helpfulness_changes"
    )
    at = models.DateTimeField()
    state = models.CharField(max_length=21, choices=Helpfulness)
    side = models.CharField(max_length=10, blank=True)
    rating_count = models.PositiveIntegerField()
    rules_version = models.PositiveSmallIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["evidence", "-at"], name="helpfulnesschange_newest")
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id}: {self.state}"


class BridgingScore(models.Model):
    """What the matrix factorisation makes of an evidence item: computed in shadow, for research.

    The intercept is what remains of its ratings once viewpoints are accounted for. No
    person's factor is kept.
    """

    evidence = models.OneToOneField(
        Evidence, on_delete=models.CASCADE, primary_key=True, related_name="bridging"
    )
    intercept = models.FloatField()
    factor = models.FloatField()
    rating_count = models.PositiveIntegerField()
    is_published = models.BooleanField(default=False)
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.intercept:.3f}: {self.evidence_id}"
