"""Merges: two claims, or two speakers, are one. Members propose, moderators decide.

What a merge takes along is noted row by row, so that undoing it brings back exactly that.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import moving, permissions, revisions, speakers, standings
from annotations.models import (
    READABLE,
    Claim,
    Decision,
    Deed,
    Merge,
    MergeState,
    Occurrence,
    Speaker,
    State,
    Thing,
)
from annotations.permissions import Action

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
Mergeable = Claim | Speaker

MODELS: dict[str, type[Claim] | type[Speaker]] = {Thing.CLAIM: Claim, Thing.SPEAKER: Speaker}
ATTEMPTS = 5
_DEADLOCK = "40P01"


class NotPossible(Exception):
    """The present state does not allow it; the message says why."""


class _Again(Exception):
    """Something came in while the locks were taken."""


def _repeated(operation: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Run an operation in one transaction, from its start again if others came between."""

    @wraps(operation)
    def attempt(*given: Given.args, **named: Given.kwargs) -> Answer:
        for attempts_left in reversed(range(ATTEMPTS)):
            try:
                with transaction.atomic():
                    return operation(*given, **named)
            except _Again:
                if not attempts_left:
                    raise NotPossible(_("Others are at it just now. Try again.")) from None
            except OperationalError as error:
                is_deadlock = getattr(error.__cause__, "pgcode", "") == _DEADLOCK
                if not is_deadlock or not attempts_left:
                    raise
        raise AssertionError("unreachable")

    return attempt


# --- What people do -------------------------------------------------------------------


@_repeated
def propose(source: Mergeable, target: Mergeable, *, by: User, why: str) -> Merge:
    """Propose that `source` is the same as `target`, and leads there from then on.

    Raises PermissionDenied, ValidationError (field "why"), and NotPossible: for a thing and
    itself, for what nobody may read, and for what is proposed already, either way round.
    """
    thing = permissions.thing_of(source)
    if permissions.thing_of(target) is not thing or source.pk == target.pk:
        raise NotPossible(_("Nothing is merged into itself."))
    merge = Merge(
        thing=thing, source_id=source.pk, target_id=target.pk, why=why.strip(), proposed_by=by
    )
    _check_text(merge, "why")
    with revisions.recorded(by=by):
        for row in _locked(merge):
            _require(by, Action.PROPOSE_MERGE, row)
        pair = (source.pk, target.pk)
        proposed = Merge.objects.filter(thing=thing, state=MergeState.PROPOSED)
        if proposed.filter(source_id__in=pair, target_id__in=pair).exists():
            raise NotPossible(_("That is proposed already."))
        merge.save(force_insert=True)
    return merge


@_repeated
def accept(merge: Merge, *, by: User, reason: str) -> Merge:
    """Merge: everything of the source that the target lacks moves there, the rest stays behind.

    The source leads to the target from then on. Locks both; stored standings are those of a
    recount when it ends. Raises PermissionDenied, ValidationError (field "reason"), NotPossible.
    """
    source, target = _locked(merge)
    with revisions.recorded(by=by, why=reason):
        row = _decided(merge, MergeState.PROPOSED, MergeState.DONE, by=by)
        for one in (source, target):
            _require(by, Action.MERGE, one)
        _decide(row, Deed.MERGE, by=by, reason=reason)
        moving.move(row, source, target)
        _put(source, State.MERGED, target)
        _recount(source, target)
    return row


@_repeated
def merge_at_once(source: Mergeable, target: Mergeable, *, by: User, reason: str) -> Merge:
    """Propose and accept in one, as a moderator may. Raises as both do."""
    return accept(propose(source, target, by=by, why=reason), by=by, reason=reason)


@_repeated
def refuse(merge: Merge, *, by: User, reason: str) -> Merge:
    """Decide that the two are not the same. Raises as `accept` does."""
    with revisions.recorded(by=by, why=reason):
        row = _decided(merge, MergeState.PROPOSED, MergeState.REFUSED, by=by)
        _decide(row, Deed.REFUSE_MERGE, by=by, reason=reason)
    return row


