"""Channels and tags of new films, made before their batch where several processes store.

Who makes a name holds it until the end of the transaction, and everybody else who needs it
waits: two processes that bring in films of the same channels would take turns. Made in a
short transaction of their own, names are there for all. The batch does the same again, so
this is for speed only; what a batch leaves behind that is never stored is a name without
films, which the next run uses.
"""

from collections.abc import Iterable
from functools import lru_cache

from django.db import connection, transaction
from django.utils import timezone

from catalogue.ingest import matching, merging, staging
from catalogue.ingest.staging import Incoming
from catalogue.records import VideoRecord
from catalogue.records.placeholders import find_placeholder

# Names that this process has seen made in a run. Forgetting one costs a look.
REMEMBERED = 100_000


class _Made:
    """A bounded set of what was made, the newest kept."""

    def __init__(self) -> None:
        self._old: set[tuple[str, ...]] = set()
        self._new: set[tuple[str, ...]] = set()

    def __contains__(self, name: tuple[str, ...]) -> bool:
        return name in self._new or name in self._old

    def update(self, names: Iterable[tuple[str, ...]]) -> None:
        self._new.update(names)
        if len(self._new) > REMEMBERED:
            self._old, self._new = self._new, set()


@lru_cache(maxsize=1)
def _made_in(_run_id: int) -> _Made:
    return _Made()


def make(run_id: int, batch: Iterable[object]) -> None:
    """Make the channels and tags that new films of a batch name. A transaction of its own.

    Films that are known are left to the batch: whether they take a name from a record is
    decided there, and written down.
    """
    made = _made_in(run_id)
    wanted: dict[Incoming, list[tuple[str, ...]]] = {}
    for entry in batch:
        if not isinstance(entry, Incoming) or not isinstance(entry.item, VideoRecord):
            continue
        missing = [name for name in _names_of(entry.item) if name not in made]
        if missing and not find_placeholder(entry.item.title):
            wanted[entry] = missing
    if not wanted:
        return
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(merging.ENTER)
        merging.create_stage(cursor)
        staging.copy_names(cursor, list(wanted))
        cursor.execute(matching.MATCH)
        cursor.execute("DELETE FROM incoming WHERE video_id IS NOT NULL")
        for statement in (matching.CHANNELS, matching.TAGS):
            cursor.execute(statement, {"now": now})
    for missing in wanted.values():
        made.update(missing)


def _names_of(record: VideoRecord) -> list[tuple[str, ...]]:
    """Return what stands for a record's channel and each of its tags."""
    found: list[tuple[str, ...]] = [(slug,) for slug, _name in staging.clean_tags(record.tags)]
    if record.channel:
        found.append((record.platform, record.channel_id, record.channel))
    return found
