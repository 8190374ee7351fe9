"""The ledger: what came in, from where, and what became of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.models.videos import Video


class RunState(models.TextChoices):
    """Where an import run stands."""

    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")


class Outcome(models.TextChoices):
    """What became of one record."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", _("Rejected")


class ImportRun(models.Model):
    """One ingest, by one person or command. Its counts are recounted from its rows."""

    source = models.CharField(max_length=500)
    by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_runs"
    )
    state = models.CharField(max_length=8, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"#{self.pk} {self.source}"


class ImportRow(models.Model):
    """One record of a run: where it stood, what became of it, and its bytes as given.

    The bytes of unchanged records are not stored again.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=2000)
    line = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    field = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    video = models.ForeignKey(
        Video, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_rows"
    )
    raw = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ("run", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="importrow_in_order"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.REJECTED, video__isnull=True) & ~Q(reason="")
                | ~Q(outcome=Outcome.REJECTED) & Q(reason=""),
                name="importrow_rejected_with_reason",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["run", "outcome"], name="importrow_by_outcome")]

    def __str__(self) -> str:
        return f"{self.source}: {self.outcome}"
