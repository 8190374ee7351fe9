"""`manage.py ingest PATH…`: records from files, folders and addresses into the catalogue."""

import argparse
import contextlib
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from catalogue import ingest
from catalogue.ingest import fetching
from catalogue.ingest.lanes import LaneLost
from catalogue.ingest.reading import Parse
from catalogue.models import ImportRun, Outcome, RunState
from catalogue.records import FORMATS
from catalogue.records.deferred import defer
from catalogue.records.targets import TargetError, parse_target

SHOWN_REJECTS = 50
JOBS_MAX = 64

_PARSERS: Mapping[str, Parse] = {"auto": defer} | {
    format_.name.lower().replace(" ", "-"): format_.parse_all for format_ in FORMATS
}


def _count(text: str) -> int:
    """Read a number of processes."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= JOBS_MAX:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {JOBS_MAX} is wanted")
    return int(text)


class Command(BaseCommand):
    """Reads records and says what became of each."""

    help = (
        "Reads records of videos from files, folders, archives and addresses into the "
        "catalogue. The same again is unchanged. Exits with 1 if a record was rejected."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take paths and how to treat them."""
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
        parser.add_argument(
            "--url",
            dest="urls",
            action="append",
            default=[],
            metavar="URL",
            help="fetch a film, a list or a channel, here and now; may be given several times",
        )
        parser.add_argument(
            "--format",
            choices=list(_PARSERS),
            default="auto",
            help="how the records are written (default: looked at in each file)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )
        parser.add_argument(
            "--jobs",
            type=_count,
            metavar="N",
            help="how many processes parse and store side by side (default: one, which for a large "
            "load has as many threads as there are cores, up to four; a dry run has one)",
        )
        parser.add_argument(
            "--allow-rejects", action="store_true", help="exit with 0 even if some are rejected"
        )
        parser.add_argument("--quiet", action="store_true", help="print rejected records only")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the ingest and report it."""
        try:
            self._handle(options)
        except KeyboardInterrupt:
            self._clear_progress()
            done = "Nothing was changed" if options["dry_run"] else "What is done stays"
            message = f"Interrupted. {done}; the same command again does the rest."
            raise CommandError(message, returncode=128 + signal.SIGINT) from None
        except LaneLost as error:
            self._clear_progress()
            message = f"Interrupted: {error}. What is done stays; the same command does the rest."
            raise CommandError(message) from None

    def _handle(self, options: dict[str, Any]) -> None:
        if not options["paths"] and not options["urls"]:
            raise CommandError("Name files or folders to read, or an address by --url.")
        progress = None if options["quiet"] else self._show_progress
        works: list[Callable[[], ImportRun]] = []
        if options["paths"]:
            works.append(partial(self._read, options, progress))
        for url in options["urls"]:
            try:
                works.append(partial(fetching.fetch_now, parse_target(url), progress=progress))
            except TargetError as error:
                raise CommandError(f"{printable(url)}: {error.reason}") from None
        runs = [self._run(work, options) for work in works]
        total, rejected = sum(run.total for run in runs), sum(run.rejected for run in runs)
        if rejected and not options["allow_rejects"]:
            raise CommandError(
                f"{rejected:,} of {total:,} records were rejected "
                "(with --allow-rejects that is no error)."
            )
        if any(run.state == RunState.FAILED for run in runs):
            raise CommandError("Not all could be fetched.")

    @staticmethod
    def _read(options: dict[str, Any], progress: Callable[[int], None] | None) -> ImportRun:
        jobs = 1 if options["dry_run"] else options["jobs"]
        return ingest.run(
            ingest.read(options["paths"], parse=_PARSERS[options["format"]]),
            source=" ".join(map(str, options["paths"])),
            by=None,
            progress=progress,
            jobs=jobs,
        )

    def _run(self, work: Callable[[], ImportRun], options: dict[str, Any]) -> ImportRun:
        """Do one run and report it; a dry run is undone."""
        is_dry = options["dry_run"]
        started = time.monotonic()
        with transaction.atomic() if is_dry else contextlib.nullcontext():
            run = work()
            self._clear_progress()
            self._list_rejects(run, is_kept=not is_dry)
            if is_dry:
                transaction.set_rollback(True)
        said = run.address.last_failure or run.address.note if run.address else ""
        if said:
            self.stdout.write(printable(f"{run.source}: {said}"))
        if not options["quiet"]:
            self._print_table(run, run.total, seconds=time.monotonic() - started, is_dry=is_dry)
        return run

    def _show_progress(self, done: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done:,} records", self.style.NOTICE, ending="")

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\x1b[K", ending="")

    def _list_rejects(self, run: ImportRun, *, is_kept: bool) -> None:
        # Transcripts are stored without their broken cues, and the reason tells which.
        rejects = run.rows.exclude(reason="")
        for row in rejects.only("source", "line", "field", "reason")[:SHOWN_REJECTS]:
            line = "" if row.line is None else f":{row.line}"
            field = f"{row.field}: " if row.field else ""
            self.stdout.write(printable(f"{row.source}{line}: {field}{row.reason}"))
        if run.rejected > SHOWN_REJECTS:
            where = f", see run #{run.pk}" if is_kept else ""
            self.stdout.write(f"and {run.rejected - SHOWN_REJECTS:,} more{where}")

    def _print_table(self, run: ImportRun, total: int, *, seconds: float, is_dry: bool) -> None:
        numbers = {outcome.value: getattr(run, outcome.value) for outcome in Outcome}
        for name, number in {**numbers, "total": total}.items():
            self.stdout.write(f"{name:<10}{number:>12,}")
        if is_dry:
            self.stdout.write(f"A dry run of {seconds:.1f} s: nothing was changed.")
        else:
            self.stdout.write(f"Run #{run.pk} took {seconds:.1f} s.")


def printable(text: str) -> str:
    """Return text free of what a terminal would act on: names of files may hold anything."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
