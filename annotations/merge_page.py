"""What pages tell of merges and of speakers, in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from annotations import merges, speakers
from annotations.models import Claim, Decision, Deed, Merge, MergeState, Speaker, State
from catalogue import paging

ALIKE_MAX = 5
ALIKE_MIN = 0.3
SHOWN_MAX = 50
# What is open comes before all that is decided.
_OPEN = Case(
    When(state=MergeState.PROPOSED, then=F("pk") + Value(2**60)),
    default=F("pk"),
    output_field=BigIntegerField(),
)
OPEN_FIRST = paging.Ordering("open", _OPEN, paging.read_number)
_DEEDS: dict[str, Deed] = {
    MergeState.DONE: Deed.MERGE,
    MergeState.REFUSED: Deed.REFUSE_MERGE,
    MergeState.UNDONE: Deed.UNDO_MERGE,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two of a merge; `text` is empty where nobody may read it."""

    number: int
    name: str
    text: str
    url: str
    language: str


@dataclass(frozen=True, slots=True)
class Told:
    """A merge with both sides and what was said when it was decided."""

    merge: Merge
    source: Side
    target: Side
    reason: str
    is_open: bool
    is_done: bool


def rows() -> "QuerySet[Merge]":
    """Return merges with who proposed and decided them."""
    return Merge.objects.select_related("proposed_by", "decided_by")


def told(found: Iterable[Merge]) -> list[Told]:
    """Return merges as a page shows them. Three queries for any number."""
    listed = list(found)
    sides = merges.sides_of(listed)
    reasons = _reasons_of(listed)
    return [
        Told(
            merge=one,
            source=_side(sides[one.thing, one.source_id]),
            target=_side(sides[one.thing, one.target_id]),
            reason=reasons.get(one.pk, ""),
            is_open=one.state == MergeState.PROPOSED,
            is_done=one.state == MergeState.DONE,
        )
        for one in listed
    ]


def told_of(row: merges.Mergeable) -> list[Told]:
    """Return what is proposed of a claim or speaker, and what was merged into it.

    Four queries at most.
    """
    standing = (MergeState.PROPOSED, MergeState.DONE)
    found = merges.about(row).filter(state__in=standing).order_by("-pk")
    return told(found[:SHOWN_MAX])


def was_merged_from(row: merges.Mergeable, asked: str) -> str:
    """Return what to call the claim or speaker that led here, if the number asked for did."""
    if not asked.isdecimal() or len(asked) > 18:
        return ""
    source: Any = type(row)._default_manager.filter(pk=int(asked)).first()  # noqa: SLF001
    if source is None or source.merged_into_id is None or _end_of(source).pk != row.pk:
        return ""
    return merges.name_of(source)


def speakers_like(speaker: Speaker) -> list[Speaker]:
    """Return speakers of nearly the same name, the likest first. One query."""
    likeness = TrigramSimilarity("name", speaker.name)
    alike = Speaker.objects.visible().exclude(pk=speaker.pk).annotate(likeness=likeness)
    return list(alike.filter(likeness__gte=ALIKE_MIN).order_by("-likeness", "pk")[:ALIKE_MAX])


def _end_of(row: merges.Mergeable) -> merges.Mergeable:
    return merges.end_of(row) if isinstance(row, Claim) else speakers.end_of(row)


def _side(row: merges.Mergeable) -> Side:
    text = row.statement if isinstance(row, Claim) else row.name
    is_told = row.is_readable or row.state == State.MERGED
    return Side(
        number=row.pk,
        name=merges.name_of(row),
        text=text if is_told else _("no longer shown"),
        url=row.get_absolute_url(),
        language=row.language if isinstance(row, Claim) else "",
    )


def _reasons_of(found: list[Merge]) -> dict[int, str]:
    """Return what moderators said who decided, by merge. One query."""
    decided = [one for one in found if one.state in _DEEDS]
    about = Q()
    for one in decided:
        about |= Q(
            thing=one.thing, thing_id=one.source_id, deed=_DEEDS[one.state], at__gte=one.decided_at
        )
    if not decided:
        return {}
    # The first since: what was decided later was about another merge.
    decisions = list(Decision.objects.filter(about).order_by("at", "pk"))
    return {
        one.pk: next(
            (
                decision.reason
                for decision in decisions
                if (decision.thing, decision.thing_id) == (one.thing, one.source_id)
                and decision.deed == _DEEDS[one.state]
                and one.decided_at is not None
                and decision.at >= one.decided_at
            ),
            "",
        )
        for one in decided
    }
