"""How fast records come in, beside floors measured in the same run: `bench/ingest --json`.

Made-up front matter files (`--size`) and ten times as many JSON Lines are read, parsed and
stored in a PostgreSQL of its own. The floor is what the database must do at the very least:
one COPY of finished rows and one upsert into the table of videos, with all its indexes.
Floor and path take turns. CPU time is that of this process and of its database session.
"""

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bench import parse
from bench.made import make_line, make_record
from bench.measuring import Spent, Stopwatch, database, say

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
    "recorded_at", "content_hash", "raw_hash", "keywords", "availability", "created_at",
    "updated_at", "replays", "replays_ms",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/ingest", description=__doc__)
    parser.add_argument("--size", type=int, default=100_000, help="how many files")
    parser.add_argument("--lines", type=int, help="how many JSON Lines (default: ten a file)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.size < 1:
        parser.error("--size must be 1 or more")
    lines = options.size * LINES_A_FILE if options.lines is None else options.lines
    with tempfile.TemporaryDirectory(prog := "sidenote-bench-") as place:
        del prog
        found = _measure(Path(place), options.size, lines, options.seed)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:44}{value:>14,}")


def _measure(place: Path, size: int, lines: int, seed: int) -> dict[str, float]:
    place.chmod(0o711)  # PostgreSQL does not run as root, and has to pass through.
    records, file = place / "records", place / "records.jsonl"
    say(f"making {size:,} files and {lines:,} lines")
    _make_files(records, size, seed)
    _make_lines(file, lines, seed)
    with database(place / "data"):
        # First, while we are small: the peak of a child counts what its parent held.
        by_lines = _load_lines(file, lines) if lines else {}
        # The floor takes what is in the table for the rows of the files.
        _empty()
        parsing = parse.measure(min(size, SAMPLE), seed)
        found = _Bench(records, size).measure()
    return {
        "records": size,
        "records_per_s": found.pop("first_load_per_s"),
        "parse_ratio_to_python_frontmatter": parsing["parse_ratio_to_python_frontmatter"],
        **found,
        "parsed_per_s": parsing["records_per_s"],
        # Of the command's largest process: this one holds the floor's rows besides.
        **by_lines,
    }


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


class _Bench:
    """Floor, first load and second load of the same files."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder, self.size = folder, size
        self.rounds = ROUNDS if size <= ROUNDS_UP_TO else 1
        self.watch = Stopwatch()

    def measure(self) -> dict[str, float]:
        from catalogue.ingest import lanes

        taken: dict[str, list[Spent]] = {}
        rows = self._rows()
        steps: dict[str, Callable[[], object]] = {
            "floor": lambda: self._upsert(rows),
            "empty_1": _empty,
            # As the command does it: by as many threads as there are cores, up to four.
            "first": lambda: self._ingest(jobs=None),
            "again": lambda: self._ingest(jobs=None),
            "empty_2": _empty,
            "first_alone": self._ingest,
            "again_alone": self._ingest,
            "empty_3": _empty,
            "read": self._read,
        }
        for number in range(self.rounds):
            _empty()
            for name, step in steps.items():
                if not name.startswith("empty"):
                    say(f"round {number + 1} of {self.rounds}: {name}")
                taken.setdefault(name, []).append(self.watch.time(step))
        wall = {name: _median(one.wall for one in spent) for name, spent in taken.items()}
        cpu = {name: _median(one.cpu for one in spent) for name, spent in taken.items()}
        return {
            "first_load_per_s": round(self.size / wall["first"]),
            "threads": lanes.usual_jobs(),
            "path_ratio_to_floor": round(wall["first"] / wall["floor"], 2),
            "again_ratio_to_first": round(wall["first"] / wall["again"], 2),
            "path_ratio_to_floor_in_one_thread": round(wall["first_alone"] / wall["floor"], 2),
            "again_ratio_to_first_in_one_thread": round(
                wall["first_alone"] / wall["again_alone"], 2
            ),
            "path_cpu_ratio_to_floor_in_one_thread": round(cpu["first_alone"] / cpu["floor"], 2),
            "again_cpu_ratio_to_first_in_one_thread": round(
                cpu["first_alone"] / cpu["again_alone"], 2
            ),
            "again_per_s": round(self.size / wall["again"]),
            "again_per_s_in_one_thread": round(self.size / wall["again_alone"]),
            "floor_per_s": round(self.size / wall["floor"]),
            "read_per_s": round(self.size / wall["read"]),
            "stored_per_s": self._store(),
            "peak_mb": _peak_mb(resource.RUSAGE_SELF),
        }

    def _ingest(self, jobs: int | None = 1) -> None:
        from catalogue import ingest
        from catalogue.records.deferred import defer

        items = ingest.read([self.folder], parse=defer)
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
        spent = self.watch.time(lambda: ingest.run(sample, source="bench", by=None))
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
            if cursor.rowcount != self.size:
                raise SystemExit(f"the floor would load {cursor.rowcount:,} rows")
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
    """Load the lines by the command, whose memory is its own: that of its largest process."""
    say(f"the command, with {lines:,} lines")
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
