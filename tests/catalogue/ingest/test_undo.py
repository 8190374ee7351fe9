"""Taking a run back: what it wrote goes, what was edited or observed since stays."""

import dataclasses
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
from django.utils import timezone

from accounts.models import User
from catalogue import copies, ingest, tags
from catalogue.ingest import batches
from catalogue.ingest import undo as undo_run
from catalogue.models import (
    Availability,
    Change,
    Channel,
    CountSample,
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Tag,
    UndoOutcome,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.platforms import Observation
from catalogue.records import Counts, RecordError, VideoRecord
from tests import looks
from tests.makers import RECORDED, make_claim, make_record, make_video
from tests.racing import race

pytestmark = pytest.mark.django_db

LATER = RECORDED + timedelta(days=30)
EARLIER = RECORDED - timedelta(days=30)
OUTCOMES = ("removed", "restored", "partly", "spared")


def run(*items: VideoRecord | RecordError, by: User | None = None) -> ImportRun:
    return ingest.run(iter(items), source="tests", by=by)


def changed(record: VideoRecord, **fields: object) -> VideoRecord:
    return dataclasses.replace(record, **fields)  # type: ignore[arg-type]


def told(undone: ingest.Undone) -> tuple[int, ...]:
    return tuple(getattr(undone, name) for name in OUTCOMES)


def undo(row: ImportRun) -> tuple[int, ...]:
    """Take a run back as the operator; return how many rows were removed, restored…"""
    return told(undo_run(row, by=None))


def state() -> dict[str, list[dict[str, Any]]]:
    """Return everything the catalogue holds, to the last column but when it was last written.

    When a sweep is due is no part of it either: a channel that got its name back has to be swept.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    for model in (Video, VideoCounts, CountSample, Change, VideoTag, Channel, Tag):
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.attname not in {"updated_at", "search", "keywords_due_at"}
        ]
        found = model._base_manager.values(*names)
        rows[model.__name__] = sorted(found, key=lambda row: tuple(map(str, row.values())))
    return rows


def look(video: Video, **seen: Any) -> None:
    """Store a look at a video's platform, now."""
    VideoCounts.objects.filter(video=video).update(refresh_at=timezone.now())
    counts = seen.pop("counts", Counts())
    seen = {"title": None, "description": None, "duration_ms": None} | seen
    looks.look(video, Observation(observed_at=timezone.now(), counts=counts, **seen))


def reason_of(row: ImportRun) -> str:
    """Return the one reason that a run's rows give."""
    (reason,) = set(row.rows.exclude(undo_reason="").values_list("undo_reason", flat=True))
    return reason


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


# --- What made films stay for ---------------------------------------------------------


def test_film_with_a_claim_is_spared(author: User):
    done = run(make_record(), make_record())
    make_claim(author=author, video=Video.objects.earliest("pk"))
    assert undo(done) == (1, 0, 0, 1)
    assert reason_of_spared(done) == "it has occurrences"


def test_a_film_with_a_copy_stays_and_the_reason_says_so(author: User):
    done = ingest.run([make_record()], source="first", by=None)
    copy = copies.add(Video.objects.get(), by=author, address="https://example.org/film")
    ingest.undo(done, by=None)
    assert reason_of_spared(done) == "it has copies"
    copies.withdraw(copy, by=author)
    ingest.undo(done, by=None)
    assert reason_of_spared(done) == "it has copies"


def reason_of_spared(row: ImportRun) -> str:
    return row.rows.get(undone=UndoOutcome.SPARED).undo_reason


def test_film_that_a_member_tagged_is_spared(author: User):
    done = run(make_record())
    tags.add_to_video(Video.objects.get(), "Mine", by=author)
    before = state()
    assert undo(done) == (0, 0, 0, 1)
    assert state() == before
    assert reason_of(done) == "members tagged it"


def test_film_goes_with_what_our_own_looks_saw_of_it_since():
    done = run(make_record())
    look(Video.objects.get(), counts=Counts(views=200_000), title="As the platform has it")
    assert undo(done) == (1, 0, 0, 0)
    assert not Video.objects.exists()
    assert not CountSample.objects.exists()


def test_film_that_a_later_import_speaks_of_is_spared_until_that_is_taken_back():
    record = make_record()
    first, second = run(record), run(record)
    assert undo(first) == (0, 0, 0, 1)
    assert reason_of(first) == "a later import speaks of it"
    assert undo(second) == (0, 0, 0, 0)
    assert undo(first) == (1, 0, 0, 0)
    assert not Video.objects.exists()


def test_film_with_samples_from_elsewhere_is_spared():
    done = run(make_record())
    CountSample.objects.create(video=Video.objects.get(), observed_at=EARLIER, views=1)
    assert undo(done) == (0, 0, 0, 1)


def test_channel_and_tags_that_others_carry_stay():
    done = run(make_record())
    make_video(tags=["Rivers"])
    undo(done)
    assert list(Channel.objects.values_list("name", flat=True)) == ["Quiet Rivers"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["Rivers"]


def test_tags_that_were_there_before_stay_though_nothing_carries_them(author: User):
    tags.create(by=author, name="Rivers")
    old = Channel.objects.create(platform="youtube", name="Quiet Rivers")
    undo(run(make_record()))
    assert list(Tag.objects.values_list("name", flat=True)) == ["Rivers"]
    assert Channel.objects.get() == old


# --- What changed films keep ----------------------------------------------------------


def test_what_a_later_run_changed_is_spared_and_the_rest_restored():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", category="News", recorded_at=LATER))
    third = changed(
        record, title="Three", category="News", recorded_at=LATER + timedelta(days=1)
    )  # fmt: skip
    run(third)
    assert undo(over) == (0, 0, 1, 0)
    video = Video.objects.get()
    assert (video.title, video.category) == ("Three", "Education")
    assert "title" in reason_of(over)
    assert reason_of(over).endswith("changed since")
    assert "category" not in reason_of(over)
    # The newest record still says so: it is looked at again, not taken for known.
    assert run(third).updated == 1
    assert Video.objects.get().category == "News"


def test_record_that_came_in_again_keeps_what_it_says():
    record = make_record()
    run(record)
    newer = changed(record, title="Two", recorded_at=LATER)
    over, again = run(newer), run(newer)
    before = state()
    assert undo(over) == (0, 0, 0, 1)
    assert state() == before
    assert "a later import says the same" in reason_of(over)
    undo(again)
    assert undo(over) == (0, 1, 0, 0)
    assert Video.objects.get().title == record.title


def test_words_that_the_platform_confirmed_or_changed_are_spared():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", description="New.", category="News",
                       recorded_at=LATER))  # fmt: skip
    look(Video.objects.get(), title="Two")
    assert undo(over) == (0, 0, 1, 0)
    video = Video.objects.get()
    assert (video.title, video.description, video.category) == ("Two", "New.", "Education")
    assert reason_of(over) == "description, title: its platform was asked since"


