"""The shapes of flags and decisions over REST, and how they are written in them."""

from typing import Any

from rest_framework import serializers

from annotations import models
from annotations.models import REASON_MAX, Deed, FlagKind, Thing
from annotations.moderation import ACTIONS
from catalogue.addresses import address
from catalogue.rest.strict import Body, Choice, Integer, Text

DEEDS = [(deed.value, deed.label) for deed in ACTIONS]


class Flag(serializers.Serializer[Any]):
    """Your remark that a moderator should look at something. Others do not read it."""

    thing = serializers.ChoiceField(Thing.choices)
    thing_id = serializers.IntegerField()
    kind = serializers.ChoiceField(FlagKind.choices)
    remark = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class Decision(serializers.Serializer[Any]):
    """What a moderator decided about something, and why."""

    id = serializers.IntegerField()
    thing = serializers.ChoiceField(Thing.choices)
    thing_id = serializers.IntegerField()
    record = serializers.URLField(help_text="The thing's state and what was decided about it.")
    deed = serializers.ChoiceField(Deed.choices)
    reason = serializers.CharField()
    by = serializers.CharField(help_text="User name.")
    at = serializers.DateTimeField()


class AboutBody(Body):
    """Which thing is meant."""

    thing = Choice(Thing.choices)
    thing_id = Integer(min_value=1)


class FlagBody(AboutBody):
    """What is wrong with it."""

    kind = Choice(FlagKind.choices)
    remark = Text(required=False, schema_max=REASON_MAX, help_text="Moderators read it.")


class DecisionBody(AboutBody):
    """What is to be done with it."""

    deed = Choice(DEEDS)
    reason = Text(schema_min=1, schema_max=REASON_MAX, help_text="Public.")
    version = Integer(
        min_value=1, required=False, help_text="The thing's, if it must be as you saw it."
    )


def flag(row: models.Flag) -> dict[str, Any]:
    """Return a flag, for the member whose it is."""
    return {
        "thing": row.thing,
        "thing_id": row.thing_id,
        "kind": row.kind,
        "remark": row.remark or None,
        "created_at": row.created_at,
    }


def decision(row: models.Decision, base: str) -> dict[str, Any]:
    """Return a decision with who made it. `base` is the site's address."""
    return {
        "id": row.pk,
        "thing": row.thing,
        "thing_id": row.thing_id,
        "record": base + address("annotations:record", row.thing, row.thing_id),
        "deed": row.deed,
        "reason": row.reason,
        "by": row.by.username,
        "at": row.at,
    }
