"""The shapes of notes on channels over REST, and how one is written in them."""

from typing import Any

from rest_framework import serializers

from annotations import models
from annotations.models import DISCLOSURE_MAX, URL_MAX, Backing
from catalogue.addresses import address
from catalogue.rest.strict import Body, Choice, Integer, Text


class Disclosure(serializers.Serializer[Any]):
    """A note on who owns or funds a channel, with its source."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="Where it stands on this site.")
    channel = serializers.IntegerField(help_text="Number of the channel.")
    channel_url = serializers.URLField()
    kind = serializers.ChoiceField(Backing.choices)
    text = serializers.CharField()
    source_url = serializers.CharField()
    author = serializers.CharField(help_text="User name of who wrote it first.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class DisclosureEditBody(Body):
    """What of a note can be changed; what is not given stays."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")
    kind = Choice(Backing.choices, required=False)
    text = Text(required=False, schema_min=1, schema_max=DISCLOSURE_MAX)
    source_url = Text(required=False, schema_min=1, schema_max=URL_MAX)


class DisclosureBody(Body):
    """A new note on a channel."""

    channel = Integer(min_value=1, help_text="Number of the channel.")
    kind = Choice(Backing.choices)
    text = Text(schema_min=1, schema_max=DISCLOSURE_MAX)
    source_url = Text(schema_min=1, schema_max=URL_MAX, help_text="http or https.")


def present(row: models.Disclosure, base: str) -> dict[str, Any]:
    """Return a note. Needs its author and channel; `base` is the site's own address."""
    return {
        "id": row.pk,
        "url": base + address("api:disclosure", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "channel": row.channel_id,
        "channel_url": base + address("api:channel", row.channel_id),
        "kind": row.kind,
        "text": row.text,
        "source_url": row.source_url,
        "author": row.author.username,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }
