"""The shapes of copies over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalogue.models import NOTE_MAX, OFFSET_MAX_MS, Availability
from catalogue.records.fields import MAX_URL_LENGTH
from catalogue.rest.strict import Body, Integer, Text


class Copy(serializers.Serializer[Any]):
    """Another place where a video can be seen. Time there = time in the video + offset_ms."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField(help_text="The watch page, playing this copy.")
    platform = serializers.CharField(allow_null=True)
    platform_id = serializers.CharField(allow_null=True, help_text="Null where nobody knows it.")
    source_url = serializers.CharField(allow_null=True, help_text="Its page over there.")
    media_url = serializers.CharField(allow_null=True, help_text="A file that browsers play.")
    offset_ms = serializers.IntegerField(
        help_text="How much later the video begins there; negative: its beginning is missing."
    )
    note = serializers.CharField(allow_null=True)
    availability = serializers.ChoiceField(
        Availability.choices, help_text="Known where it is a video of this catalogue."
    )
    video = serializers.CharField(
        allow_null=True, help_text="The key of the video of this catalogue that it is."
    )
    video_url = serializers.URLField(allow_null=True)
    added_by = serializers.CharField(help_text="User name.")
    created_at = serializers.DateTimeField()
    edited_at = serializers.DateTimeField(allow_null=True)


class Copies(serializers.Serializer[Any]):
    """All other places of a video, in the order added; too few for pages."""

    results = Copy(many=True)


class CopyEditBody(Body):
    """What of another place can be changed; the place itself stays."""

    offset_ms = Integer(
        required=False,
        min_value=-OFFSET_MAX_MS,
        max_value=OFFSET_MAX_MS,
        help_text=_("How much later the video begins there, in milliseconds."),
    )
    note = Text(required=False, schema_max=NOTE_MAX)


class CopyBody(CopyEditBody):
    """Another place where a video can be seen."""

    address = Text(
        schema_max=MAX_URL_LENGTH,
        help_text=_("Of a page or a file, a YouTube id, or the key of a video of this catalogue."),
    )
    media_url = Text(
        required=False, schema_max=MAX_URL_LENGTH, help_text=_("A file that browsers play.")
    )
