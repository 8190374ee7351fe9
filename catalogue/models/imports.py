"""The ledger: what came in, from where, and what became of it."""

import re
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.models.transcripts import Transcript
from catalogue.models.videos import Video

if TYPE_CHECKING:
    from catalogue.models.fetches import Fetch

# The first half of the advisory lock that tells a run at work from an interrupted one; the
# second half is the run's number.
RUN_LOCK = 0x51DE

_IS_HELD = """
EXISTS (
    SELECT FROM pg_locks l
     WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objsubid = 2 AND l.granted
       AND l.objid = (catalogue_importrun.id %% 2147483648)::oid
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
"""


# What is in an archive is not the operator's: all of its member's path is told.
_MEMBER = re.compile(r"[^/]+\.(?:zip|tar|tgz|gz)!.+", re.IGNORECASE | re.DOTALL)


def _last_part(source: str) -> str:
    """Return a source without the operator's folders; addresses belong to everyone."""
    if source.startswith(("http://", "https://")):
        return source
    if found := _MEMBER.search(source):
        return found.group()
    return source.rstrip("/").rpartition("/")[2]


class RunState(models.TextChoices):
    """Where an import run stands."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Interrupted")


class Outcome(models.TextChoices):
    """What became of one record."""

    CREATED = "created", _("Created")
    UPDATED = "updated", _("Updated")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", _("Rejected")


class UndoOutcome(models.TextChoices):
    """What taking a run back did to what one of its rows had written."""

    REMOVED = "removed", _("Removed")
    RESTORED = "restored", _("Restored")
    PARTLY = "partly", _("Restored in part")
    SPARED = "spared", _("Spared")


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Which runs, and with what."""

    def for_ledger(self) -> Self:
        """Load what the ledger shows: the members, and whether a process is at work. One query."""
        return self.select_related("by", "undone_by", "fetch").annotate(
            is_held=RawSQL(  # noqa: S611 (the statement is ours)
                _IS_HELD, (RUN_LOCK,), output_field=models.BooleanField()
            )
        )


class Subject(models.TextChoices):
    """What one item of a run was about."""

    VIDEO = "video", _("A record of a video")
    TRANSCRIPT = "transcript", _("A transcript of a video")


class ImportRun(models.Model):
    """One ingest, by one person or command. Its counts are recounted from its rows.

    `undone_at` and `undone_by` say when it was first taken back, and by whom (null: by a command).
    `subscription` is the one that found what came in, if one did.
    """

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
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subscription = models.ForeignKey(
        "catalogue.Subscription",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="runs",
    )

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"#{self.pk} {self.source}"

    def get_absolute_url(self) -> str:
        """Return the run's page."""
        return reverse("catalogue:import", args=[self.pk])

    @property
    def short_source(self) -> str:
        """Where it came from without the folders above: those are the operator's."""
        return _last_part(self.source)

    @property
    def address(self) -> "Fetch | None":
        """The address it fetches, if it fetches one. Needs `for_ledger`."""
        return getattr(self, "fetch", None)

    @property
    def standing(self) -> RunState:
        """The state as it really is: a run whose process died still says that it is running.

        What is fetched then waits for the next worker. Needs `for_ledger`; without it the row
        is taken at its word.
        """
        state = RunState(self.state)
        if state != RunState.RUNNING or getattr(self, "is_held", True):
            return state
        is_going_on = self.address is not None and self.address.is_open
        return RunState.WAITING if is_going_on else RunState.FAILED

    @property
    def standing_label(self) -> str:
        """The state in a word, as the ledger shows it."""
        if self.address is not None:
            return self.address.label_of(self.standing)
        return str(self.standing.label)

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more comes in by it. Needs `for_ledger`."""
        return self.standing in {RunState.FINISHED, RunState.FAILED}

    def may_be_changed_by(self, user: User | AnonymousUser) -> bool:
        """Tell whether somebody may stop it or take it back: who made it, and staff."""
        if not isinstance(user, User) or not user.is_active:
            return False
        return user.is_staff or self.by_id == user.pk

    @property
    def total(self) -> int:
        """How many records it has dealt with so far."""
        return self.created + self.updated + self.unchanged + self.rejected


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    """Which rows, and with what."""

    def for_ledger(self) -> Self:
        """Load what the ledger shows, with the film of each; no bytes, no texts. One query."""
        wide = [
            f"{film}__{column}"
            for film in ("video", "transcript__video")
            for column in ("description", "search", "keywords", "origins", "replays")
        ]
        return self.select_related("video", "transcript__video").defer("raw", "changed", *wide)


class ImportRow(models.Model):
    """One record or transcript of a run: where it stood, what became of it, and its bytes.

    The bytes of unchanged records are not stored again. `changed` is what undo needs: what the
    record changed of a video that was there, `{column: [before, after]}` (docs/ingest.md), and
    what the transcript said before. It is null where a record made its video, or said just what
    its newest record says. The
    outcome stays what it was when the run is taken back; `undone` and `undo_reason` say that.
    `reason` tells why it was rejected, or which parts of it were left out. Of a record `video`
    is what it became, of a transcript `transcript`, and its bytes are not stored.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=2000)
    line = models.PositiveIntegerField(null=True, blank=True)
    # Batches of records are written by SQL of their own, which names no subject.
    subject = models.CharField(
        max_length=10, choices=Subject, default=Subject.VIDEO, db_default=Subject.VIDEO
    )
    outcome = models.CharField(max_length=9, choices=Outcome)
    field = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    video = models.ForeignKey(
        Video, null=True, blank=True, on_delete=models.SET_NULL, related_name="import_rows"
    )
    transcript = models.ForeignKey(
        Transcript,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="import_rows",
        db_index=False,
    )
    raw = models.BinaryField(null=True, blank=True)
    changed = models.JSONField(null=True, blank=True)
    undone = models.CharField(max_length=8, choices=UndoOutcome, blank=True, db_default="")
    undo_reason = models.CharField(max_length=1000, blank=True, db_default="")

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ("run", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="importrow_in_order"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.REJECTED, video__isnull=True) & ~Q(reason="")
                | ~Q(outcome=Outcome.REJECTED) & (Q(reason="") | Q(subject=Subject.TRANSCRIPT)),
                name="importrow_rejected_with_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run", "outcome", "number"], name="importrow_outcome_in_order"),
            # Nearly all rows are of records.
            models.Index(
                fields=["transcript"],
                name="importrow_by_transcript",
                condition=Q(transcript__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.outcome}"

    @property
    def film(self) -> Video | None:
        """The film that it was about, as far as it is still here. Needs `for_ledger`."""
        return self.transcript.video if self.transcript else self.video

    @property
    def page(self) -> str:
        """Where that shows: the transcript on the film's page, or the film's page."""
        row = self.transcript or self.video
        return row.get_absolute_url() if row else ""

    @property
    def short_source(self) -> str:
        """The name of its file, without the folders above; of a member, after its archive's."""
        return _last_part(self.source)
