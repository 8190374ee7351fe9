"""What becomes of records: one at a time, again, newer, older, and many at once."""

import dataclasses
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations

import pytest
from django.db import DataError, connection, connections, transaction
from django.utils import timezone

from accounts.models import User
from catalogue import ingest, tags
from catalogue.ingest import batches, merging
from catalogue.models import (
    Availability,
    Change,
    Channel,
    CountSample,
    ImportRow,
    ImportRun,
    Outcome,
    Precision,
    RunState,
    Tag,
    TagSource,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.records import Counts, RecordError, VideoRecord
from tests.makers import PUBLISHED, RECORDED, make_record
from tests.racing import race

pytestmark = pytest.mark.django_db

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


# --- Merging --------------------------------------------------------------------------


def test_newer_record_changes_what_it_says_and_each_change_is_kept():
    old = make_record()
    run(old)
    new = changed(
        old, title="The River That Came Back", description="Another text.",
        duration_ms=600_000, channel="Loud Rivers", category="News", tags=("Rivers", "Dams"),
        published=datetime(2021, 8, 1, tzinfo=UTC), recorded_at=LATER,
        counts=Counts(views=200_000, likes=4_000),
    )  # fmt: skip
    assert outcomes(run(new)) == [Outcome.UPDATED]
    video = Video.objects.get()
    assert (video.title, video.channel and video.channel.name) == (new.title, "Loud Rivers")
    assert video.keywords == "Loud Rivers\nNews\nRivers\nDams"
    assert video.recorded_at == LATER
    assert [tag.name for tag in video.tags.order_by("video_tags__position")] == ["Rivers", "Dams"]
    assert counts_of(video) == (200_000, 4_000, None, None)
    assert set(CountSample.objects.values_list("observed_at", "views")) == {
        (RECORDED, 154_080), (LATER, 200_000),
    }  # fmt: skip
    assert set(Change.objects.values_list("observed_at", flat=True)) == {LATER}
    assert sorted(field for field, _, _ in changes()) == [
        "category", "channel", "description", "duration_ms", "published", "tags", "title",
    ]  # fmt: skip
    found = {field: (old, new) for field, old, new in changes()}
    assert found["title"] == (old.title, new.title)
    assert found["duration_ms"] == (586_000, 600_000)
    assert found["tags"] == (["Engineering", "Rivers"], ["Dams", "Rivers"])
    assert found["published"] == ("2021-07-30T14:00:24Z", "2021-08-01T00:00:00Z")


def test_only_a_newer_date_moves_the_date_and_gives_a_sample():
    record = make_record()
    run(record)
    assert outcomes(run(changed(record, recorded_at=LATER))) == [Outcome.UPDATED]
    assert Video.objects.get().recorded_at == LATER
    assert CountSample.objects.count() == 2
    assert changes() == []


def test_older_record_changes_nothing_but_adds_its_sample():
    record = make_record()
    run(record)
    older = changed(
        record, title="An older title", category="Other", tags=("Old",), recorded_at=EARLIER,
        counts=Counts(views=100),
    )  # fmt: skip
    assert outcomes(run(older)) == [Outcome.UPDATED]
    video = Video.objects.get()
    assert (video.title, video.category, video.recorded_at) == (
        record.title, "Education", RECORDED,
    )  # fmt: skip
    assert counts_of(video) == (154_080, 3_003, None, None)
    assert set(CountSample.objects.values_list("observed_at", "views")) == {
        (RECORDED, 154_080), (EARLIER, 100),
    }  # fmt: skip
    assert changes() == []
    assert not Tag.objects.filter(name="Old").exists()
    assert outcomes(run(older)) == [Outcome.UNCHANGED]
    assert outcomes(run(record)) == [Outcome.UNCHANGED]


def test_older_record_brings_no_empty_channel():
    record = make_record()
    run(record)
    run(changed(record, channel="Its old name", recorded_at=EARLIER))
    assert list(Channel.objects.values_list("name", flat=True)) == ["Quiet Rivers"]


def test_older_record_fills_gaps():
    record = make_record(description="", category="", tags=(), duration_ms=None, channel="")
    run(record)
    older = make_record(platform_id=record.platform_id, recorded_at=EARLIER,
                        counts=Counts(dislikes=7))  # fmt: skip
    run(older)
    video = Video.objects.get()
    assert (video.description, video.category, video.duration_ms) == (
        older.description, "Education", 586_000,
    )  # fmt: skip
    assert video.channel is not None
    assert video.tags.count() == 2
    assert counts_of(video) == (154_080, 3_003, 7, None)
    assert changes() == [], "a filled gap is no change of the film"


def test_empty_values_never_overwrite_known_ones():
    record = make_record(url="https://example.org/a", counts=Counts(1, 2, 3, 4))
    run(record)
    before = Video.objects.values(
        "title", "description", "channel", "category", "url", "duration_ms", "published_at",
        "keywords",
    ).get()  # fmt: skip
    empty = changed(
        record, description="", channel="", category="", tags=(), url="", published=None,
        duration_ms=None, counts=Counts(), recorded_at=LATER,
    )  # fmt: skip
    run(empty)
    assert Video.objects.values(*before).get() == before
    assert counts_of(Video.objects.get()) == (1, 2, 3, 4)
    assert Video.objects.get().tags.count() == 2
    assert outcomes(run(empty)) == [Outcome.UNCHANGED]


def test_number_that_became_unknown_is_kept_while_the_others_move():
    record = make_record(counts=Counts(views=10, likes=2, dislikes=1))
    run(record)
    run(changed(record, counts=Counts(views=20, likes=3), recorded_at=LATER))
    row = VideoCounts.objects.get()
    assert (row.views, row.likes, row.dislikes, row.observed_at) == (20, 3, 1, LATER)
    assert CountSample.objects.get(observed_at=LATER).dislikes is None


def test_zero_is_a_number():
    record = make_record(counts=Counts(views=5, dislikes=3))
    run(record)
    run(changed(record, counts=Counts(views=0, dislikes=0), recorded_at=LATER))
    assert counts_of(Video.objects.get()) == (0, None, 0, None)


def test_corrected_record_of_the_same_date_wins():
    record = make_record()
    run(record)
    fixed = changed(record, title="Its title, spelled right", counts=Counts(views=154_081))
    assert outcomes(run(fixed)) == [Outcome.UPDATED]
    assert Video.objects.get().title == "Its title, spelled right"
    assert counts_of(Video.objects.get()) == (154_081, 3_003, None, None)
    assert CountSample.objects.get().views == 154_081


def test_counts_without_a_date_are_kept_without_one_and_never_beat_dated_ones():
    record = make_record(recorded_at=None, counts=Counts(views=10))
    run(record)
    assert VideoCounts.objects.get().observed_at is None
    assert not CountSample.objects.exists()
    run(changed(record, recorded_at=EARLIER, counts=Counts(views=5)))
    assert VideoCounts.objects.get().views == 5
    run(changed(record, title="Undated", counts=Counts(views=99, likes=1)))
    row = VideoCounts.objects.get()
    assert (row.views, row.likes, row.observed_at) == (5, 1, EARLIER)
    assert Video.objects.get().title == record.title


def test_a_day_never_replaces_a_moment_of_the_same_day():
    record = make_record()
    run(record)
    run(changed(record, published=date(2021, 7, 30), recorded_at=LATER))
    assert Video.objects.get().published_at == PUBLISHED
    assert changes() == []


def test_a_moment_makes_its_day_more_exact_without_being_a_change():
    record = make_record(published=date(2021, 7, 30))
    run(record)
    run(changed(record, published=PUBLISHED, recorded_at=EARLIER))
    video = Video.objects.get()
    assert (video.published_at, video.published_precision) == (PUBLISHED, Precision.SECOND)
    assert changes() == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_order_does_not_matter(order: tuple[int, ...]):
    base = make_record(counts=Counts())
    records = [
        changed(base, recorded_at=EARLIER, title="First", counts=Counts(views=1, dislikes=9)),
        changed(base, recorded_at=RECORDED, title="Second", counts=Counts(views=2)),
        changed(base, recorded_at=LATER, title="Third", category="News", counts=Counts(views=3)),
    ]
    run(*(records[index] for index in order))
    video = Video.objects.get()
    assert (video.title, video.category, video.recorded_at) == ("Third", "News", LATER)
    assert counts_of(video) == (3, None, 9, None)
    assert CountSample.objects.count() == 3


def test_same_video_twice_in_one_run_has_a_row_for_each():
    first = make_record()
    later = changed(first, title="Its later title", recorded_at=LATER)
    done = run(later, first, later)
    assert outcomes(done) == [Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED]
    assert Video.objects.get().title == "Its later title"


# --- Channels and tags ----------------------------------------------------------------


def test_channel_is_found_by_name_even_if_its_id_is_known():
    known = Channel.objects.create(platform="youtube", platform_id="UC1", name="Quiet Rivers")
    Channel.objects.create(platform="youtube", platform_id="UC2", name="Quiet Rivers")
    Channel.objects.create(platform="example", name="Quiet Rivers")
    run(make_record(), make_record())
    assert set(Video.objects.values_list("channel", flat=True)) == {known.pk}
    assert Channel.objects.count() == 3


def test_tags_that_differ_by_case_or_dashes_are_one():
    run(make_record(tags=("Sci-Fi", "sci fi", "#SCI FI", "#", "  ")))
    assert list(Tag.objects.values_list("slug", "name")) == [("sci-fi", "Sci-Fi")]
    assert VideoTag.objects.count() == 1


def test_tags_of_members_are_left_alone(author: User):
    record = make_record(tags=("Rivers", "Engineering"))
    run(record)
    video = Video.objects.get()
    tags.add_to_video(video, "Mine", by=author)
    tags.add_to_video(video, "Dams", by=author)
    run(changed(record, tags=("Dams", "Rivers"), recorded_at=LATER))
    assert set(video.video_tags.values_list("tag__name", "source")) == {
        ("Rivers", "record"), ("Dams", "member"), ("Mine", "member"),
    }  # fmt: skip
    run(changed(record, tags=("Rivers",), recorded_at=LATER + timedelta(days=1)))
    assert set(video.video_tags.values_list("tag__name", flat=True)) == {"Rivers", "Dams", "Mine"}


def test_another_order_of_tags_is_stored_but_is_no_change():
    record = make_record(tags=("Rivers", "Engineering"))
    run(record)
    assert outcomes(run(changed(record, tags=("Engineering", "Rivers")))) == [Outcome.UPDATED]
    assert [tag.name for tag in Tag.objects.order_by("video_tags__position")] == [
        "Engineering", "Rivers",
    ]  # fmt: skip
    assert changes() == []


# --- Titles that say nothing ----------------------------------------------------------


@pytest.mark.parametrize("title", ["[Private video]", " [deleted video] "])
def test_title_that_says_nothing_makes_no_video(title: str):
    done = run(make_record(title=title))
    row = done.rows.get()
    assert (row.outcome, row.field) == (Outcome.REJECTED, "title")
    assert row.reason
    assert not Video.objects.exists()


def test_title_that_says_nothing_is_an_availability_of_a_known_video():
    record = make_record()
    run(record)
    gone = changed(record, title="[Deleted video]", description="", recorded_at=LATER,
                   channel="", counts=Counts())  # fmt: skip
    assert outcomes(run(gone)) == [Outcome.UPDATED]
    video = Video.objects.get()
    assert (video.title, video.availability) == (record.title, Availability.GONE)
    assert changes() == [("availability", "unknown", "gone")]
    assert outcomes(run(gone)) == [Outcome.UNCHANGED]
    assert outcomes(run(record)) == [Outcome.UNCHANGED]


def test_old_title_that_says_nothing_changes_nothing():
    record = make_record()
    run(record)
    assert outcomes(run(changed(record, title="[Private video]", recorded_at=EARLIER))) == [
        Outcome.UNCHANGED
    ]
    assert Video.objects.get().availability == Availability.UNKNOWN


# --- Runs -----------------------------------------------------------------------------


def test_progress_is_told_after_each_batch(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "SIZE", 2)
    told: list[int] = []
    ingest.run((make_record() for _ in range(5)), source="tests", by=None, progress=told.append)
    assert told == [2, 4, 5]


def test_batches_are_cut_by_bytes_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "BYTES", 100)
    told: list[int] = []
    ingest.run(
        (make_record(raw=b"x" * 60) for _ in range(5)), source="t", by=None, progress=told.append
    )
    assert told == [2, 4, 5]


