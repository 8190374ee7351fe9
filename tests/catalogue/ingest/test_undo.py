"""Taking a run back: what it wrote goes, what was edited or observed since stays."""

import random
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalogue import ingest
from catalogue.ingest import batches
from catalogue.ingest import undo as undo_run
from catalogue.models import (
    CountSample,
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.records import Counts, RecordError, VideoRecord
from tests.catalogue.ingest.makers import EARLIER, LATER, changed, run
from tests.catalogue.ingest.undoing import state, told, undo
from tests.makers import RECORDED, make_record
from tests.racing import race

pytestmark = pytest.mark.django_db


# --- There and back -------------------------------------------------------------------


def test_run_that_made_everything_leaves_nothing_behind():
    before = state()
    done = run(make_record(), make_record(tags=("Dams",), channel="Tern"))
    assert undo(done) == (2, 0, 0, 0)
    assert state() == before
    assert set(done.rows.values_list("outcome", "undone")) == {("created", "removed")}
    assert not done.rows.exclude(video=None).exists()
    assert "youtube:record" in done.rows.earliest("number").undo_reason


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Another title"},
        {"description": "Another text."},
        {"channel": "Tern"},
        {"category": "News", "language": "fr", "url": "https://example.org/a"},
        {"tags": ("Dams", "Rivers")},
        {"tags": ("Engineering", "Rivers")},
        {"duration_ms": 1000, "image_url": "https://example.org/a.jpg"},
        {"published": date(2020, 1, 1)},
        {"counts": Counts(views=9, comments=4)},
        {"title": "[Private video]"},
        {"title": "Older", "recorded_at": EARLIER, "language": "fr", "counts": Counts(dislikes=3)},
        {"title": "Same day", "recorded_at": RECORDED, "counts": Counts(views=1)},
        {"recorded_at": None, "media_url": "https://example.org/a.webm"},
        {"recorded_at": LATER},
    ],
    ids=",".join,
)
def test_one_record_over_another_is_taken_back_to_the_last_column(fields: dict[str, Any]):
    record = make_record()
    run(record)
    before = state()
    over = run(changed(record, **({"recorded_at": LATER} | fields)))
    assert state() != before
    assert undo(over) == (0, 1, 0, 0)
    assert state() == before
    row = over.rows.get()
    assert (row.outcome, row.undone, row.undo_reason) == ("updated", "restored", "")


@pytest.mark.parametrize("seed", range(20))
def test_any_run_over_any_other_is_taken_back_to_the_last_column(seed: int):
    chance = random.Random(seed)
    films = [f"film{number}" for number in range(6)]

    def some_record() -> VideoRecord:
        return make_record(
            platform_id=chance.choice(films),
            title=chance.choice(["A", "B", "C", "[Deleted video]"]),
            description=chance.choice(["", "One.", "Two."]),
            channel=chance.choice(["", "Tern", "Heron"]),
            category=chance.choice(["", "News", "History"]),
            language=chance.choice(["", "en", "fr"]),
            url=chance.choice(["", "https://example.org/a"]),
            platform=chance.choice(["youtube", "example"]),
            tags=tuple(chance.sample(["Rivers", "Dams", "Salt"], chance.randrange(4))),
            published=chance.choice([None, date(2021, 7, 30), RECORDED]),
            duration_ms=chance.choice([None, 1000, 2000]),
            recorded_at=chance.choice([None, EARLIER, RECORDED, LATER]),
            counts=Counts(chance.choice([None, 1, 2]), chance.choice([None, 5]), None, None),
        )

    run(*(some_record() for _ in range(8)))
    states = [state()]
    over = []
    for _step in range(3):
        over.append(run(*(some_record() for _ in range(8))))
        states.append(state())
    for done in reversed(over):
        assert state() == states.pop()
        assert undo(done)[2:] == (0, 0)
    assert state() == states.pop()


def test_several_records_of_one_film_in_a_run_are_one_chain():
    record = make_record()
    run(record)
    before = state()
    steps = [
        changed(record, title=f"Title {day}", recorded_at=LATER + timedelta(days=day))
        for day in range(3)
    ]
    assert undo(run(*steps)) == (0, 3, 0, 0)
    assert state() == before


def test_film_that_a_run_made_and_then_changed_goes_as_a_whole():
    record = make_record()
    done = run(record, changed(record, title="Later", recorded_at=LATER))
    assert undo(done) == (2, 0, 0, 0)
    assert not Video.objects.exists()


def test_taking_a_run_back_leaves_its_unchanged_and_rejected_rows_alone():
    record = make_record()
    run(record)
    done = run(record, RecordError("a.md", "no", raw=b"x"), make_record(title="[Private video]"))
    assert undo(done) == (0, 0, 0, 0)
    assert set(done.rows.values_list("outcome", "undone")) == {("unchanged", ""), ("rejected", "")}
    assert Video.objects.count() == 1


def test_same_files_can_come_in_again_after_an_undo():
    record = make_record()
    undo(run(record))
    assert run(record).created == 1
    newer = changed(record, title="New", recorded_at=LATER)
    undo(run(newer))
    assert run(record).unchanged == 1
    assert run(newer).updated == 1


# --- The ledger -----------------------------------------------------------------------


