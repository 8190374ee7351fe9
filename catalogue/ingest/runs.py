"""Import runs: records merged batch by batch, each with its place in the ledger."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from catalogue.ingest import batches, lanes, staging, transcripts
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRow, ImportRun, Outcome, RunState
from catalogue.models.imports import RUN_LOCK
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed, resolve


def run(
    items: Iterable[VideoRecord | RecordError | Unparsed | TranscriptFile],
    *,
    source: str,
    by: User | None,
    progress: Callable[[int], None] | None = None,
    jobs: int = 1,
) -> ImportRun:
    """Merge records into the catalogue and write down what became of each.

    Items are taken as they come, in batches of one transaction each with a constant number
    of queries, so any number fits into memory, an interrupted run leaves whole batches
    behind, and running it again completes it. Idempotent: the same records again are
    "unchanged". Safe beside other runs over the same records. An item that cannot be stored
    becomes a rejected row; nothing about one record raises. `progress` is told after each
    batch how many items are done. With several `jobs`, that many processes parse and store
    (`lanes`), which no transaction around the run can hold.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        row = ImportRun.objects.create(source=staging.storable(source)[:500], by=by)
        _show_at_work(row, for_transaction=not is_outermost)
    state = RunState.FAILED
    try:
        settle_interrupted()
        tell = progress or (lambda _done: None)
        if jobs > 1:
            lanes.store(row, items, jobs=jobs, progress=tell)
        else:
            _store(row, resolve(items), progress=tell)
        state = RunState.FINISHED
    finally:
        # An aborted transaction takes no more statements, and takes the run with it.
        if not (connection.in_atomic_block and connection.needs_rollback):
            _close(row, state)
            if is_outermost:
                _call("SELECT pg_advisory_unlock(%s, %s)", RUN_LOCK, row.pk % 2**31)
    return row


def _store(
    row: ImportRun,
    items: Iterable[VideoRecord | RecordError | TranscriptFile],
    *,
    progress: Callable[[int], None],
) -> None:
    done = 0
    for batch in batches.cut(items):
        if isinstance(batch, list):
            batches.store(row, batch, is_bulk=done > 0)
            done += len(batch)
        else:
            transcripts.store(row, *batch)
            done += 1
        progress(done)
    if done > batches.SIZE:
        batches.tidy()


# --- The run's own row ----------------------------------------------------------------


def _show_at_work(row: ImportRun, *, for_transaction: bool) -> None:
    """Take the run's lock, which falls with our connection, however we end."""
    function = "pg_advisory_xact_lock" if for_transaction else "pg_advisory_lock"
    _call(f"SELECT {function}(%s, %s)", RUN_LOCK, row.pk % 2**31)


def settle_interrupted() -> None:
    """Mark runs whose process died: they say "running" but nobody holds their lock."""
    _call(
        """
        UPDATE catalogue_importrun r SET state = 'failed', finished_at = %s
         WHERE r.state = 'running' AND NOT EXISTS (
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
    row.finished_at = timezone.now()
    row.save(update_fields=[*Outcome.values, "state", "finished_at"])


def _call(statement: str, *values: int | datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
