"""Brings up the servers of the tests; loaded first, by `-p tests.servers` in pyproject.toml.

pytest-django runs django.setup() before any conftest.py is read, so the environment of
the tests has to stand earlier than that.
"""

import contextlib
import os
from pathlib import Path

import pytest

BASE = Path(__file__).resolve().parent.parent

os.environ["SIDENOTE_ENV"] = "test"
if not os.environ.get("SIDENOTE_TEST_DATA_DIR"):
    from config import embedded

    # Beside the product's own data, never in it.
    os.environ["SIDENOTE_TEST_DATA_DIR"] = str(embedded.data_dir(BASE) / "test")
os.environ["SIDENOTE_DATA_DIR"] = os.environ["SIDENOTE_TEST_DATA_DIR"]

_held = contextlib.ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start what the environment does not already name."""
    from config import embedded

    postgres, valkey = embedded.needs(os.environ)
    _held.enter_context(
        embedded.servers(
            Path(os.environ["SIDENOTE_DATA_DIR"]),
            postgres=postgres,
            valkey=valkey,
            options="-c fsync=off",
        )
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, when nobody else uses it."""
    _held.close()
