"""What a claim's page shows, gathered in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from annotations import merge_page
from annotations.models import Claim, Occurrence
from annotations.permissions import Action, may
from catalogue.models import Video, VideoCounts


def context_of(claim: Claim, user: User | AnonymousUser) -> dict[str, Any]:
    """Return what the page's template names. Needs `Claim.objects.for_page()`."""
    return {
        "claim": claim,
        "films": films_of(claim),
        "may_edit": may(user, Action.EDIT, claim),
        "may_withdraw": may(user, Action.WITHDRAW, claim),
        "may_add": may(user, Action.ADD, claim),
        # --- What the votes support, and one's own vote
        # --- Evidence
        # --- Discussion
        # --- Merging and moderation
        "merges": merge_page.told_of(claim),
        "may_propose_merge": may(user, Action.PROPOSE_MERGE, claim),
    }


@dataclass(frozen=True, slots=True)
class Film:
    """One film in which a claim is made: how many have seen it, and the moments in film order.

    `views` is None where nobody knows.
    """

    video: Video
    views: int | None
    observed_at: datetime | None
    moments: list[Occurrence]


def films_of(claim: Claim) -> list[Film]:
    """Return every film in which a claim is made, by reach; the unknown last. One query."""
    by_film: dict[int, list[Occurrence]] = {}
    for occurrence in claim.occurrences.all():
        by_film.setdefault(occurrence.video_id, []).append(occurrence)
    counts = VideoCounts.objects.in_bulk(list(by_film))
    films = [
        Film(
            video=moments[0].video,
            views=counts[number].views if number in counts else None,
            observed_at=counts[number].observed_at if number in counts else None,
            moments=moments,
        )
        for number, moments in by_film.items()
    ]
    return sorted(films, key=lambda film: -1 if film.views is None else film.views, reverse=True)
