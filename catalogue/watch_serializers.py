"""The shapes of watched phrases over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from catalogue.models import PHRASE_MAX, PHRASE_MIN, WatchPlace
from catalogue.rest.parameters import BIGINT_MAX
from catalogue.rest.strict import Body, Choice, Flag, Integer, Text


class Watch(serializers.Serializer[Any]):
    """A phrase that you are told of when a video with it comes in."""

    id = serializers.IntegerField()
    url = serializers.URLField()
    page = serializers.URLField()
    matches_url = serializers.URLField()
    phrase = serializers.CharField()
    place = serializers.ChoiceField(WatchPlace.choices)
    language = serializers.CharField(allow_null=True, help_text="Null: any.")
    by_mail = serializers.BooleanField()
    is_active = serializers.BooleanField(help_text="False: paused.")
    since = serializers.DateTimeField(help_text="What came in after counts.")
    created_at = serializers.DateTimeField()
    found_count = serializers.IntegerField()
    unseen_count = serializers.IntegerField()


class WatchMatch(serializers.Serializer[Any]):
    """A video in which a watched phrase was found."""

    id = serializers.IntegerField()
    video = serializers.CharField(help_text="The key of the video.")
    video_url = serializers.URLField()
    title = serializers.CharField(help_text="Of the video.")
    page = serializers.URLField(help_text="The watch page, at the line if there is one.")
    in_title = serializers.BooleanField()
    start_ms = serializers.IntegerField(
        allow_null=True, help_text="Of the first line that says it; null: only the title does."
    )
    language = serializers.CharField(allow_null=True, help_text="Of the line.")
    line = serializers.CharField(help_text="The line, or the title.")
    line_count = serializers.IntegerField(help_text="How many lines of that transcript say it.")
    found_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(allow_null=True)


class Seen(serializers.Serializer[Any]):
    """How many matches were new until now."""

    seen = serializers.IntegerField()


class WatchEditBody(Body):
    """What of a watch can be changed."""

    phrase = Text(required=False, schema_min=PHRASE_MIN, schema_max=PHRASE_MAX)
    place = Choice(WatchPlace.choices, required=False)
    language = Text(required=False, help_text=_("BCP 47; empty for any."))
    by_mail = Flag(required=False, help_text=_("Needs a confirmed address."))
    is_active = Flag(required=False, help_text=_("False pauses it."))


class WatchBody(Body):
    """A phrase to watch for."""

    phrase = Text(schema_min=PHRASE_MIN, schema_max=PHRASE_MAX)
    place = Choice(WatchPlace.choices, required=False)
    language = Text(required=False, help_text=_("BCP 47; empty for any."))
    by_mail = Flag(required=False, help_text=_("Needs a confirmed address."))


class SeenBody(Body):
    """Which matches are marked as seen."""

    until = Integer(required=False, max_value=BIGINT_MAX, help_text=_("The newest; all without."))
