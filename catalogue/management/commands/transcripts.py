"""`manage.py transcripts VIDEO FILE`: one subtitle file into one film."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalogue import transcripts
from catalogue.models import TranscriptKind, Video
from catalogue.records import RecordError
from catalogue.records.subtitles import parse_subtitles
from catalogue.records.subtitles.names import parse_name


class Command(BaseCommand):
    """Stores a transcript, and says what of it could not be used."""

    help = (
        "Stores a WebVTT or SRT file as a transcript of a video. The language is taken from the "
        "option, else the file's name (film.en.vtt), else its head."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the film, the file, and what the file does not tell."""
        parser.add_argument("video", help="its key, as in youtube:swje6NSdkfk")
        parser.add_argument("file", type=Path)
        parser.add_argument("--language", default="", help="as in en, fr or pt-BR")
        parser.add_argument("--kind", choices=TranscriptKind.values)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Store it, or say why not."""
        path: Path = options["file"]
        platform, _colon, platform_id = options["video"].partition(":")
        video = Video.objects.identified(platform, platform_id).first()
        if video is None:
            raise CommandError(f"There is no video {options['video']}.")
        name = parse_name(path.name)
        try:
            subtitles = parse_subtitles(str(path), path.read_bytes())
            guessed = TranscriptKind.AUTOMATIC if name.is_automatic else None
            stored = transcripts.store(
                video,
                language=options["language"] or name.language or subtitles.language,
                cues=subtitles.cues,
                kind=options["kind"] or guessed or transcripts.kind_of(subtitles),
                source=path.name,
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except (RecordError, PermissionDenied) as error:
            raise CommandError(str(error)) from None
        for problem in subtitles.problems:
            self.stdout.write(str(problem))
        self.stdout.write(
            f"{stored.outcome.label}: {stored.transcript.language}, {stored.transcript.kind}, "
            f"{len(subtitles.cues):,} cues."
        )
