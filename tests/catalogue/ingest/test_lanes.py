"""Several lanes for one run: the same result, and nothing left behind when one is lost."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from catalogue import ingest
from catalogue.ingest import batches, lanes
from catalogue.ingest.lanes import LaneLost
from catalogue.models import (
    Channel,
    CountSample,
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Tag,
    Transcript,
    Video,
    VideoCounts,
)
from catalogue.records.deferred import Unparsed, defer
from tests.catalogue.ingest.makers import front_matter

pytestmark = pytest.mark.django_db(transaction=True)

LINE = '{{"platform": "example", "platform_id": "line-{0}", "title": "Line {0}"}}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "records"
    for number in range(60):
        place = top / f"{number % 3}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number:02}.md").write_bytes(front_matter(number))
    (top / "bad.md").write_text("no record")
    (top / "lines.jsonl").write_text("".join(LINE.format(n) for n in range(40)) + "{broken\n")
    return top


def rows_of(run: ImportRun) -> list[tuple[str, int | None, str, str]]:
    return sorted(run.rows.values_list("source", "line", "outcome", "reason"))


def lanes_at_work() -> int:
    """Return how many threads there are that store for a run, beside its own."""
    return sum(thread.name.startswith("lane") for thread in threading.enumerate())


@pytest.mark.parametrize("jobs", [2, None], ids=["processes", "threads"])
def test_several_lanes_come_to_the_same_as_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, jobs: int | None
):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 3)
    if jobs is None:
        monkeypatch.setattr(batches, "SIZE", 5)
    run = ingest.run(ingest.read([folder], parse=defer), source="lanes", by=None, jobs=jobs)
    assert (run.state, run.created, run.rejected) == (RunState.FINISHED, 100, 2)
    assert Video.objects.count() == VideoCounts.objects.count() == 100
    assert CountSample.objects.count() == 60
    assert (Channel.objects.count(), Tag.objects.count()) == (5, 8)
    numbers = sorted(run.rows.values_list("number", flat=True))
    assert numbers == list(range(1, 103)), "each item has a number of its own"
    told = rows_of(run)

    alone = ingest.run(ingest.read([folder]), source="alone", by=None)
    assert (alone.unchanged, alone.rejected) == (100, 2)
    again = [
        (source, line, outcome.replace("created", "unchanged"), reason)
        for source, line, outcome, reason in told
    ]
    assert rows_of(alone) == again


def test_transcripts_are_stored_after_the_records_they_lie_beside(folder: Path):
    (folder / "1" / "01.en.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n")
    run = ingest.run(ingest.read([folder], parse=defer), source="lanes", by=None, jobs=2)
    assert (run.created, run.rejected) == (101, 2)
    transcript = Transcript.objects.select_related("video").get()
    assert (transcript.video.title, transcript.language) == ("Film 1", "en")


def test_progress_adds_up(folder: Path):
    told: list[int] = []
    ingest.run(
        ingest.read([folder], parse=defer), source="x", by=None, jobs=3, progress=told.append
    )
    assert told == sorted(told)
    assert told[-1] == 102


def test_process_that_is_killed_ends_the_run_as_interrupted_and_again_completes_it():
    def items() -> Iterator[Unparsed]:
        for number in range(6_000):
            if number == 5_000:
                for lane in multiprocessing.active_children():
                    assert lane.pid is not None
                    os.kill(lane.pid, signal.SIGKILL)
            yield Unparsed(f"{number}.md", front_matter(number))

    with pytest.raises(LaneLost):
        ingest.run(items(), source="killed", by=None, jobs=2)
    broken = ImportRun.objects.get()
    assert broken.state == RunState.FAILED
    stored = Video.objects.count()
    assert stored < 6_000
    assert ImportRow.objects.count() == VideoCounts.objects.count() == stored == broken.created

    whole = (Unparsed(f"{number}.md", front_matter(number)) for number in range(6_000))
    again = ingest.run(whole, source="again", by=None, jobs=2)
    assert (again.unchanged, again.created) == (stored, 6_000 - stored)
    assert not ImportRow.objects.filter(outcome=Outcome.UPDATED).exists()


def test_error_while_reading_ends_the_processes_and_the_run():
    def items() -> Iterator[Unparsed]:
        yield Unparsed("a.md", front_matter(1))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest.run(items(), source="stopped", by=None, jobs=2)
    assert ImportRun.objects.get().state == RunState.FAILED
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("fails_in", ["a lane", "the run's own thread"])
def test_error_in_one_thread_ends_the_others_and_the_run(
    monkeypatch: pytest.MonkeyPatch, fails_in: str
):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 3)
    monkeypatch.setattr(batches, "SIZE", 10)
    store = batches.store

    def fail_there(*args: Any, **kwargs: Any) -> None:
        is_lane = threading.current_thread().name.startswith("lane")
        if is_lane == (fails_in == "a lane") and ImportRow.objects.exists():
            raise MemoryError
        store(*args, **kwargs)

    monkeypatch.setattr(batches, "store", fail_there)
    items = (Unparsed(f"{number}.md", front_matter(number)) for number in range(200))
    with pytest.raises(MemoryError):
        ingest.run(items, source="broken", by=None, jobs=None)
    broken = ImportRun.objects.get()
    assert broken.state == RunState.FAILED
    assert lanes_at_work() == 0
    assert ImportRow.objects.count() == Video.objects.count() == broken.created < 200


def test_threads_leave_no_session_behind(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 3)
    monkeypatch.setattr(batches, "SIZE", 5)
    before = sessions()
    seen: list[int] = []
    ingest.run(
        ingest.read([folder], parse=defer), source="x", by=None, jobs=None,
        progress=lambda _done: seen.append(sessions()),
    )  # fmt: skip
    assert max(seen) > before
    # PostgreSQL takes a moment to notice that a session was closed.
    deadline = time.monotonic() + 30
    while sessions() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sessions() == before


def sessions() -> int:
    """Return how many sessions this database has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def test_lanes_do_not_start_inside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"), transaction.atomic():
        ingest.run(iter(()), source="x", by=None, jobs=2)


