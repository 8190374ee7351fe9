"""Real processes: Celery's worker and beat, and what a kill -9 leaves behind."""

import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalogue import ingest
from catalogue.ingest import batches, fetches
from catalogue.models import (
    Change,
    CountSample,
    Cue,
    Fetch,
    ImportRow,
    ImportRun,
    Outcome,
    RunState,
    Transcript,
    Video,
    VideoCounts,
)
from catalogue.records.targets import parse_target
from config import embedded, processes
from tests import platform_server
from tests.makers import make_video
from tests.pages import read
from tests.platform_server import Page, Site, feed, item, page_of, send
from tests.running import PATIENCE_S, end, kill, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[[Sequence[str]], subprocess.Popen[bytes]]


def database_url() -> str:
    """Return the address of the tests' own database."""
    given = os.environ.get("DATABASE_URL") or embedded.urls(settings.DATA_DIR)[0]
    name = connection.settings_dict["NAME"]
    return urllib.parse.urlsplit(given)._replace(path=f"/{name}").geturl()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start processes on the tests' database and broker; each is ended by its own number."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SIDENOTE_ENV": "test",
        "SIDENOTE_REFRESH": "on",
        "SIDENOTE_REFRESH_SWEEP_SECONDS": "0.5",
        "SIDENOTE_FETCH_SWEEP_SECONDS": "0.5",
        "SIDENOTE_FETCH_PRIVATE_ADDRESSES": "on",
    }
    with ExitStack() as stack:
        log = stack.enter_context((tmp_path / "processes.log").open("wb"))

        def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, *command[1:]],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            stack.callback(end, process)
            return process

        yield start


@pytest.fixture
def site() -> Iterator[Site]:
    with platform_server.running() as site:
        yield site


def due_video(site: Site, path: str) -> Video:
    return make_video(
        platform="example", platform_id=path.strip("/"), url=site.url + path,
        refresh_at=timezone.now(),
    )  # fmt: skip


def start_celery(start: Start, folder: Path) -> subprocess.Popen[bytes]:
    start([*processes.beat(), "--schedule", str(folder / "schedule")])
    return start(processes.worker(processes=1))


def test_beat_and_worker_keep_counts_alive(start: Start, site: Site, tmp_path: Path):
    """The whole way: a row is due, beat sweeps, a worker asks, the page's numbers are stored."""
    video = due_video(site, "/film")
    page = site.add("/film", Page(views=154_080, likes=3_003))
    start_celery(start, tmp_path)
    wait_until(lambda: VideoCounts.objects.get(video=video).views == 154_080)

    page.views, page.likes, page.title = 154_999, 3_010, "The River That Came Back"
    VideoCounts.objects.filter(video=video).update(refresh_at=timezone.now())
    wait_until(lambda: VideoCounts.objects.get(video=video).views == 154_999)

    row = VideoCounts.objects.get(video=video)
    assert (row.likes, row.dislikes, row.failures, row.leased_until) == (3_010, None, 0, None)
    assert row.refresh_at is not None
    assert row.refresh_at > timezone.now() + timedelta(minutes=30)
    assert list(CountSample.objects.order_by("observed_at").values_list("views", "likes")) == [
        (154_080, 3_003), (154_999, 3_010),
    ]  # fmt: skip
    change = Change.objects.get(video=video)
    assert (change.field, change.old, change.new) == (
        "title", "The River That Was Moved", "The River That Came Back",
    )  # fmt: skip
    video.refresh_from_db()
    assert video.title == "The River That Came Back"
    assert site.asked == ["/film", "/film"]


def test_look_of_a_killed_worker_is_taken_up_by_another(start: Start, site: Site, tmp_path: Path):
    video = due_video(site, "/film")
    killed = threading.Event()

    def hang_at_first(handler: BaseHTTPRequestHandler) -> None:
        if not killed.is_set():
            killed.wait(PATIENCE_S)
        else:
            send(handler, page_of(Page(), site.url))

    site.answer("/film", hang_at_first)
    worker = start_celery(start, tmp_path)
    wait_until(lambda: site.asked == ["/film"])
    kill(worker)
    killed.set()
    row = VideoCounts.objects.get(video=video)
    assert row.leased_until is not None, "the dead hold their lease until it runs out"
    # Five minutes pass.
    VideoCounts.objects.filter(video=video).update(leased_until=timezone.now())
    start(processes.worker(processes=1))
    wait_until(lambda: VideoCounts.objects.get(video=video).views == 154_080)
    assert VideoCounts.objects.get(video=video).failures == 0


