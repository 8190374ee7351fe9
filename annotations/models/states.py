"""The states that rows of the community are in; what each allows is in `permissions`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User

REASON_MAX = 500


class State(models.TextChoices):
    """Whether others may see and change something."""

    VISIBLE = "visible", _("Visible")
    WITHDRAWN = "withdrawn", _("Withdrawn by its author")
    HIDDEN = "hidden", _("Hidden by a moderator")
    LOCKED = "locked", _("Locked by a moderator")
    MERGED = "merged", _("Merged into another")


# Everyone reads these.
READABLE = (State.VISIBLE, State.LOCKED)


class Stated(models.Model):
    """A row of the community: its author, its state, and the version that edits start from.

    `state_reason` is what a moderator said who hid or locked it; its author sees it.
    """

    state = models.CharField(max_length=9, choices=State, default=State.VISIBLE)
    state_reason = models.CharField(max_length=REASON_MAX, blank=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="%(class)ss")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def is_readable(self) -> bool:
        """Tell whether everyone may read it."""
        return self.state in READABLE
