"""Runs: their progress, breaking off, their cost, and many at once."""

import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from django.db import DataError, connection, connections, transaction

from catalogue import ingest
from catalogue.ingest import batches, merging
from catalogue.models import (
    Channel,
    CountSample,
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Tag,
    Video,
    VideoCounts,
)
from catalogue.records import RecordError, VideoRecord
from tests.catalogue.ingest.makers import EARLIER, LATER, changed, run
from tests.makers import RECORDED, make_record
from tests.racing import race

pytestmark = pytest.mark.django_db


def test_progress_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    told: list[int] = []
    ingest.run((make_record() for _ in range(5)), source="tests", by=None, progress=told.append)
    assert told == [2, 4, 5]


def test_batches_are_cut_by_bytes_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BYTES", 100)
    told: list[int] = []
    ingest.run(
        (make_record(raw=b"x" * 60) for _ in range(5)), source="t", by=None, progress=told.append
    )
    assert told == [2, 4, 5]


def test_run_that_breaks_off_is_failed_and_keeps_its_whole_batches(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(batches, "SIZE", 2)

    def breaking() -> Iterator[VideoRecord]:
        yield from (make_record() for _ in range(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest.run(breaking(), source="tests", by=None)
    broken = ImportRun.objects.get()
    assert (broken.state, broken.created, Video.objects.count()) == (RunState.FAILED, 4, 4)
    assert broken.rows.count() == 4


def test_run_of_a_dead_process_is_marked_when_the_next_one_starts():
    dead = ImportRun.objects.create(source="a process that was killed")
    run(make_record())
    dead.refresh_from_db()
    assert dead.state == RunState.FAILED
    assert dead.finished_at is not None


def queries_of(items: Iterable[VideoRecord | RecordError]) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ingest.run(items, source="tests", by=None)
    return len(captured)


def test_number_of_queries_does_not_grow_with_the_batch():
    few = [make_record() for _ in range(2)]
    many = [make_record(channel=f"Channel {n}", tags=(f"a{n}", f"b{n}", "c")) for n in range(60)]
    assert queries_of(few) == queries_of(many)
    assert queries_of(few) == queries_of(many), "unchanged"
    newer = [changed(record, title="New", recorded_at=LATER) for record in many]
    older = [changed(record, title="Old", recorded_at=EARLIER) for record in few]
    assert queries_of(newer) == queries_of(older)


def test_unchanged_batch_costs_less_than_a_new_one():
    records = [make_record() for _ in range(10)]
    assert queries_of(records) > queries_of(records)


@pytest.mark.django_db(transaction=True)
def test_two_runs_over_the_same_records_store_each_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "SIZE", 7)
    records = [
        make_record(channel=f"Channel {n % 5}", tags=(f"tag {n % 7}", f"tag {n % 3}"))
        for n in range(60)
    ]
    orders = [records, records[::-1], records[30:] + records[:30]]

    def work(items: list[VideoRecord]) -> None:
        for step in range(4):
            ingest.run(
                [changed(r, recorded_at=RECORDED + timedelta(days=step)) for r in items],
                source="tests",
                by=None,
            )

    race(*(partial(work, order) for order in orders))
    assert Video.objects.count() == 60
    assert Channel.objects.count() == 5
    assert Tag.objects.count() == 7
    assert CountSample.objects.count() == 240
    assert VideoCounts.objects.count() == 60
    assert ImportRow.objects.filter(outcome=Outcome.CREATED).count() == 60
    assert ImportRow.objects.count() == 60 * 4 * 3
    assert not ImportRun.objects.exclude(state=RunState.FINISHED).exists()


@pytest.mark.django_db(transaction=True)
def test_run_at_work_elsewhere_is_not_called_interrupted():
    inside = threading.Event()
    go_on = threading.Event()

    def slow() -> Iterator[VideoRecord]:
        inside.set()
        assert go_on.wait(timeout=60)
        yield make_record()

    def work() -> None:
        try:
            ingest.run(slow(), source="slow", by=None)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(timeout=60)
    run(make_record())
    assert ImportRun.objects.get(source="slow").state == RunState.RUNNING
    go_on.set()
    thread.join(timeout=60)
    assert ImportRun.objects.get(source="slow").state == RunState.FINISHED


@pytest.mark.django_db(transaction=True)
def test_batch_is_stored_as_a_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch):
    # The last statement of a batch fails, as if the connection had gone.
    monkeypatch.setattr(merging, "_TOTALS", "SELECT no_such_column FROM catalogue_importrun")
    with pytest.raises(Exception, match="no_such_column"):
        run(make_record())
    assert not Video.objects.exists()
    assert not ImportRow.objects.exists()
    assert not Channel.objects.exists()
    assert ImportRun.objects.get().state == RunState.FAILED


def test_run_inside_a_transaction_is_taken_back_with_it():
    def attempt() -> None:
        with transaction.atomic():
            run(make_record(), make_record())
            raise DataError("taken back")

    with pytest.raises(DataError):
        attempt()
    assert not Video.objects.exists()
    assert not ImportRun.objects.exists()
