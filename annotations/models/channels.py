"""What members find out about who stands behind a channel."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotations.models.evidence import URL_MAX
from annotations.models.logged import logged
from annotations.models.states import Stated
from catalogue.models import Channel
from catalogue.text import validate_readable

DISCLOSURE_MAX = 500


class Backing(models.TextChoices):
    """What a disclosure is about."""

    OWNERSHIP = "ownership", _("Ownership")
    FUNDING = "funding", _("Funding")
    OTHER = "other", _("Other")


@logged()
class Disclosure(Stated):
    """A note on who owns or funds a channel, with the source that says so.

    Everyone sets it right, as it is a matter of fact; who wrote it first can take it back.
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="disclosures")
    kind = models.CharField(max_length=9, choices=Backing)
    text = models.CharField(max_length=DISCLOSURE_MAX, validators=[validate_readable])
    source_url = models.CharField(max_length=URL_MAX, validators=[validate_readable])

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kind__in=Backing.values), name="disclosure_kind"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["channel", "kind"], name="disclosure_by_channel")]

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        """Return the note on the channel's page."""
        return f"{self.channel.get_absolute_url()}#disclosure-{self.pk}"
