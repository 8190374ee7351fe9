"""Made-up files and runs for the tests of ingest."""

import dataclasses
from datetime import timedelta

from accounts.models import User
from catalogue import ingest
from catalogue.models import Change, ImportRun, Video, VideoCounts
from catalogue.records import RecordError, VideoRecord
from tests.makers import RECORDED

LATER = RECORDED + timedelta(days=30)
EARLIER = RECORDED - timedelta(days=30)


def run(*items: VideoRecord | RecordError, by: User | None = None) -> ImportRun:
    return ingest.run(iter(items), source="tests", by=by)


def outcomes(run: ImportRun) -> list[str]:
    return list(run.rows.values_list("outcome", flat=True))


def changed(record: VideoRecord, **fields: object) -> VideoRecord:
    return dataclasses.replace(record, **fields)  # type: ignore[arg-type]


def changes() -> list[tuple[str, object, object]]:
    return list(Change.objects.order_by("id").values_list("field", "old", "new"))


def counts_of(video: Video) -> tuple[int | None, ...]:
    row = VideoCounts.objects.get(video=video)
    return row.views, row.likes, row.dislikes, row.comments


def front_matter(number: int) -> bytes:
    """Return the record of a film of its own, with one of five channels and eight tags."""
    return (
        f'---\ntitle: "Film {number}"\nvid_id: "film-{number:06}"\n'
        f'tags: ["tag {number % 3}","also {number % 5}"]\nchannel: "Channel {number % 5}"\n'
        'date: "2022-02-01T13:20:51+03:00"\nviewcount: "12"\n---\nText.\n'
    ).encode()
