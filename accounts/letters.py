"""Where letters to members go."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress


def verified_addresses(members: Iterable[int]) -> dict[int, str]:
    """Return the confirmed address of each member who has one, the primary first. One query."""
    rows = EmailAddress.objects.filter(user__in=list(members), verified=True)
    # The last one of a member stays: the primary.
    return dict(rows.order_by("primary", "-pk").values_list("user", "email"))
