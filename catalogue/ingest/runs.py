"""Import runs: records merged batch by batch, each with its place in the ledger."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from django.db import connection, transaction
from django.db.models import Count, Max
from django.utils import timezone

from accounts.models import User
from catalogue.ingest import batches, lanes, probing, staging, transcripts
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRow, ImportRun, Outcome, RunState
from catalogue.models.imports import RUN_LOCK
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed

Items = Iterable[VideoRecord | RecordError | Unparsed | TranscriptFile]


def run(
    items: Items,
    *,
    source: str,
    by: User | None,
    progress: Callable[[int], None] | None = None,
    jobs: int | None = 1,
) -> ImportRun:
    """Merge records into the catalogue and write down what became of each.

    Items are taken as they come, in batches of one transaction each with a constant number
    of queries, so any number fits into memory, an interrupted run leaves whole batches
    behind, and running it again completes it. Idempotent: the same records again are
    "unchanged". Safe beside other runs over the same records. An item that cannot be stored
    becomes a rejected row; nothing about one record raises. `progress` is told after each
    batch how many items are done. With several `jobs`, that many processes parse and store
    (`lanes`), which no transaction around the run can hold; None: as many threads as it is
    worth, and one inside a transaction.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        row = ImportRun.objects.create(source=staging.storable(source)[:500], by=by)
        _show_at_work(row, for_transaction=not is_outermost)
    with _at_work(row, is_outermost=is_outermost) as work:
        if jobs != 1 and not (jobs is None and not is_outermost):
            lanes.store(row, items, jobs=jobs, progress=progress or (lambda _done: None))
        else:
            work.store(items, progress=progress)
    return row


class AlreadyAtWork(Exception):
    """Another process is bringing records into this run."""


class Work:
    """A run that is held by this process: `store` brings more into it.

    `end` says in what state it is left, inside the transaction that closes it, and
    `fails_as` in which if something is raised.
    """

    def __init__(self, row: ImportRun, *, done: int = 0) -> None:
        self.row = row
        self.end: Callable[[], RunState] = lambda: RunState.FINISHED
        self.fails_as = RunState.FAILED
        self._done = done

    def store(self, items: Items, *, progress: Callable[[int], None] | None = None) -> None:
        """Merge items and write down what became of each, as `run` does."""
        before = self._done
        for portion in batches.portions(items):
            if isinstance(portion, TranscriptFile):
                self._done += 1
                transcripts.store(self.row, self._done, portion)
                if progress:
                    progress(self._done)
                continue
            looked = batches.settle(self.row, portion, first=self._done + 1)
            if looked is None:
                self._done += len(portion)
                if progress:
                    progress(self._done)
                continue
            probed = probing.recognise(portion, looked)
            for batch in batches.cut(probed, count(self._done + 1)):
                batches.store(self.row, batch, is_bulk=self._done > before)
                self._done = batch[-1].number
                if progress:
                    progress(self._done)
        if self._done - before > batches.SIZE:
            batches.tidy()


@contextmanager
def resume(row: ImportRun) -> Iterator[Work]:
    """Go on in a run that waits or was interrupted, while the block runs; numbers continue.

    Left by an exception, it waits again. Raises AlreadyAtWork, at once, while somebody
    else is at it.
    """
    is_outermost = not connection.in_atomic_block
    function = "pg_try_advisory_lock" if is_outermost else "pg_try_advisory_xact_lock"
    if not _call(f"SELECT {function}(%s, %s)", RUN_LOCK, row.pk % 2**31):
        raise AlreadyAtWork
    last = row.rows.aggregate(last=Max("number"))["last"] or 0
    with _at_work(row, is_outermost=is_outermost, done=last) as work:
        work.fails_as = RunState.WAITING
        row.state, row.finished_at = RunState.RUNNING, None
        row.save(update_fields=["state", "finished_at"])
        yield work


@contextmanager
def _at_work(row: ImportRun, *, is_outermost: bool, done: int = 0) -> Iterator[Work]:
    """Hold a run, whose lock is ours, while the block runs."""
    work = Work(row, done=done)
    is_done = False
    try:
        settle_interrupted()
        yield work
        is_done = True
    finally:
        # An aborted transaction takes no more statements, and takes the run with it.
        if not (connection.in_atomic_block and connection.needs_rollback):
            with transaction.atomic():
                _close(row, work.end() if is_done else work.fails_as)
            if is_outermost:
                _call("SELECT pg_advisory_unlock(%s, %s)", RUN_LOCK, row.pk % 2**31)


# --- The run's own row ----------------------------------------------------------------


def _show_at_work(row: ImportRun, *, for_transaction: bool) -> None:
    """Take the run's lock, which falls with our connection, however we end."""
    function = "pg_advisory_xact_lock" if for_transaction else "pg_advisory_lock"
    _call(f"SELECT {function}(%s, %s)", RUN_LOCK, row.pk % 2**31)


def settle_interrupted() -> None:
    """Mark runs whose process died: they say "running" but nobody holds their lock.

    What is fetched waits for the next worker, anything else was interrupted.
    """
    _call(
        """
        UPDATE catalogue_importrun r
           SET state = CASE WHEN open.run_id IS NULL THEN 'failed' ELSE 'waiting' END,
               finished_at = CASE WHEN open.run_id IS NULL THEN %s::timestamptz END
          FROM catalogue_importrun same LEFT JOIN catalogue_fetch open
               ON open.run_id = same.id AND open.due_at IS NOT NULL
         WHERE same.id = r.id AND r.state = 'running' AND NOT EXISTS (
            SELECT FROM pg_locks l
             WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objsubid = 2
               AND l.objid = (r.id %% 2147483648)::oid AND l.granted
               AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         )
        """,
        timezone.now(),
        RUN_LOCK,
    )


def _close(row: ImportRun, state: RunState) -> None:
    """End a run: its counts are recounted from its rows."""
    counted = dict(
        ImportRow.objects.filter(run=row).order_by().values_list("outcome").annotate(Count("id"))
    )
    for outcome in Outcome:
        setattr(row, outcome.value, counted.get(outcome.value, 0))
    row.state = state
    row.finished_at = None if state == RunState.WAITING else timezone.now()
    row.save(update_fields=[*Outcome.values, "state", "finished_at"])


def _call(statement: str, *values: int | datetime) -> object:
    """Execute a statement; return the one value that it selects, if it selects one."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None