@_repeated
def withdraw(merge: Merge, *, by: User) -> Merge:
    """Take back what one proposed, before it is decided. Raises PermissionDenied, NotPossible."""
    if not permissions.may_withdraw_merge(by, merge):
        raise PermissionDenied(_("Only who proposed it can take it back."))
    with revisions.recorded(by=by):
        row = _closed(merge, MergeState.PROPOSED, MergeState.WITHDRAWN, by=by)
        row.save(update_fields=["state", "decided_by", "decided_at"])
    return row


@_repeated
def undo(merge: Merge, *, by: User, reason: str) -> Merge:
    """Take a merge back: what it took along and is still there returns, as it is by now.

    The source is again what it was, visible or locked, unless it was hidden or withdrawn
    meanwhile. Raises as `accept` does: NotPossible also where the target was itself merged
    since, which has to be undone first.
    """
    source, target = _locked(merge)
    with revisions.recorded(by=by, why=reason):
        row = _decided(merge, MergeState.DONE, MergeState.UNDONE, by=by)
        # Hidden or withdrawn besides, it is merged all the same.
        merged = type(source)(state=State.MERGED, author_id=source.author_id)
        permissions.require(by, Action.UNDO_MERGE, merged)
        if target.merged_into is not None:
            raise NotPossible(
                _("%(target)s was merged into %(other)s since: undo that first.")
                % {"target": name_of(target), "other": name_of(target.merged_into)}
            )
        _check_wikidata(source)
        _decide(row, Deed.UNDO_MERGE, by=by, reason=reason)
        moving.bring_back(row, source, target)
        _put(source, _state_without(source), None)
        _recount(source, target)
    return row


def find_by_number(thing: str, number: int) -> Mergeable | None:
    """Return the claim or speaker of a number that everyone may read."""
    rows: QuerySet[Any] = MODELS[thing].objects.visible()
    return rows.filter(pk=number).first()


def end_of(claim: Claim) -> Claim:
    """Return where a claim leads, through any number of merges; else itself."""
    while claim.merged_into is not None:
        claim = claim.merged_into
    return claim


def name_of(row: Mergeable) -> str:
    """Return what to call a claim or speaker in a sentence, without its text."""
    return permissions.thing_of(row).numbered(row.pk)


# --- Locks and rights -----------------------------------------------------------------


def _locked(merge: Merge) -> tuple[Any, Any]:
    """Lock both sides until the transaction ends, and return source and target as they are now."""
    pair = (merge.source_id, merge.target_id)
    if merge.thing == Thing.CLAIM:
        source = standings.locked(*pair)
        return source, Claim.objects.defer("search").get(pk=merge.target_id)
    # Claims come first, as for everyone who writes an occurrence and then names its speaker.
    spoken = Occurrence.objects.filter(spoken_by__in=pair).order_by("claim")
    claims = list(spoken.values_list("claim", flat=True).distinct())
    if claims:
        standings.locked(*claims)
    rows = Speaker.objects.filter(pk__in=pair).order_by("pk").select_for_update(no_key=True)
    found = {row.pk: row for row in rows}
    if spoken.exclude(claim__in=claims).exists():
        raise _Again
    return found[merge.source_id], found[merge.target_id]


def _decided(merge: Merge, before: MergeState, after: MergeState, *, by: User) -> Merge:
    """Lock a merge and return it as it will be decided, by a moderator; `_decide` stores it.

    Raises PermissionDenied, NotPossible if it was decided before.
    """
    if not permissions.may_moderate(by):
        raise PermissionDenied(_("Only a moderator can do that."))
    return _closed(merge, before, after, by=by)


