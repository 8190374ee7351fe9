"""Phrases that members watch for, what was found of them, and the text still to be searched."""

from typing import ClassVar, Self
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from catalogue.models.videos import Video
from catalogue.text import validate_language, validate_readable

PHRASE_MIN, PHRASE_MAX = 2, 200
LINE_MAX = 500


class WatchPlace(models.TextChoices):
    """Where a phrase is watched for."""

    BOTH = "both", _("In titles and in what is said")
    TITLES = "titles", _("In titles")
    TRANSCRIPTS = "transcripts", _("In what is said")


class PhraseWatchQuerySet(models.QuerySet["PhraseWatch"]):
    """Which watches, and with what."""

    def for_list(self) -> Self:
        """Count what was found, and what of it is new to the owner. One query."""
        return self.annotate(
            found_count=Count("matches"),
            unseen_count=Count("matches", filter=Q(matches__seen_at__isnull=True)),
        )


class PhraseWatch(models.Model):
    """A phrase somebody wants to be told of when a film with it comes in.

    Text counts that came in after `since_at`. `since` are the transactions that were seen by
    then (`txid_current_snapshot`): one that was at work is after, whatever its clock said.
    `parts`, `bare` and `is_unspaced` are what the phrase is found by where there are no
    spaces between words (`catalogue.phrases`).
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="phrase_watches")
    phrase = models.CharField(max_length=PHRASE_MAX, validators=[validate_readable])
    place = models.CharField(max_length=11, choices=WatchPlace, default=WatchPlace.BOTH)
    language = models.CharField(max_length=35, blank=True, validators=[validate_language])
    by_mail = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    parts = ArrayField(models.TextField(), default=list)
    bare = models.TextField()
    is_unspaced = models.BooleanField(default=False)
    since = models.TextField()
    since_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PhraseWatchQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = _("phrase watches")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "owner", Lower("phrase"), "place", "language", name="phrasewatch_once"
            ),
            models.CheckConstraint(condition=~Q(phrase=""), name="phrasewatch_has_phrase"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="phrasewatch_active", condition=Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.phrase

    def get_absolute_url(self) -> str:
        """Return the page of what was found."""
        return reverse("catalogue:watch-phrase", args=[self.pk])


class PhraseMatchQuerySet(models.QuerySet["PhraseMatch"]):
    """Which matches, and with what."""

    def for_page(self) -> Self:
        """Load the film beside each match. One query."""
        return self.select_related("video__channel").defer(
            "video__description",
            "video__search",
            "video__keywords",
            "video__origins",
            "video__replays",
        )


class PhraseMatch(models.Model):
    """A film in which a watched phrase was found: the first line that says it, or the title.

    `count` is how many lines of that transcript do, 0 if none. `start_ms` and `language` are
    of the line. A letter is due from `mail_due_at` on until it was handed over at `told_at`.
    """

    watch = models.ForeignKey(PhraseWatch, on_delete=models.CASCADE, related_name="matches")
    video = models.ForeignKey(Video, on_delete=models.CASCADE, related_name="phrase_matches")
    in_title = models.BooleanField(default=False)
    start_ms = models.PositiveIntegerField(null=True, blank=True)
    language = models.CharField(max_length=35, blank=True)
    line = models.CharField(max_length=LINE_MAX)
    count = models.PositiveIntegerField(default=0)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mail_due_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    objects = PhraseMatchQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = _("phrase matches")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["watch", "video"], name="phrasematch_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["watch", "-id"], name="phrasematch_newest"),
            models.Index(
                fields=["watch"], name="phrasematch_unseen", condition=Q(seen_at__isnull=True)
            ),
            models.Index(
                fields=["mail_due_at"],
                name="phrasematch_to_mail",
                condition=Q(mail_due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.watch_id} in {self.video_id}"

    def get_absolute_url(self) -> str:
        """Return the film's page, at the second of the line. Needs its video."""
        url = self.video.get_absolute_url()
        if self.start_ms is None:
            return url
        return f"{url}?{urlencode({'t': f'{self.start_ms / 1000:g}', 'transcript': self.language})}"


class FreshText(models.Model):
    """A title or a transcript that came in and was not yet searched for watched phrases.

    Triggers write it, whoever brings the text in; a row is the queue. Without a transcript
    it is the title, and `old_title` what stood there before. `txid` is the transaction that
    wrote it. No foreign keys: a film or a transcript may go before it is searched.
    """

    video_id = models.BigIntegerField()
    transcript_id = models.BigIntegerField(null=True, blank=True)
    old_title = models.TextField(blank=True)
    txid = models.BigIntegerField()
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"text of {self.video_id}"
