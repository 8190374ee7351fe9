"""What a claim's page shows, gathered in a constant number of queries."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from annotations import ratings
from annotations.models import Claim
from annotations.permissions import Action, may
from annotations.verdict_forms import VoteForm

VERDICTS_SHOWN = 20


def context_of(claim: Claim, user: User | AnonymousUser) -> dict[str, Any]:
    """Return what the page's template names. Needs `Claim.objects.for_page()`."""
    verdict = ratings.shown(claim, user, now=timezone.now())
    return {
        "claim": claim,
        "may_edit": may(user, Action.EDIT, claim),
        "may_withdraw": may(user, Action.WITHDRAW, claim),
        "may_add": may(user, Action.ADD, claim),
        # --- What the votes support, and one's own vote
        "verdict": verdict,
        "vote_form": VoteForm.starting_from(claim, verdict.own),
        "verdict_changes": list(claim.verdict_changes.order_by("-pk")[:VERDICTS_SHOWN]),
        "rated": ratings.cards_shown(claim, user, has_voted=verdict.own is not None),
        # --- Evidence
        # --- Discussion
        # --- Merging and moderation
    }