def _closed(merge: Merge, before: MergeState, after: MergeState, *, by: User) -> Merge:
    """Lock a merge and return it as it will be stored. Raises NotPossible."""
    row = Merge.objects.select_for_update().get(pk=merge.pk)
    if row.state != before:
        raise NotPossible(
            _("It is decided already: %(state)s.") % {"state": row.get_state_display()}
        )
    row.state, row.decided_by, row.decided_at = after, by, timezone.now()
    return row


def _require(by: User, action: Action, row: Mergeable) -> None:
    """Raise PermissionDenied, or NotPossible if only the state of the row stands in the way."""
    state = State(row.state)
    open_row = type(row)(state=State.VISIBLE, author_id=row.author_id)
    if state not in READABLE and permissions.may(by, action, open_row):
        said = {
            State.WITHDRAWN: _("%(name)s has been withdrawn."),
            State.HIDDEN: _("%(name)s is hidden."),
            State.MERGED: _("%(name)s has been merged into another."),
        }[state]
        raise NotPossible(said % {"name": name_of(row)})
    permissions.require(by, action, row)


def _decide(merge: Merge, deed: Deed, *, by: User, reason: str) -> None:
    decision = Decision(
        thing=merge.thing, thing_id=merge.source_id, deed=deed, reason=reason.strip(), by=by
    )
    _check_text(decision, "reason")
    merge.save(update_fields=["state", "decided_by", "decided_at"])
    decision.save(force_insert=True)


def _check_text(row: Model, field: str) -> None:
    others = {one.name for one in row._meta.fields} - {field}  # noqa: SLF001
    row.clean_fields(exclude=others)


def _check_wikidata(source: Mergeable) -> None:
    """Raise NotPossible if a speaker who comes back has an id that another has by now."""
    if isinstance(source, Speaker) and source.wikidata_id:
        speakers.hold_id(source.wikidata_id)
        others = Speaker.objects.filter(wikidata_id=source.wikidata_id, merged_into=None)
        other = others.exclude(pk=source.pk).first()
        if other is not None:
            raise NotPossible(
                _("%(name)s has the same Wikidata id by now: take it off there first.")
                % {"name": name_of(other)}
            )


# --- States and reading ---------------------------------------------------------------


def _put(row: Mergeable, state: State, into: Mergeable | None) -> None:
    row.state, row.merged_into = state, into
    row.version += 1
    row.save(update_fields=["state", "merged_into", "version"])


def _state_without(row: Mergeable) -> State:
    """Return the state of a merged row once it is not: that before, out of the log.

    What was hidden or withdrawn while it was merged stays so.
    """
    if row.state != State.MERGED:
        return State(row.state)
    events: Any = row.events  # type: ignore[union-attr]  # pghistory's
    last = events.filter(state__in=READABLE).order_by("-pgh_id").values_list("state", flat=True)
    return State(last.first() or State.VISIBLE)


def _recount(*rows: Mergeable) -> None:
    for row in rows:
        if isinstance(row, Claim):
            standings.recount(row, now=timezone.now())


def about(row: Mergeable) -> "QuerySet[Merge]":
    """Return what is proposed and was decided about a claim or speaker."""
    thing = permissions.thing_of(row)
    sides = Q(source_id=row.pk) | Q(target_id=row.pk)
    return Merge.objects.filter(sides, thing=thing).select_related("proposed_by", "decided_by")


def sides_of(merges: Iterable[Merge]) -> dict[tuple[str, int], Mergeable]:
    """Return the claims and speakers of merges, by thing and number. Two queries at most."""
    found: dict[tuple[str, int], Mergeable] = {}
    rows = list(merges)
    for thing, model in MODELS.items():
        of_thing = [one for one in rows if one.thing == thing]
        numbers = {number for one in of_thing for number in (one.source_id, one.target_id)}
        if numbers:
            sides: QuerySet[Any] = model.objects.filter(pk__in=numbers)
            found |= {(str(thing), row.pk): row for row in sides.select_related("merged_into")}
    return found
