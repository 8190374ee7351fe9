"""Posters: who needs one, who fetches what when, and what stays when that fails."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from catalogue import poster_files, posters, tasks
from catalogue.models import Availability, Poster, PosterHost, PosterWalk, Video
from catalogue.platforms import Failure, FailureKind
from catalogue.platforms.pictures import Rendering
from catalogue.posters import Fetched
from tests import platform_server
from tests.makers import make_video
from tests.pictures import make_picture, serving
from tests.platform_server import Site, send
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GONE = Failure(FailureKind.GONE, "HTTP 404")
BUSY = Failure(FailureKind.TEMPORARY, "it took too long")


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "media" / "posters"


@pytest.fixture
def site(settings: Settings) -> Iterator[Site]:
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.POSTERS_ENABLED = True
    with platform_server.running() as found:
        yield found


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def film(url: str = "https://films.example/a.jpg", **fields: Any) -> Video:
    return make_video(image_url=url, **fields)


def taken(now: datetime = NOW) -> posters.Lease:
    lease = posters.take_due(now=now)
    assert lease
    return lease


def failed(video: Video, failure: Failure, now: datetime) -> Poster:
    """Let the film's poster be due now, and fail."""
    Poster.objects.filter(video=video).update(due_at=now)
    PosterHost.objects.update(free_at=now)
    row = posters.hand_in(taken(now), failure, now=now)
    assert row
    return row


def sweep() -> int:
    """Sweep as beat does, as if every site had been left alone for long."""
    PosterHost.objects.update(free_at=timezone.now())
    return tasks.fetch_posters()


# --- The walk -------------------------------------------------------------------------


def test_films_with_a_picture_elsewhere_are_due_at_once():
    named = film()
    film("")
    film("/static/sample/a.jpg")
    assert posters.walk(now=NOW) == posters.Step(1, is_more=False)
    row = Poster.objects.get()
    assert (row.video, row.url, row.host_id, row.due_at) == (
        named, "https://films.example/a.jpg", "films.example", NOW,
    )  # fmt: skip
    assert posters.walk(now=NOW) == posters.Step(0, is_more=False)


