"""Where claims are pinned in films that changed: what members decide of proposals, and shifts.

Every move is an ordinary edit of the occurrence, in its log with the reason.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from annotations import occurrences, permissions, reasons, revisions, standings
from annotations.models import (
    AnchorHealth,
    AnchorProposal,
    Occurrence,
    OccurrenceQuerySet,
    ProposalState,
    State,
)
from annotations.permissions import Action
from annotations.shifts import Shift, shift_of
from catalogue.models import Video
from catalogue.timecodes import format_offset, format_timecode

WHY_MAX = 200
OFFSET_MAX_MS = 24 * 3_600_000
# One quote found elsewhere tells nothing of the others.
AGREE_MIN = 2
# A proposed place as near as this is where a shift brings the occurrence.
_SAME_MS = 1_000
_MOVED = ("start_ms", "end_ms", "video_duration_ms", "version", "edited_at")
_LOOKED_AT = ("anchor_health", "anchor_score", "anchor_checked_at")


class Decided(Exception):
    """A proposal that waits no more: somebody decided, or the occurrence was edited since."""


class FilmChanged(Exception):
    """Somebody changed occurrences of the film since the shift was shown; nothing was moved."""


# --- One occurrence -------------------------------------------------------------------


def accept(proposal: AnchorProposal, *, by: User) -> Occurrence:
    """Move an occurrence to the proposed place.

    Raises Decided, PermissionDenied, and ValidationError if no place is proposed.
    """
    with transaction.atomic(), revisions.recorded(by=by, why=reasons.FOUND_BY_QUOTE):
        row = _held(proposal, by=by)
        if row.start_ms is None or row.end_ms is None:
            message = _("No place is proposed: set it by hand.")
            raise ValidationError({"start_ms": ValidationError(message, code="no_place")})
        moved = occurrences.edit(
            row.occurrence,
            by=by,
            version=row.occurrence.version,
            start_ms=row.start_ms,
            end_ms=row.end_ms,
        )
        _decide(row, ProposalState.ACCEPTED, by=by)
        _stand(moved, score=row.score)
    return moved


def place(
    proposal: AnchorProposal, *, by: User, start_ms: int, end_ms: int, quote: str
) -> Occurrence:
    """Put an occurrence where a person found it. Raises Decided, PermissionDenied, ValidationError.

    With another quote it is looked at again; else the person's word holds until the film
    changes.
    """
    with transaction.atomic(), revisions.recorded(by=by, why=reasons.FOUND_BY_HAND):
        row = _held(proposal, by=by)
        was = row.occurrence
        moved = occurrences.edit(
            was, by=by, version=was.version, start_ms=start_ms, end_ms=end_ms, quote=quote
        )
        moved = occurrences.confirm(moved, by=by, version=moved.version)
        _decide(row, ProposalState.ACCEPTED, by=by)
        _stand(moved, is_known=moved.quote == was.quote)
    return moved


def refuse(proposal: AnchorProposal, *, by: User) -> Occurrence:
    """Say that an occurrence is right where it is: it is asked about again only after a change.

    Raises Decided, PermissionDenied.
    """
    with transaction.atomic(), revisions.recorded(by=by, why=reasons.RIGHT_THERE):
        row = _held(proposal, by=by)
        kept = occurrences.confirm(row.occurrence, by=by, version=row.occurrence.version)
        _decide(row, ProposalState.REFUSED, by=by)
        _stand(kept)
    return kept


def _held(proposal: AnchorProposal, *, by: User) -> AnchorProposal:
    """Lock claim, occurrence and proposal, in this order as everyone; return the proposal."""
    occurrence = standings.locked_row(Occurrence(pk=proposal.occurrence_id))
    row = AnchorProposal.objects.select_for_update().get(pk=proposal.pk)
    row.occurrence = occurrence
    permissions.require(by, Action.EDIT, occurrence, under=occurrence.claim)
    if row.state != ProposalState.OPEN:
        raise Decided(_("Somebody has decided that already."))
    if occurrence.edited_at and occurrence.edited_at > row.created_at:
        raise Decided(_("The occurrence was edited since this was proposed."))
    return row


def _decide(row: AnchorProposal, state: ProposalState, *, by: User) -> None:
    row.state, row.decided_by, row.decided_at = state, by, timezone.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])


def _stand(row: Occurrence, *, score: float | None = None, is_known: bool = True) -> None:
    """Note that a person saw where it is; with `is_known` off, that nobody has looked yet."""
    row.anchor_health = AnchorHealth.SOUND if is_known else AnchorHealth.UNKNOWN
    row.anchor_score = score
    row.anchor_checked_at = timezone.now() if is_known else None
    row.save(update_fields=_LOOKED_AT)


# --- A whole film ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """Where a shift brings one occurrence; `problem` is why it stays where it is."""

    occurrence: Occurrence
    start_ms: int
    end_ms: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Shifted:
    """What a shift moves, or would move, and what it leaves.

    `fingerprint` is that of the occurrences before it: another one means that somebody
    changed them.
    """

    moved: Sequence[Step]
    left: Sequence[Step]
    fingerprint: str


def shift(
    video: Video,
    *,
    by: User,
    offset_ms: int,
    from_ms: int = 0,
    why: str = "",
    expected: str = "",
    is_dry_run: bool = False,
) -> Shifted:
    """Move all visible occurrences of a film that start at `from_ms` or later.

    One transaction, one entry of the log for each, about ten queries for any number. What
    would fall outside of the film, or is locked, is reported and left. A dry run tells the
    same and writes nothing. `expected` is the fingerprint that was shown: then nobody can
    shift twice by accident. Raises ValidationError, FilmChanged.
    """
    _check_shift(offset_ms, from_ms, why)
    if is_dry_run:
        return _plan(video, _starting_at(video, from_ms), offset_ms, by)
    reason = why or reasons.FILM_MOVED % {"offset": format_offset(offset_ms)}
    with transaction.atomic(), revisions.recorded(by=by, why=reason):
        claims = sorted(set(_starting_at(video, from_ms).values_list("claim_id", flat=True)))
        if claims:
            standings.locked(*claims)
        # What came in meanwhile belongs to a claim that nobody holds.
        held = _starting_at(video, from_ms).filter(claim__in=claims)
        list(held.order_by("pk").select_for_update(of=("self",)).values("pk"))
        plan = _plan(video, held, offset_ms, by)
        if expected and expected != plan.fingerprint:
            raise FilmChanged(_("Claims of the film were changed since this was shown."))
        _move(plan.moved, video)
        _close(plan.moved, by=by)
    return plan


def _check_shift(offset_ms: int, from_ms: int, why: str) -> None:
    wrong: dict[str, ValidationError] = {}
    if not 0 < abs(offset_ms) <= OFFSET_MAX_MS:
        message = _("A shift is not nothing, and 24 hours at most.")
        wrong["offset_ms"] = ValidationError(message, code="offset")
    if not 0 <= from_ms <= OFFSET_MAX_MS:
        wrong["from_ms"] = ValidationError(_("No film is that long."), code="moment")
    if len(why) > WHY_MAX or not why.isprintable():
        message = ngettext(
            "%(max)d printable character at most.", "%(max)d printable characters at most.", WHY_MAX
        ) % {"max": WHY_MAX}
        wrong["why"] = ValidationError(message, code="max_length")
    if wrong:
        raise ValidationError(wrong)


def _starting_at(video: Video, from_ms: int) -> OccurrenceQuerySet:
    return (
        Occurrence.objects.visible()
        .filter(video=video, start_ms__gte=from_ms)
        .select_related("claim")
        .defer("claim__search")
        .order_by("start_ms", "end_ms", "pk")
    )


def _plan(video: Video, rows: Iterable[Occurrence], offset_ms: int, by: User) -> Shifted:
    moved: list[Step] = []
    left: list[Step] = []
    marks = hashlib.sha256()
    length = video.duration_ms
    for row in rows:
        marks.update(f"{row.pk}:{row.version} ".encode())
        start, end, problem = row.start_ms + offset_ms, row.end_ms + offset_ms, ""
        if not permissions.may(by, Action.EDIT, row, under=row.claim):
            is_locked = State.LOCKED in (row.state, row.claim.state)
            problem = _("It is locked.") if is_locked else _("Not yours to move.")
        elif start < 0:
            problem = _("It would begin before the film does.")
        elif length is not None and end > length:
            problem = _("The film ends at %(end)s.") % {"end": format_timecode(length, exact=True)}
        (left if problem else moved).append(Step(row, start, end, problem))
    return Shifted(moved, left, marks.hexdigest()[:16])


def _move(steps: Sequence[Step], video: Video) -> None:
    """Write the new places, each as an edit; the sweep looks at them again."""
    now = timezone.now()
    rows: list[Occurrence] = []
    for step in steps:
        row = step.occurrence
        row.start_ms, row.end_ms = step.start_ms, step.end_ms
        row.video_duration_ms = video.duration_ms
        row.version += 1
        row.edited_at = now
        row.anchor_health, row.anchor_score = AnchorHealth.UNKNOWN, None
        row.anchor_checked_at = None
        rows.append(row)
    Occurrence.objects.bulk_update(rows, [*_MOVED, *_LOOKED_AT], batch_size=500)


def _close(steps: Sequence[Step], *, by: User) -> None:
    """Close the proposals of what moved: accepted where the shift goes there, else outdated."""
    places = {step.occurrence.pk: step.start_ms for step in steps}
    waiting = AnchorProposal.objects.filter(occurrence__in=places, state=ProposalState.OPEN)
    rows = list(waiting.select_for_update(of=("self",)))
    for row in rows:
        goes_there = (
            row.start_ms is not None and abs(row.start_ms - places[row.occurrence_id]) <= _SAME_MS
        )
        row.state = ProposalState.ACCEPTED if goes_there else ProposalState.OUTDATED
        row.decided_by, row.decided_at = (by, timezone.now()) if goes_there else (None, None)
    AnchorProposal.objects.bulk_update(rows, ["state", "decided_by", "decided_at"], batch_size=500)


def proposed_shifts(videos: Iterable[int]) -> dict[int, Shift]:
    """Return by how much films moved, where enough of their quotes agree. Two queries."""
    pairs: dict[int, list[tuple[int, int]]] = {number: [] for number in videos}
    moved = AnchorProposal.objects.waiting().filter(
        health=AnchorHealth.MOVED, occurrence__video__in=pairs, start_ms__isnull=False
    )
    columns = ("occurrence__video_id", "occurrence__start_ms", "start_ms")
    for video, old, new in moved.values_list(*columns):
        pairs[video].append((old, new))
    still = Occurrence.objects.visible().filter(
        anchor_health=AnchorHealth.SOUND, video__in=[one for one, found in pairs.items() if found]
    )
    for video, start in still.values_list("video_id", "start_ms"):
        pairs[video].append((start, start))
    found = {video: shift_of(moves) for video, moves in pairs.items() if moves}
    return {
        video: one for video, one in found.items() if one is not None and one.agree >= AGREE_MIN
    }
