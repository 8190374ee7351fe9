"""API tokens: making, revoking and accepting them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, Scope, User

LIFETIME = timedelta(days=90)


def create(
    *,
    by: User,
    name: str,
    scopes: Sequence[Scope] = tuple(Scope),
    lifetime: timedelta | None = LIFETIME,
) -> tuple[ApiToken, str]:
    """Make a token for a member; return its row and the text, which is shown only now.

    `lifetime` None makes a token that does not expire.
    """
    token, text = ApiToken.objects.create(
        user=by, expiry=lifetime, name=name, scopes=[scope.value for scope in scopes]
    )
    return token, text


def revoke(token: ApiToken) -> None:
    """End a token at once."""
    token.delete()


class TokenAuthentication(KnoxTokenAuthentication):  # type: ignore[misc]
    """`Authorization: Token …`, checked against the stored hash."""

    def authenticate_credentials(self, token: bytes) -> Any:
        """Return (user, token). Bytes that are no text are a wrong token, not a fault of ours."""
        if not token.isascii():
            raise AuthenticationFailed(_("Invalid token."))
        return super().authenticate_credentials(token)
