"""The shapes of the log and of notes on films over REST."""

from typing import Any

from rest_framework import serializers

from annotations.models import NOTE_MAX
from annotations.revisions import TABLES
from catalogue.rest.strict import Body, Integer, Text
from catalogue.serializers import AnyValue


class FieldChange(serializers.Serializer[Any]):
    """One field, before and after."""

    field = serializers.CharField()
    old = AnyValue()
    new = AnyValue()


class Entry(serializers.Serializer[Any]):
    """One thing saved once: which, what of it changed, by whom, when and why."""

    revision = serializers.IntegerField(help_text="Of things of its kind; what restoring names.")
    of = serializers.ChoiceField(sorted(TABLES), help_text="What was changed.")
    id = serializers.IntegerField(help_text="Which of them.")
    claim = serializers.IntegerField(allow_null=True, help_text="The claim it belongs to now.")
    video = serializers.CharField(allow_null=True, help_text="Key of the video it belongs to.")
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True, help_text="User name; null: the system.")
    why = serializers.CharField(allow_null=True)
    restored = serializers.IntegerField(
        allow_null=True, help_text="The revision that this one brought back."
    )
    saved_with = serializers.UUIDField(
        allow_null=True, help_text="The same for all that was saved at once."
    )
    is_told = serializers.BooleanField(
        help_text="False where it is hidden or withdrawn now: then `changes` is empty."
    )
    changes = FieldChange(many=True)


class Log(serializers.Serializer[Any]):
    """All revisions of one thing, newest first."""

    results = Entry(many=True)


class Restored(serializers.Serializer[Any]):
    """Something as it stands after it was brought back."""

    of = serializers.ChoiceField(sorted(TABLES))
    id = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.CharField()


class Note(serializers.Serializer[Any]):
    """What members add to a video's description; version 0 and no text if nobody has."""

    video = serializers.CharField(help_text="Key of the video.")
    url = serializers.URLField()
    page = serializers.URLField()
    text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    edited_at = serializers.DateTimeField(allow_null=True)


class RestoreBody(Body):
    """Which revision comes back, over which version."""

    revision = Integer(min_value=1, help_text="`revision` in the log of the thing.")
    version = Integer(min_value=1, required=False, help_text="The version this starts from.")
    why = Text(required=False, schema_max=500)


class NoteBody(Body):
    """What a note shall say."""

    text = Text(schema_max=NOTE_MAX)
    version = Integer(
        min_value=0, required=False, help_text="The version this edit starts from; 0: none yet."
    )
