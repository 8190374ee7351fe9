"""`manage.py erase_personal_data`: personal data out of a text and out of its log."""

import sys
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from annotations import erasure, things
from annotations.models import Thing

REASON = "Personal data was erased on request."


class Command(BaseCommand):
    """Erases for good, and says where else the words stand."""

    help = (
        "Replaces personal data by a tombstone in one thing and in its log, for good. The "
        "public log of decisions tells that it was done, and why; not what stood there."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the thing, and what of it."""
        parser.add_argument("thing", choices=Thing.values)
        parser.add_argument("id", type=int)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--field", help="the whole of one text, such as body or quote")
        what.add_argument(
            "--phrase", help="these words, wherever they stand in it; - reads them from the input"
        )
        parser.add_argument("--by", required=True, metavar="NAME", help="the operator")
        parser.add_argument("--reason", default=REASON, help=f"public (default: {REASON})")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Erase, and report."""
        by = User.objects.filter(username__iexact=options["by"]).first()
        if by is None:
            raise CommandError("There is no member of that name.")
        row = things.find(options["thing"], options["id"])
        if row is None:
            raise CommandError(f"There is no {options['thing']} {options['id']}.")
        phrase = options["phrase"]
        if phrase == "-":
            phrase = sys.stdin.read().strip()
        try:
            if phrase is None:
                written = erasure.erase_field(
                    row, by=by, field=options["field"], reason=options["reason"]
                )
            else:
                written = erasure.erase_phrase(row, by=by, phrase=phrase, reason=options["reason"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except PermissionDenied as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Erased in {written} rows.")
        if phrase is not None:
            self._tell_others(phrase)

    def _tell_others(self, phrase: str) -> None:
        places = erasure.places_of(phrase)
        if places:
            self.stdout.write("It still stands in:")
        for place in places:
            self.stdout.write(f"  {place}")
