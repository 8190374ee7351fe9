"""Addresses to fetch: the queue of the workers who ask them."""

from datetime import datetime
from typing import ClassVar

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalogue import ages
from catalogue.models.imports import ImportRun, RunState


class FetchKind(models.TextChoices):
    """What an address leads to, as far as it tells by itself (records.targets)."""

    VIDEO = "video", _("A film")
    PLAYLIST = "playlist", _("A list of films")
    CHANNEL = "channel", _("A channel")
    PAGE = "page", _("A page")


class Fetch(models.Model):
    """An address that is fetched into its run, as long as `due_at` says when.

    A row that is due *is* the queue. A worker holds it until `leased_until`. First the
    address itself is asked (`is_listed` false), then the pages of the films of its list, one
    by one. `failures` counts those in a row, `doing` says what is being done, `last_failure`
    what went wrong, in words, and `note` what there is to know in the end.
    """

    run = models.OneToOneField(
        ImportRun, on_delete=models.CASCADE, primary_key=True, related_name="fetch"
    )
    kind = models.CharField(max_length=8, choices=FetchKind)
    url = models.CharField(max_length=2000)
    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    is_listed = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    failures = models.PositiveIntegerField(default=0)
    doing = models.CharField(max_length=300, blank=True)
    last_failure = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=500, blank=True)
    title = models.CharField(max_length=300, blank=True)
    pages_found = models.PositiveIntegerField(default=0)
    pages_asked = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "fetches"
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="fetch_due", condition=Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_open(self) -> bool:
        """Tell whether there is more to fetch."""
        return self.due_at is not None

    @property
    def is_delayed(self) -> bool:
        """Tell whether it waits because something went wrong."""
        return self.is_open and self.failures > 0

    def told(self, standing: RunState, *, now: datetime | None = None) -> str:
        """Return what is being done, or what came of it, in words."""
        if not self.is_open:
            told = self.last_failure if standing == RunState.FAILED else self.note
            return f"{told} {self.progress}".strip()
        if standing == RunState.RUNNING:
            told = self.doing or _now("Asking for it.")
        elif self.is_delayed:
            told = f"{self.last_failure} {self._next_try(now or timezone.now())}".lstrip()
        elif self.is_listed:
            told = _now("The next films are asked in a moment.")
        else:
            told = _now("It waits for its turn.")
        return f"{told} {self.progress}".rstrip()

    @property
    def says(self) -> str:
        """What there is to say of it in the state of its run, which `for_ledger` loads."""
        return self.told(self.run.standing)

    @property
    def progress(self) -> str:
        """How many films of a list were asked for details, in words; empty if none are."""
        if not self.pages_found:
            return ""
        told = ngettext(
            "%(asked)s of %(found)s film asked for details.",
            "%(asked)s of %(found)s films asked for details.",
            self.pages_found,
        )
        return told % {"asked": intcomma(self.pages_asked), "found": intcomma(self.pages_found)}

    def _next_try(self, now: datetime) -> str:
        # Translators: "in 3 hours", "in a moment"
        return _now("Next try %(when)s.") % {"when": ages.ahead(self.due_at or now, now=now)}

    def label_of(self, standing: RunState) -> str:
        """Return a state in a word: nothing of a fetch is ever lost, so none is interrupted."""
        if standing == RunState.RUNNING:
            return str(_("Fetching"))
        if standing == RunState.FAILED:
            return str(_("Cancelled") if self.is_cancelled else _("Failed"))
        return str(standing.label)


class FetchPage(models.Model):
    """The page of one film of a list that is still to be asked; gone when it was.

    `said` is what the list says better than the page.
    """

    fetch = models.ForeignKey(Fetch, on_delete=models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    url = models.CharField(max_length=2000)
    said = models.JSONField(default=dict, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("fetch", "failures", "number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fetch", "number"], name="fetchpage_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["fetch", "failures", "number"], name="fetchpage_in_order"),
        ]

    def __str__(self) -> str:
        return self.url
