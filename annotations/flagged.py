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
    Evidence,
    Flag,
    Note,
    Occurrence,
    Speaker,
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
    above = things.claim_above(row)
    return may(user, Action.READ_LOG, row) and (above is None or may(user, Action.READ_LOG, above))


def decisions_on(row: Stated) -> list[Decision]:
    """Return what was decided about a thing, newest first. One query."""
    rows = Decision.objects.filter(thing=permissions.thing_of(row), thing_id=row.pk)
    return list(rows.select_related("by").order_by("-at", "-pk"))


def hidden_under(claim: Claim, user: User | AnonymousUser) -> list[Case]:
    """Return the hidden moments and cards of a claim that a user may read: their own, or all.

    Two queries for members, none for visitors. Comments stand in their thread.
    """
    if not isinstance(user, User):
        return []
    found: list[Case] = []
    for model in (Occurrence, Evidence):
        thing = Thing(str(model._meta.model_name))  # noqa: SLF001
        rows: Any = model._default_manager.filter(claim=claim, state="hidden")  # noqa: SLF001
        hidden = rows.select_related(*things.BESIDE[thing]).order_by("pk")
        found += [case_of(row, user) for row in hidden if may(user, Action.READ, row)]
    return found


def words_of(row: Stated) -> list[str]:
    """Return what members wrote in a thing, line by line. No query."""
    match row:
        case Claim():
            said = [row.statement, row.not_checkable_why]
        case Occurrence():
            span = timecodes.format_span(row.start_ms, row.end_ms)
            said = [f"{span} · {row.video.title}", row.quote, row.speaker, row.speaker_role]
        case Evidence():
            said = [row.title, row.publisher, row.creator, row.url, row.quote, row.why]
        case Comment():
            said = [row.body]
        case Speaker():
            said = [row.name, row.role, row.wikidata_id]
        case Note():
            said = [row.text]
        case _:
            said = []
    return [line for line in said if line]
