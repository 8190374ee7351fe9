"""Oneself over REST: who the token acts for, and the member's settings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import settings
from accounts.models import ApiToken, Scope, User
from catalogue import member_serializers as serializers
from catalogue.rest import parameters
from catalogue.rest.answers import Endpoint, documented, member_of
from catalogue.rest.strict import checked

ME = "Me"


class Me(Endpoint):
    """The member who asks."""

    @documented(
        "me_read",
        "Read who you are, and your settings",
        under=ME,
        description="Only you see this. `scopes` is what the token may do; of a browser: all.",
        answer=serializers.Me,
        is_private=True,
    )
    def get(self, request: Request) -> Response:
        """Return the member. No query but for the token."""
        parameters.read(request, ())
        return Response(_told(request, member_of(request)))

    @documented(
        "me_edit",
        "Change your settings",
        under=ME,
        description="What is not given stays.",
        body=serializers.SettingsBody,
        answer=serializers.Me,
        writes=True,
        examples=(
            OpenApiExample(
                "French, in Paris",
                request_only=True,
                value={"language": "fr", "time_zone": "Europe/Paris"},
            ),
        ),
    )
    def patch(self, request: Request) -> Response:
        """Change settings. Idempotent."""
        member = member_of(request)
        settings.change(by=member, **checked(serializers.SettingsBody, request.data, partial=True))
        return Response(_told(request, member))


def _told(request: Request, member: User) -> dict[str, Any]:
    token = request.auth
    scopes = token.scopes if isinstance(token, ApiToken) else [scope.value for scope in Scope]
    return {
        "id": member.pk,
        "username": member.username,
        "is_moderator": member.is_moderator,
        "joined_at": member.date_joined,
        "scopes": scopes,
        **{name: getattr(member, name) for name in settings.FIELDS},
    }
