"""How fast records come in, beside floors measured in the same run: `bench/ingest --json`.

Made-up front matter files (`--size`) and ten times as many JSON Lines are read, parsed and
stored in a PostgreSQL of its own. The floor is what the database must do at the very least:
one COPY of finished rows and one upsert into the table of videos, with all its indexes.
Floor and path take turns. CPU time is that of this process and of its database session.
"""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench import parse
from bench.made import make_line, make_record
from config import embedded

BASE = Path(__file__).resolve().parents[1]
FILES_A_FOLDER = 1_000
LINES_A_FILE = 10
# Enough for medians; parsing and storing apart need no more.
SAMPLE = 20_000
# Several rounds where they are short.
ROUNDS, ROUNDS_UP_TO = 3, 20_000
_TABLES = "catalogue_video, catalogue_tag, catalogue_channel, catalogue_importrun"
_COLUMNS = (
    "platform", "platform_id", "url", "title", "description", "channel_id", "category",
    "language", "image_url", "media_url", "published_at", "published_precision", "duration_ms",
    "recorded_at", "content_hash", "keywords", "availability", "created_at", "updated_at",
)  # fmt: skip


class Spent(NamedTuple):
    """Seconds: by the clock, of this process's CPU, of the database session's."""

    wall: float
    python: float
    database: float

    @property
    def cpu(self) -> float:
        return self.python + self.database


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/ingest", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="how many files")
    parser.add_argument("--lines", type=int, help="how many JSON Lines (default: ten a file)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes of the second first load")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.size < 1:
        parser.error("--size must be 1 or more")
    lines = options.size * LINES_A_FILE if options.lines is None else options.lines
    with tempfile.TemporaryDirectory(prog := "sidenote-bench-") as place:
        del prog
        found = _measure(Path(place), options.size, lines, options.seed, options.jobs)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:44}{value:>14,}")


def _measure(place: Path, size: int, lines: int, seed: int, jobs: int) -> dict[str, float]:
    place.chmod(0o711)  # PostgreSQL does not run as root, and has to pass through.
    records, file = place / "records", place / "records.jsonl"
    _say(f"making {size:,} files and {lines:,} lines")
    _make_files(records, size, seed)
    _make_lines(file, lines, seed)
    parsing = parse.measure(min(size, SAMPLE), seed)
    with _database(place / "data"):
        found = _Bench(records, size, jobs).measure()
        by_lines = _load_lines(file, lines) if lines else {}
    return {
        "records": size,
        "records_per_s": found.pop("first_load_per_s"),
        "parse_ratio_to_python_frontmatter": parsing["parse_ratio_to_python_frontmatter"],
        **found,
        "parsed_per_s": parsing["records_per_s"],
        # Of the command: this process holds the floor's rows besides.
        **by_lines,
    }


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


# --- What is measured with ------------------------------------------------------------


def _make_files(top: Path, size: int, seed: int) -> None:
    for number in range(size):
        folder = top / f"{number // FILES_A_FOLDER:04}"
        if number % FILES_A_FOLDER == 0:
            folder.mkdir(parents=True)
        (folder / f"{number:07}.md").write_bytes(make_record(number, seed))


def _make_lines(file: Path, lines: int, seed: int) -> None:
    with file.open("wb") as out:
        out.writelines(make_line(number, seed) for number in range(lines))


@contextmanager
def _database(folder: Path) -> Iterator[None]:
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


