"""Moderation: members flag things, moderators decide; every decision is kept and public."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from annotations import permissions, revisions, standings, things
from annotations.models import (
    Claim,
    Decision,
    Deed,
    Flag,
    FlagKind,
    State,
    Stated,
)
from annotations.permissions import Action

# What a moderator does to one thing, and the right it takes.
ACTIONS: dict[Deed, Action] = {
    Deed.HIDE: Action.HIDE,
    Deed.SHOW: Action.SHOW,
    Deed.LOCK: Action.LOCK,
    Deed.UNLOCK: Action.UNLOCK,
    Deed.LEAVE: Action.LEAVE,
}


def flag(row: Stated, *, by: User, kind: str, remark: str = "") -> tuple[Flag, bool]:
    """Say that somebody should look at a thing; return the flag and whether it is new.

    Idempotent: while a member's flag is open, another says nothing new. Raises
    ValidationError, PermissionDenied.
    """
    thing = permissions.thing_of(row)
    new = Flag(thing=thing, thing_id=row.pk, kind=kind, remark=remark.strip(), member=by)
    new.clean_fields(exclude={"member", "decision"})
    if kind == FlagKind.OTHER and not new.remark:
        message = _("Say what is wrong with it.")
        raise ValidationError({"remark": ValidationError(message, code="required")})
    with transaction.atomic():
        present = standings.locked_row(row)
        permissions.require(by, Action.FLAG, present, under=things.claim_above(present))
        mine = Flag.objects.undecided().about(thing, row.pk).filter(member=by).first()
        if mine is None:
            new.save(force_insert=True)
    return (mine, False) if mine else (new, True)


def decide(
    row: Stated, *, by: User, deed: str, reason: str, version: int | None = None
) -> Decision:
    """Hide, show, lock or unlock a thing, or leave it as it is, for a reason.

    One transaction: the thing's state, the decision, the end of all open flags, the claim's
    counts. `version` is the thing's as the moderator saw it. Raises ValidationError,
    PermissionDenied, StaleVersion.
    """
    thing = permissions.thing_of(row)
    decision = Decision(thing=thing, thing_id=row.pk, deed=deed, reason=_one_line(reason), by=by)
    if deed not in ACTIONS:
        message = _("Not one of: %(words)s.") % {"words": ", ".join(ACTIONS)}
        raise ValidationError({"deed": ValidationError(message, code="invalid_choice")})
    decision.clean_fields(exclude={"by"})
    with transaction.atomic(), revisions.recorded(by=by, why=decision.reason):
        present = standings.locked_row(row)
        permissions.require(by, ACTIONS[Deed(deed)], present)
        if version is not None and version != present.version:
            raise revisions.StaleVersion(present)
        _apply(present, Deed(deed), decision.reason)
        decision.save(force_insert=True)
        Flag.objects.undecided().about(thing, row.pk).update(decision=decision)
        claim = present if isinstance(present, Claim) else things.claim_above(present)
        if claim is not None:
            standings.recount(claim, now=timezone.now())
    return decision


def _apply(row: Stated, deed: Deed, reason: str) -> None:
    """Bring a thing into the state that was decided on."""
    match deed:
        case Deed.HIDE:
            row.state, row.state_reason = State.HIDDEN, reason
        case Deed.LOCK:
            row.state, row.state_reason = State.LOCKED, reason
        case Deed.SHOW:
            row.state, row.state_reason = _state_before_hiding(row), ""
        case Deed.UNLOCK:
            row.state, row.state_reason = State.VISIBLE, ""
        case _:
            return
    row.version += 1
    try:
        with transaction.atomic():
            row.save(update_fields=["state", "state_reason", "version"])
    except IntegrityError:
        # A card that was withdrawn, and whose address was brought again meanwhile.
        message = _("Something else stands in its place, so its state cannot be changed.")
        raise ValidationError(message, code="replaced") from None


def _state_before_hiding(row: Stated) -> State:
    """Return what a hidden thing becomes: what its author took back stays taken back."""
    events: Any = things.events_of(type(row))._default_manager  # noqa: SLF001
    before = events.filter(pgh_obj_id=row.pk).exclude(state=State.HIDDEN).order_by("-pgh_id")
    last = before.values_list("state", flat=True).first()
    if last == State.WITHDRAWN:
        return State.WITHDRAWN
    return State.MERGED if getattr(row, "merged_into_id", None) else State.VISIBLE


def _one_line(text: str) -> str:
    return " ".join(text.split())
