"""Who may use the REST interface at all; what they may do is decided by the operations."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope

if TYPE_CHECKING:
    # At run time the views import their default permission, which is here.
    from rest_framework.views import APIView


class ReadOrToken(BasePermission):
    """Anyone reads; a signed-in member, or a token with the write scope, writes."""

    message = _("This token may not write.")

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """Tell whether the request may go on to the view."""
        token = request.auth
        if request.method in SAFE_METHODS:
            return not isinstance(token, ApiToken) or Scope.READ in token.scopes
        if not request.user or not request.user.is_authenticated:
            return False
        return not isinstance(token, ApiToken) or Scope.WRITE in token.scopes
