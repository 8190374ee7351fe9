"""Speakers over REST: their shapes, and how they are written. No queries of their own."""

from typing import Any

from rest_framework import serializers

from annotations import models
from catalogue.addresses import address
from catalogue.rest.strict import Body, Integer, Text

NAME_MAX = 200
WIKIDATA_MAX = 13


class Speaker(serializers.Serializer[Any]):
    """A person or a voice, as known by one name."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="Their page on this site.")
    name = serializers.CharField()
    role = serializers.CharField(allow_null=True, help_text="What they mostly are.")
    wikidata_id = serializers.CharField(allow_null=True)
    wikidata_url = serializers.URLField(allow_null=True)
    claim_count = serializers.IntegerField(help_text="Claims that are said to be theirs.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class SpeakerEditBody(Body):
    """What of a speaker can be changed; what is not given stays."""

    version = Integer(min_value=1, help_text="The version this edit starts from.")
    name = Text(required=False, schema_min=1, schema_max=NAME_MAX)
    role = Text(required=False, schema_max=NAME_MAX)
    wikidata_id = Text(required=False, schema_max=WIKIDATA_MAX, help_text="As Q42; empty for none.")


class SpeakerBody(Body):
    """A new speaker. One of a name that others have needs a role or a Wikidata id."""

    name = Text(schema_min=1, schema_max=NAME_MAX)
    role = Text(required=False, schema_max=NAME_MAX)
    wikidata_id = Text(required=False, schema_max=WIKIDATA_MAX, help_text="As Q42.")


def present(row: models.Speaker, base: str) -> dict[str, Any]:
    """Return a speaker. Needs `speakers.counted`; `base` is the site's own address."""
    claim_count: int = row.claim_count  # type: ignore[attr-defined]  # counted
    wikidata = f"https://www.wikidata.org/wiki/{row.wikidata_id}" if row.wikidata_id else None
    return {
        "id": row.pk,
        "url": base + address("api:speaker", row.pk),
        "page": f"{base}{row.get_absolute_url()}",
        "name": row.name,
        "role": row.role or None,
        "wikidata_id": row.wikidata_id or None,
        "wikidata_url": wikidata,
        "claim_count": claim_count,
        "version": row.version,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
    }
