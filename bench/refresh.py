"""How fast answers of platforms are stored, beside a floor of the same run: `bench/refresh --json`.

Made-up videos of YouTube (`--size`), all due, are asked about and stored in a PostgreSQL of
its own, in portions as the workers do it. The floor is what the database must do at the very
least: COPY and one UPDATE of the same rows of counts, and COPY of the same samples, with all
indexes. Floor and path take turns, each from the same tables. The whole way goes by HTTP, to
the Data API of the tests in a process of its own. At the end comes the simulation of the
schedule (bench/simulation.py) over `--simulate` videos, which takes minutes.
"""

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import random
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench import simulation
from bench.made import make_record
from bench.measuring import Spent, Stopwatch, database, say
from tests import youtube_api_server

if TYPE_CHECKING:
    from catalogue.platforms import Observation
    from catalogue.records import VideoRecord
    from catalogue.refreshing.leases import Lease

    Answers = Sequence[tuple[Lease, Observation]]

ROUNDS = 5
# As many as a worker stores at once (asking.CALLS_AT_ONCE calls of fifty).
PORTION = 500
# Of so many videos one has another title than when it was last looked at.
RETITLED = 200
_NEW = " (new)"
# One key's quota would take a day for what is measured here.
UNITS_PER_DAY = 1_000_000
# What simulation.py proves: one key, and so many videos that its budget binds.
SIMULATED, DAYS, UNITS = 1_000_000, 60, 10_000
_SAMPLE = "video_id, observed_at, views, likes, dislikes, comments"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/refresh", description=__doc__)
    parser.add_argument("--size", type=int, default=20_000, help="how many videos")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--simulate", type=int, default=SIMULATED, help="videos of the simulation (0: leave it out)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    if options.size < PORTION or options.rounds < 1:
        parser.error(f"--size must be {PORTION} or more, and --rounds 1 or more")
    found: dict[str, float] = {"videos": options.size}
    with tempfile.TemporaryDirectory(prefix="sidenote-bench-") as place:
        found |= _measure(Path(place), options.size, options.rounds, options.seed)
    if options.simulate:
        found |= _simulate(options.simulate)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:44}{value:>14,}")


def _measure(place: Path, size: int, rounds: int, seed: int) -> dict[str, float]:
    place.chmod(0o711)  # PostgreSQL does not run as root, and has to pass through.
    films = _make_films(size, seed)
    with _youtube(films) as youtube:
        os.environ.update(
            SIDENOTE_YOUTUBE_API_KEY=youtube_api_server.KEY,
            SIDENOTE_YOUTUBE_API_URL=youtube.url,
            SIDENOTE_YOUTUBE_UNITS_PER_DAY=str(UNITS_PER_DAY),
            SIDENOTE_FETCH_PRIVATE_ADDRESSES="on",
            SIDENOTE_LOG_LEVEL="WARNING",
        )
        with database(place / "data"):
            say(f"ingesting {size:,} videos")
            _ingest(films)
            tables = _Tables()
            return {
                **_store_beside_floor(tables, _observe(films, seed), rounds),
                **_sweep(tables, youtube, size),
            }