def test_run_that_breaks_off_is_failed_and_keeps_its_whole_batches(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(batches, "SIZE", 2)

    def breaking() -> Iterator[VideoRecord]:
        yield from (make_record() for _ in range(5))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest.run(breaking(), source="tests", by=None)
    broken = ImportRun.objects.get()
    assert (broken.state, broken.created, Video.objects.count()) == (RunState.FAILED, 4, 4)
    assert broken.rows.count() == 4


def test_run_of_a_dead_process_is_marked_when_the_next_one_starts():
    dead = ImportRun.objects.create(source="a process that was killed")
    run(make_record())
    dead.refresh_from_db()
    assert dead.state == RunState.FAILED
    assert dead.finished_at is not None


def queries_of(items: Iterable[VideoRecord | RecordError]) -> int:
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        ingest.run(items, source="tests", by=None)
    return len(captured)


def test_number_of_queries_does_not_grow_with_the_batch():
    few = [make_record() for _ in range(2)]
    many = [make_record(channel=f"Channel {n}", tags=(f"a{n}", f"b{n}", "c")) for n in range(60)]
    assert queries_of(few) == queries_of(many)
    assert queries_of(few) == queries_of(many), "unchanged"
    newer = [changed(record, title="New", recorded_at=LATER) for record in many]
    older = [changed(record, title="Old", recorded_at=EARLIER) for record in few]
    assert queries_of(newer) == queries_of(older)


def test_unchanged_batch_costs_less_than_a_new_one():
    records = [make_record() for _ in range(10)]
    assert queries_of(records) > queries_of(records)


@pytest.mark.django_db(transaction=True)
def test_two_runs_over_the_same_records_store_each_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(batches, "SIZE", 7)
    records = [
        make_record(channel=f"Channel {n % 5}", tags=(f"tag {n % 7}", f"tag {n % 3}"))
        for n in range(60)
    ]
    orders = [records, records[::-1], records[30:] + records[:30]]

    def work(items: list[VideoRecord]) -> None:
        for step in range(4):
            ingest.run(
                [changed(r, recorded_at=RECORDED + timedelta(days=step)) for r in items],
                source="tests",
                by=None,
            )

    race(*(partial(work, order) for order in orders))
    assert Video.objects.count() == 60
    assert Channel.objects.count() == 5
    assert Tag.objects.count() == 7
    assert CountSample.objects.count() == 240
    assert VideoCounts.objects.count() == 60
    assert ImportRow.objects.filter(outcome=Outcome.CREATED).count() == 60
    assert ImportRow.objects.count() == 60 * 4 * 3
    assert not ImportRun.objects.exclude(state=RunState.FINISHED).exists()


@pytest.mark.django_db(transaction=True)
def test_run_at_work_elsewhere_is_not_called_interrupted():
    inside = threading.Event()
    go_on = threading.Event()

    def slow() -> Iterator[VideoRecord]:
        inside.set()
        assert go_on.wait(timeout=60)
        yield make_record()

    def work() -> None:
        try:
            ingest.run(slow(), source="slow", by=None)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(timeout=60)
    run(make_record())
    assert ImportRun.objects.get(source="slow").state == RunState.RUNNING
    go_on.set()
    thread.join(timeout=60)
    assert ImportRun.objects.get(source="slow").state == RunState.FINISHED


@pytest.mark.django_db(transaction=True)
def test_batch_is_stored_as_a_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch):
    # The last statement of a batch fails, as if the connection had gone.
    monkeypatch.setattr(merging, "_TOTALS", "SELECT no_such_column FROM catalogue_importrun")
    with pytest.raises(Exception, match="no_such_column"):
        run(make_record())
    assert not Video.objects.exists()
    assert not ImportRow.objects.exists()
    assert not Channel.objects.exists()
    assert ImportRun.objects.get().state == RunState.FAILED


def test_run_inside_a_transaction_is_taken_back_with_it():
    def attempt() -> None:
        with transaction.atomic():
            run(make_record(), make_record())
            raise DataError("taken back")

    with pytest.raises(DataError):
        attempt()
    assert not Video.objects.exists()
    assert not ImportRun.objects.exists()
