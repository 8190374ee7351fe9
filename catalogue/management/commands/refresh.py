"""`manage.py refresh`: looks at videos now, here, without a worker."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalogue import refresh, tasks
from catalogue.models import Video
from catalogue.refresh import Lease


class Command(BaseCommand):
    """Asks the platforms in the foreground."""

    help = "Asks the platforms about videos now, in the foreground, without a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which videos."""
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--due", action="store_true", help="all that are due")
        which.add_argument("--video", metavar="PLATFORM:ID", help="one video, due or not")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Take, ask and store, one after the other."""
        if options["video"]:
            if not self._look_at(self._take_video(options["video"])):
                raise CommandError("There was no answer; the reason is kept with the video.")
            return
        answered = asked = 0
        while leases := refresh.take_due(tasks.BATCH_SIZE, now=timezone.now()):
            for lease in leases:
                answered += self._look_at(lease)
                asked += 1
        self.stdout.write(f"{asked:,} asked, {answered:,} answered.")

    def _take_video(self, key: str) -> Lease:
        platform, _, platform_id = key.partition(":")
        video = Video.objects.identified(platform, platform_id).defer("search").first()
        if video is None:
            raise CommandError(f"There is no video {key}.")
        lease = refresh.take(video, now=timezone.now())
        if lease is None:
            raise CommandError(f"{key} is being looked at just now, or nobody can be asked.")
        return lease

    def _look_at(self, lease: Lease) -> bool:
        is_answered = tasks.look_at(lease)
        self.stdout.write(f"{lease.url}: {'answered' if is_answered else 'no answer'}")
        return is_answered
