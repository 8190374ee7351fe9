"""The shapes of the discussion over REST, and how a comment is written in them."""

from typing import Any

from rest_framework import serializers

from annotations.models import BODY_MAX
from annotations.models import Comment as CommentRow
from catalogue.addresses import address
from catalogue.rest.strict import Body, Integer, Text


class Comment(serializers.Serializer[Any]):
    """One contribution to the discussion of a claim."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="Where it stands on this site.")
    claim = serializers.IntegerField()
    claim_url = serializers.URLField()
    answers_to = serializers.IntegerField(
        allow_null=True, help_text="The comment it answers; that one may be gone."
    )
    body = serializers.CharField(help_text="Plain text.")
    author = serializers.CharField(help_text="User name.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class BodyOfComment(Body):
    """What is said."""

    body = Text(schema_min=1, schema_max=BODY_MAX, help_text="Plain text.")


class CommentBody(BodyOfComment):
    """A new comment."""

    claim = Integer(min_value=1, help_text="Number of the claim.")
    answers_to = Integer(min_value=1, required=False, help_text="The comment that it answers.")


class CommentEditBody(BodyOfComment):
    """A comment's new text."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")


def comment(row: CommentRow, base: str) -> dict[str, Any]:
    """Return a comment. Needs `Comment.objects.for_page()`. `base` is the site's address."""
    return {
        "id": row.pk,
        "url": base + address("api:comment", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "claim": row.claim_id,
        "claim_url": base + address("api:claim", row.claim_id),
        "answers_to": row.parent_id,
        "body": row.body,
        "author": row.author.username,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }
