"""Who says what is claimed."""

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from annotations.models.logged import logged
from annotations.models.states import READABLE, State, Stated
from catalogue.addresses import address
from catalogue.text import validate_readable

NAME_MAX = 200

validate_wikidata_id = RegexValidator(
    r"^Q[1-9][0-9]{0,11}\Z", _("A Wikidata id is written like Q42."), code="wikidata"
)


class SpeakerQuerySet(models.QuerySet["Speaker"]):
    """Which speakers."""

    def visible(self) -> Self:
        """Return the speakers that have a page."""
        return self.filter(state__in=READABLE)


@logged()
class Speaker(Stated):
    """A person or a voice, as known by one name: `role` is what they mostly are.

    Two people may share a name; then `role` or the Wikidata id tells them apart.
    """

    name = models.CharField(max_length=NAME_MAX, validators=[validate_readable])
    role = models.CharField(max_length=NAME_MAX, blank=True, validators=[validate_readable])
    wikidata_id = models.CharField(max_length=13, blank=True, validators=[validate_wikidata_id])
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged"
    )

    objects = SpeakerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state=State.MERGED, merged_into__isnull=False)
                | (~Q(state=State.MERGED) & Q(merged_into__isnull=True)),
                name="speaker_merged_into",
            ),
            models.UniqueConstraint(
                fields=["wikidata_id"],
                condition=~Q(wikidata_id="") & ~Q(state=State.MERGED),
                name="speaker_one_per_wikidata_id",
            ),
        ]
        indexes: ClassVar = [
            models.Index(Upper("name"), name="speaker_by_name"),
            GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="speaker_name_trigram"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the speaker's page."""
        return address("annotations:speaker", self.pk)

    @property
    def end(self) -> "Speaker":
        """Whom they were merged into, through any number of merges; else themselves."""
        row = self
        while row.merged_into is not None:
            row = row.merged_into
        return row
