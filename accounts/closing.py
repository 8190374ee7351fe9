"""Ending an account: what says who a member was goes, and their row stays without it.

What they did is signed by that row, and so by a name that says nothing. What they own in other
applications is theirs to end before (`annotations.leaving`).
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import TOMBSTONE, ApiToken, Theme, User


def require_closable(member: User) -> None:
    """Raise PermissionDenied if nobody would be left to run the site."""
    if not member.is_superuser:
        return
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=member.pk)
    if not others.exists():
        raise PermissionDenied(_("You are the only operator. Make somebody else one first."))


def close(member: User) -> None:
    """End an account for good: sign it out everywhere and make it nobody's. Idempotent.

    Raises PermissionDenied for the last operator.
    """
    with transaction.atomic():
        # Two operators who leave at once wait for each other here.
        list(User.objects.select_for_update().filter(is_superuser=True).order_by("pk"))
        row = User.objects.select_for_update().get(pk=member.pk)
        require_closable(row)
        for session in UserSession.objects.filter(user=row):
            session.end()
        for model in (ApiToken, EmailAddress, Authenticator):
            model.objects.filter(user=row).delete()
        row.groups.clear()
        row.user_permissions.clear()
        row.username = f"{TOMBSTONE}{row.pk}"
        row.email = f"{row.username}@erased.invalid"
        row.display_name = row.about = row.language = ""
        row.time_zone, row.theme = "UTC", Theme.SYSTEM
        row.shows_presence = row.is_active = False
        row.is_staff = row.is_superuser = row.is_moderator = False
        row.last_login = None
        row.set_unusable_password()
        row.save()
