"""What pages of moderation show: the queue, and the record of one thing."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Min

from accounts.models import User
from annotations import moderation, permissions, things
from annotations.models import (
    Claim,
    Comment,
    Decision,
    Deed,
    Disclosure,
    Evidence,
    Flag,
    Note,
    Occurrence,
    Speaker,
    State,
    Stated,
    Thing,
)
from annotations.moderation_forms import DecisionForm
from annotations.permissions import Action, may
from catalogue import timecodes

# More than anyone decides at one sitting; what is decided makes room for the next.
QUEUED = 25


@dataclass(frozen=True, slots=True)
class Case:
    """One thing and what is said of it. Without `form` it is not the reader's to decide."""

    row: Stated
    thing: Thing
    words: list[str]
    flags: list[Flag]
    form: DecisionForm | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The things that wait longest, and how many wait in all."""

    cases: list[Case]
    count: int


def queue(user: User) -> Queue:
    """Return what is flagged, what waits longest first. One query a sort of thing, and three."""
    waiting = (
        Flag.objects.undecided()
        .values_list("thing", "thing_id")
        .annotate(first_at=Min("created_at"))
    )
    count = waiting.count()
    keys = [(thing, pk) for thing, pk, _at in waiting.order_by("first_at", "thing_id")[:QUEUED]]
    rows = things.found_all(set(keys))
    flags: dict[tuple[str, int], list[Flag]] = defaultdict(list)
    numbers = {pk for _thing, pk in keys}
    for flag in (
        Flag.objects.undecided()
        .filter(thing_id__in=numbers)
        .select_related("member")
        .order_by("pk")
    ):
        flags[flag.thing, flag.thing_id].append(flag)
    cases = [case_of(rows[key], user, flags=flags[key]) for key in keys if key in rows]
    return Queue(cases, count)


def case_of(
    row: Stated,
    user: User | AnonymousUser,
    *,
    flags: list[Flag] | None = None,
    data: Mapping[str, Any] | None = None,
) -> Case:
    """Return one thing as somebody sees it who may read its log."""
    thing = permissions.thing_of(row)
    deeds = deeds_of(user, row)
    form = DecisionForm(
        data,
        deeds=deeds,
        initial={"version": row.version},
        auto_id=f"id_{thing}{row.pk}_%s",
    )
    return Case(row, thing, words_of(row), flags or [], form if deeds else None)


def deeds_of(user: User | AnonymousUser, row: Stated) -> list[Deed]:
    """Return what a user may do to a thing as a moderator. No query."""
    return [deed for deed, action in moderation.ACTIONS.items() if may(user, action, row)]


def is_open_to(user: User | AnonymousUser, row: Stated) -> bool:
    """Tell whether a user may read what a thing says in its log, and that of its claim."""
    return may(user, Action.READ_LOG, row, under=things.claim_above(row))


def decisions_on(row: Stated) -> list[Decision]:
    """Return what was decided about a thing, newest first. One query."""
    rows = Decision.objects.filter(thing=permissions.thing_of(row), thing_id=row.pk)
    return list(rows.select_related("by").order_by("-at", "-pk"))


def hidden_under(claim: Claim, user: User | AnonymousUser) -> list[Case]:
    """Return the hidden moments of a claim that a user may read: their own, or all.

    One query for members, none for visitors. Cards stand among the evidence, comments in
    their thread.
    """
    if not isinstance(user, User):
        return []
    rows = Occurrence.objects.filter(claim=claim, state=State.HIDDEN)
    hidden = rows.select_related(*things.BESIDE[Thing.OCCURRENCE]).order_by("pk")
    return [case_of(row, user) for row in hidden if may(user, Action.READ, row)]


def words_of(row: Stated) -> list[str]:
    """Return what members wrote in a thing, line by line. No query."""
    match row:
        case Claim():
            said = [row.statement, row.not_checkable_why]
        case Occurrence():
            span = timecodes.format_span(row.start_ms, row.end_ms)
            said = [f"{span} · {row.video.title}", row.quote, row.speaker_told, row.role_told]
        case Evidence():
            said = [row.title, row.publisher, row.creator, row.url, row.quote, row.why]
        case Comment():
            said = [row.body]
        case Speaker():
            said = [row.name, row.role, row.wikidata_id]
        case Note():
            said = [row.text]
        case Disclosure():
            said = [row.channel.name, row.text, row.source_url]
        case _:
            said = []
    return [line for line in said if line]
