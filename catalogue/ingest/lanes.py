"""Lanes: several processes that parse and store parts of one run side by side.

What they share is the run's row, the count of its items, and PostgreSQL, where batches of
two lanes meet as those of two runs do: locks are taken in one order by everyone.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.sharedctypes import Synchronized

from django.db import connection

from catalogue import spawned
from catalogue.ingest import batches, transcripts
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRun
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import Unparsed, resolve

Item = VideoRecord | RecordError | Unparsed
Portion = list[Item]

# What a lane takes at a time: a batch at most. It is held here and in a pipe.
PORTION_BYTES = 4_000_000
# Portions under way for each lane, so that none is ever idle.
PORTIONS_AHEAD = 2


class LaneLost(RuntimeError):
    """A process of the run was killed from outside. What it had stored stays."""


def store(
    run: ImportRun,
    items: Iterable[Item | TranscriptFile],
    *,
    jobs: int,
    progress: Callable[[int], None],
) -> None:
    """Parse and store items in `jobs` processes; they end with this call, or with us.

    Memory stays flat. A transcript is stored here, after all that came before it. Raises
    LaneLost, and what a lane raises. Not for use inside a transaction: lanes have
    connections of their own.
    """
    if connection.in_atomic_block:
        raise RuntimeError("lanes cannot see into a transaction")
    # Forking would copy our connection, and threads of others half-way through something.
    context = multiprocessing.get_context("spawn")
    count = context.Value("q", 0)
    lanes = ProcessPoolExecutor(
        jobs, context, spawned.enter, (count, str(connection.settings_dict["NAME"]))
    )
    waiting: deque[Future[int]] = deque()
    done = 0
    try:
        for portion in _portions(items):
            if isinstance(portion, TranscriptFile):
                done += _finish(waiting, left=0)
                transcripts.store(run, _take_numbers(count, 1), portion)
                done += 1
            else:
                waiting.append(lanes.submit(_store, run.pk, portion))
                done += _finish(waiting, left=jobs * PORTIONS_AHEAD)
            progress(done)
        done += _finish(waiting, left=0)
        progress(done)
    except BrokenProcessPool:
        raise LaneLost("a process of this import was killed") from None
    finally:
        lanes.shutdown(cancel_futures=True)
    batches.tidy()


def _portions(items: Iterable[Item | TranscriptFile]) -> Iterator[Portion | TranscriptFile]:
    portion: Portion = []
    size = 0
    for item in items:
        is_transcript = isinstance(item, TranscriptFile)
        if portion and (is_transcript or len(portion) >= batches.SIZE or size >= PORTION_BYTES):
            yield portion
            portion, size = [], 0
        if isinstance(item, TranscriptFile):
            yield item
        else:
            portion.append(item)
            size += len(item.content if isinstance(item, Unparsed) else item.raw)
    if portion:
        yield portion


def _finish(waiting: deque[Future[int]], *, left: int) -> int:
    """Wait until no more than `left` portions are under way; return how many items are done."""
    done = 0
    while len(waiting) > left:
        done += waiting.popleft().result()
    return done


def _take_numbers(count: "Synchronized[int]", size: int) -> int:
    """Return the first of `size` numbers that nobody else of the run has."""
    with count.get_lock():
        first: int = count.value + 1
        count.value += size
    return first


# --- In a lane ------------------------------------------------------------------------


def _store(run_id: int, portion: Portion) -> int:
    """Parse and store a portion; return how many items it held."""
    assert spawned.count is not None  # noqa: S101 (for the types)
    items = list(resolve(portion))
    first = _take_numbers(spawned.count, len(items))
    run = ImportRun(pk=run_id)
    for batch in batches.cut(items, first):
        if isinstance(batch, list):
            batches.store(run, batch, is_bulk=True)
    return len(items)
