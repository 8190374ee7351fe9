"""`manage.py refresh`: asks about videos now, here, without a worker; or tells how all stands."""

import time
from datetime import timedelta
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from catalogue import reports
from catalogue.models import Video
from catalogue.refreshing import asking, figures
from catalogue.refreshing.asking import Told

BREATH_S = 0.5


class Command(BaseCommand):
    """Asks the platforms in the foreground, within their budgets, or asks nobody (`--status`)."""

    help = (
        "Asks the platforms about videos now, in the foreground, without a worker, within the"
        " budgets; or tells how the refresh stands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which videos."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--due", action="store_true", help="all that are due")
        which.add_argument("--video", metavar="PLATFORM:ID", help="one video, due or not")
        which.add_argument(
            "--channel", metavar="ID", type=int, help="all videos of a channel, by its number here"
        )
        which.add_argument(
            "--status", action="store_true", help="none: tell of queues, budgets and breakers"
        )
        parser.add_argument(
            "--json", action="store_true", help="with --status: as JSON, times in UTC"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take, ask and store, as fast as the budgets allow, until nothing is due; or tell all."""
        if options["status"]:
            self._tell(as_json=options["json"])
            return
        if options["json"]:
            raise CommandError("--json goes with --status.")
        try:
            told = self._ask(options)
        finally:
            asking.close()
        self.stdout.write(f"{told.asked:,} asked, {told.answered:,} answered.")
        if options["due"] and (left := self._still_due()):
            self.stdout.write(f"{left:,} are still due, and wait: --status tells for what.")
        if told.released:
            self.stdout.write(f"{told.released:,} could not be asked: see /admin/refresh/.")

    def _tell(self, *, as_json: bool) -> None:
        found = figures.read(now=timezone.now())
        if as_json:
            self.stdout.write(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
            return
        self.stdout.write(f"As of {found.at:%Y-%m-%d %H:%M:%S} UTC; ! is to be looked into.")
        if not found.is_on:
            self.stdout.write("! SIDENOTE_REFRESH is off: no worker asks.")
        with translation.override("en"):
            told = reports.all_reports(found)
        for report in told:
            self.stdout.write(f"\n{report.title}")
            for line in report.lines:
                value = f"{line.value}: {line.stored}" if line.stored else line.value
                self.stdout.write(f"{'!' if line.is_alarm else ' '} {line.label:<18} {value}")
            if not report.lines:
                self.stdout.write("  none")

    def _ask(self, options: dict[str, Any]) -> Told:
        if options["video"]:
            return self._ask_one(options["video"])
        if options["channel"] is not None:
            videos = Video.objects.filter(channel=options["channel"]).order_by("pk")
            pks = list(videos.values_list("pk", flat=True))
            if not pks:
                raise CommandError(f"There is no video of a channel {options['channel']}.")
            told = asking.ask_named(pks)
            if told.asked + told.released < len(pks):
                self.stdout.write(
                    "Not all: some are being asked just now, cannot be asked, or the budget is "
                    "used up."
                )
            return told
        told = Told()
        while (step := asking.sweep(patience=timedelta())).asked or asking.may_go_on():
            told += step
            if not step.asked:
                # The budget is released bit by bit.
                time.sleep(BREATH_S)
        return told

    def _still_due(self) -> int:
        return sum(gateway.due for gateway in figures.read(now=timezone.now()).gateways)

    def _ask_one(self, key: str) -> Told:
        platform, _, platform_id = key.partition(":")
        pk = Video.objects.identified(platform, platform_id).values_list("pk", flat=True).first()
        if pk is None:
            raise CommandError(f"There is no video {key}.")
        told = asking.ask_named([pk])
        if told == Told():
            raise CommandError(
                f"{key} is being looked at just now, nobody can be asked, or the budget is used up."
            )
        if not told.answered:
            raise CommandError("There was no answer; the reason is kept with the video.")
        return told
