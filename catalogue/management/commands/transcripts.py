"""`manage.py transcripts VIDEO FILE`: one subtitle file into one film."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from catalogue import transcripts
from catalogue.management.commands.ingest import printable
from catalogue.models import TranscriptKind, Video
from catalogue.records import RecordError
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES, Subtitles, parse_subtitles
from catalogue.records.subtitles.names import parse_name


class Command(BaseCommand):
    """Stores a transcript, and says what of it could not be used."""

    help = (
        "Stores a WebVTT or SRT file as a transcript of a video. The language is taken from the "
        "option, else the file's name (film.en.vtt), else its head, else it is the video's."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the film, the file, and what the file does not tell."""
        parser.add_argument("video", help="its key, as in youtube:swje6NSdkfk")
        parser.add_argument("file", type=Path)
        parser.add_argument("--language", default="", help="as in en, fr or pt-BR")
        parser.add_argument("--kind", choices=TranscriptKind.values)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Store it, or say why not."""
        path: Path = options["file"]
        platform, _colon, platform_id = options["video"].partition(":")
        video = Video.objects.identified(platform, platform_id).first()
        if video is None:
            raise CommandError(f"There is no video {options['video']}.")
        try:
            with path.open("rb") as file:
                # What is too large to be read is not read.
                content = file.read(MAX_SUBTITLES_BYTES + 1)
            subtitles = parse_subtitles(str(path), content)
            stored = _store(video, path, subtitles, options)
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (RecordError, PermissionDenied, Video.DoesNotExist) as error:
            raise CommandError(printable(str(error))) from None
        for problem in subtitles.problems:
            self.stdout.write(printable(str(problem)))
        self.stdout.write(
            f"{stored.outcome.label}: {stored.transcript.language}, {stored.transcript.kind}, "
            f"{len(subtitles.cues):,} cues."
        )
        if options["dry_run"]:
            self.stdout.write("A dry run: nothing was changed.")


def _store(
    video: Video, path: Path, subtitles: Subtitles, options: dict[str, Any]
) -> transcripts.Stored:
    name = parse_name(path.name)
    guessed = TranscriptKind.AUTOMATIC if name.is_automatic else None
    language = options["language"] or name.language or subtitles.language or video.language
    with transaction.atomic():
        stored = transcripts.store(
            video,
            language=language,
            cues=subtitles.cues,
            kind=options["kind"] or guessed or transcripts.kind_of(subtitles),
            source=path.name,
        )
        if options["dry_run"]:
            transaction.set_rollback(True)
    return stored
