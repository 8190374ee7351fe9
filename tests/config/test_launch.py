"""The three scripts as a newcomer runs them, on real servers of their own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import launch
from tests.config.running import (
    BASE,
    PATIENCE,
    Running,
    clean_environ,
    processes_naming,
    short_folder,
    wait_until,
)


@dataclass
class Place:
    """Where a site of the tests keeps its data, and what it finds in the environment."""

    folder: Path
    port: int
    environ: dict[str, str]

    def run(self, *command: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a script from the root of the file system to its end."""
        return subprocess.run(
            [str(BASE / "script" / command[0]), *(str(word) for word in command[1:])],
            cwd="/",
            env=self.environ | environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self) -> Running:
        return Running(BASE / "script" / "server", environ=self.environ, cwd=Path("/"))

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with short_folder() as top, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environ = clean_environ(
            SIDENOTE_DATA_DIR=str(top / "data"), PORT=str(port), SIDENOTE_REFRESH="off"
        )
        yield Place(top / "data", port, environ)
        assert not processes_naming(str(top))


@pytest.fixture(scope="module")
def site(place: Place) -> Iterator[Running]:
    """A site that runs from its first start on, while the tests that ask for it run."""
    running = place.start()
    try:
        running.wait_for("Sidenote is ready at")
        yield running
    finally:
        assert running.end() == 0


def test_first_start_tells_its_address_when_it_answers(place: Place, site: Running):
    ready = site.wait_for("Sidenote is ready at")
    assert ready == f"Sidenote is ready at http://127.0.0.1:{place.port}/ (Ctrl-C stops it)"
    assert place.get("/healthz")[0] == 200
    status, body = place.get("/readyz")
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_first_start_loads_the_samples(place: Place, site: Running):
    status, body = place.get("/api/v1/videos/")
    assert status == 200
    assert json.loads(body)["results"]


def test_every_process_writes_lines_with_its_name(site: Running):
    assert site.wait_for("web    | ")
    assert site.wait_for("beat   | ")
    assert site.wait_for(" ready.").startswith("worker | ")


AS_ROOT = """
import os
os.getuid = os.geteuid = os.getgid = os.getegid = lambda: 0
from celery.platforms import check_privileges
check_privileges(())
"""


def test_a_developer_who_is_root_is_not_alarmed(site: Running):
    site.wait_for(" ready.")
    assert not [line for line in site.lines if "superuser" in line]
    told = [
        subprocess.run(
            [sys.executable, *options, "-c", AS_ROOT], capture_output=True, text=True, check=True
        ).stderr
        for options in ([], ["-W", launch.ROOT_IS_FINE])
    ]
    assert "superuser privileges" in told[0]
    assert told[1] == ""


def test_part_of_a_static_file_is_served(place: Place, site: Running):
    status, whole = place.get("/static/admin/css/base.css")
    assert status == 200
    assert place.get("/static/admin/css/base.css", Range="bytes=10-19") == (206, whole[10:20])


def test_second_site_with_the_same_data_is_refused_with_the_address(place: Place, site: Running):
    done = place.run("server")
    assert done.returncode == 1
    assert f"already runs with the data in {place.folder}" in done.stderr
    assert f"http://127.0.0.1:{place.port}/, process {site.process.pid}" in done.stderr
    assert place.get("/healthz")[0] == 200


def test_taken_port_is_refused_before_anything_starts(place: Place, site: Running):
    with short_folder() as other:
        done = place.run("server", SIDENOTE_DATA_DIR=str(other))
        assert not (other / "pg").exists()
    assert done.returncode == 1
    assert f"Cannot listen on port {place.port} of 127.0.0.1" in done.stderr
    assert f"PORT={place.port + 1} script/server" in done.stderr


def test_manage_works_beside_the_site(place: Place, site: Running):
    done = place.run("manage", "migrate", "--check")
    assert done.returncode == 0, done.stderr
    assert place.get("/readyz")[0] == 200


