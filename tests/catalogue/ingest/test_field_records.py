"""Records from the field through the whole ingest, where the shared data lies beside the project.

Nothing is skipped: without that folder there are no files, and so no cases.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings

from catalogue import ingest
from catalogue.models import ImportRow, ImportRun, Outcome, Video

pytestmark = pytest.mark.django_db

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
RECORDS = sorted((DATA / "records").glob("*.md"))
ODD = sorted(path for path in (DATA / "frontmatter_odd").glob("*") if path.is_file())


def run(paths: list[Path]) -> ImportRun:
    return ingest.run(ingest.read(paths), source="the field", by=None)


def test_all_records_go_in_and_are_unchanged_the_second_time():
    first = run(RECORDS)
    assert (first.created, first.rejected) == (len(RECORDS), 0)
    assert run(RECORDS).unchanged == len(RECORDS)


def test_seed_is_stored_with_its_values():
    run(RECORDS)
    for video in Video.objects.identified("youtube", "swje6NSdkfk"):
        check_seed(video)


def check_seed(video: Video) -> None:
    assert video.title == "Keeping Score: How Bad is China's Social Credit System? | InfoBites"
    assert video.channel is not None
    assert (video.channel.name, video.category) == ("RT Documentary", "Film-Animation")
    assert [placed.tag.name for placed in video.video_tags.select_related("tag")] == [
        "RT Documentary", "Documentary Channel", "Documentary film",
    ]  # fmt: skip
    assert video.published_at == datetime(2021, 7, 30, 14, 0, 24, tzinfo=UTC)
    assert video.recorded_at == datetime(2022, 2, 1, 10, 20, 51, tzinfo=UTC)
    assert video.duration_ms == 586_000
    counts = video.counts
    assert (counts.views, counts.likes, counts.dislikes, counts.comments) == (
        154_080, 3_003, None, None,
    )  # fmt: skip
    assert counts.refresh_at is not None


def test_odd_files_are_stored_or_rejected_with_a_reason_and_nothing_is_half_filled():
    done = run(ODD)
    rows = ImportRow.objects.filter(run=done)
    assert rows.count() == len(ODD)
    for row in rows.filter(outcome=Outcome.REJECTED):
        assert row.reason, row.source
        assert not row.reason.startswith("the database"), (row.source, row.reason)
        assert row.raw is not None
    for row in rows.exclude(outcome=Outcome.REJECTED):
        assert row.video is not None
        assert row.video.title, row.source
        assert row.video.platform_id, row.source
        assert row.video.counts is not None
    again = run(ODD)
    assert (again.created, again.updated, again.rejected) == (0, 0, done.rejected)
