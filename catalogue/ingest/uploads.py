"""Record files that a member sends with a form, into the catalogue while the form waits."""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User
from catalogue.ingest.reading import read_file
from catalogue.ingest.runs import run
from catalogue.models import ImportRow, ImportRun
from catalogue.records import RecordError, VideoRecord
from catalogue.records.deferred import resolve

# What one request can carry: it takes seconds. Whoever has more uses the command.
FILES_MAX = 50
BYTES_MAX = 10_000_000
# An archive of ten megabytes can hold very many.
RECORDS_MAX = 5_000
# Rows of a dry run that are kept to be shown; with it goes the rest.
SHOWN = 100

Files = Sequence["UploadedFile[bytes]"]
Items = Iterator[VideoRecord | RecordError]


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of an upload. A dry run is not in the ledger: its first rows are here."""

    run: ImportRun
    rows: tuple[ImportRow, ...] = ()


def upload(files: Files, *, by: User, is_dry: bool = False) -> Upload:
    """Merge uploaded files of records into the catalogue, as any run; `is_dry` only tells."""
    source = f"upload: {', '.join(file.name or '' for file in files)}"
    if not is_dry:
        return Upload(run(_records(files), source=source, by=by))
    with transaction.atomic():
        made = run(_records(files), source=source, by=by)
        rows = made.rows.select_related("video").defer(
            "raw", "changed", "video__description", "video__search", "video__keywords"
        )
        told = Upload(made, tuple(rows.order_by("number")[:SHOWN]))
        transaction.set_rollback(True)
    return told


def _records(files: Files) -> Items:
    """Yield what the files hold, up to RECORDS_MAX."""
    for number, item in enumerate(_read(files), start=1):
        if number > RECORDS_MAX:
            reason = f"one upload takes {RECORDS_MAX:,} records; this one and the rest are not read"
            yield RecordError(item.source, reason, item.line)
            return
        yield item


def _read(files: Files) -> Items:
    for file in files:
        # Small uploads are in memory only, and archives are read from real files.
        with tempfile.TemporaryFile() as copy:
            for chunk in file.chunks():
                copy.write(chunk)
            copy.seek(0)
            yield from resolve(read_file(file.name or "", copy))
