"""What becomes of one record, and when its film is due."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from catalogue.models import (
    Availability,
    Channel,
    CountSample,
    Outcome,
    Precision,
    RunState,
    TagSource,
    Video,
    VideoCounts,
)
from catalogue.records import Counts, RecordError
from tests.catalogue.ingest.makers import LATER, changed, changes, counts_of, outcomes, run
from tests.makers import PUBLISHED, RECORDED, make_record

pytestmark = pytest.mark.django_db


# --- One record -----------------------------------------------------------------------


def test_new_record_becomes_a_video_with_all_it_says():
    record = make_record(
        platform_id="swje6NSdkfk", url="", language="en", image_url="https://example.org/a.jpg"
    )
    run(record)
    video = Video.objects.get()
    assert (video.platform, video.platform_id, video.title) == (
        "youtube", "swje6NSdkfk", record.title,
    )  # fmt: skip
    assert video.channel == Channel.objects.get(platform="youtube", name="Quiet Rivers")
    assert (video.category, video.language, video.image_url) == (
        "Education", "en", "https://example.org/a.jpg",
    )  # fmt: skip
    assert (video.published_at, video.published_precision) == (PUBLISHED, Precision.SECOND)
    assert (video.duration_ms, video.recorded_at) == (586_000, RECORDED)
    assert video.availability == Availability.UNKNOWN
    assert video.keywords == "Quiet Rivers\nEducation\nRivers\nEngineering"
    assert list(video.video_tags.values_list("tag__name", "source", "position")) == [
        ("Rivers", TagSource.RECORD, 0),
        ("Engineering", TagSource.RECORD, 1),
    ]
    assert counts_of(video) == (154_080, 3_003, None, None)
    assert video.counts.observed_at == RECORDED
    sample = CountSample.objects.get()
    assert (sample.observed_at, sample.views, sample.dislikes) == (RECORDED, 154_080, None)
    assert changes() == []


def test_ledger_keeps_place_outcome_and_bytes(author: User):
    record = make_record(source="records/a.md", line=1, raw=b"---\r\n\\ \t raw \x00 \xff")
    first = run(record, by=author)
    row = first.rows.get()
    assert (row.number, row.source, row.line, row.outcome) == (1, "records/a.md", 1, "created")
    assert bytes(row.raw or b"") == record.raw
    assert row.video == Video.objects.get()
    assert (first.state, first.by, first.created) == (RunState.FINISHED, author, 1)
    assert first.finished_at is not None
    again = run(record)
    assert again.rows.get().raw is None


def test_same_record_again_is_unchanged_and_touches_nothing():
    record = make_record()
    run(record)
    before = Video.objects.values().get(), list(CountSample.objects.values())
    again = run(changed(record, source="elsewhere.md", line=9, raw=b"other line ends"))
    assert outcomes(again) == [Outcome.UNCHANGED]
    assert (Video.objects.values().get(), list(CountSample.objects.values())) == before


def test_refused_record_becomes_a_row_with_its_reason():
    error = RecordError("a.md", "this is no date", line=3, field="vid_date", raw=b"bytes")
    done = run(make_record(), error, make_record())
    row = done.rows.get(outcome=Outcome.REJECTED)
    assert (row.number, row.source, row.line, row.field, row.reason) == (
        2, "a.md", 3, "vid_date", "this is no date",
    )  # fmt: skip
    assert (bytes(row.raw or b""), row.video) == (b"bytes", None)
    assert (done.created, done.rejected) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 1001}, "title"),
        ({"title": "half \ud800"}, "title"),
        ({"description": "nul \0"}, "description"),
        ({"platform": ""}, "platform"),
        ({"platform_id": "a/b"}, "platform_id"),
        ({"counts": Counts(views=-1)}, "views"),
        ({"counts": Counts(likes=2**63)}, "likes"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"tags": tuple(map(str, range(501)))}, "tags"),
        ({"recorded_at": datetime(2022, 2, 1)}, "recorded_at"),  # noqa: DTZ001
    ],
)
def test_record_that_cannot_be_stored_is_rejected_by_field(fields: dict[str, object], field: str):
    good = make_record()
    done = run(changed(good, **fields), good)
    assert outcomes(done) == [Outcome.REJECTED, Outcome.CREATED]
    row = done.rows.get(number=1)
    assert row.field == field
    assert row.reason


def test_a_record_from_the_future_does_not_win_until_then():
    before = timezone.now()
    wrong = make_record(title="Wrong", recorded_at=before + timedelta(days=20_000))
    run(wrong)
    video = Video.objects.get()
    assert video.recorded_at is not None
    assert before <= video.recorded_at <= timezone.now()
    assert video.counts.observed_at == video.recorded_at
    assert outcomes(run(wrong)) == [Outcome.UNCHANGED]
    right = changed(wrong, title="Right", recorded_at=timezone.now())
    assert outcomes(run(right)) == [Outcome.UPDATED]
    video.refresh_from_db()
    assert video.title == "Right"


def test_what_only_the_database_refuses_costs_no_other_record():
    # Each letter is a word of its own, and so many words are more than a search column holds.
    words = " ".join(f"{number:x}w" * 6 for number in range(70_000))
    poison = make_record(description=words)
    good = [make_record() for _ in range(6)]
    done = run(*good[:3], poison, *good[3:])
    assert outcomes(done) == ["created"] * 3 + ["rejected"] + ["created"] * 3
    assert "the database cannot hold this record" in done.rows.get(number=4).reason


def test_long_and_odd_places_fit_the_ledger():
    error = RecordError("bad\udcff" + "x" * 3000, "r" * 3000, field="f" * 300, raw=b"\\\n\t")
    row = run(error).rows.get()
    assert (len(row.source), len(row.reason), len(row.field)) == (2000, 1000, 100)
    assert bytes(row.raw or b"") == b"\\\n\t"


def test_text_is_stored_as_it_is():
    text = 'back\\slash \\N \\. tab\t quote" null\n\r\nend 🎬'
    run(make_record(title="\\N", description=text, tags=("a\\b", "C++")))
    video = Video.objects.get()
    assert (video.title, video.description) == ("\\N", text)
    assert set(video.tags.values_list("name", flat=True)) == {"a\\b", "C++"}


def test_a_date_without_a_time_stays_a_date():
    run(make_record(published=date(2021, 7, 30)))
    video = Video.objects.get()
    assert video.published_precision == Precision.DAY
    assert video.published_at == datetime(2021, 7, 30, tzinfo=UTC)


def test_record_that_says_little_leaves_the_rest_unknown():
    run(
        make_record(
            description="", channel="", category="", tags=(), published=None, recorded_at=None,
            duration_ms=None, counts=Counts(),
        )
    )  # fmt: skip
    video = Video.objects.get()
    assert (video.channel, video.published_at, video.duration_ms) == (None, None, None)
    assert counts_of(video) == (None, None, None, None)
    assert not CountSample.objects.exists()


# --- Due ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "is_due"),
    [
        ({"platform": "youtube"}, True),
        ({"platform": "example", "url": "https://example.org/film"}, True),
        ({"platform": "example", "url": ""}, False),
        ({"platform": "example", "url": "/static/film.webm"}, False),
        ({"platform": "sample", "url": "https://example.org/film"}, False),
    ],
)
def test_new_video_is_due_at_once_if_a_gateway_can_ask(fields: dict[str, str], is_due: bool):
    run(make_record(**fields))
    assert (VideoCounts.objects.get().refresh_at is not None) is is_due


def test_video_becomes_due_when_a_record_first_brings_its_address():
    record = make_record(platform="example", url="")
    run(record)
    run(changed(record, url="https://example.org/film"))
    assert VideoCounts.objects.get().refresh_at is not None


def test_record_does_not_move_the_next_look():
    record = make_record()
    run(record)
    due = timezone.now() + timedelta(days=3)
    VideoCounts.objects.update(refresh_at=due)
    run(changed(record, title="Another title", recorded_at=LATER))
    assert VideoCounts.objects.get().refresh_at == due
