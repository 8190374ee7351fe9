"""What a claim's page shows, gathered in a constant number of queries."""

from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from annotations.models import Claim
from annotations.permissions import Action, may


def context_of(claim: Claim, user: User | AnonymousUser) -> dict[str, Any]:
    """Return what the page's template names. Needs `Claim.objects.for_page()`."""
    return {
        "claim": claim,
        "may_edit": may(user, Action.EDIT, claim),
        "may_withdraw": may(user, Action.WITHDRAW, claim),
        "may_add": may(user, Action.ADD, claim),
        # --- What the votes support, and one's own vote
        # --- Evidence
        # --- Discussion
        # --- Merging and moderation
    }
