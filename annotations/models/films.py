"""What the community says about a film as a whole, and where its claims may have moved to."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from annotations.models.claims import AnchorHealth, Occurrence
from annotations.models.logged import logged
from annotations.models.states import READABLE, State, Stated
from catalogue.models import Video
from catalogue.text import validate_readable

NOTE_MAX = 2000


@logged()
class Note(Stated):
    """What members add to a film's description, in one text that they edit together."""

    video = models.OneToOneField(Video, on_delete=models.PROTECT, related_name="note")
    text = models.TextField(max_length=NOTE_MAX, blank=True, validators=[validate_readable])

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        """Return the note on the film's page."""
        return f"{self.video.get_absolute_url()}#note"


class ProposalState(models.TextChoices):
    """What became of a proposed place."""

    OPEN = "open", _("Waits for a person")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    OUTDATED = "outdated", _("Outdated")


class AnchorProposalQuerySet(models.QuerySet["AnchorProposal"]):
    """Which proposals, and with what."""

    def visible(self) -> Self:
        """Return those of occurrences that everyone may read, of claims that everyone may read."""
        return self.filter(occurrence__state__in=READABLE, occurrence__claim__state__in=READABLE)

    def waiting(self) -> Self:
        """Return those that a person can decide on."""
        return self.visible().filter(state=ProposalState.OPEN, occurrence__state=State.VISIBLE)

    def for_page(self) -> Self:
        """Load the occurrence, its claim and its film beside each. One query."""
        return self.select_related(
            "occurrence__claim__standing", "occurrence__video__channel", "decided_by"
        ).defer(
            "occurrence__claim__search",
            "occurrence__video__description",
            "occurrence__video__search",
            "occurrence__video__keywords",
            "occurrence__video__origins",
            "occurrence__video__replays",
        )


class AnchorProposal(models.Model):
    """Where an occurrence may be now: found by its quote, or where the film is no longer so long.

    Without a proposed place somebody has to find it.
    """

    occurrence = models.ForeignKey(Occurrence, on_delete=models.CASCADE, related_name="proposals")
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    end_ms = models.PositiveIntegerField(null=True, blank=True)
    health = models.CharField(max_length=8, choices=AnchorHealth)
    score = models.FloatField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=ProposalState, default=ProposalState.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AnchorProposalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["occurrence"],
                condition=Q(state=ProposalState.OPEN),
                name="anchorproposal_one_open",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                name="anchorproposal_open",
                condition=Q(state=ProposalState.OPEN),
            )
        ]

    def __str__(self) -> str:
        return f"{self.occurrence_id}: {self.health}"
