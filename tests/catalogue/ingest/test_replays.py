"""The curve of replays through the ingest: stored, weighed, taken back."""

import dataclasses
import json
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from catalogue import ingest
from catalogue.ingest import probing, staging
from catalogue.models import Change, ImportRun, Video
from catalogue.platforms import Observation
from catalogue.platforms.documents import film_of
from catalogue.records import RecordError, VideoRecord, parse
from catalogue.records.deferred import defer
from tests import looks
from tests.makers import RECORDED, make_record
from tests.records.test_info_json import make_info
from tests.records.test_replays import make_heatmap

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
CURVE, OTHER = (0, 1000, 20), (1000, 500)
# Of the record below, before there were curves.
KNOWN_HASH = "a4b8aebc9965215988dd7750573b1e1ad0ab66141f221c31f473ba3f8cf45327"


def say(**fields: object) -> VideoRecord:
    record = make_record(platform_id="aaaaaaaaaaa", source=f"{fields.get('recorded_at')}.md")
    return dataclasses.replace(record, **fields)  # type: ignore[arg-type]


def run(*items: VideoRecord | RecordError) -> ImportRun:
    return ingest.run(iter(items), source="tests", by=None)


def kept() -> tuple[list[int] | None, int | None]:
    film = Video.objects.get()
    return film.replays, film.replays_ms


def test_record_without_a_curve_keeps_the_fingerprint_that_it_had_before_there_were_any():
    record = make_record(platform_id="record_hash")
    assert staging.content_hash(record) == KNOWN_HASH
    assert staging.content_hash(dataclasses.replace(record, replays=CURVE)) != KNOWN_HASH


def test_new_film_has_the_curve_and_the_length_that_it_is_of():
    assert run(say(replays=CURVE)).created == 1
    assert kept() == ([*CURVE], 586_000)
    assert Video.objects.get().replays_at == RECORDED
    assert run(say(replays=CURVE)).unchanged == 1


def test_film_without_one_has_neither():
    run(say())
    assert kept() == (None, None)
    assert Video.objects.get().replays_at is None


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_curve_is_that_of_the_newest_record_that_has_one(order: tuple[int, ...]):
    said = [
        say(replays=CURVE),
        say(replays=OTHER, duration_ms=590_000, recorded_at=RECORDED + DAY),
        say(duration_ms=400_000, recorded_at=RECORDED + 2 * DAY),
    ]
    for number in order:
        run(said[number])
    film = Video.objects.get()
    assert kept() == ([*OTHER], 590_000)
    assert film.duration_ms == 400_000
    assert film.replays_at == RECORDED + DAY


def test_another_curve_is_news_but_no_change_of_the_film():
    run(say(replays=CURVE))
    assert run(say(replays=OTHER, recorded_at=RECORDED + DAY)).updated == 1
    assert kept() == ([*OTHER], 586_000)
    assert not Change.objects.exists()


def test_curve_of_a_record_without_a_date_has_none():
    run(say(recorded_at=None, replays=CURVE))
    assert Video.objects.get().replays_at is None
    run(say(recorded_at=RECORDED))
    film = Video.objects.get()
    assert (film.replays, film.recorded_at, film.replays_at) == ([*CURVE], RECORDED, None)


def test_run_that_filled_the_gap_is_taken_back():
    run(say())
    later = run(say(replays=CURVE, recorded_at=RECORDED + DAY))
    assert kept() == ([*CURVE], 586_000)
    assert ingest.undo(later, by=None).restored == 1
    assert kept() == (None, None)


def test_run_that_replaced_a_curve_is_taken_back_to_the_one_before():
    run(say(replays=CURVE))
    before = Video.objects.values("replays", "replays_ms", "origins", "content_hash").get()
    later = run(say(replays=OTHER, duration_ms=1000, recorded_at=RECORDED + DAY))
    assert kept() == ([*OTHER], 1000)
    assert ingest.undo(later, by=None).restored == 1
    assert Video.objects.values(*before).get() == before


def test_curve_that_another_import_replaced_since_is_spared_and_the_reason_names_it():
    run(say())
    first = run(say(replays=CURVE, recorded_at=RECORDED + DAY))
    run(say(replays=OTHER, recorded_at=RECORDED + 2 * DAY))
    assert ingest.undo(first, by=None).partly == 1
    assert kept() == ([*OTHER], 586_000)
    assert "replayed parts" in first.rows.get().undo_reason


def test_look_at_the_platform_leaves_the_curve_and_what_length_it_is_of():
    run(say(replays=CURVE))
    film = Video.objects.select_related("counts").get()
    seen = Observation(observed_at=RECORDED + 900 * DAY, duration_ms=400_000)
    looks.look(film, seen)
    assert Video.objects.get().duration_ms == 400_000
    assert kept() == ([*CURVE], 586_000)


@pytest.mark.parametrize("fields", [{"replays": (5, 6)}, {"replays": CURVE, "duration_ms": None}])
def test_curve_that_is_none_is_refused_whoever_built_the_record(fields: dict[str, object]):
    done = run(say(**fields))
    assert done.rejected == 1
    assert done.rows.get().field == "replays"


@pytest.mark.parametrize("fields", [{"replays": [1]}, {"replays_ms": 1}])
def test_database_holds_no_curve_without_its_length(fields: dict[str, object]):
    run(say())
    with pytest.raises(IntegrityError, match="video_replays_with_length"), transaction.atomic():
        Video.objects.update(**fields)


# --- yt-dlp's -------------------------------------------------------------------------


def write(path: Path, **fields: object) -> bytes:
    content = json.dumps(make_info(**fields)).encode()
    path.write_bytes(content)
    return content


def bring_in(folder: Path) -> ImportRun:
    return ingest.run(ingest.read([folder], parse=defer), source="test", by=None)


def test_file_of_yt_dlp_brings_its_curve_and_is_known_unread_the_second_time(tmp_path: Path):
    write(tmp_path / "a.info.json", heatmap=make_heatmap(0.5, 1))
    assert bring_in(tmp_path).created == 1
    assert kept() == ([500, 1000], 582_400)
    assert bring_in(tmp_path).unchanged == 1


def test_file_that_came_in_before_curves_were_read_is_read_again_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / "films"
    folder.mkdir()
    plain = write(folder / "plain.info.json", id="Sample_0002")
    write(folder / "curve.info.json", heatmap=make_heatmap(0.5, 1))
    digest = probing.digest_of(plain)
    with monkeypatch.context() as before:
        before.setattr(probing, "_READ_ANEW", (b'"nothing"', b"2"))
        assert probing.digest_of(plain) == digest
        before.setattr("catalogue.records.replays.read_heatmap", lambda *_given: ())
        assert bring_in(folder).created == 2
    assert set(Video.objects.values_list("replays", flat=True)) == {None}
    again = bring_in(folder)
    assert (again.updated, again.unchanged) == (1, 1)
    assert Video.objects.get(replays__isnull=False).replays == [500, 1000]


def test_page_that_is_fetched_brings_its_curve():
    made = film_of(make_info(heatmap=make_heatmap(0.5, 1)), at=RECORDED)
    run(parse("page", made.document))
    assert kept() == ([500, 1000], 582_400)
    assert Video.objects.get().replays_at == RECORDED
