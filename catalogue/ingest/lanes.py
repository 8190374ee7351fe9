"""Lanes: several threads or processes that parse and store parts of one run side by side.

Who reads is one of them, so that nobody waits for a reader and it for nobody. What they
share is the run's row, the count of its items, and PostgreSQL, where batches of two lanes
meet as those of two runs do: locks are taken in one order by everyone.

Six sevenths of a load is PostgreSQL's work, each lane having a session of its own. So threads
are enough to keep a few sessions busy, and begin at once; processes, each of which takes most
of a second to begin, are for machines on which Python itself would become the narrow place.
"""

import logging
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from itertools import chain, islice
from multiprocessing.sharedctypes import Synchronized
from types import TracebackType
from typing import NamedTuple, Union

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from catalogue import spawned
from catalogue.ingest import batches, probing, transcripts
from catalogue.ingest.batches import Item, Portion
from catalogue.ingest.probing import Probed
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRun

logger = logging.getLogger(__name__)

# What a lane takes at a time: a batch at most. It is held here and in a pipe.
PORTION_BYTES = 4_000_000
# Portions under way for each lane, so that none is ever idle.
PORTIONS_AHEAD = 2
# Without a wish there are threads, no more than this: beyond, they would wait for each other.
# A session with PostgreSQL takes a moment to begin, so one portion comes before, and two must
# follow. What is known unread is Python's work rather than PostgreSQL's: such a portion counts
# for little.
PORTIONS_ALONE = 1
KNOWN_SHARE = 1 / 32
THREADS_MAX = 4
# What is left of one when shares have been taken away from it.
_NOTHING = 1e-9


class LaneLost(RuntimeError):
    """A process of the run was killed from outside. What it had stored stays."""


def usual_jobs() -> int:
    """Return how many lanes a large run gets if nobody says: one for each core, a few."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        cores = os.cpu_count() or 1
    return min(cores, THREADS_MAX)


def store(
    run: ImportRun,
    items: Iterable[Item | TranscriptFile],
    *,
    jobs: int | None,
    progress: Callable[[int], None],
) -> None:
    """Parse and store items in `jobs` processes, of which we are one.

    None: in as many threads as it is worth. The others end with this call, or with us. Memory
    stays flat. A transcript is stored after all that came before it. Raises LaneLost, and what
    a lane raises. Not for use inside a transaction: lanes have connections of their own.
    """
    if connection.in_atomic_block:
        raise RuntimeError("lanes cannot see into a transaction")
    done = 0
    ahead = batches.portions(items, limit=PORTION_BYTES)
    with _Lanes(run, jobs) as lanes:
        # What comes next is known, for no lane begins for the last portion.
        window = deque(islice(ahead, 3))
        is_bulk = False
        while window:
            portion = window.popleft()
            if isinstance(portion, TranscriptFile):
                done += lanes.finish()
                transcripts.store(run, _take_numbers(lanes.count, 1), portion)
                done += 1
            elif not lanes.submit(portion, is_last=not window):
                probed = _recognise(run, portion, lanes.count)
                lanes.note(is_known=probed is None)
                lanes.submit_next(window)
                if probed is not None:
                    _store(run, probed, is_bulk=is_bulk)
                done += len(portion) if probed is None else len(probed.items)
            is_bulk = True
            done += lanes.collect()
            progress(done)
            window.extend(islice(ahead, 3 - len(window)))
        done += lanes.finish()
        progress(done)
    if done > batches.SIZE:
        batches.tidy()


class _Numbered(NamedTuple):
    """Items to be stored, each with its number in the run."""

    items: Sequence[Probed]
    numbers: Iterable[int]


class _OwnCount:
    """How many items are numbered, as long as that is the business of one process."""

    def __init__(self) -> None:
        self.value = 0
        self._lock = threading.Lock()

    def get_lock(self) -> AbstractContextManager[object]:
        """Return what keeps other threads away."""
        return self._lock


Count = Union["Synchronized[int]", _OwnCount]


class _Lanes(AbstractContextManager["_Lanes"]):
    """The other lanes, which begin when the first portion is handed to them."""

    def __init__(self, run: ImportRun, jobs: int | None) -> None:
        self._run = run
        self._may_choose = jobs is None
        self._alone: float = PORTIONS_ALONE if jobs is None else 0
        self._others = (usual_jobs() if jobs is None else jobs) - 1
        self.count: Count = _OwnCount()
        self._pool: Executor | None = None
        self._waiting: deque[Future[int]] = deque()
        # What threads opened, and cannot close: nothing is called when one of them ends.
        self._sessions: list[BaseDatabaseWrapper] = []

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        for session in self._sessions:
            session.close()
        if isinstance(error, BrokenProcessPool):
            raise LaneLost("a process of this import was killed") from None

    def submit(self, portion: Portion, *, is_last: bool) -> bool:
        """Hand a portion to another lane; False if it is to be stored here.

        That is so while all of them have enough, and as long as no other is worth it: for the
        last portion none begins, unless that was wished.
        """
        if self._alone > _NOTHING or (is_last and self._pool is None and self._may_choose):
            return False
        if len(self._waiting) >= self._others * PORTIONS_AHEAD:
            return False
        if self._pool is None:
            self._pool = self._threads() if self._may_choose else self._processes()
        if self._pool is None:
            return False
        if isinstance(self._pool, ThreadPoolExecutor):
            future = self._pool.submit(_store_portion, self._run, portion, self.count)
        else:
            future = self._pool.submit(_store_elsewhere, self._run.pk, portion)
        self._waiting.append(future)
        return True

    def _threads(self) -> Executor | None:
        if self._others < 1:
            return None
        return ThreadPoolExecutor(self._others, "lane", self._enter)

    def _enter(self) -> None:
        """Let our thread close a new one's session with the database."""
        session = connections[connection.alias]
        session.inc_thread_sharing()
        self._sessions.append(session)

    def _processes(self) -> Executor | None:
        # Forking would copy our connection, and threads of others half-way through something.
        context = multiprocessing.get_context("spawn")
        database = str(connection.settings_dict["NAME"])
        try:
            count = context.Value("q", self.count.value)
            pool = ProcessPoolExecutor(self._others, context, spawned.enter, (count, database))
        except OSError as error:
            # Without shared memory (some containers have none) one process does it all.
            logger.warning("no further process can be started: %s", error)
            self._others = 0
            return None
        self.count = count
        return pool

    def submit_next(self, window: deque[Portion | TranscriptFile]) -> None:
        """Let others begin with the next portion while we are at this one."""
        following = window[0] if window else None
        if isinstance(following, list) and self.submit(following, is_last=len(window) == 1):
            window.popleft()

    def note(self, *, is_known: bool) -> None:
        """Note that we did a portion ourselves, and whether all of it was known unread."""
        self._alone -= KNOWN_SHARE if is_known else 1

    def collect(self) -> int:
        """Return how many items were stored elsewhere since the last call; waits for nobody."""
        done = 0
        while self._waiting and self._waiting[0].done():
            done += self._waiting.popleft().result()
        return done

    def finish(self) -> int:
        """Wait for the others; return how many items they stored since the last call."""
        done = 0
        while self._waiting:
            done += self._waiting.popleft().result()
        return done


