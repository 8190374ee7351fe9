"""Flags and decisions over REST: members flag, moderators decide, everyone reads the log."""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotations import flagged, moderation, permissions, things
from annotations import moderation_serializers as serializers
from annotations.models import Decision, Deed, Stated, Thing
from catalogue import paging
from catalogue.rest import parameters
from catalogue.rest.answers import PAGING, Endpoint, documented, listing, member_of, site_of
from catalogue.rest.parameters import choice, number
from catalogue.rest.refusals import Gone
from catalogue.rest.strict import checked

MODERATION = "Moderation"
NEWEST = paging.Ordering("newest", F("at"), paging.read_moment)


class Flags(Endpoint):
    """Members' remarks for moderators. They are not read back."""

    @documented(
        "flags_create",
        "Flag something for a moderator",
        under=MODERATION,
        description=(
            "While your flag of a thing is open, another says nothing new: the first is the "
            "answer, with 200."
        ),
        body=serializers.FlagBody,
        answer=serializers.Flag,
        status=201,
        also={200: serializers.Flag},
        writes=True,
        problems=(410,),
    )
    def post(self, request: Request) -> Response:
        """Flag a thing."""
        member = member_of(request)
        values = checked(serializers.FlagBody, request.data)
        row = _thing_named(values)
        if not things.is_shown_to(member, row):
            raise Gone(_("It has been withdrawn or hidden."))
        made, is_new = moderation.flag(row, by=member, **values)
        return Response(serializers.flag(made), status=201 if is_new else 200)


class Decisions(Endpoint):
    """What moderators decided."""

    known = (
        choice("thing", "What sort of thing.", Thing.values),
        number("thing_id", "Number of the thing; needs `thing`."),
        choice("deed", "What was decided.", Deed.values),
        *PAGING,
    )

    @documented(
        "decisions_list",
        "List what moderators decided, newest first",
        under=MODERATION,
        description="It tells neither who flagged something, nor what was hidden.",
        answer=serializers.Decision,
        is_list=True,
        takes=known,
    )
    def get(self, request: Request) -> Response:
        """Return one page of decisions. One query."""
        values = parameters.read(request, self.known)
        asked = {name: values[name] for name in ("thing", "thing_id", "deed") if name in values}
        rows = Decision.objects.filter(**asked).select_related("by")
        return listing(request, rows, NEWEST, serializers.decision, values)

    @documented(
        "decisions_create",
        "Decide about something, as a moderator",
        under=MODERATION,
        description=(
            "Hides it, shows it, locks it, unlocks it or leaves it as it is, and ends all flags "
            "of it. Not of what is one's own. With `version`, only if it is as you saw it (409)."
        ),
        body=serializers.DecisionBody,
        answer=serializers.Decision,
        status=201,
        writes=True,
        problems=(409, 410),
    )
    def post(self, request: Request) -> Response:
        """Decide about a thing."""
        member = member_of(request)
        values = checked(serializers.DecisionBody, request.data)
        row = _thing_named(values)
        if not permissions.may_moderate(member) and not flagged.is_open_to(member, row):
            raise Gone(_("It has been withdrawn or hidden."))
        made = moderation.decide(row, by=member, **values)
        return Response(serializers.decision(made, site_of(request)), status=201)


def _thing_named(values: dict[str, Any]) -> Stated:
    """Take the thing that a body names out of it; raises ValidationError."""
    row = things.find(values.pop("thing"), values.pop("thing_id"))
    if row is None:
        message = _("There is no such thing.")
        raise ValidationError({"thing_id": [ErrorDetail(message, code="does_not_exist")]})
    return row
