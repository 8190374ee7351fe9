"""Things: rows of the community, whichever they are, found by what they are and their number.

A claim, a moment, a piece of evidence, a comment, a speaker, a note on a film or a channel.
"""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts.models import User
from annotations import permissions
from annotations.models import (
    Claim,
    Comment,
    Disclosure,
    Evidence,
    Note,
    Occurrence,
    Speaker,
    Stated,
    Thing,
)
from annotations.permissions import Action

MODELS: dict[Thing, type[Stated]] = {
    Thing.CLAIM: Claim,
    Thing.OCCURRENCE: Occurrence,
    Thing.EVIDENCE: Evidence,
    Thing.COMMENT: Comment,
    Thing.SPEAKER: Speaker,
    Thing.NOTE: Note,
    Thing.DISCLOSURE: Disclosure,
}
# What stands beside a thing where it is shown.
BESIDE: dict[Thing, tuple[str, ...]] = {
    Thing.CLAIM: ("author",),
    Thing.OCCURRENCE: ("author", "claim", "video", "spoken_by"),
    Thing.EVIDENCE: ("author", "claim"),
    Thing.COMMENT: ("author", "claim"),
    Thing.SPEAKER: ("author",),
    Thing.NOTE: ("author", "video"),
    Thing.DISCLOSURE: ("author", "channel"),
}


def find(thing: str, number: int) -> Stated | None:
    """Return one thing with what stands beside it, None if there is none. One query."""
    return found_all({(thing, number)}).get((thing, number))


def found_all(wanted: set[tuple[str, int]]) -> dict[tuple[str, int], Stated]:
    """Return things by what they are and their numbers. One query for each sort of thing."""
    found: dict[tuple[str, int], Stated] = {}
    for thing, model in MODELS.items():
        numbers = [number for other, number in wanted if other == thing]
        if not numbers:
            continue
        rows: Any = model._default_manager.filter(pk__in=numbers)  # noqa: SLF001
        for row in rows.select_related(*BESIDE[thing]):
            found[thing, row.pk] = row
    return found


def claim_above(row: Stated) -> Claim | None:
    """Return the claim that a thing stands under, None for what stands by itself."""
    above: Claim | None = getattr(row, "claim", None)
    return above


def address_of(row: Stated) -> str:
    """Return where a thing stands."""
    place: Any = row
    return str(place.get_absolute_url())


def is_shown_to(user: User | AnonymousUser, row: Stated) -> bool:
    """Tell whether a user may read a thing: it, and the claim that it stands under."""
    return permissions.may(user, Action.READ, row, under=claim_above(row))


def events_of(model: type[Model]) -> type[Model]:
    """Return the table of the log about a table."""
    tracked: Any = model
    found: type[Model] = tracked.pgh_event_model
    return found