def test_a_fetch_of_a_killed_worker_goes_on_in_the_same_run(
    start: Start, site: Site, tmp_path: Path
):
    """The whole way of a pasted list, with a kill -9 in its middle."""
    killed = threading.Event()

    def hang_at_first(handler: BaseHTTPRequestHandler) -> None:
        if not killed.is_set():
            killed.wait(PATIENCE_S)
        else:
            send(handler, page_of(Page(title="At last"), site.url))

    for number in range(3):
        site.add(f"/film{number}", Page(title=f"Film {number}"))
    site.answer("/film1", hang_at_first)
    address = feed(site, "/list", *[item(f"{site.url}/film{number}") for number in range(3)])
    run = fetches.create(parse_target(address), by=None)
    worker = start_celery(start, tmp_path)
    wait_until(lambda: "/film1" in site.asked)
    kill(worker)
    killed.set()
    wait_until(lambda: not is_anybody_at_work())
    at_work = ImportRun.objects.for_ledger().get()
    assert (at_work.state, at_work.standing) == (RunState.RUNNING, RunState.WAITING)
    assert Video.objects.get().title == "Film 0"
    # Five minutes pass.
    Fetch.objects.update(leased_until=timezone.now())
    start(processes.worker(processes=1))
    wait_until(lambda: ImportRun.objects.get().state == RunState.FINISHED)
    run.refresh_from_db()
    assert (run.created, run.updated, run.unchanged, run.rejected) == (3, 0, 0, 0)
    assert list(ImportRow.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize("jobs", [1, 2])
def test_ingest_that_was_killed_leaves_whole_batches_and_can_be_completed(
    start: Start, tmp_path: Path, jobs: int
):
    folder = tmp_path / "records"
    folder.mkdir()
    for number in range(6000):
        (folder / f"{number:05}.md").write_text(
            f'---\ntitle: "Film {number}"\nvid_id: "film-{number:06}"\ntags: ["a","b{number}"]\n'
            'channel: "One"\ndate: "2022-02-01T13:20:51+03:00"\nviewcount: "12"\n---\nText.\n'
        )
    process = start(["python", "manage.py", "ingest", str(folder), "--quiet", "--jobs", str(jobs)])
    wait_until(ImportRow.objects.exists)
    # The others that it started have to notice by themselves.
    process.kill()
    process.wait()
    wait_until(lambda: not is_anybody_at_work())

    broken = ImportRun.objects.get()
    assert broken.state == RunState.RUNNING, "nobody could say otherwise"
    stored = Video.objects.count()
    assert 0 < stored < 6000
    assert stored % batches.SIZE == 0
    assert ImportRow.objects.count() == stored == broken.created
    assert VideoCounts.objects.count() == CountSample.objects.count() == stored

    again = ingest.run(ingest.read([folder]), source="again", by=None)
    assert (again.unchanged, again.created) == (stored, 6000 - stored)
    assert Video.objects.count() == VideoCounts.objects.count() == 6000
    broken.refresh_from_db()
    assert broken.state == RunState.FAILED
    assert not ImportRow.objects.filter(outcome=Outcome.UPDATED).exists()


def test_ingest_that_was_killed_among_subtitles_leaves_whole_ones_and_can_be_completed(
    start: Start, tmp_path: Path, client: Client
):
    folder = tmp_path / "films"
    folder.mkdir()
    lines = "\n".join(
        f"{at // 60:02}:{at % 60:02}.000 --> {at // 60:02}:{at % 60:02}.900\nLine {at}\n"
        for at in range(60)
    )
    for number in range(400):
        (folder / f"{number:03}.md").write_text(
            f'---\ntitle: "Film {number}"\nvid_id: "film-{number:06}"\n---\nText.\n'
        )
        (folder / f"{number:03}.en.vtt").write_text(f"WEBVTT\n\n{lines}")
    process = start(["python", "manage.py", "ingest", str(folder), "--quiet"])
    wait_until(Transcript.objects.exists)
    kill(process)
    wait_until(lambda: not is_anybody_at_work())

    broken = ImportRun.objects.get()
    stored = Transcript.objects.count()
    assert 0 < stored < 400
    assert Cue.objects.count() == stored * 60
    assert ImportRow.objects.filter(subject="transcript").count() == stored
    assert broken.created == 400 + stored
    assert "It was interrupted" in read(client, f"/imports/{broken.pk}/")

    again = ingest.run(ingest.read([folder]), source="again", by=None)
    assert (again.unchanged, again.created) == (400 + stored, 400 - stored)
    assert Cue.objects.count() == 400 * 60

    told = ingest.undo(again, by=None)
    assert (told.removed, told.spared) == (400 - stored, 0)
    broken.refresh_from_db()
    assert broken.state == RunState.FAILED
    assert ingest.undo(broken, by=None).spared == 0
    assert not Video.objects.exists()


def is_anybody_at_work() -> bool:
    """Tell whether the database still serves the process that was killed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