def test_manage_opens_psql_on_the_same_database(place: Place, site: Running):
    done = place.run("manage", "dbshell", "--", "-Atc", "SELECT count(*) FROM catalogue_video")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0


def eldest(word: str, place: Place) -> int:
    """Return the number of a site's first process with a word in its command."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
            environ = (process / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in command and str(place.folder).encode() in environ:
            found.append(int(process.name))
    return min(found)


def test_what_crashes_comes_back_by_itself(place: Place, site: Running):
    site.wait_for(" ready.")
    pids = [
        int((place.folder / name).read_text().split()[0])
        for name in ("valkey/pid", "pg/postmaster.pid")
    ]
    for pid in (eldest(" worker ", place), *pids):
        os.kill(pid, signal.SIGKILL)
    site.wait_for("worker ended by itself (SIGKILL); it starts again in 1 s.")
    site.wait_for("The database was gone; it runs again.")
    site.wait_for("The queue was gone; it runs again.")
    wait_until(lambda: place.get("/readyz")[0] == 200)
    wait_until(lambda: sum(" ready." in line for line in site.lines) > 1)


def test_ctrl_c_stops_everything_and_the_next_start_has_the_data(place: Place, site: Running):
    user = (
        "from accounts.models import User; "
        "print(User.objects.get_or_create(username='kept', email='kept@example.org')[1])"
    )
    assert place.run("manage", "shell", "--no-imports", "-c", user).stdout == "True\n"
    assert site.end(signal.SIGINT) == 0
    wait_until(lambda: not processes_naming(str(place.folder)))

    # While no site runs, manage starts the servers, and stops them.
    assert place.run("manage", "shell", "--no-imports", "-c", user).stdout == "False\n"
    wait_until(lambda: not processes_naming(str(place.folder)))

    again = place.start()
    again.wait_for("Sidenote is ready at")
    assert place.run("manage", "shell", "--no-imports", "-c", user).stdout == "False\n"
    assert again.end(signal.SIGTERM) == 0
    wait_until(lambda: not processes_naming(str(place.folder)))


def test_manage_ends_by_a_signal_and_leaves_no_server(place: Place):
    # Says where it is and waits for good.
    wait = "import signal; print('here', flush=True); signal.pause()"
    command = Running(
        *(BASE / "script" / "manage", "shell", "--no-imports", "-c", wait),
        environ=place.environ | {"PYTHONUNBUFFERED": "1"},
    )
    command.wait_for("here")
    assert command.end(signal.SIGTERM) == 128 + signal.SIGTERM
    wait_until(lambda: not processes_naming(str(place.folder)))


def test_manage_hands_on_the_exit_code(place: Place):
    done = place.run("manage", "help", "no-such-command")
    assert done.returncode == 1
    assert "no-such-command" in done.stderr


def test_manage_finds_files_from_where_one_is(place: Place, tmp_path: Path):
    done = subprocess.run(
        [BASE / "script" / "manage", "help", "--settings=config.settings"],
        cwd=tmp_path,
        env=place.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "[catalogue]" in done.stdout


def test_commands_that_need_no_database_start_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path / "data"))
    assert launch.main(["manage", "migrate", "--help"]) == 0
    assert "usage: manage.py migrate" in capfd.readouterr().out
    assert not (tmp_path / "data" / "pg").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "PORT=http is no whole number from 1 to 65535."),
        ("PORT", "70000", "PORT=70000 is no whole number from 1 to 65535."),
        ("HOST", "203.0.113.7", "Cannot listen on port 8000 of 203.0.113.7"),
    ],
)
def test_wrong_address_is_refused_in_one_line(
    name: str,
    value: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.delenv("PORT", raising=False)
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv(name, value)
    assert launch.main(["server"]) == 1
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} <= {"server.lock"}


def test_unknown_word_is_answered_with_the_usage(capsys: pytest.CaptureFixture[str]):
    assert launch.main(["sever"]) == 2
    assert "Usage" in capsys.readouterr().err
