"""The shapes of a member's own account over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import Scope, Theme
from catalogue.rest.strict import Body, Choice, Flag, Text


class Me(serializers.Serializer[Any]):
    """The member who asks."""

    id = serializers.IntegerField()
    username = serializers.CharField(help_text="Public.")
    is_moderator = serializers.BooleanField()
    joined_at = serializers.DateTimeField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), help_text="What may be done this way."
    )
    display_name = serializers.CharField(help_text="Public; empty: the user name alone.")
    about = serializers.CharField(help_text="Public.")
    shows_presence = serializers.BooleanField(
        help_text="True: those who are on the same film see the name."
    )
    language = serializers.CharField(help_text="Of pages and letters; empty: as the browser asks.")
    time_zone = serializers.CharField(help_text="Of pages. REST always answers in UTC.")
    theme = serializers.ChoiceField(Theme.choices)


class SettingsBody(Body):
    """What a member sets."""

    display_name = Text(required=False, schema_max=60, help_text=_("Empty: the user name alone."))
    about = Text(required=False, schema_max=500)
    shows_presence = Flag(required=False)
    language = Text(required=False, help_text=_("One of the site's; empty: as the browser asks."))
    time_zone = Text(required=False, help_text=_("A name of the IANA's, such as Europe/Paris."))
    theme = Choice(Theme.choices, required=False)
