"""Evidence: sources with a stance on a claim, and how their addresses are doing."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from annotations.models.claims import QUOTE_MAX, Claim
from annotations.models.logged import append_only, logged
from annotations.models.states import READABLE, State, Stated
from catalogue.addresses import address
from catalogue.text import validate_readable

URL_MAX = 2000
TITLE_MAX = 300
NAME_MAX = 200
LOCATOR_MAX = 200
EVIDENCE_WHY_MAX = 500


class SourceKind(models.TextChoices):
    """What sort of source it is."""

    PRIMARY = "primary", _("Primary data")
    OFFICIAL = "official", _("Official source")
    PEER_REVIEWED = "peer_reviewed", _("Peer-reviewed")
    COURT = "court", _("Court")
    NEWS = "news", _("News")
    FACT_CHECK = "fact_check", _("Fact-check")
    EXPERT = "expert", _("Expert")
    OWN = "own", _("The film’s own source")
    SOCIAL = "social", _("Social media")
    OTHER = "other", _("Other")


class Stance(models.TextChoices):
    """What a source does to a claim."""

    SUPPORTS = "supports", _("Supports")
    REFUTES = "refutes", _("Refutes")
    QUALIFIES = "qualifies", _("Qualifies")
    CONTEXT = "context", _("Gives context")


class LinkState(models.TextChoices):
    """What an address answered when it was last asked."""

    UNCHECKED = "unchecked", _("Not checked yet")
    OK = "ok", _("Answers")
    UNSURE = "unsure", _("Does not answer us")
    DEAD = "dead", pgettext_lazy("link", "Gone")
    REFUSED = "refused", _("Not asked: no public address")


class Link(models.Model):
    """One address that evidence cites, checked once however many cards cite it.

    `due_at` is when to ask again; a lease keeps two workers from asking at once.
    """

    url = models.CharField(max_length=URL_MAX)
    key = models.CharField(max_length=URL_MAX)
    host = models.CharField(max_length=255)
    state = models.CharField(max_length=9, choices=LinkState, default=LinkState.UNCHECKED)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["url"], name="link_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="link_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["host", "checked_at"], name="link_by_host"),
        ]

    def __str__(self) -> str:
        return self.url


@append_only()
class LinkCheck(models.Model):
    """What an address answered at one time: written when that changed."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="checks")
    at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=LinkState)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=250, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["link", "-at"], name="linkcheck_newest")]

    def __str__(self) -> str:
        return f"{self.link_id}: {self.state} at {self.at:%Y-%m-%d}"


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Which evidence, and with what."""

    def visible(self) -> Self:
        """Return the evidence that everyone may read, on claims that everyone may read."""
        return self.filter(state__in=READABLE, claim__state__in=READABLE)

    def for_page(self) -> Self:
        """Load what a card shows, best first. One query."""
        return self.select_related("author", "link", "standing").order_by(
            models.F("standing__score").desc(nulls_last=True), "created_at", "id"
        )


@logged(exclude=("url_key",))
class Evidence(Stated):
    """One source with a stance on one claim: a card. An address stands once on a claim.

    `url_key` is the same for all spellings of an address. `creator` is the source's author,
    `author` the member who brought it. `published_on` may be a year, a month or a day.
    """

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="evidence")
    link = models.ForeignKey(Link, on_delete=models.PROTECT, related_name="evidence")
    url = models.CharField(max_length=URL_MAX)
    url_key = models.CharField(max_length=URL_MAX)
    doi = models.CharField(max_length=250, blank=True)
    title = models.CharField(max_length=TITLE_MAX, validators=[validate_readable])
    publisher = models.CharField(max_length=NAME_MAX, blank=True, validators=[validate_readable])
    creator = models.CharField(max_length=NAME_MAX, blank=True, validators=[validate_readable])
    published_on = models.CharField(max_length=10, blank=True)
    accessed_on = models.DateField()
    archive_url = models.CharField(max_length=URL_MAX, blank=True)
    kind = models.CharField(max_length=13, choices=SourceKind)
    stance = models.CharField(max_length=9, choices=Stance)
    quote = models.CharField(max_length=QUOTE_MAX, blank=True, validators=[validate_readable])
    locator = models.CharField(max_length=LOCATOR_MAX, blank=True, validators=[validate_readable])
    why = models.CharField(max_length=EVIDENCE_WHY_MAX, blank=True, validators=[validate_readable])

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("evidence")
        constraints: ClassVar = [
            # One that its author took back may be brought again, by anyone.
            models.UniqueConstraint(
                fields=["claim", "url_key"],
                condition=~Q(state=State.WITHDRAWN),
                name="evidence_once_per_claim",
            ),
            models.CheckConstraint(
                condition=Q(published_on__regex=r"^([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?)?$"),
                name="evidence_published_on",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-created_at", "-id"], name="evidence_newest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the card on its claim's page."""
        return f"{address('annotations:claim', self.claim_id)}#evidence-{self.pk}"


class EvidenceSuggestion(models.Model):
    """An address that stood bare in a comment, offered as a card until somebody decides."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="suggestions")
    comment = models.ForeignKey(
        "annotations.Comment", on_delete=models.CASCADE, related_name="suggestions"
    )
    url = models.CharField(max_length=URL_MAX)
    url_key = models.CharField(max_length=URL_MAX)
    dismissed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["claim", "url_key"], name="suggestion_once")
        ]

    def __str__(self) -> str:
        return self.url
