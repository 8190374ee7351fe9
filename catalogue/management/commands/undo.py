"""`manage.py undo RUN`: takes an import back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalogue import ingest
from catalogue.management.commands.ingest import printable
from catalogue.models import ImportRun


class Command(BaseCommand):
    """Takes back what one run of ingest wrote, and says what it spared."""

    help = (
        "Takes an import back: what it made goes, what it changed is restored. What was edited "
        "or observed since is spared. Again, it tries what was spared again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which run, and how."""
        parser.add_argument("run", type=int, metavar="RUN", help="its number, as ingest tells it")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take the run back and report it."""
        run = ImportRun.objects.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run #{options['run']}.")
        try:
            told = ingest.undo(run, by=None, is_dry=options["dry_run"])
        except ingest.RunAtWork as error:
            raise CommandError(str(error)) from None
        for row in told.kept:
            self.stdout.write(printable(f"{row.source}: {row.undone}: {row.undo_reason}"))
        more = told.partly + told.spared - len(told.kept)
        if more:
            self.stdout.write(f"and {more:,} more")
        for name in ("removed", "restored", "partly", "spared"):
            self.stdout.write(f"{name:<10}{getattr(told, name):>12,}")
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was changed.")
