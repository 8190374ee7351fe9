"""Taking a run back: what it wrote goes, what was edited or observed since stays."""

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from catalogue.ingest import earlier_texts, restoring, runs, unmerging, values
from catalogue.models import ImportRow, ImportRun, RunState, UndoOutcome

BATCH_SIZE = 500
KEPT_SHOWN = 50

# How a reason names what it is about. What has no name here is bookkeeping.
_NAMES = {
    "title": "title", "description": "description", "duration_ms": "length",
    "channel_id": "channel", "category": "category", "language": "language", "url": "address",
    "image_url": "picture", "media_url": "film file", "published": "publication date",
    "replays": "replayed parts",
    "availability": "availability", "tags": "tags", "record": "date of the record",
    "views": "views", "likes": "likes", "dislikes": "dislikes", "comments": "comments",
    "sample": "sample of its counts",
}  # fmt: skip


class RunAtWork(Exception):
    """A run cannot be taken back while it is still bringing records in."""


_Given = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Undone:
    """What taking a run back came to, in rows of its ledger since the first time.

    `kept` are the first rows of those that were spared, in whole or in part.
    """

    run: ImportRun
    removed: int
    restored: int
    partly: int
    spared: int
    kept: tuple[ImportRow, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What becomes of one video."""

    video_id: int
    outcome: UndoOutcome
    reason: str = ""


def may_undo(run: ImportRun, user: User | AnonymousUser) -> bool:
    """Tell whether somebody may take a run back: the member who made it, and staff."""
    return run.may_be_changed_by(user)


def undo(run: ImportRun, *, by: User | None, is_dry: bool = False) -> Undone:
    """Take a run back, and say what became of each of its rows. `by` None is the operator.

    One transaction with a constant number of queries for each 500 videos. A film that the run
    made goes unless something else hangs on it; of one that it changed, each value that is
    still as the run left it gets its old one. The rest is spared, and its row says why. The
    ledger keeps its outcomes. Again, it tries what was spared again. Batches of an ingest
    wait until it is done, and it waits for those at work. `is_dry` tells the same, and
    changes nothing. Raises PermissionDenied, RunAtWork.
    """
    if by is not None and not may_undo(run, by):
        raise PermissionDenied(_("Only who made an import, and staff, can take it back."))
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(unmerging.LOCK)
            row = _hold(run)
            _take_back(cursor, row)
        if row.undone_at is None:
            row.undone_at, row.undone_by = timezone.now(), by
            row.save(update_fields=["undone_at", "undone_by"])
        told = report(row)
        if is_dry:
            transaction.set_rollback(True)
    return replace(told, run=run) if is_dry else told


def report(run: ImportRun) -> Undone:
    """Tell what taking a run back did. Two queries."""
    rows = ImportRow.objects.filter(run=run).exclude(undone="")
    counted = dict(rows.order_by().values_list("undone").annotate(Count("id")))
    kept = rows.filter(undone__in=(UndoOutcome.SPARED, UndoOutcome.PARTLY)).order_by("number")
    removed, restored, partly, spared = (counted.get(one.value, 0) for one in UndoOutcome)
    shown = tuple(kept.defer("raw", "changed")[:KEPT_SHOWN])
    return Undone(run, removed, restored, partly, spared, shown)


def _hold(run: ImportRun) -> ImportRun:
    """Lock the run's row; raises RunAtWork. One whose process died is marked as interrupted."""
    row = ImportRun.objects.for_ledger().select_for_update(of=("self",)).get(pk=run.pk)
    if row.standing == RunState.RUNNING:
        raise RunAtWork(_("This import is still running."))
    if row.standing == RunState.WAITING:
        raise RunAtWork(_("This import is not over yet; it can be cancelled first."))
    if row.state == RunState.RUNNING:
        runs.settle_interrupted()
        row.refresh_from_db()
    return row


def _take_back(cursor: CursorWrapper, run: ImportRun) -> None:
    # First of all: a film stays as long as it has a transcript.
    earlier_texts.take_back(run)
    given: _Given = {"run": run.pk, "started": run.started_at, "now": timezone.now()}
    cursor.execute(unmerging.COLLECT, given)
    after = 0
    while videos := _next(cursor, after):
        _take_batch(cursor, {**given, "videos": videos, "counts": list(values.COUNTS)})
        after = videos[-1]
    for statement in (*restoring.NAMES, *unmerging.sweep()):
        cursor.execute(statement, given)


def _next(cursor: CursorWrapper, after: int) -> list[int]:
    cursor.execute(unmerging.NEXT, {"after": after, "size": BATCH_SIZE})
    return [video_id for (video_id,) in cursor.fetchall()]


def _take_batch(cursor: CursorWrapper, given: _Given) -> None:
    """Take back what the run wrote about some videos."""
    cursor.execute(unmerging.LOCK_VIDEOS, given)
    verdicts = [*_judge_made(cursor, given), *_judge_changed(cursor, given)]
    removed = [one.video_id for one in verdicts if one.outcome == UndoOutcome.REMOVED]
    given = given | {
        "removed": removed,
        "told": [one.video_id for one in verdicts],
        "outcomes": [one.outcome.value for one in verdicts],
        "reasons": [one.reason[:1000] for one in verdicts],
    }
    given |= restoring.dates_of_counts(cursor, given)
    for statement in (
        unmerging.MARK, unmerging.LEAVE, unmerging.REMOVE, unmerging.DROP_CHANGES,
        unmerging.RESTORE_TAGS, unmerging.RESTORE_VIDEOS, unmerging.RESTORE_COUNTS,
        unmerging.RESTORE_SAMPLES,
    ):  # fmt: skip
        cursor.execute(statement, given)
    restoring.restore_origins(cursor)


def _judge_made(cursor: CursorWrapper, given: _Given) -> list[_Verdict]:
    """Say which of the videos that the run made go, and what keeps the others."""
    cursor.execute(unmerging.held(), given)
    held: dict[int, list[str]] = {}
    for video_id, reason in cursor.fetchall():
        held.setdefault(video_id, []).append(reason)
    cursor.execute(unmerging.MADE, given)
    return [
        _Verdict(video_id, UndoOutcome.SPARED, "; ".join(dict.fromkeys(held[video_id])))
        if video_id in held
        else _Verdict(video_id, UndoOutcome.REMOVED, f"{key} is no longer in the catalogue")
        for video_id, key in cursor.fetchall()
    ]


def _judge_changed(cursor: CursorWrapper, given: _Given) -> list[_Verdict]:
    """Compare what the run changed with what is there now, and say what is spared."""
    cursor.execute(unmerging.JUDGE, given)
    cursor.execute(unmerging.VERDICTS, given)
    found = []
    for (video_id, is_noted), parts in groupby(cursor.fetchall(), key=lambda row: row[:2]):
        if not is_noted:
            reason = "it was imported before anything was kept to restore"
            found.append(_Verdict(video_id, UndoOutcome.SPARED, reason))
            continue
        said = [(_NAMES[key], why) for _id, _noted, key, why in parts if key in _NAMES]
        spared = [(name, why) for name, why in said if why]
        if not spared:
            found.append(_Verdict(video_id, UndoOutcome.RESTORED))
        else:
            is_all = len(spared) == len(said)
            outcome = UndoOutcome.SPARED if is_all else UndoOutcome.PARTLY
            found.append(_Verdict(video_id, outcome, _told(spared)))
    return found


def _told(spared: list[tuple[str, str]]) -> str:
    """Return reasons in words, each once: `title, tags: changed since; views: …`."""
    names: dict[str, list[str]] = {}
    for name, why in spared:
        names.setdefault(why, []).append(name)
    return "; ".join(f"{', '.join(dict.fromkeys(of))}: {why}" for why, of in names.items())
