"""The tests' own servers: no other run's, and whole again after a crash."""

import fcntl
import subprocess
import sys
from pathlib import Path

from tests.config.running import BASE, clean_environ, short_folder


def run(*arguments: str, **environ: str) -> str:
    """Run Python to its end; return all it said."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE,
        env=clean_environ(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_second_run_of_the_tests_takes_another_folder(tmp_path: Path):
    show = "import os, tests.servers; print(os.environ['SIDENOTE_DATA_DIR'])"
    (tmp_path / "test").mkdir()
    with (tmp_path / "test" / "run.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert run("-c", show, SIDENOTE_DATA_DIR=str(tmp_path)) == f"{tmp_path}/test-2\n"
    assert run("-c", show, SIDENOTE_DATA_DIR=str(tmp_path)) == f"{tmp_path}/test\n"


def test_cluster_that_does_not_start_is_made_anew():
    with short_folder() as folder:
        (folder / "pg").mkdir(mode=0o700)
        (folder / "pg" / "PG_VERSION").write_text("17\n")
        said = run(
            "-m",
            "pytest",
            "--collect-only",
            "--quiet",
            "tests/test_servers.py",
            SIDENOTE_TEST_DATA_DIR=str(folder),
        )
        assert "made anew" in said
        assert (folder / "pg" / "PG_VERSION").read_text() == "18\n"
