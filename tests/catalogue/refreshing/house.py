"""A whole house of its own for tests that break it: servers, workers, beats, and a YouTube.

Its PostgreSQL and its Redis belong to nobody else, so they can be stopped and started; the
tests speak to it in SQL and HTTP, and see what its processes really left behind.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from celery import Celery
from django.conf import settings

from catalogue.records import Counts, write_json_line
from config import embedded, processes
from config.embedded import postgres, valkey
from tests import youtube_api_server
from tests.makers import make_record
from tests.running import end, kill
from tests.youtube_api_server import YouTube

# The machine does not crash here, but PostgreSQL does: what it said is stored has to be.
POSTGRES_OPTIONS = "-c fsync=off"
# Released evenly over the day, from 1/48 on: enough for all tests at every hour.
UNITS_PER_DAY = 48 * 500

# Each look that counted leaves a row, whatever later looks write over.
_NOTE_LOOKS = """
CREATE TABLE look (video_id bigint, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION note_look() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO look (video_id) VALUES (NEW.video_id); RETURN NULL; END';
CREATE TRIGGER note_look AFTER UPDATE ON catalogue_videocounts FOR EACH ROW
    WHEN (OLD.looked_at IS DISTINCT FROM NEW.looked_at) EXECUTE FUNCTION note_look();
"""


class House:
    """Servers and tables that stay from test to test, and the processes of one test."""

    def __init__(self, folder: Path, youtube: YouTube) -> None:
        self.is_watched = False
        self.youtube = youtube
        self.folder = folder
        self._database_url, self._redis_url = embedded.urls(folder)
        self._environment = {
            **os.environ,
            "SIDENOTE_ENV": "test",
            "SIDENOTE_DATA_DIR": str(folder),
            "DATABASE_URL": self._database_url,
            "REDIS_URL": self._redis_url,
            "SIDENOTE_REFRESH": "on",
            "SIDENOTE_REFRESH_SWEEP_SECONDS": "0.3",
            "SIDENOTE_FETCH": "off",
            "SIDENOTE_FETCH_PRIVATE_ADDRESSES": "on",
            "SIDENOTE_YOUTUBE_API_KEY": youtube_api_server.KEY,
            "SIDENOTE_YOUTUBE_API_URL": youtube.url,
            "SIDENOTE_YOUTUBE_UNITS_PER_DAY": str(UNITS_PER_DAY),
        }
        self._log = (folder / "processes.log").open("ab")
        self._processes: list[subprocess.Popen[bytes]] = []
        self.run(processes.migrate())
        self.read(_NOTE_LOOKS)

    def close(self) -> None:
        self.end_all()
        self._log.close()

    # --- Processes --------------------------------------------------------------------

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a process in a group of its own, watched over as in production or not."""
        watched = ["-m", "tests.supervised", "python"] if self.is_watched else []
        process = subprocess.Popen(
            [sys.executable, *watched, *command[1:]],
            cwd=settings.BASE_DIR,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    def run(self, command: Sequence[str]) -> None:
        """Run a process to its end; fails if it does."""
        process = self.start(command)
        code = process.wait()
        self._processes.remove(process)
        assert code == 0, (self.folder / "processes.log").read_text()[-2000:]

    def start_worker(self, processes_: int = 1) -> subprocess.Popen[bytes]:
        name = f"w{len(self._processes)}@house"
        return self.start([*processes.worker(processes=processes_), "--hostname", name])

    def start_beat(self) -> subprocess.Popen[bytes]:
        schedule = self.folder / f"beat-{len(self._processes)}"
        return self.start([*processes.beat(), "--schedule", str(schedule)])

    def start_web(self) -> str:
        """Start the web server; return its address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.start(processes.web(host="127.0.0.1", port=port, workers=1, threads=2))
        return f"http://127.0.0.1:{port}"

    def send_sweeps(self, count: int) -> None:
        """Put as many sweeps into the queue as beat does in a while."""
        with Celery(broker=self._redis_url.replace("unix://", "redis+socket://")) as app:
            for _ in range(count):
                app.send_task(
                    "catalogue.tasks.refresh_due", queue=settings.CELERY_TASK_DEFAULT_QUEUE
                )

    def are_all_alive(self) -> bool:
        """Tell whether everything that was started, and not killed, still runs."""
        return all(process.poll() is None for process in self._processes)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        kill(process)
        self._processes.remove(process)

    def end_all(self) -> None:
        """End what was started: workers whose queue is gone wait for it, so not for long."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            end(process)
        self._processes.clear()
        self.is_watched = False

    # --- Servers ----------------------------------------------------------------------

    def kill_redis(self) -> None:
        """End Redis as a crash does, and lose all that it held."""
        place = self.folder / "valkey"
        pid = int((place / "pid").read_text())
        os.kill(pid, 9)
        for kept in (*place.glob("*.rdb"), place / "appendonlydir", place / "pid"):
            shutil.rmtree(kept) if kept.is_dir() else kept.unlink(missing_ok=True)

    def start_redis(self) -> None:
        valkey.start(self.folder)

    def stop_postgres(self) -> None:
        """End PostgreSQL at once: all connections break, and it recovers at its next start."""
        cluster = postgres.Cluster(self.folder)
        done = cluster.call("pg_ctl", "-D", cluster.data, "-w", "-m", "immediate", "stop")
        assert done.returncode == 0, done.stdout

    def start_postgres(self) -> None:
        postgres.start(self.folder, POSTGRES_OPTIONS)

    # --- What is in it ----------------------------------------------------------------

    def read(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Run a statement on a connection of its own, and return its rows."""
        connection = psycopg2.connect(self._database_url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def count(self, sql: str, *parameters: object) -> int:
        """Return the one number that a statement tells."""
        ((number,),) = self.read(sql, *parameters)
        return int(number)

    def empty(self) -> None:
        """Begin anew: no videos, no states, no tasks that are late, and a YouTube as it should."""
        self.read(
            "TRUNCATE catalogue_video, catalogue_channel, catalogue_tag, catalogue_importrun,"
            " catalogue_gatewaystate, look CASCADE"
        )
        valkey.ask(self.folder / "valkey" / "v.sock", "FLUSHALL")
        self.youtube.forget()

    def add_due(self, count: int) -> list[str]:
        """Let videos of YouTube come in, which are due at once; return their ids there."""
        ids = [f"film-{number:06}" for number in range(count)]
        lines = self.folder / "films.jsonl"
        with lines.open("w") as out:
            for platform_id in ids:
                # Without numbers they leave no sample: every sample is a look's.
                record = make_record(platform_id=platform_id, counts=Counts())
                out.write(write_json_line(record))
                self.youtube.add(platform_id)
        self.run(["python", "manage.py", "ingest", str(lines), "--quiet"])
        self.make_due()
        assert self.due() == count
        return ids

    def make_due(self) -> None:
        """Let all be due, for so long that no call waits for company, and watched since."""
        for video in self.youtube.videos.values():
            video.views = (video.views or 0) + 1
        self.read("UPDATE catalogue_videocounts SET refresh_at = now() - interval '1 hour'")

    def let_leases_run_out(self) -> None:
        """Five minutes pass."""
        self.read("UPDATE catalogue_videocounts SET leased_until = now() - interval '1 second'"
                  " WHERE leased_until IS NOT NULL")  # fmt: skip

    def due(self) -> int:
        return self.count("SELECT count(*) FROM catalogue_videocounts WHERE refresh_at <= now()")

    def leased(self) -> int:
        return self.count(
            "SELECT count(*) FROM catalogue_videocounts WHERE leased_until IS NOT NULL"
        )

    def looks(self) -> dict[str, int]:
        """Return how many looks of each video counted, by its id."""
        return dict(
            self.read(
                "SELECT v.platform_id, count(l.video_id) FROM catalogue_video v"
                " LEFT JOIN look l ON l.video_id = v.id GROUP BY v.id"
            )
        )

    def samples(self) -> dict[str, int]:
        """Return how many samples each video has, by its id."""
        return dict(
            self.read(
                "SELECT v.platform_id, count(s.video_id) FROM catalogue_video v"
                " LEFT JOIN catalogue_countsample s ON s.video_id = v.id GROUP BY v.id"
            )
        )

    def units_used(self) -> int:
        return self.count("SELECT coalesce(sum(used), 0) FROM catalogue_gatewaystate")


def fetch_status(address: str) -> int:
    """Return with which status a page answers, 0 if nobody does."""
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@contextmanager
def opened() -> Iterator[House]:
    """Open a house; its servers end with the block."""
    with ExitStack() as stack:
        # Not below pytest's own folders: PostgreSQL's user has to pass through, and a
        # socket's path is short.
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sidenote-house-")))
        place.chmod(0o711)
        folder = place / "data"
        stack.enter_context(embedded.servers(folder, options=POSTGRES_OPTIONS))
        youtube = stack.enter_context(youtube_api_server.running())
        house = House(folder, youtube)
        stack.callback(house.close)
        yield house
