"""What a merge takes along, noted row by row, and the way back. Both sides are locked."""

from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from annotations.claims import TAGS_MAX
from annotations.models import (
    READABLE,
    Claim,
    ClaimTag,
    Comment,
    Evidence,
    EvidenceSuggestion,
    Merge,
    Moved,
    Occurrence,
    Speaker,
    State,
    VerdictVote,
)

# What a claim takes along, and what there may be once of: the column, if any.
_PARTS: dict[type[Model], str] = {
    Occurrence: "",
    Evidence: "url_key",
    VerdictVote: "member",
    Comment: "",
    EvidenceSuggestion: "url_key",
    ClaimTag: "tag",
}


def move(merge: Merge, source: Claim | Speaker, target: Claim | Speaker) -> None:
    """Take along what the target lacks, and note each row."""
    if isinstance(source, Speaker):
        _take(merge, Occurrence.objects.filter(spoken_by=source.pk), spoken_by=target)
        return
    assert isinstance(target, Claim)  # noqa: S101  for the type checker
    for model in _PARTS:
        _take(merge, _lacking(model, source, target), claim=target)


def _take(merge: Merge, rows: "QuerySet[Any]", **to: Claim | Speaker) -> None:
    table = str(rows.model._meta.model_name)  # noqa: SLF001
    numbers = list(rows.values_list("pk", flat=True))
    # Where it stands is no edit of it: one that began before the merge still holds.
    rows.model._default_manager.filter(pk__in=numbers).update(**to)  # noqa: SLF001
    Moved.objects.bulk_create(
        [Moved(merge=merge, table=table, row_id=number) for number in numbers]
    )


def _lacking(model: type[Model], source: Claim, target: Claim) -> "QuerySet[Any]":
    """Return the source's rows of one table that would not stand twice at the target."""
    rows = _fitting(model, model._default_manager.filter(claim=source.pk), target)  # noqa: SLF001
    if model is VerdictVote:
        # Nobody votes on their own claim.
        return rows.exclude(member=target.author_id)
    if model is Occurrence:
        twins = Occurrence.objects.filter(
            claim=target.pk,
            video=OuterRef("video"),
            start_ms=OuterRef("start_ms"),
            end_ms=OuterRef("end_ms"),
            state__in=READABLE,
        )
        return rows.exclude(Q(Exists(twins)) & Q(state__in=READABLE))
    if model is ClaimTag:
        room = max(TAGS_MAX - ClaimTag.objects.filter(claim=target.pk).count(), 0)
        return rows.order_by("pk")[:room]
    return rows


def _fitting(model: type[Model], rows: "QuerySet[Any]", claim: Claim) -> "QuerySet[Any]":
    """Leave out the rows of which the claim has one already, where there may be only one."""
    column = _PARTS[model]
    if not column:
        return rows
    there = model._default_manager.filter(claim=claim.pk)  # noqa: SLF001
    if model is Evidence:
        there = there.exclude(state=State.WITHDRAWN)
    return rows.exclude(**{f"{column}__in": there.values(column)})


def bring_back(merge: Merge, source: Claim | Speaker, target: Claim | Speaker) -> None:
    """Return what was taken along and still stands at the target."""
    if isinstance(source, Speaker):
        noted = _noted(merge, Occurrence)
        Occurrence.objects.filter(spoken_by=target.pk, pk__in=noted).update(spoken_by=source)
        return
    for model in _PARTS:
        rows = model._default_manager.filter(claim=target.pk, pk__in=_noted(merge, model))  # noqa: SLF001
        # A list: the rows are chosen before the first of them moves.
        numbers = list(_fitting(model, rows, source).values_list("pk", flat=True))
        model._default_manager.filter(pk__in=numbers).update(claim=source)  # noqa: SLF001


def _noted(merge: Merge, model: type[Model]) -> "QuerySet[Any, Any]":
    table = str(model._meta.model_name)  # noqa: SLF001
    return Moved.objects.filter(merge=merge, table=table).values("row_id")
