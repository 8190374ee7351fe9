"""Record files that a member sends with a form, into the catalogue while the form waits."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from accounts.models import User
from catalogue.ingest.runs import run
from catalogue.models import ImportRow, ImportRun
from catalogue.records import MAX_RECORD_BYTES, RecordError, VideoRecord, parse

# What one request can carry: it takes a second or two. Whoever has more uses the command.
FILES_MAX = 50
BYTES_MAX = 10_000_000
# Rows of a dry run that are kept to be shown; with it goes the rest.
SHOWN = 100


class UploadedFile(Protocol):
    """What of an uploaded file is needed."""

    name: str | None

    def read(self, size: int, /) -> bytes:
        """Return at most that many bytes."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What became of an upload. A dry run is not in the ledger: its first rows are here."""

    run: ImportRun
    rows: tuple[ImportRow, ...] = ()


def upload(files: Sequence[UploadedFile], *, by: User, is_dry: bool = False) -> Upload:
    """Merge uploaded record files into the catalogue, as any run; `is_dry` only tells."""
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


def _records(files: Iterable[UploadedFile]) -> Iterator[VideoRecord | RecordError]:
    """Yield what each file holds, one file in memory at a time."""
    for file in files:
        try:
            yield parse(file.name or "", file.read(MAX_RECORD_BYTES + 1))
        except RecordError as error:
            yield error
