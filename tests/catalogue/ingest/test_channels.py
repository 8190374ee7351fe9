"""Channels by id and by name, and films whose title nobody has said yet."""

import dataclasses
from datetime import timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from catalogue import ingest
from catalogue.channels import renew_keywords
from catalogue.ingest import batches
from catalogue.models import Change, Channel, ImportRun, Video
from catalogue.records import Counts, VideoRecord
from tests.makers import RECORDED, make_record
from tests.racing import race

pytestmark = pytest.mark.django_db

ID = "UCabcdefghijklmnopqrstuv"
FILM = "aaaaaaaaaaa"
OTHER_ID = "UCvutsrqponmlkjihgfedcba"
DAY = timedelta(days=1)
LATER = RECORDED + DAY


def named(platform_id: str, name: str, channel_id: str = "", **fields: object) -> VideoRecord:
    record = make_record(platform_id=platform_id, channel=name)
    return dataclasses.replace(record, channel_id=channel_id, **fields)  # type: ignore[arg-type]


def run(*items: VideoRecord) -> ImportRun:
    return ingest.run(iter(items), source="tests", by=None)


def channels() -> list[tuple[str, str | None, int]]:
    return [(row.name, row.platform_id, row.videos.count()) for row in Channel.objects.all()]


@pytest.mark.parametrize("batch_size", [1, 500])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_channel_known_by_name_takes_its_id_when_a_record_says_it(
    order: tuple[int, ...], batch_size: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(batches, "SIZE", batch_size)
    records = [named("aaaaaaaaaaa", "Field"), named("bbbbbbbbbbb", "Field", ID),
               named("ccccccccccc", "Field", ID)]  # fmt: skip
    run(*(records[index] for index in order))

    assert channels() == [("Field", ID, 3)]


def test_channels_of_one_name_are_two_if_their_ids_are():
    run(named("aaaaaaaaaaa", "Field", ID), named("bbbbbbbbbbb", "Field", OTHER_ID))

    assert sorted(channels(), key=str) == [("Field", ID, 1), ("Field", OTHER_ID, 1)]


def test_film_stays_with_its_channel_where_several_have_that_name():
    run(named("aaaaaaaaaaa", "Field", ID), named("bbbbbbbbbbb", "Field", OTHER_ID))
    later = RECORDED + timedelta(days=1)
    run(named("bbbbbbbbbbb", "Field", recorded_at=later))

    channel = Video.objects.get(platform_id="bbbbbbbbbbb").channel
    assert channel is not None
    assert channel.platform_id == OTHER_ID


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_channel_is_called_what_its_newest_record_calls_it(order: tuple[int, ...]):
    records = [
        named("aaaaaaaaaaa", "Field", ID, recorded_at=None),
        named("bbbbbbbbbbb", "Field Films", ID, recorded_at=LATER),
        named("ccccccccccc", "A Field", ID),
        # Its film stands in another channel by now; it still knows what this one was called.
        named("bbbbbbbbbbb", "The Field", OTHER_ID),
    ]
    for index in order:
        run(records[index])

    assert set(Channel.objects.values_list("platform_id", "name", "named_at")) == {
        (ID, "Field Films", LATER), (OTHER_ID, "The Field", RECORDED),
    }  # fmt: skip


def test_of_two_names_of_one_date_the_greater_is_taken():
    for step in (1, -1):
        Video.objects.all().delete()
        Channel.objects.all().delete()
        run(*[named("aaaaaaaaaaa", "Field", ID), named("bbbbbbbbbbb", "Fields", ID)][::step])
        assert channels() == [("Fields", ID, 2)]


def test_channel_that_is_known_by_its_name_only_keeps_it():
    run(named("aaaaaaaaaaa", "Field"))
    run(named("bbbbbbbbbbb", "Fields", recorded_at=LATER))
    assert sorted(channels()) == [("Field", None, 1), ("Fields", None, 1)]


def test_new_name_of_a_channel_is_no_change_of_its_films():
    run(named("aaaaaaaaaaa", "Field", ID))
    run(named("bbbbbbbbbbb", "Fields", ID, recorded_at=LATER))
    assert not Change.objects.exists()
    old, new = Video.objects.order_by("platform_id").select_related("channel")
    assert old.channel
    assert (old.channel.name, old.recorded_at) == ("Fields", RECORDED)
    assert new.keywords.startswith("Fields\n")


def test_film_of_an_old_record_is_found_by_the_present_name_of_its_channel():
    run(named("aaaaaaaaaaa", "Fields", ID, recorded_at=LATER))
    run(named("bbbbbbbbbbb", "Field", ID), named("ccccccccccc", "", ID))
    assert {
        words.partition("\n")[0] for words in Video.objects.values_list("keywords", flat=True)
    } == {"Fields"}


def test_new_name_is_taken_back_with_the_run_that_brought_it():
    run(named("aaaaaaaaaaa", "Field", ID))
    over = run(named("bbbbbbbbbbb", "Field II", ID, recorded_at=LATER),
               named("ccccccccccc", "Field III", ID, recorded_at=LATER + DAY))  # fmt: skip
    undone = ingest.undo(over, by=None)

    assert undone.removed == 2
    assert channels() == [("Field", ID, 1)]
    channel = Channel.objects.get()
    assert channel.named_at == RECORDED
    assert channel.keywords_due_at is not None


def test_name_that_a_later_run_gave_is_spared_and_the_row_says_so():
    run(named("aaaaaaaaaaa", "Field", ID))
    over = run(named("aaaaaaaaaaa", "Field II", ID, recorded_at=LATER))
    later = run(named("bbbbbbbbbbb", "Field III", ID, recorded_at=LATER + DAY))
    undone = ingest.undo(over, by=None)

    assert (undone.restored, undone.partly) == (0, 1)
    assert over.rows.get().undo_reason == "name of its channel: changed since"
    assert Channel.objects.get().name == "Field III"
    ingest.undo(later, by=None)
    assert ingest.undo(over, by=None).restored == 1
    assert Channel.objects.get().name == "Field"
    assert over.rows.get().undo_reason == ""


def test_name_stays_with_the_film_that_brought_it():
    run(named("aaaaaaaaaaa", "Field", ID))
    over = run(named("bbbbbbbbbbb", "Field II", ID, recorded_at=LATER),
               named("bbbbbbbbbbb", "Old", OTHER_ID))  # fmt: skip
    again = run(named("bbbbbbbbbbb", "Field II", ID, recorded_at=LATER))
    ingest.undo(over, by=None)

    assert set(channels()) == {("Field II", ID, 2), ("Old", OTHER_ID, 0)}
    ingest.undo(again, by=None)
    ingest.undo(over, by=None)
    assert channels() == [("Field", ID, 1)]


def test_name_stays_while_a_later_import_says_the_same():
    run(named("aaaaaaaaaaa", "Field", ID))
    newer = named("aaaaaaaaaaa", "Field II", ID, recorded_at=LATER)
    over, again = run(newer), run(newer)
    ingest.undo(over, by=None)

    assert channels() == [("Field II", ID, 1)]
    ingest.undo(again, by=None)
    ingest.undo(over, by=None)
    assert channels() == [("Field", ID, 1)]


def test_channel_that_only_an_old_record_named_goes_with_its_run():
    run(named("aaaaaaaaaaa", "Field", ID))
    older = run(named("aaaaaaaaaaa", "Old", OTHER_ID, recorded_at=RECORDED - DAY))
    assert older.updated == 1
    assert Channel.objects.count() == 2
    ingest.undo(older, by=None)
    assert channels() == [("Field", ID, 1)]


@pytest.mark.django_db(transaction=True)
def test_runs_that_rename_the_same_channels_at_once_wait_for_each_other(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(batches, "SIZE", 5)
    ids = [f"UC{number:022}" for number in range(10)]
    run(*(named(f"first{n:06}", "Field", one) for n, one in enumerate(ids)))

    def work(films: str, step: int) -> None:
        for day in range(1, 4):
            run(
                *[
                    named(f"{films}{n:06}", f"{films} {day}", one, recorded_at=RECORDED + day * DAY)
                    for n, one in enumerate(ids)
                ][::step]
            )

    def sweep() -> None:
        for _ in range(5):
            renew_keywords(now=timezone.now() + DAY, limit=100)

    race(lambda: work("onewa", 1), lambda: work("twoba", -1), sweep)
    assert set(Channel.objects.values_list("name", flat=True)) == {"twoba 3"}
    sweep()
    words = Video.objects.values_list("keywords", flat=True)
    assert {text.partition("\n")[0] for text in words} == {"twoba 3"}


def test_id_without_a_name_finds_its_channel_and_makes_none():
    run(named("aaaaaaaaaaa", "", ID))
    assert channels() == []
    run(named("bbbbbbbbbbb", "Field", ID), named("ccccccccccc", "", ID))
    assert channels() == [("Field", ID, 2)]


@pytest.mark.django_db(transaction=True)
def test_runs_that_bring_one_id_at_once_make_one_channel():
    run(named("aaaaaaaaaaa", "Field"), named("bbbbbbbbbbb", "Field Films"))
    race(
        lambda: run(named("ccccccccccc", "Field", ID)),
        lambda: run(named("ddddddddddd", "Field Films", ID)),
    )

    assert Channel.objects.filter(platform_id=ID).count() == 1
    assert Video.objects.count() == 4


def partial(**fields: object) -> VideoRecord:
    values = {"channel": "", "tags": (), "recorded_at": None, **fields}
    return dataclasses.replace(make_record(platform_id=FILM), title="", **values)  # type: ignore[arg-type]


def test_id_stands_for_a_title_that_no_record_has_said():
    run(partial(counts=Counts(views=5)))

    video = Video.objects.select_related("counts").get()
    assert (video.title, video.counts.views) == (video.platform_id, 5)


def test_title_that_comes_later_is_no_change_of_the_film():
    run(partial())
    run(make_record(platform_id=FILM))

    assert Video.objects.get().title == make_record(platform_id=FILM).title
    assert not Change.objects.filter(field="title").exists()


def test_title_is_never_lost_to_a_record_without_one():
    run(make_record(platform_id=FILM))
    run(partial(recorded_at=RECORDED + timedelta(days=1), duration_ms=1_000))

    video = Video.objects.get()
    assert (video.title, video.duration_ms) == (make_record(platform_id=FILM).title, 1_000)