def test_without_a_wish_a_large_run_gets_threads_and_a_small_one_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 2)
    seen: list[int] = []

    def count_lanes(_done: int) -> None:
        seen.append(lanes_at_work())

    small = ingest.run(
        ingest.read([folder], parse=defer), source="x", by=None, jobs=None, progress=count_lanes
    )
    assert (small.created, small.rejected, set(seen)) == (100, 2, {0})
    ingest.undo(small, by=None)

    monkeypatch.setattr(batches, "SIZE", 10)
    large = ingest.run(
        ingest.read([folder], parse=defer), source="x", by=None, jobs=None, progress=count_lanes
    )
    assert (large.created, large.rejected) == (100, 2)
    assert max(seen) == 1
    assert sorted(large.rows.values_list("number", flat=True)) == list(range(1, 103))
    assert (lanes_at_work(), multiprocessing.active_children()) == (0, [])


def test_files_that_are_known_get_numbers_without_a_gap(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batches, "SIZE", 7)
    ingest.run(ingest.read([folder], parse=defer), source="first", by=None)
    (folder / "0" / "new.md").write_bytes(front_matter(99))
    (folder / "1" / "nothing.json").write_text("[]")
    run = ingest.run(ingest.read([folder], parse=defer), source="again", by=None, jobs=1)
    assert (run.unchanged, run.created, run.rejected) == (100, 1, 2)
    assert sorted(run.rows.values_list("number", flat=True)) == list(range(1, 104))

    run = ingest.run(ingest.read([folder], parse=defer), source="again", by=None, jobs=2)
    assert (run.unchanged, run.rejected) == (101, 2)
    numbers = sorted(run.rows.values_list("number", flat=True))
    # Of a list that holds nothing the number may stay unused.
    assert len(set(numbers)) == 103
    assert numbers[-1] <= 104


def test_no_thread_is_started_for_what_is_known_unless_there_is_very_much(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 2)
    monkeypatch.setattr(batches, "SIZE", 10)
    (folder / "bad.md").unlink()
    (folder / "lines.jsonl").unlink()
    seen: list[int] = []

    def count_lanes(_done: int) -> None:
        seen.append(lanes_at_work())

    for share, started in ((lanes.KNOWN_SHARE, 0), (1 / 2, 1)):
        ingest.run(ingest.read([folder], parse=defer), source="first", by=None)
        monkeypatch.setattr(lanes, "KNOWN_SHARE", share)
        seen.clear()
        again = ingest.run(
            ingest.read([folder], parse=defer),
            source="x", by=None, jobs=None, progress=count_lanes,
        )  # fmt: skip
        assert (again.unchanged, again.total, max(seen)) == (60, 60, started)


@pytest.mark.parametrize(("portions", "started"), [(2, 0), (3, 1)])
def test_no_thread_is_started_for_the_last_portion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portions: int, started: int
):
    monkeypatch.setattr(lanes, "usual_jobs", lambda: 2)
    monkeypatch.setattr(batches, "SIZE", 10)
    for number in range(10 * portions):
        (tmp_path / f"{number:02}.md").write_bytes(front_matter(number))
    seen: list[int] = []
    run = ingest.run(
        ingest.read([tmp_path], parse=defer), source="x", by=None, jobs=None,
        progress=lambda _done: seen.append(lanes_at_work()),
    )  # fmt: skip
    assert (run.created, max(seen)) == (10 * portions, started)