def _recognise(run: ImportRun, portion: Portion, count: Count) -> _Numbered | None:
    """Parse what of a portion is not known unread; None if all was known and is written down."""
    first = _take_numbers(count, len(portion))
    looked = batches.settle(run, portion, first=first)
    if looked is None:
        return None
    items = list(probing.recognise(portion, looked))
    return _Numbered(items, _exchange_numbers(count, first, len(portion), len(items)))


def _store(run: ImportRun, probed: _Numbered, *, is_bulk: bool = True) -> None:
    for batch in batches.cut(*probed):
        batches.store(run, batch, is_bulk=is_bulk, is_beside_others=True)


def _store_elsewhere(run_id: int, portion: Portion) -> int:
    """Do what `_store_portion` does in a process of the pool."""
    assert spawned.count is not None  # noqa: S101 (for the types)
    return _store_portion(ImportRun(pk=run_id), portion, spawned.count)


def _store_portion(run: ImportRun, portion: Portion, count: Count) -> int:
    """Parse and store a portion; return how many items it held."""
    probed = _recognise(run, portion, count)
    if probed is None:
        return len(portion)
    _store(run, probed)
    return len(probed.items)


# --- Numbers of rows ------------------------------------------------------------------


def _take_numbers(count: Count, size: int) -> int:
    """Return the first of `size` numbers that nobody else of the run has."""
    with count.get_lock():
        count.value += size
        return count.value - size + 1


def _exchange_numbers(count: Count, first: int, had: int, wanted: int) -> Iterable[int]:
    """Return as many numbers as wanted for those from `first` on, none of them used yet.

    They begin with the same. What is not wanted goes back, unless others have taken numbers
    since: then it is nobody's.
    """
    kept = range(first, first + min(had, wanted))
    with count.get_lock():
        if count.value == first + had - 1:
            count.value = first + wanted - 1
            return range(first, first + wanted)
        if wanted <= had:
            return kept
        count.value += wanted - had
        return chain(kept, range(count.value - (wanted - had) + 1, count.value + 1))
