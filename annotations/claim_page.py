"""What a claim's page shows, gathered in a constant number of queries."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts.models import User
from annotations import flagged, merge_page, ratings, threads
from annotations.models import Claim, Evidence, Occurrence, Stance, State
from annotations.permissions import Action, Role, allowed, may, thing_of
from annotations.verdict_forms import VoteForm
from catalogue.models import Video, VideoCounts

VERDICTS_SHOWN = 20


def context_of(claim: Claim, user: User | AnonymousUser, *, answer: str = "") -> dict[str, Any]:
    """Return what the page's template names. Needs `Claim.objects.for_page()`.

    `answer` is the number of the comment that somebody wants to answer.
    """
    verdict = ratings.shown(claim, user, now=timezone.now())
    return {
        "claim": claim,
        "films": films_of(claim),
        "may_edit": may(user, Action.EDIT, claim),
        "may_withdraw": may(user, Action.WITHDRAW, claim),
        "may_add": may(user, Action.ADD, claim),
        # --- What the votes support, and one's own vote
        "verdict": verdict,
        "vote_form": VoteForm.starting_from(claim, verdict.own),
        "verdict_changes": list(claim.verdict_changes.order_by("-pk")[:VERDICTS_SHOWN]),
        "rated": ratings.cards_shown(claim, user, has_voted=verdict.own is not None),
        # --- Evidence
        "evidence": evidence_of(claim, user),
        # --- Discussion
        "thread": threads.thread_of(claim, user, answer=answer),
        # --- Merging and moderation
        "merges": merge_page.told_of(claim),
        "may_propose_merge": may(user, Action.PROPOSE_MERGE, claim),
        "hidden": flagged.hidden_under(claim, user),
    }


# --- Evidence -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """One card, and what its reader may do with it."""

    row: Evidence
    may_edit: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """The cards of a claim, best first, and how many that all may read take which stance.

    `is_open` if any member may add to them.
    """

    cards: list[Card]
    counts: list[tuple[Stance, int]]
    is_open: bool

    @property
    def total(self) -> int:
        """How many cards all may read."""
        return sum(count for _stance, count in self.counts)


def evidence_of(claim: Claim, user: User | AnonymousUser) -> Sources:
    """Return the cards of a claim that a user may read. One query."""
    rows = [
        row
        for row in Evidence.objects.filter(claim=claim).for_page()
        if may(user, Action.READ, row)
    ]
    counted = Counter(row.stance for row in rows if row.is_readable)
    return Sources(
        [
            Card(
                row,
                may_edit=may(user, Action.EDIT, row, under=claim),
                may_withdraw=may(user, Action.WITHDRAW, row, under=claim),
            )
            for row in rows
        ],
        [(stance, counted[stance]) for stance in Stance if counted[stance]],
        Role.MEMBER in allowed(thing_of(claim), Action.ADD, State(claim.state)),
    )


# --- Where it is made -----------------------------------------------------------------


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
