"""Brings up what the tests need: servers, and a browser; loaded first, by pyproject.toml.

pytest-django runs django.setup() before any conftest.py is read, so the environment of
the tests has to stand earlier than that.
"""

import contextlib
import fcntl
import os
import shutil
import sys
from pathlib import Path
from typing import IO

import pytest

from config import embedded
from tests.e2e import chromium

BASE = Path(__file__).resolve().parent.parent
E2E = BASE / "tests" / "e2e"
# Nothing here has to outlive the machine.
TEST_OPTIONS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"

_held = contextlib.ExitStack()


def _choose_folder() -> str:
    """Return a data folder that no other run of the tests uses: `.data/test`, `.data/test-2`...

    Beside the product's own data, never in it. The lock goes with this process, however
    it ends. Workers of pytest-xdist find the choice of their master in the environment.
    """
    if chosen := os.environ.get("SIDENOTE_TEST_DATA_DIR"):
        return chosen
    place = embedded.data_dir(BASE)
    number = 1
    while not _is_ours(folder := place / ("test" if number == 1 else f"test-{number}")):
        number += 1
    return str(folder)


def _is_ours(folder: Path) -> bool:
    """Take a folder for this run, unless another run has it."""
    embedded.make_folder(folder)
    lock: IO[str] = _held.enter_context((folder / "run.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


os.environ["SIDENOTE_ENV"] = "test"
os.environ["SIDENOTE_TEST_DATA_DIR"] = _choose_folder()
os.environ["SIDENOTE_DATA_DIR"] = os.environ["SIDENOTE_TEST_DATA_DIR"]


def pytest_configure(config: pytest.Config) -> None:
    """Start what the environment does not already name."""
    folder = Path(os.environ["SIDENOTE_DATA_DIR"])
    try:
        _start(folder)
    except embedded.EmbeddedServerError as error:
        # Tests switch off what guards data against a crash of the machine. Make it anew.
        sys.stderr.write(f"The tests' servers are made anew, for: {error}\n")
        for name in ("pg", "valkey"):
            shutil.rmtree(folder / name, ignore_errors=True)
        try:
            _start(folder)
        except embedded.EmbeddedServerError as again:
            raise pytest.UsageError(str(again)) from again


def _start(folder: Path) -> None:
    postgres, valkey = embedded.needs(os.environ)
    _held.enter_context(
        embedded.servers(folder, postgres=postgres, valkey=valkey, options=TEST_OPTIONS)
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Get a browser before the first test, if one of the chosen tests wants it.

    Without one those tests fail and say how to get it; the others run.
    """
    if session.config.option.collectonly:
        return
    if any(E2E in item.path.parents for item in session.items):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        with contextlib.suppress(chromium.ChromiumError):
            found = chromium.find_chromium(reporter.write_line if reporter else print)
            os.environ["SIDENOTE_CHROMIUM"] = str(found)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, when nobody else uses it."""
    _held.close()
