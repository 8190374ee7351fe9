"""Files of records and subtitles that a member sends, into the catalogue while they wait."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from catalogue.ingest.beside import Beside
from catalogue.ingest.reading import read_file
from catalogue.ingest.runs import run
from catalogue.ingest.transcripts import TranscriptFile
from catalogue.models import ImportRow, ImportRun
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import resolve
from catalogue.records.said import said, saying
from catalogue.records.subtitles import MAX_SUBTITLES_BYTES, Subtitles
from catalogue.records.subtitles.names import is_subtitles

# What one request can carry: it takes seconds. Whoever has more uses the command.
FILES_MAX = 50
BYTES_MAX = 10_000_000
# An archive of ten megabytes can hold very many.
RECORDS_MAX = 5_000
# Each is a transaction of its own.
SUBTITLES_MAX = 500
# About a minute of storing; one large transcript, or those of some hundred films.
CUES_MAX = 200_000
# Rows of a dry run that are kept to be shown; with it goes the rest.
SHOWN = 100

Files = Sequence["UploadedFile[bytes]"]
Item = VideoRecord | RecordError | TranscriptFile
Items = Iterator[Item]


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of an upload. A dry run is not in the ledger: its first rows are here."""

    run: ImportRun
    rows: tuple[ImportRow, ...] = ()


def upload(files: Files, *, by: User, is_dry: bool = False) -> Upload:
    """Bring uploaded files into the catalogue, as any run; `is_dry` only tells.

    Subtitles belong to the record of the same name beside them, or to the film of the
    catalogue whose id is in their name, as they do in folders.
    """
    source = said("upload: {names}", names=", ".join(file.name or "" for file in files))
    if not is_dry:
        return Upload(run(_records(files), source=source, by=by))
    with transaction.atomic():
        made = run(_records(files), source=source, by=by)
        told = Upload(made, tuple(made.rows.for_ledger().order_by("number")[:SHOWN]))
        transaction.set_rollback(True)
    return told


def _records(files: Files) -> Items:
    """Yield what the files hold, as far as one request can take it."""
    cues = subtitles = 0
    for number, item in enumerate(_read(files), start=1):
        if isinstance(item, TranscriptFile):
            subtitles += 1
            cues += len(item.content.cues) if isinstance(item.content, Subtitles) else 0
        if reason := _too_many(records=number, subtitles=subtitles, cues=cues):
            yield _refused(item, reason)
            return
        yield item


def _too_many(*, records: int, subtitles: int, cues: int) -> str:
    """Say which limit is passed; nothing if none is."""
    if records > RECORDS_MAX:
        told = saying("one upload takes {most:,} records; this one and the rest are not read")
        return said(told, most=RECORDS_MAX)
    if subtitles > SUBTITLES_MAX:
        told = saying(
            "one upload takes {most:,} files of subtitles; this one and the rest are not read"
        )
        return said(told, most=SUBTITLES_MAX)
    told = saying(
        "one upload takes {most:,} lines of transcripts; this one and the rest are not read"
    )
    return said(told, most=CUES_MAX) if cues > CUES_MAX else ""


def _refused(item: Item, reason: str) -> Item:
    if isinstance(item, TranscriptFile):
        return replace(item, content=RecordError(item.source, reason))
    return RecordError(item.source, reason, item.line)


def _read(files: Files) -> Items:
    """Yield records as they stand in the files, then subtitles: the records tell whose they are."""
    beside = Beside()
    beside.expect("", [file.name or "" for file in files])
    for file in sorted(files, key=lambda file: is_subtitles(file.name or "")):
        name = file.name or ""
        if is_subtitles(name):
            yield beside.file("", name, name, file.read(MAX_SUBTITLES_BYTES + 1))
            continue
        # Small uploads are in memory only, and archives are read from real files.
        with tempfile.TemporaryFile() as copy:
            for chunk in file.chunks():
                copy.write(chunk)
            copy.seek(0)
            yield from resolve(beside.remembered("", name, read_file(name, copy)))