def test_the_ledger_keeps_what_happened_and_says_who_took_it_back(author: User):
    done = run(make_record(), by=author)
    kept = ImportRow.objects.values("number", "source", "outcome", "reason").get()
    undone = undo_run(done, by=author)
    done.refresh_from_db()
    assert (done.undone_by, done.state, done.created) == (author, RunState.FINISHED, 1)
    assert done.undone_at is not None
    assert undone.run == done
    assert ImportRow.objects.values(*kept).get() == kept


def test_a_second_undo_changes_nothing_and_tells_the_same(author: User, moderator: User):
    done = run(make_record(), by=author)
    first = told(undo_run(done, by=author))
    run(make_record())
    before = state()
    assert told(undo_run(done, by=moderator)) == first == (1, 0, 0, 0)
    assert state() == before
    done.refresh_from_db()
    assert done.undone_by == author


def test_a_dry_run_tells_the_same_and_changes_nothing(author: User):
    record = make_record()
    run(record)
    done = run(make_record(), changed(record, title="Two", recorded_at=LATER), by=author)
    before = state()
    would = told(undo_run(done, by=author, is_dry=True))
    assert state() == before
    assert not done.rows.exclude(undone="").exists()
    assert ImportRun.objects.get(pk=done.pk).undone_at is None
    assert would == undo(done) == (1, 1, 0, 0)


def test_only_who_made_a_run_and_staff_take_it_back(
    author: User, stranger: User, moderator: User
):  # fmt: skip
    done = run(make_record(), by=author)
    with pytest.raises(PermissionDenied):
        undo_run(done, by=stranger)
    with pytest.raises(PermissionDenied):
        undo_run(run(make_record()), by=stranger)
    assert Video.objects.count() == 2
    assert told(undo_run(done, by=moderator)) == (1, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_killed_run_is_interrupted_and_can_be_taken_back():
    done = run(make_record())
    ImportRun.objects.update(state=RunState.RUNNING, finished_at=None)
    (row,) = ImportRun.objects.for_ledger()
    assert row.standing == RunState.FAILED
    assert undo(done) == (1, 0, 0, 0)
    done.refresh_from_db()
    assert done.state == RunState.FAILED
    assert done.finished_at is not None


def test_run_with_many_films_is_taken_back_in_batches(monkeypatch: pytest.MonkeyPatch):
    from catalogue.ingest.undo import undo as operation

    monkeypatch.setitem(operation.__globals__, "BATCH_SIZE", 4)
    before = state()
    assert undo(run(*(make_record() for _ in range(11)))) == (11, 0, 0, 0)
    assert state() == before


def test_number_of_queries_does_not_grow_with_the_batch():
    def cost(count: int) -> int:
        old = [make_record(tags=(f"Tag {n}",)) for n in range(count)]
        run(*old)
        newer = (changed(r, title="New", tags=("T",), recorded_at=LATER) for r in old)
        done = run(*newer, *(make_record(channel=f"Channel {n}") for n in range(count)))
        with CaptureQueriesContext(connection) as captured:
            assert undo(done) == (count, count, 0, 0)
        return len(captured)

    assert cost(2) == cost(40)


# --- At the same time -----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_running_run_cannot_be_taken_back():
    inside, go_on = threading.Event(), threading.Event()

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
    row = ImportRun.objects.for_ledger().get()
    assert row.standing == RunState.RUNNING
    try:
        with pytest.raises(ingest.RunAtWork):
            undo_run(row, by=None)
    finally:
        go_on.set()
        thread.join(timeout=60)
    assert undo(row) == (1, 0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_once_are_one(author: User, moderator: User):
    record = make_record()
    run(record)
    before = state()
    done = run(
        changed(record, title="Two", tags=("Dams",), recorded_at=LATER),
        *(make_record() for _ in range(20)),
        by=author,
    )
    found: list[tuple[int, ...]] = []
    race(
        lambda: found.append(told(undo_run(done, by=author))),
        lambda: found.append(told(undo_run(done, by=moderator))),
    )
    assert found == [(20, 1, 0, 0)] * 2
    assert state() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_undo_while_the_same_records_come_in_again_loses_nothing(
    attempt: int, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    monkeypatch.setattr(batches, "SIZE", 5)
    records = [
        make_record(channel=f"Channel {n % 4}", tags=(f"tag {n % 3}", "T")) for n in range(40)
    ]
    first = run(*records)
    race(
        partial(undo_run, first, by=None),
        partial(ingest.run, records, source="again", by=None),
        partial(ingest.run, records[::-1], source="back", by=None),
    )
    # Whichever came first: each film is there once, whole, with its channel and tags.
    assert Video.objects.count() == 40
    assert not Video.objects.filter(channel=None).exists()
    assert VideoTag.objects.count() == 80
    assert VideoCounts.objects.count() == CountSample.objects.count() == 40
    assert not ImportRun.objects.exclude(state=RunState.FINISHED).exists()
    assert not ImportRow.objects.filter(outcome=Outcome.REJECTED).exists()


def test_undo_inside_a_transaction_is_taken_back_with_it():
    done = run(make_record())
    with transaction.atomic():
        undo(done)
        transaction.set_rollback(True)
    assert Video.objects.count() == 1
    assert ImportRun.objects.get().undone_at is None