def _simulate(videos: int) -> dict[str, float]:
    say(f"the simulation of {videos:,} videos")
    # As many looks for each as one key gives a million.
    units = max(UNITS * videos // SIMULATED, 1)
    found = simulation.measure(videos, days=DAYS, units=units)
    names = ("error", "error_weighted", "error_live", "error_live_weighted", "budget_overruns")
    told = {f"{name}_{way}": found[f"{name}_{way}"]
            for name in names for way in ("ours", "round_robin")}  # fmt: skip
    return {
        "simulated": videos,
        **told,
        "ratio_of_error": found["ratio_of_error"],
        "longest_gap_days_ours": found["longest_gap_days_ours"],
    }


# --- What is asked about --------------------------------------------------------------


def _make_films(size: int, seed: int) -> "list[VideoRecord]":
    from catalogue import records

    say(f"making {size:,} records")
    return [records.parse("made", make_record(number, seed)) for number in range(size)]


def _ingest(films: "list[VideoRecord]") -> None:
    from catalogue import ingest

    run = ingest.run(films, source="bench", by=None)
    if run.created != len(films):
        raise SystemExit(f"{run.created:,} of {len(films):,} records were stored")


def _observe(films: "Iterable[VideoRecord]", seed: int) -> "Answers":
    """Return what the platform says now, in the order of no table: all numbers have grown."""
    from catalogue.models import VideoCounts
    from catalogue.platforms import Observation
    from catalogue.platforms.gateways import Asked
    from catalogue.records import Counts
    from catalogue.refreshing.leases import Lease

    now = datetime.now(UTC)
    until = now + timedelta(hours=1)
    VideoCounts.objects.update(leased_until=until)
    numbers = dict(VideoCounts.objects.values_list("video__platform_id", "video_id"))
    answers = []
    for place, film in enumerate(films):
        views = film.counts.views or 0
        seen = Observation(
            observed_at=now,
            counts=Counts(views=views + views // 50 + 1, likes=views // 39, comments=views // 900),
            title=film.title if place % RETITLED else film.title + _NEW,
            description=film.description,
            duration_ms=film.duration_ms,
        )
        asked = Asked(numbers[film.platform_id], film.platform, film.platform_id, film.url)
        answers.append((Lease(asked, until), seen))
    random.Random(seed).shuffle(answers)
    return answers


# --- Storing, and its floor -----------------------------------------------------------


class _Tables:
    """The tables as they were before, so that all rounds begin alike."""

    def __init__(self) -> None:
        self._kept = ("catalogue_videocounts", "catalogue_countsample", "catalogue_gatewaystate")
        for name in self._kept:
            _run(f"CREATE TABLE before_{name} AS SELECT * FROM {name}")
        _run("CREATE TABLE before_titles AS SELECT id, title FROM catalogue_video")

    def keep(self) -> None:
        """From now on it is the counts of this moment that come back."""
        _run("TRUNCATE before_catalogue_videocounts")
        _run("INSERT INTO before_catalogue_videocounts SELECT * FROM catalogue_videocounts")

    def reset(self) -> None:
        """Make them anew, with indexes and statistics that are as good for all."""
        for name in self._kept:
            _run(f"TRUNCATE {name}")
            _run(f"INSERT INTO {name} SELECT * FROM before_{name}")
        _run("TRUNCATE catalogue_change")
        _run(
            "UPDATE catalogue_video v SET title = b.title FROM before_titles b"
            " WHERE b.id = v.id AND b.title <> v.title"
        )
        _run(f"VACUUM (ANALYZE) {', '.join(self._kept)}, catalogue_video")
        # Or one of them would write whole pages for the other.
        _run("CHECKPOINT")


def _store_beside_floor(tables: _Tables, answers: "Answers", rounds: int) -> dict[str, float]:
    portions = [answers[start : start + PORTION] for start in range(0, len(answers), PORTION)]
    tables.keep()
    watch = Stopwatch()
    tables.reset()
    # Of each video the first look says besides that it is there at all.
    first = watch.time(lambda: _store(portions))
    floor = _Floor(portions)
    taken: dict[str, list[Spent]] = {"floor": [], "ours": []}
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        tables.reset()
        taken["floor"].append(watch.time(floor.write))
        tables.reset()
        taken["ours"].append(watch.time(lambda: _store(portions)))
    # With one whose title changed, which is what all statements are for.
    telling = sorted(answers, key=lambda answer: not (answer[1].title or "").endswith(_NEW))
    queries = {size: _count_queries(tables, telling[:size]) for size in (50, 500)}
    wall = {name: statistics.median(one.wall for one in spent) for name, spent in taken.items()}
    cpu = {name: statistics.median(one.cpu for one in spent) for name, spent in taken.items()}
    return {
        "stored_at_once": PORTION,
        "applied_per_s": round(len(answers) / wall["ours"]),
        "first_applied_per_s": round(len(answers) / first.wall),
        "floor_per_s": round(len(answers) / wall["floor"]),
        "ratio_to_floor": round(wall["ours"] / wall["floor"], 2),
        "cpu_ratio_to_floor": round(cpu["ours"] / cpu["floor"], 2),
        "python_share_of_cpu": round(
            statistics.median(one.python / one.cpu for one in taken["ours"]), 2
        ),
        "queries_per_batch": queries[500],
        "queries_per_batch_of_50": queries[50],
    }


def _store(portions: "Iterable[Answers]") -> None:
    from catalogue.refreshing import storing

    now = datetime.now(UTC)
    for portion in portions:
        if storing.store(portion, now=now, gateway="youtube_api") != len(portion):
            raise SystemExit("an answer was not stored")


def _count_queries(tables: _Tables, answers: "Answers") -> int:
    """Return how many statements store so many answers, its transaction's included."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    tables.reset()
    with CaptureQueriesContext(connection) as captured:
        _store([answers])
    return len(captured)


class _Portion(NamedTuple):
    """Rows as COPY takes them."""

    counts: str
    samples: str


class _Floor:
    """What a store of answers cannot do without, given the rows that it ends with."""

    def __init__(self, portions: "Iterable[Answers]") -> None:
        """Take the rows from the tables, as they are after a store."""
        names = _read("SELECT column_name FROM information_schema.columns"
                      " WHERE table_name = 'catalogue_videocounts'")  # fmt: skip
        self._names = [name for (name,) in names]
        _run("CREATE TEMP TABLE floor (LIKE catalogue_videocounts) ON COMMIT DELETE ROWS")
        self._portions = [self._rows(portion) for portion in portions]

    def _rows(self, answers: "Answers") -> _Portion:
        ids = ", ".join(str(lease.video_id) for lease, _seen in answers)
        at = answers[0][1].observed_at.isoformat()
        return _Portion(
            _copy_out(
                f"SELECT {', '.join(self._names)} FROM catalogue_videocounts"
                f" WHERE video_id IN ({ids})"
            ),
            _copy_out(
                f"SELECT {_SAMPLE} FROM catalogue_countsample"
                f" WHERE video_id IN ({ids}) AND observed_at = '{at}'"
            ),
        )

    def write(self) -> None:
        from django.db import connection, transaction

        names = ", ".join(self._names)
        news = ", ".join(f"{name} = n.{name}" for name in self._names if name != "video_id")
        for portion in self._portions:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.copy_expert(f"COPY floor ({names}) FROM STDIN", io.StringIO(portion.counts))
                cursor.execute(
                    f"UPDATE catalogue_videocounts c SET {news} FROM floor n"
                    " WHERE n.video_id = c.video_id"
                )
                cursor.copy_expert(
                    f"COPY catalogue_countsample ({_SAMPLE}) FROM STDIN",
                    io.StringIO(portion.samples),
                )


# --- The whole way --------------------------------------------------------------------


class _YouTube:
    """The Data API in its process."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def calls(self) -> int:
        """Return how many calls were made so far."""
        self._pipe.send("calls?")
        count: int = self._pipe.recv()
        return count


@contextmanager
def _youtube(films: "Iterable[VideoRecord]") -> Iterator[_YouTube]:
    """Run the Data API in a process of its own, so that it does not take our time."""
    known = {
        film.platform_id: youtube_api_server.FakeVideo(
            title=film.title,
            description=film.description,
            duration=f"PT{(film.duration_ms or 0) // 1000}S",
            views=(film.counts.views or 0) + 100,
        )
        for film in films
    }
    ours, theirs = multiprocessing.Pipe()
    # Spawned: nothing of ours is open in it.
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, known), daemon=True
    )
    process.start()
    theirs.close()
    try:
        yield _YouTube(ours)
    finally:
        ours.close()
        process.join()


