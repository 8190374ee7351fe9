"""Channels by id and by name, and films whose title nobody has said yet."""

import dataclasses
from datetime import timedelta
from itertools import permutations

import pytest

from catalogue import ingest
from catalogue.ingest import batches
from catalogue.models import Change, Channel, ImportRun, Video
from catalogue.records import Counts, VideoRecord
from tests.makers import RECORDED, make_record
from tests.racing import race

pytestmark = pytest.mark.django_db

ID = "UCabcdefghijklmnopqrstuv"
FILM = "aaaaaaaaaaa"
OTHER_ID = "UCvutsrqponmlkjihgfedcba"


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


def test_channel_keeps_the_name_it_came_with():
    run(named("aaaaaaaaaaa", "Field", ID))
    run(named("bbbbbbbbbbb", "Field Films", ID))

    assert channels() == [("Field", ID, 2)]


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
