"""What people say about a claim."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from accounts.models import User
from annotations.models.claims import Claim
from annotations.models.logged import logged
from annotations.models.states import READABLE, Stated
from catalogue.addresses import address
from catalogue.text import validate_readable

BODY_MAX = 3000


class CommentQuerySet(models.QuerySet["Comment"]):
    """Which comments, and with what."""

    def visible(self) -> Self:
        """Return the comments that everyone may read, on claims that everyone may read."""
        return self.filter(state__in=READABLE, claim__state__in=READABLE)

    def for_page(self) -> Self:
        """Load what a discussion shows, in the order it was said. One query."""
        return self.select_related("author").order_by("created_at", "id")


@logged()
class Comment(Stated):
    """One contribution to the discussion of a claim, or an answer to another."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="comments")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="answers"
    )
    body = models.TextField(max_length=BODY_MAX, validators=[validate_readable])

    objects = CommentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["claim", "created_at", "id"], name="comment_as_said"),
            models.Index(fields=["-created_at", "-id"], name="comment_newest"),
        ]

    def __str__(self) -> str:
        return self.body[:80]

    def get_absolute_url(self) -> str:
        """Return the comment on its claim's page."""
        return f"{address('annotations:claim', self.claim_id)}#comment-{self.pk}"


class MentionQuerySet(models.QuerySet["Mention"]):
    """Which mentions, and with what."""

    def visible(self) -> Self:
        """Return the mentions in comments that everyone may read."""
        return self.filter(comment__state__in=READABLE, comment__claim__state__in=READABLE)

    def for_page(self) -> Self:
        """Load the comment and the claim beside each mention. One query."""
        return self.select_related("comment__author", "comment__claim").defer(
            "comment__claim__search"
        )


class Mention(models.Model):
    """A comment names a member, who is told on their page until they have seen it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    member = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["comment", "member"], name="mention_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "-created_at"], name="mention_newest"),
            models.Index(
                fields=["member"], name="mention_unseen", condition=Q(seen_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.comment_id}"


class LastLook(models.Model):
    """When a member last said that they had seen what changed."""

    member = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.member_id}: {self.at}"