def _serve(pipe: "Connection[Any, Any]", known: dict[str, youtube_api_server.FakeVideo]) -> None:
    """Be the Data API until the other end is closed."""
    with youtube_api_server.running() as youtube, contextlib.suppress(EOFError):
        youtube.videos.update(known)
        pipe.send(youtube.url)
        while pipe.recv():
            pipe.send(youtube.call_count)


def _sweep(tables: _Tables, youtube: _YouTube, size: int) -> dict[str, float]:
    """Ask about all videos as the workers do, by one of them."""
    from django.db import connection

    from catalogue.refreshing import asking

    tables.reset()
    _run(
        "UPDATE catalogue_videocounts SET leased_until = NULL,"
        " refresh_at = now() - interval '1 hour'"
    )
    asked = sweeps = queries = 0

    def count(execute: Any, sql: Any, parameters: Any, many: Any, context: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(sql, parameters, many, context)

    def sweep_all() -> None:
        nonlocal asked, sweeps
        while told := asking.sweep().answered:
            asked += told
            sweeps += 1

    say("the whole way")
    with connection.execute_wrapper(count):
        spent = Stopwatch().time(sweep_all)
    calls = youtube.calls()
    if asked != size:
        raise SystemExit(f"{asked:,} of {size:,} videos were looked at")
    return {
        "calls_per_1000": round(1000 * calls / size, 2),
        "queries_per_1000": round(1000 * queries / size, 1),
        "sweeps": sweeps,
        "looks_per_s": round(size / spent.wall),
        "looks_per_cpu_s": round(size / spent.cpu),
    }


# --- SQL ------------------------------------------------------------------------------


def _run(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


def _read(sql: str) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _copy_out(query: str) -> str:
    from django.db import connection

    rows = io.StringIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY ({query}) TO STDOUT", rows)
    return rows.getvalue()


if __name__ == "__main__":
    main()