class _Bench:
    """Floor, first load and second load of the same files."""

    def __init__(self, folder: Path, size: int, jobs: int) -> None:
        from django.db import connection

        self.folder, self.size, self.jobs = folder, size, jobs
        self.rounds = ROUNDS if size <= ROUNDS_UP_TO else 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self.session = int(cursor.fetchone()[0])

    def measure(self) -> dict[str, float]:
        taken: dict[str, list[Spent]] = {}
        rows = self._rows()
        steps: dict[str, Callable[[], object]] = {
            "floor": lambda: self._upsert(rows),
            "empty_1": _empty,
            "first": self._ingest,
            "again": self._ingest,
            "empty_2": _empty,
            "jobs": lambda: self._ingest(jobs=self.jobs),
            "empty_3": _empty,
            "read": self._read,
        }
        for number in range(self.rounds):
            _empty()
            for name, step in steps.items():
                if not name.startswith("empty"):
                    _say(f"round {number + 1} of {self.rounds}: {name}")
                taken.setdefault(name, []).append(self._time(step))
        wall = {name: _median(one.wall for one in spent) for name, spent in taken.items()}
        cpu = {name: _median(one.cpu for one in spent) for name, spent in taken.items()}
        return {
            "first_load_per_s": round(self.size / wall["first"]),
            "path_ratio_to_floor": round(wall["first"] / wall["floor"], 2),
            "again_ratio_to_first": round(wall["first"] / wall["again"], 2),
            "path_cpu_ratio_to_floor": round(cpu["first"] / cpu["floor"], 2),
            "again_cpu_ratio_to_first": round(cpu["first"] / cpu["again"], 2),
            f"path_ratio_to_floor_with_{self.jobs}_jobs": round(wall["jobs"] / wall["floor"], 2),
            f"first_load_per_s_with_{self.jobs}_jobs": round(self.size / wall["jobs"]),
            "again_per_s": round(self.size / wall["again"]),
            "floor_per_s": round(self.size / wall["floor"]),
            "read_per_s": round(self.size / wall["read"]),
            "stored_per_s": self._store(),
            "peak_mb": _peak_mb(resource.RUSAGE_SELF),
        }

    def _time(self, step: Callable[[], object]) -> Spent:
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
            told = Path(f"/proc/{self.session}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def _ingest(self, jobs: int = 1) -> None:
        from catalogue import ingest
        from catalogue.records import parse_all
        from catalogue.records.deferred import defer

        items = ingest.read([self.folder], parse=defer if jobs > 1 else parse_all)
        run = ingest.run(items, source="bench", by=None, jobs=jobs)
        if run.rejected or run.total != self.size:
            raise SystemExit(f"{run.rejected:,} of {run.total:,} records were rejected")

    def _read(self) -> None:
        from catalogue import ingest

        for _ in ingest.read([self.folder], parse=lambda _source, _content: iter(())):
            raise SystemExit("a file could not be read")

    def _store(self) -> float:
        """Return how many parsed records a second are stored, of a sample."""
        from catalogue import ingest
        from catalogue.records import RecordError

        sample = []
        for item, _number in zip(ingest.read([self.folder]), range(SAMPLE), strict=False):
            if not isinstance(item, RecordError):
                sample.append(item)
        spent = self._time(lambda: ingest.run(sample, source="bench", by=None))
        _empty()
        return round(len(sample) / spent.wall)

    def _rows(self) -> str:
        """Return the rows of videos as COPY takes them, as a first load makes them."""
        from django.db import connection

        self._ingest()
        rows = io.StringIO()
        with connection.cursor() as cursor:
            cursor.copy_expert(
                f"COPY (SELECT {', '.join(_COLUMNS)} FROM catalogue_video ORDER BY id) TO STDOUT",
                rows,
            )
        return rows.getvalue()

    def _upsert(self, rows: str) -> None:
        """Do what the path cannot do without: one COPY, one upsert."""
        from django.db import connection, transaction

        names = ", ".join(_COLUMNS)
        news = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE catalogue_video DISABLE TRIGGER ALL")
            cursor.execute(
                f"CREATE TEMP TABLE floor ON COMMIT DROP AS"
                f" SELECT {names} FROM catalogue_video LIMIT 0"
            )
            cursor.copy_expert("COPY floor FROM STDIN", io.StringIO(rows))
            cursor.execute(
                f"INSERT INTO catalogue_video ({names}) SELECT {names} FROM floor"
                f" ON CONFLICT (platform, platform_id) DO UPDATE SET {news}"
            )
            cursor.execute("ALTER TABLE catalogue_video ENABLE TRIGGER ALL")
        from catalogue.ingest import batches

        batches.tidy()


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {_TABLES} CASCADE")


def _load_lines(file: Path, lines: int) -> dict[str, float]:
    """Load the lines by the command, whose memory is its own."""
    _say(f"the command, with {lines:,} lines")
    begun = time.perf_counter()
    command = [sys.executable, "-P", "manage.py", "ingest", str(file), "--quiet"]
    subprocess.run(command, cwd=BASE, check=True)
    taken = time.perf_counter() - begun
    return {
        "lines": lines,
        "lines_per_s": round(lines / taken),
        "peak_mb": _peak_mb(resource.RUSAGE_CHILDREN),
    }


def _peak_mb(who: int) -> float:
    """Return the largest resident size so far: kilobytes on Linux, bytes on macOS."""
    size: Any = resource.getrusage(who).ru_maxrss
    return float(round(size / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1))


def _median(values: Iterator[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