def test_counts_observed_since_are_spared_and_the_sample_of_the_run_goes():
    record = make_record(counts=Counts(views=10, likes=1))
    run(record)
    over = run(changed(record, counts=Counts(views=20, likes=1), recorded_at=LATER))
    look(Video.objects.get(), counts=Counts(views=20, likes=2))
    assert undo(over) == (0, 0, 1, 0)
    assert VideoCounts.objects.get().views == 20
    assert reason_of(over) == "views: counted since"
    assert not CountSample.objects.filter(observed_at=LATER).exists()
    assert CountSample.objects.count() == 2


def test_sample_that_another_import_observed_too_stays():
    record = make_record()
    run(record)
    older = changed(record, recorded_at=EARLIER, counts=Counts(views=5))
    first = run(older)
    run(older)
    assert undo(first) == (0, 0, 0, 1)
    assert CountSample.objects.filter(observed_at=EARLIER, views=5).exists()
    assert reason_of(first) == "sample of its counts: another import observed the same"


def test_tags_of_members_stay_and_a_member_keeps_the_tag_that_comes_back(author: User):
    record = make_record(tags=("Rivers", "Engineering"))
    run(record)
    over = run(changed(record, tags=("Dams",), recorded_at=LATER))
    video = Video.objects.get()
    tags.add_to_video(video, "Rivers", by=author)
    assert undo(over) == (0, 1, 0, 0)
    assert set(video.video_tags.values_list("tag__name", "source")) == {
        ("Rivers", "member"), ("Engineering", "record"),
    }  # fmt: skip
    video.refresh_from_db()
    assert video.keywords == "Quiet Rivers\nEducation\nEngineering\nRivers"
    assert not Tag.objects.filter(name="Dams").exists()


def test_search_finds_what_was_restored_and_not_what_was_taken_back():
    record = make_record(title="Otters of the north")
    run(record)
    undo(run(changed(record, title="Zebras", tags=("Stripes",), recorded_at=LATER)))
    found = Video.objects.filter(search="otters").values_list("title", flat=True)
    assert list(found) == [record.title]
    assert not Video.objects.filter(search="zebras").exists()
    assert not Video.objects.filter(search="stripes").exists()


def test_changes_stay_where_their_value_does():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", category="News", recorded_at=LATER))
    run(changed(record, title="Three", category="", recorded_at=LATER + timedelta(days=1)))
    undo(over)
    assert list(Change.objects.order_by("id").values_list("field", "old", "new")) == [
        ("title", record.title, "Two"),
        ("title", "Two", "Three"),
    ]


def test_availability_comes_back_unless_the_platform_spoke():
    record = make_record()
    run(record)
    gone = changed(record, title="[Deleted video]", recorded_at=LATER)
    undo(run(gone))
    assert Video.objects.get().availability == Availability.UNKNOWN
    over = run(gone)
    look(Video.objects.get(), title=record.title)
    assert undo(over) == (0, 0, 0, 1)
    assert Video.objects.get().availability == Availability.AVAILABLE


def test_rows_from_before_anything_was_kept_are_spared():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", recorded_at=LATER))
    over.rows.update(changed=None)
    assert undo(over) == (0, 0, 0, 1)
    assert Video.objects.get().title == "Two"
    assert "before anything was kept" in reason_of(over)


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
