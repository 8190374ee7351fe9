"""Flags, decisions and merges. Decisions are written once and stay."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from annotations.models.logged import append_only, logged
from annotations.models.states import REASON_MAX
from catalogue.text import validate_readable


class Thing(models.TextChoices):
    """What can be flagged, decided on and restored; the value is its table's name."""

    CLAIM = "claim", _("Claim")
    OCCURRENCE = "occurrence", _("Moment")
    EVIDENCE = "evidence", pgettext_lazy("one source", "Evidence")
    COMMENT = "comment", _("Comment")
    SPEAKER = "speaker", _("Speaker")
    NOTE = "note", _("Note on a film")
    DISCLOSURE = "disclosure", _("Note on a channel")

    def numbered(self, number: int) -> str:
        """Return what to call one of them: `Claim 7`."""
        return str(_NUMBERED[self]) % {"number": number}


_NUMBERED = {
    Thing.CLAIM: _("Claim %(number)s"),
    Thing.OCCURRENCE: _("Moment %(number)s"),
    Thing.EVIDENCE: _("Evidence %(number)s"),
    Thing.COMMENT: _("Comment %(number)s"),
    Thing.SPEAKER: _("Speaker %(number)s"),
    Thing.NOTE: _("Note on a film %(number)s"),
    Thing.DISCLOSURE: _("Note on a channel %(number)s"),
}


class About(models.Model):
    """A row that is about one thing. The thing is never deleted, so no key can dangle."""

    thing = models.CharField(max_length=10, choices=Thing)
    thing_id = models.BigIntegerField()

    class Meta:
        abstract = True

    @property
    def thing_name(self) -> str:
        """What to call the thing: `Claim 7`."""
        return Thing(self.thing).numbered(self.thing_id)


class FlagKind(models.TextChoices):
    """What is wrong with something."""

    SPAM = "spam", _("Spam or advertising")
    ABUSE = "abuse", _("Insults or threatens people")
    PRIVATE = "private", _("Tells what is private")
    FALSE_SOURCE = "false_source", _("The source does not say that")
    NOT_A_CLAIM = "not_a_claim", _("Cannot be checked, or is several claims")
    DUPLICATE = "duplicate", _("Is there already")
    OTHER = "other", _("Something else")


class FlagQuerySet(models.QuerySet["Flag"]):
    """Which flags."""

    def undecided(self) -> Self:
        """Return the flags that nobody has decided on yet."""
        return self.filter(decision__isnull=True)

    def about(self, thing: str, number: int) -> Self:
        """Return the flags of one thing."""
        return self.filter(thing=thing, thing_id=number)


class Flag(About):
    """One member's remark that something should be looked at. Open until a decision."""

    kind = models.CharField(max_length=12, choices=FlagKind)
    remark = models.CharField(max_length=REASON_MAX, blank=True, validators=[validate_readable])
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    decision = models.ForeignKey(
        "Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="flags"
    )

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["thing", "thing_id", "member"],
                condition=Q(decision__isnull=True),
                name="flag_once_while_open",
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"], name="flag_open", condition=Q(decision__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.thing} {self.thing_id}"


class Deed(models.TextChoices):
    """What was decided."""

    HIDE = "hide", _("Hidden")
    SHOW = "show", _("Shown again")
    LOCK = "lock", _("Locked")
    UNLOCK = "unlock", _("Unlocked")
    LEAVE = "leave", _("Left as it is")
    MERGE = "merge", _("Merged")
    REFUSE_MERGE = "refuse_merge", _("Not merged")
    UNDO_MERGE = "undo_merge", _("Merge undone")
    ERASE = "erase", _("Personal data erased")


@append_only()
class Decision(About):
    """What a moderator decided about something, and why. Public, but for who flagged it."""

    deed = models.CharField(max_length=12, choices=Deed)
    reason = models.CharField(max_length=REASON_MAX, validators=[validate_readable])
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="decision_newest"),
            models.Index(fields=["thing", "thing_id", "-at"], name="decision_of_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.deed}: {self.thing} {self.thing_id}"


class MergeState(models.TextChoices):
    """How far a merge has come."""

    PROPOSED = "proposed", pgettext_lazy("merge", "Proposed")
    DONE = "done", _("Merged")
    REFUSED = "refused", _("Not merged")
    UNDONE = "undone", pgettext_lazy("merge", "Undone")
    WITHDRAWN = "withdrawn", pgettext_lazy("merge", "Taken back")


@logged()
class Merge(models.Model):
    """Two claims, or two speakers, are one: `source` leads to `target` from then on."""

    thing = models.CharField(
        max_length=10,
        choices=[(thing.value, thing.label) for thing in (Thing.CLAIM, Thing.SPEAKER)],
    )
    source_id = models.BigIntegerField()
    target_id = models.BigIntegerField()
    why = models.CharField(max_length=REASON_MAX, blank=True, validators=[validate_readable])
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=9, choices=MergeState, default=MergeState.PROPOSED)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(source_id=models.F("target_id")), name="merge_of_two"
            ),
            models.CheckConstraint(
                condition=Q(thing__in=[Thing.CLAIM, Thing.SPEAKER]),
                name="merge_of_claims_or_speakers",
            ),
            # One proposal for a pair, and one way at a time out of a source.
            models.UniqueConstraint(
                fields=["thing", "source_id", "target_id"],
                condition=Q(state=MergeState.PROPOSED),
                name="merge_proposed_once",
            ),
            models.UniqueConstraint(
                fields=["thing", "source_id"],
                condition=Q(state=MergeState.DONE),
                name="merge_done_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.thing} {self.source_id} into {self.target_id}"


@logged()
class Moved(models.Model):
    """One row that a merge took along, so that undoing brings back exactly those."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="moved")
    table = models.CharField(max_length=20)
    row_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["merge", "table", "row_id"], name="moved_once")
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.row_id}"
