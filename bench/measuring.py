"""What every bench stands on: a PostgreSQL of its own, and seconds of several kinds."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from config import embedded


class Spent(NamedTuple):
    """Seconds: by the clock, of this process's CPU, of the database session's."""

    wall: float
    python: float
    database: float

    @property
    def cpu(self) -> float:
        return self.python + self.database


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """Run a PostgreSQL of its own with all tables, for this process and its children."""
    os.environ.update(
        SIDENOTE_DATA_DIR=str(folder),
        DJANGO_SETTINGS_MODULE="config.settings",
        REDIS_URL="redis://127.0.0.1:1",
    )
    os.environ.pop("DATABASE_URL", None)
    with embedded.servers(folder, valkey=False):
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        yield
        connection.close()


class Stopwatch:
    """Times steps in this process and in its session with the database."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._session = int(cursor.fetchone()[0])

    def time(self, step: Callable[[], object]) -> Spent:
        """Do a step, and return what it took."""
        wall, python, database = time.perf_counter(), time.process_time(), self._session_cpu()
        step()
        return Spent(
            time.perf_counter() - wall,
            time.process_time() - python,
            self._session_cpu() - database,
        )

    def _session_cpu(self) -> float:
        """Return the CPU seconds of our session with the database (0 where /proc is missing)."""
        try:
            told = Path(f"/proc/{self._session}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def say(what: str) -> None:
    """Tell whoever waits what is going on."""
    print(what, file=sys.stderr, flush=True)
