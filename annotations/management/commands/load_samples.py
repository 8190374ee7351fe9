"""`manage.py load_samples`: the sample catalogue, so that every page has something to show."""

import csv
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pgtrigger
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import Q

from accounts.models import User
from annotations import claims, film_search, occurrences
from annotations.management import sample_opinions
from annotations.models import (
    Claim,
    ClaimTag,
    Comment,
    Evidence,
    HelpfulnessRating,
    Link,
    Occurrence,
    Speaker,
    VerdictChange,
    VerdictVote,
)
from catalogue import ingest, transcripts, trends
from catalogue.models import Change, Channel, CountSample, ImportRun, Video
from catalogue.models.videos import SAMPLE_PLATFORM
from catalogue.records.subtitles import parse_subtitles

# Its run in the ledger is what says that the samples were loaded, also after they were
# taken out again: the next start must not bring them back.
SOURCE = "the sample catalogue"
# Two servers that start at once load them once.
_LOCK = 0x5A3B1E
MEMBER_DOMAIN = "@example.invalid"

_MOMENT = ("start_ms", "end_ms", "quote", "speaker", "speaker_role")


class Command(BaseCommand):
    """Loads or removes the films shipped with Sidenote."""

    help = (
        "Loads the sample catalogue once: films, transcripts, counts, claims, what is said of them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do when they are there already."""
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "sample")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--force", action="store_true", help="load what is missing, even so")
        what.add_argument("--remove", action="store_true", help="take the samples out for good")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do all of it in one transaction, or nothing."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            if options["remove"]:
                self.stdout.write(f"{remove():,} sample videos were removed.")
            elif not options["force"] and ImportRun.objects.filter(source=SOURCE).exists():
                self.stdout.write("The sample catalogue has been loaded before.")
            else:
                videos, marked = load(options["folder"])
                self.stdout.write(f"{videos:,} sample videos and {marked:,} claims are there.")


def load(folder: Path) -> tuple[int, int]:
    """Load a folder in the format of `sample/`, leaving out what is there.

    Returns how many videos and claims it describes. Raises CommandError for a record that
    is rejected.
    """
    run = ingest.run(ingest.read([folder / "records"]), source=SOURCE, by=None)
    if rejected := run.rows.filter(outcome="rejected").first():
        raise CommandError(f"{rejected.source}: {rejected.field}: {rejected.reason}")
    videos = {
        video.key: video
        for video in Video.objects.filter(import_rows__run=run).defer("search", "keywords")
    }
    for path in sorted((folder / "transcripts").glob("*.vtt")):
        platform_id, language, _ = path.name.rsplit(".", 2)
        cues = parse_subtitles(path.name, path.read_bytes()).cues
        video = videos[f"{SAMPLE_PLATFORM}:{platform_id}"]
        transcripts.store(video, language=language, cues=cues)
    _load_counts(folder / "counts.csv", videos)
    _load_changes(_read_json(folder / "changes.json"), videos)
    members = {entry["username"]: entry["email"] for entry in _read_json(folder / "members.json")}
    marked = _read_json(folder / "claims.json")
    known = _find_or_create_members(members)
    _load_claims(marked, videos, known)
    sample_opinions.load(folder, known)
    # What sweeps find within the quarter of an hour: films are sorted by it from the start.
    trends.count_gained(limit=Video.objects.count())
    film_search.count_discussed()
    return len(videos), len(marked)


def remove() -> int:
    """Take out the sample films and all that hangs on them; returns how many films.

    The log of the claims stays, since nothing is taken out of it, and so does the real
    video among the samples. Raises CommandError when members have marked claims there.
    """
    samples = Q(video__platform=SAMPLE_PLATFORM)
    fictional = Q(author__email__endswith=MEMBER_DOMAIN)
    if Occurrence.objects.filter(samples).exclude(fictional).exists():
        raise CommandError("Members have marked claims in sample films, so these have to stay.")
    Occurrence.objects.filter(samples | fictional).delete()
    orphans = Claim.objects.filter(fictional, occurrences=None)
    _remove_opinions(list(orphans.values_list("pk", flat=True)))
    orphans.delete()
    Speaker.objects.filter(fictional, occurrences=None, merged=None).delete()
    videos = Video.objects.filter(platform=SAMPLE_PLATFORM)
    count = videos.count()
    videos.delete()
    # What members noted about a channel stays, and the channel with it.
    Channel.objects.filter(platform=SAMPLE_PLATFORM, disclosures=None).delete()
    strangers = User.objects.filter(email__endswith=MEMBER_DOMAIN)
    strangers.filter(claims=None, occurrences=None, speakers=None).delete()
    return count


def _remove_opinions(numbers: list[int]) -> None:
    """Take out what was said of claims, children first. What is derived goes with its rows."""
    HelpfulnessRating.objects.filter(evidence__claim__in=numbers).delete()
    VerdictVote.objects.filter(claim__in=numbers).delete()
    links = list(Link.objects.filter(evidence__claim__in=numbers).values_list("pk", flat=True))
    with pgtrigger.ignore(
        "annotations.HelpfulnessChange:append_only",
        "annotations.VerdictChange:append_only",
        "annotations.LinkCheck:append_only",
    ):
        Evidence.objects.filter(claim__in=numbers).delete()
        VerdictChange.objects.filter(claim__in=numbers).delete()
        Link.objects.filter(pk__in=links, evidence=None).delete()
    Comment.objects.filter(claim__in=numbers, parent__isnull=False).delete()
    Comment.objects.filter(claim__in=numbers).delete()
    ClaimTag.objects.filter(claim__in=numbers).delete()


def _read_json(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return rows


def _load_counts(path: Path, videos: dict[str, Video]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        CountSample.objects.bulk_create(
            [
                CountSample(
                    video=videos[row.pop("video")],
                    observed_at=datetime.fromisoformat(row.pop("observed_at")),
                    **{name: int(number) if number else None for name, number in row.items()},
                )
                for row in csv.DictReader(file)
            ],
            ignore_conflicts=True,
        )


def _load_changes(rows: Iterable[dict[str, Any]], videos: dict[str, Video]) -> None:
    for row in rows:
        Change.objects.get_or_create(
            video=videos[row["video"]],
            field=row["field"],
            observed_at=datetime.fromisoformat(row["observed_at"]),
            defaults={"old": row["old"], "new": row["new"]},
        )


def _find_or_create_members(emails: dict[str, str]) -> dict[str, User]:
    """Return the fictional members; nobody can sign in as one."""
    for username, email in emails.items():
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(username=username, email=email)
    return {user.username: user for user in User.objects.filter(email__in=emails.values())}


def _load_claims(
    rows: Iterable[dict[str, Any]], videos: dict[str, Video], members: dict[str, User]
) -> None:
    known = set(
        Claim.objects.filter(author__in=members.values()).values_list("statement", flat=True)
    )
    for row in rows:
        if claims.one_line(row["statement"]) in known:
            continue
        by = members[row["by"]]
        claim = claims.create(
            by=by,
            statement=row["statement"],
            language=row["language"],
            kind=row["kind"],
            tags=row["tags"],
            video=videos[row["video"]],
            **{name: row[name] for name in _MOMENT if name in row},
        )
        for place in row.get("also", ()):
            occurrences.add(
                claim,
                by=by,
                video=videos[place["video"]],
                **{name: place[name] for name in _MOMENT if name in place},
            )
