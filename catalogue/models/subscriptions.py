"""Channels, lists and feeds that members follow."""

import unicodedata
from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import MD5, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.models.fetches import FetchKind
from catalogue.models.imports import ImportRun
from catalogue.text import split_at_commas

SHOWN_RUNS = 3


class Interval(models.IntegerChoices):
    """How often a channel is looked at, in hours."""

    HOURLY = 1, _("Every hour")
    SIX_HOURS = 6, _("Every six hours")
    DAILY = 24, _("Every day")
    WEEKLY = 168, _("Every week")


class Start(models.TextChoices):
    """What of that which is there already comes in at the first look."""

    NEW = "new", _("Only what is published from now on")
    NEWEST = "newest", _("Also the newest 30 that are there")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Which subscriptions, and with what."""

    def of(self, user: User) -> Self:
        """Return those of a member."""
        return self.filter(by=user)

    def for_list(self) -> Self:
        """Load what a list shows: the latest runs of each. Two queries for any length."""
        runs = ImportRun.objects.order_by("-id")[:SHOWN_RUNS]
        return self.prefetch_related(models.Prefetch("runs", runs, to_attr="latest_runs"))


class Subscription(models.Model):
    """A channel, list or feed whose new films come in by themselves.

    `due_at` is when it is looked at next, while it is active. A worker holds it until
    `leased_until`. `failures` counts looks in a row that were not answered. `brought_in` and
    `passed_by` count films: those that were sent for, and those that the filters left out.
    """

    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="subscriptions")
    url = models.CharField(max_length=2000)
    kind = models.CharField(max_length=8, choices=FetchKind)
    title = models.CharField(max_length=300, blank=True)
    interval = models.PositiveSmallIntegerField(choices=Interval, default=Interval.DAILY)
    start = models.CharField(max_length=6, choices=Start, default=Start.NEW)
    words = models.CharField(max_length=300, blank=True)
    words_not = models.CharField(max_length=300, blank=True)
    shortest_ms = models.PositiveIntegerField(null=True, blank=True)
    longest_ms = models.PositiveIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    last_failure = models.CharField(max_length=500, blank=True)
    last_result = models.CharField(max_length=300, blank=True)
    brought_in = models.PositiveIntegerField(default=0)
    passed_by = models.PositiveIntegerField(default=0)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            # An address may be longer than an entry of an index.
            models.UniqueConstraint(F("by"), MD5("url"), name="subscription_once"),
            models.CheckConstraint(
                condition=Q(shortest_ms__isnull=True)
                | Q(longest_ms__isnull=True)
                | Q(shortest_ms__lte=F("longest_ms")),
                name="subscription_lengths_in_order",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="subscription_due", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return its place on the page of its member's subscriptions."""
        return f"{reverse('catalogue:subscriptions')}#s{self.pk}"

    @property
    def name(self) -> str:
        """What it is called: its title, or its address until that is known."""
        return self.title or self.url

    @property
    def pause(self) -> timedelta:
        """How long it is left alone after a look."""
        return timedelta(hours=self.interval)

    @property
    def is_filtered(self) -> bool:
        """Tell whether anything is left out at all."""
        lengths = (self.shortest_ms, self.longest_ms)
        return bool(self.words or self.words_not) or lengths != (None, None)

    def count_passed_by(self) -> None:
        """Count a film that turned out to be left out when its page was asked."""
        # Never below nothing: a page whose worker died is asked, and counted, twice.
        left = Greatest(F("brought_in") - 1, 0)
        Subscription.objects.filter(pk=self.pk).update(
            passed_by=F("passed_by") + 1, brought_in=left
        )

    def lets_through(self, *, title: str, duration_ms: int | None) -> bool:
        """Tell whether a film passes the filters; what is not known of it does not keep it out.

        Words are compared without case, and parts of words count.
        """
        if title:
            text = _plain(title)
            if self.words and not any(word in text for word in words_of(self.words)):
                return False
            if any(word in text for word in words_of(self.words_not)):
                return False
        if duration_ms is None:
            return True
        shortest, longest = self.shortest_ms or 0, self.longest_ms
        return shortest <= duration_ms and (longest is None or duration_ms <= longest)


class SeenUpload(models.Model):
    """A film that a subscription has met: it is not looked at again, whatever became of it."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="seen")
    key = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscription", "key"], name="seenupload_once"),
        ]

    def __str__(self) -> str:
        return self.key


def words_of(text: str) -> list[str]:
    """Return the words of a filter, which commas part."""
    return [word for part in split_at_commas(text) if (word := _plain(part.strip()))]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