def test_the_walk_goes_on_where_it_was_and_begins_again_after_an_hour(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(posters, "SPAN", 2)
    monkeypatch.setattr(posters, "BEHIND", 0)
    first, *_others = [film() for _number in range(3)]
    assert posters.walk(now=NOW) == posters.Step(2, is_more=True)
    assert posters.walk(now=NOW) == posters.Step(1, is_more=False)
    Video.objects.filter(pk=first.pk).update(image_url="https://films.example/b.jpg")
    assert not posters.walk(now=NOW).changed, "it is at the end"
    posters.walk(now=NOW + posters.ROUND)
    assert posters.walk(now=NOW + posters.ROUND).changed == 1
    assert first.poster.url == "https://films.example/b.jpg"


def test_a_film_that_was_committed_late_is_met_all_the_same():
    early, late = film(), film()
    Video.objects.filter(pk=early.pk).update(image_url="")
    posters.walk(now=NOW)
    assert PosterWalk.objects.get().at_video == max(late.pk - posters.BEHIND, 0)
    Video.objects.filter(pk=early.pk).update(image_url="https://films.example/b.jpg")
    assert posters.walk(now=NOW).changed == 1


def test_another_address_is_due_and_the_picture_stays_meanwhile():
    video = film()
    posters.walk(now=NOW)
    stale = taken()
    Poster.objects.update(content_hash="ab" * 16, width=640, height=360, fetched_at=NOW, failures=4)
    Video.objects.update(image_url="https://other.example/b.jpg")
    posters.walk(now=NOW)
    row = Poster.objects.get(video=video)
    assert (row.host_id, row.due_at, row.failures) == ("other.example", NOW, 0)
    assert row.content_hash == "ab" * 16
    assert posters.hand_in(stale, GONE, now=NOW) is None, "it is about another address"


def test_a_picture_that_no_record_names_any_more_goes():
    film()
    posters.walk(now=NOW)
    Video.objects.update(image_url="")
    assert posters.walk(now=NOW).changed == 1
    assert not Poster.objects.exists()


def test_what_is_no_address_at_all_is_passed_by():
    film("https://[broken/a.jpg")
    posters.walk(now=NOW)
    assert not Poster.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_walks_at_once_find_each_film_once():
    for _number in range(20):
        film()
    found = outcomes_of_race(*[lambda: posters.walk(now=NOW)] * 4)
    assert sum(step.changed for step in found if isinstance(step, posters.Step)) == 20
    assert Poster.objects.count() == 20


# --- Leases ---------------------------------------------------------------------------


def test_of_one_site_one_picture_is_asked_at_a_time():
    for url in ("https://a.example/1.jpg", "https://a.example/2.jpg", "https://b.example/1.jpg"):
        film(url)
    posters.walk(now=NOW)
    first, second = taken(), taken()
    assert (first.url, second.url) == ("https://a.example/1.jpg", "https://b.example/1.jpg")
    assert posters.take_due(now=NOW) is None
    posters.hand_in(first, GONE, now=NOW)
    assert posters.take_due(now=NOW + posters.HOST_PAUSE / 2) is None
    assert taken(NOW + posters.HOST_PAUSE).url == "https://a.example/2.jpg"


def test_a_lease_that_is_not_handed_in_runs_out():
    film()
    posters.walk(now=NOW)
    lost = taken()
    again = taken(NOW + posters.LEASE)
    assert again.video_id == lost.video_id
    assert posters.hand_in(lost, GONE, now=NOW + posters.LEASE) is None
    assert posters.hand_in(again, GONE, now=NOW + posters.LEASE)


@pytest.mark.django_db(transaction=True)
def test_twice_at_once_is_fetched_once():
    film()
    posters.walk(now=NOW)
    found = outcomes_of_race(*[lambda: posters.take_due(now=NOW)] * 4)
    assert sorted(type(lease).__name__ for lease in found) == ["Lease", *["NoneType"] * 3]


def test_a_site_that_limits_us_is_left_alone_and_its_pictures_lose_nothing():
    film("https://a.example/1.jpg")
    film("https://a.example/2.jpg")
    posters.walk(now=NOW)
    told = Failure(FailureKind.RATE_LIMITED, "HTTP 429", timedelta(hours=2))
    row = posters.hand_in(taken(), told, now=NOW)
    assert row
    assert (row.failures, row.failure) == (0, "HTTP 429")
    assert posters.take_due(now=NOW + timedelta(minutes=119)) is None
    later = NOW + timedelta(hours=2)
    silent = Failure(FailureKind.RATE_LIMITED, "HTTP 429")
    posters.hand_in(taken(later), silent, now=later)
    host = PosterHost.objects.get()
    assert host.free_at == later + 2 * posters.FIRST_REST
    posters.hand_in(taken(host.free_at), GONE, now=host.free_at)
    assert PosterHost.objects.get().failures == 0


def test_waits_grow_and_what_will_last_waits_for_a_month():
    video = film()
    posters.walk(now=NOW)
    waits = []
    for _try in range(8):
        row = failed(video, BUSY, NOW)
        assert row.due_at
        waits.append(row.due_at - NOW)
    assert posters.FIRST_WAIT <= waits[0] <= posters.FIRST_WAIT * 1.25
    assert all(later > earlier for earlier, later in pairwise(waits[:6]))
    assert max(waits) <= posters.LONGEST_WAIT * 1.25
    assert failed(video, GONE, NOW).due_at == NOW + posters.LONGEST_WAIT


# --- From the address to the file ------------------------------------------------------


def test_a_sweep_fetches_resizes_and_keeps_it(site: Site, media: Path):
    video = film(site.answer("/a.jpg", serving(make_picture())))
    assert tasks.fetch_posters() == 1
    row = Poster.objects.get(video=video)
    assert (row.width, row.height, row.failure) == (1280, 720, "")
    assert files(media) == [f"{row.content_hash}-{width}.webp" for width in (1280, 480)]
    assert sweep() == 0
    assert site.asked == ["/a.jpg"]


def test_the_same_picture_again_is_not_written_again(site: Site, media: Path):
    body = make_picture()
    film(site.answer("/a.jpg", serving(body)))
    sweep()
    before = {path: path.stat().st_mtime_ns for path in media.rglob("*.webp")}
    film(site.answer("/copy.jpg", serving(body)))
    sweep()
    Poster.objects.update(due_at=timezone.now())
    sweep()
    sweep()
    assert {path: path.stat().st_mtime_ns for path in media.rglob("*.webp")} == before
    assert site.asked.count("/a.jpg") == 2
    assert Poster.objects.filter(failure="").count() == 2


def test_files_that_went_missing_come_again(site: Site, media: Path):
    film(site.answer("/a.jpg", serving(make_picture())))
    sweep()
    for path in media.rglob("*.webp"):
        path.unlink()
    Poster.objects.update(due_at=timezone.now())
    sweep()
    assert len(files(media)) == 2


@pytest.mark.parametrize("body", [b"<!doctype html>", b"\xff\xd8\xff", make_picture()[:2_000]])
def test_what_is_no_picture_leaves_a_reason_and_the_old_picture(
    site: Site, media: Path, body: bytes
):
    video = film(site.answer("/a.jpg", serving(make_picture())))
    sweep()
    kept = files(media)
    Poster.objects.update(due_at=timezone.now())
    site.answer("/a.jpg", serving(body))
    assert sweep() == 1
    row = Poster.objects.get(video=video)
    assert row.failure
    assert row.width == 1280
    assert files(media) == kept


def test_a_film_that_is_lost_keeps_its_picture_and_is_not_asked_for_another(site: Site):
    video = film(site.answer("/a.jpg", serving(make_picture())))
    sweep()
    Video.objects.update(availability=Availability.GONE)
    Poster.objects.update(due_at=timezone.now())
    assert sweep() == 0
    row = Poster.objects.get(video=video)
    assert (row.due_at, bool(row.content_hash)) == (None, True)
    assert site.asked == ["/a.jpg"]


def test_429_is_waited_out(site: Site):
    film(site.answer("/a.jpg", lambda h: send(h, status=429, Retry_After="600")))
    film(site.answer("/b.jpg", serving(make_picture())))
    begun = timezone.now()
    assert tasks.fetch_posters() == 1
    assert site.asked == ["/a.jpg"], "its neighbour waits as well"
    assert PosterHost.objects.get().free_at >= begun + timedelta(seconds=600)


def test_switched_off_nothing_is_looked_for_or_asked(site: Site, settings: Settings):
    settings.POSTERS_ENABLED = False
    film(site.answer("/a.jpg", serving(make_picture())))
    assert tasks.fetch_posters() == 0
    assert not site.asked
    assert not Poster.objects.exists()


def test_a_private_address_is_refused(site: Site, settings: Settings):
    settings.FETCH_PRIVATE_ADDRESSES = False
    film(site.answer("/a.jpg", serving(make_picture())))
    assert tasks.fetch_posters() == 1
    assert Poster.objects.get().failure == "not a public address"
    assert not site.asked


# --- Files without a row ----------------------------------------------------------------


def test_what_no_film_names_is_swept_and_nothing_else(site: Site, media: Path):
    film(site.answer("/a.jpg", serving(make_picture())))
    sweep()
    kept = files(media)
    orphan = "ab" * 16
    poster_files.store(orphan, [(480, b"RIFF")])
    (media / "ab" / f".{orphan}-480.webp.1").write_bytes(b"half")
    assert sum(poster_files.sweep(number) for number in range(poster_files.FOLDERS)) == 2
    assert files(media) == kept


def test_each_folder_has_its_hour():
    shares = [range(hour, poster_files.FOLDERS, 24) for hour in range(24)]
    assert sorted(number for share in shares for number in share) == list(range(256))


_DIES = """
import os, pathlib, signal, django
django.setup()
from django.conf import settings
settings.DATA_DIR = pathlib.Path(os.environ["FOLDER"])
from django.db import connection, transaction
connection.settings_dict["NAME"] = os.environ["DATABASE_NAME"]
from catalogue import poster_files
with transaction.atomic():
    poster_files.store("cd" * 16, [(480, b"RIFF")])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.django_db(transaction=True)
def test_who_dies_between_file_and_row_leaves_a_file_that_is_swept(media: Path):
    environ = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "config.settings",
        "FOLDER": str(media.parent.parent),
        "DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _DIES], env=environ, check=False, timeout=120, cwd=Path.cwd()
    )
    assert done.returncode == -signal.SIGKILL
    assert files(media) == [f"{'cd' * 16}-480.webp"]
    assert poster_files.sweep(0xCD) == 1, "its lock went with it"
    assert not files(media)


def test_a_lost_lease_writes_no_file(media: Path):
    film()
    posters.walk(now=NOW)
    lost = taken()
    taken(NOW + posters.LEASE)
    rendering = Rendering(640, 360, ((480, b"RIFF"), (640, b"RIFF")))
    assert posters.hand_in(lost, Fetched("ef" * 16, rendering), now=NOW) is None
    assert not files(media)


def test_the_tally_counts_what_operators_ask_for(site: Site):
    film(site.answer("/a.jpg", serving(make_picture())))
    film(site.answer("/b.jpg", lambda h: send(h, status=404)))
    sweep()
    sweep()
    film(site.url + "/c.jpg")
    posters.walk(now=timezone.now())
    assert posters.tally(now=timezone.now()) == posters.Tally(shown=1, due=1, failing=1)
