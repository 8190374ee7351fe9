"""Which videos are taken, and what looks at them leave behind."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue import ingest
from catalogue.models import (
    Availability,
    Change,
    CountSample,
    ImportRow,
    Video,
    VideoCounts,
)
from catalogue.platforms import Failure, FailureKind, Observation
from catalogue.records import Counts
from catalogue.refreshing import leases
from catalogue.refreshing.leases import LEASE, Lease
from catalogue.refreshing.storing import back_off, store
from tests import looks
from tests.makers import make_record, make_video
from tests.racing import race

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GONE = Failure(FailureKind.GONE, "HTTP Error 404")
TEMPORARY = Failure(FailureKind.TEMPORARY, "timed out")


def due_video(**fields: object) -> Video:
    fields.setdefault("refresh_at", NOW - HOUR)
    return make_video(**fields)  # type: ignore[arg-type]


def take(now: datetime = NOW) -> Lease:
    (lease,) = leases.take_due(10, now=now)
    return lease


def counts_of(video: Video) -> VideoCounts:
    return VideoCounts.objects.get(video=video)


def seen(**fields: object) -> Observation:
    fields.setdefault("observed_at", NOW)
    return Observation(**fields)  # type: ignore[arg-type]


def look(video: Video, found: Observation | Failure, *, now: datetime = NOW) -> None:
    looks.look(video, found, now=now)


def apply(lease: Lease, found: Observation) -> bool:
    """Hand in what was seen; tells whether it counted."""
    return store([(lease, found)], now=found.observed_at) == 1


def postpone(lease: Lease, failure: Failure, *, now: datetime) -> bool:
    """Hand in why nothing was seen; tells whether it counted."""
    return store([(lease, failure)], now=now) == 1


def changes() -> list[tuple[str, object, object]]:
    return list(Change.objects.order_by("id").values_list("field", "old", "new"))


# --- Taking ---------------------------------------------------------------------------


def test_due_videos_are_taken_longest_due_first():
    later = due_video(refresh_at=NOW - HOUR)
    sooner = due_video(refresh_at=NOW - DAY)
    make_video(refresh_at=NOW + HOUR)
    make_video(refresh_at=None)
    (first,) = leases.take_due(1, now=NOW)
    (second,) = leases.take_due(5, now=NOW)
    assert (first.video_id, second.video_id) == (sooner.pk, later.pk)
    assert leases.take_due(5, now=NOW) == []


def test_no_more_are_taken_than_asked_for_however_the_statement_is_planned():
    for _ in range(7):
        due_video()
    # A nested loop reads its inner side once for each row, and locks others each time.
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert len(leases.take_due(5, now=NOW)) == 5
    assert len(leases.take_due(5, now=NOW)) == 2


def test_lease_names_the_page_to_ask():
    due_video(platform="youtube", platform_id="swje6NSdkfk")
    due_video(platform="example", url="https://example.org/film")
    assert {lease.url for lease in leases.take_due(5, now=NOW)} == {
        "https://www.youtube.com/watch?v=swje6NSdkfk",
        "https://example.org/film",
    }


def test_no_record_leads_the_look_at_a_youtube_video_elsewhere():
    due_video(platform="youtube", platform_id="swje6NSdkfk", url="https://example.org/counts")
    (lease,) = leases.take_due(5, now=NOW)
    assert lease.url == "https://www.youtube.com/watch?v=swje6NSdkfk"


def test_taking_is_one_statement_for_any_number():
    for _ in range(5):
        due_video()
    with CaptureQueriesContext(connection) as captured:
        assert len(leases.take_due(5, now=NOW)) == 5
    assert len(captured) == 1


def test_lease_that_ran_out_is_taken_again_as_a_failure_and_last():
    lost = due_video(refresh_at=NOW - DAY)
    take()
    fresh = due_video(refresh_at=NOW)
    assert [lease.video_id for lease in leases.take_due(5, now=NOW + LEASE)] == [
        fresh.pk,
        lost.pk,
    ]
    assert counts_of(lost).failures == 1


def test_look_that_keeps_ending_its_worker_is_taken_less_and_less_often():
    due_video()
    first = take()
    second = take(first.until)
    third = take(second.until)
    assert second.until - first.until == LEASE
    assert third.until - second.until == 2 * LEASE


def test_one_video_is_taken_before_it_is_due():
    video = make_video(refresh_at=NOW + DAY)
    assert len(leases.take([video.pk], now=NOW)) == 1
    assert leases.take([video.pk], now=NOW) == [], "it is held"
    assert leases.take([make_video(refresh_at=None).pk], now=NOW) == [], "nobody can be asked"


@pytest.mark.django_db(transaction=True)
def test_many_workers_take_each_video_once():
    for _ in range(40):
        due_video()
    taken: list[int] = []

    def work() -> None:
        while due := leases.take_due(3, now=NOW):
            taken.extend(lease.video_id for lease in due)

    race(work, work, work, work)
    assert sorted(taken) == sorted(Video.objects.values_list("pk", flat=True))


# --- Applying -------------------------------------------------------------------------


def test_look_stores_counts_a_sample_and_the_next_date():
    video = due_video(counts=Counts(views=10, likes=1))
    assert apply(take(), seen(counts=Counts(views=20, likes=2, comments=3)))
    row = counts_of(video)
    assert (row.views, row.likes, row.dislikes, row.comments) == (20, 2, None, 3)
    assert (row.observed_at, row.looked_at, row.leased_until) == (NOW, NOW, None)
    assert row.refresh_at is not None
    assert row.refresh_at > NOW
    sample = CountSample.objects.get(video=video)
    assert (sample.observed_at, sample.views, sample.dislikes) == (NOW, 20, None)
    video.refresh_from_db()
    assert video.availability == Availability.AVAILABLE
    assert changes() == [], "that a film is there at the first look is no change"


def test_first_look_leaves_the_search_column_alone():
    """To set a title, if only to what it was, would make it anew: the dearest part of a look."""
    video = due_video()
    with CaptureQueriesContext(connection) as captured:
        look(video, seen(title=video.title, counts=Counts(views=1)))
    updates = [query["sql"] for query in captured if "UPDATE catalogue_video v" in query["sql"]]
    assert len(updates) == 1
    assert "title" not in updates[0]
    video.refresh_from_db()
    assert video.availability == Availability.AVAILABLE


def test_applying_twice_is_harmless():
    due_video()
    lease = take()
    assert apply(lease, seen(counts=Counts(views=20)))
    assert not apply(lease, seen(counts=Counts(views=30)))
    assert not postpone(lease, GONE, now=NOW)
    assert VideoCounts.objects.get().views == 20
    assert VideoCounts.objects.get().failures == 0


def test_lost_lease_stores_nothing():
    video = due_video()
    slow = take()
    quick = take(slow.until)
    assert not apply(slow, seen(title="Another"))
    assert apply(quick, seen(counts=Counts(views=5)))
    video.refresh_from_db()
    assert video.title == "The River That Was Moved"


def test_video_that_was_deleted_meanwhile_is_no_error():
    video = due_video()
    lease = take()
    video.delete()
    assert not apply(lease, seen())
    assert not postpone(lease, GONE, now=NOW)


def test_unknown_never_replaces_known():
    video = due_video(counts=Counts(views=10, likes=1), description="Known.")
    apply(take(), seen(counts=Counts(views=11)))
    row = counts_of(video)
    assert (row.views, row.likes) == (11, 1)
    video.refresh_from_db()
    assert (video.description, video.duration_ms) == ("Known.", 586_000)


def test_older_observation_only_fills_gaps():
    video = due_video()
    look(video, seen(counts=Counts(views=20), title="New"))
    look(video, seen(observed_at=NOW - DAY, counts=Counts(views=10, likes=1), title="Old"))
    row = counts_of(video)
    assert (row.views, row.likes, row.observed_at, row.looked_at) == (20, 1, NOW, NOW)
    video.refresh_from_db()
    assert video.title == "New"
    assert CountSample.objects.count() == 2


def test_sample_is_kept_when_a_number_moved_or_a_day_has_passed():
    video = due_video()
    same = Counts(views=20)
    look(video, seen(counts=same))
    look(video, seen(counts=same, observed_at=NOW + HOUR))
    assert CountSample.objects.count() == 1
    look(video, seen(counts=Counts(views=21), observed_at=NOW + 2 * HOUR))
    assert CountSample.objects.count() == 2
    look(video, seen(counts=Counts(views=21), observed_at=NOW + 2 * HOUR + DAY))
    assert CountSample.objects.count() == 3
    look(video, seen(counts=Counts(), observed_at=NOW + 9 * DAY))
    assert CountSample.objects.count() == 3, "nothing known is no sample"


def test_changes_of_the_film_are_kept_old_and_new():
    video = due_video(description="Old text")
    apply(take(), seen(title="New title", description="New text", duration_ms=600_000))
    video.refresh_from_db()
    assert (video.title, video.description, video.duration_ms) == (
        "New title", "New text", 600_000,
    )  # fmt: skip
    assert changes() == [
        ("title", "The River That Was Moved", "New title"),
        ("description", "Old text", "New text"),
        ("duration_ms", 586_000, 600_000),
    ]
    assert Change.objects.filter(observed_at=NOW).count() == 3
    assert Video.objects.filter(search="title").exists()


def test_other_spaces_and_rounded_lengths_are_no_change():
    video = due_video(description="One\n\ntwo  three", duration_ms=586_400)
    apply(take(), seen(description="One\ntwo three\n", duration_ms=586_000))
    video.refresh_from_db()
    assert (video.description, video.duration_ms) == ("One\n\ntwo  three", 586_400)
    assert changes() == []


def test_filled_gap_is_no_change():
    due_video(description="", duration_ms=None)
    apply(take(), seen(description="Text", duration_ms=1000))
    assert Video.objects.get().description == "Text"
    assert changes() == []


def test_old_record_does_not_bring_back_what_the_platform_has_changed():
    record = make_record()
    ingest.run([record], source="seed", by=None)
    look(Video.objects.get(), seen(title="Its title today", counts=Counts(views=200_000)))
    ingest.run([record], source="seed again", by=None)
    video = Video.objects.get()
    assert video.title == "Its title today"
    assert counts_of(video).views == 200_000
    assert list(ImportRow.objects.order_by("id").values_list("outcome", flat=True)) == [
        "created",
        "unchanged",
    ]
    # Another record of an age between: newer than the record, older than the look.
    between = make_record(
        platform_id=record.platform_id, title="In between", category="News",
        recorded_at=NOW - 300 * DAY, counts=Counts(views=170_000),
    )  # fmt: skip
    ingest.run([between], source="between", by=None)
    video.refresh_from_db()
    assert (video.title, video.category) == ("Its title today", "News")
    assert counts_of(video).views == 200_000
    assert CountSample.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_looks_and_records_at_the_same_time_end_in_one_state():
    records = [make_record() for _ in range(12)]
    ingest.run(records, source="first", by=None)

    def look_at_all() -> None:
        for step in range(15):
            for lease in leases.take_due(12, now=NOW + step * 100 * DAY):
                apply(
                    lease,
                    seen(
                        observed_at=NOW + step * 100 * DAY,
                        title=f"Look {step}",
                        counts=Counts(views=1000 + step),
                    ),
                )

    def ingest_all() -> None:
        for step in range(15):
            ingest.run(
                [
                    dataclasses.replace(
                        record,
                        title=f"Record {step}",
                        recorded_at=NOW - (20 - step) * DAY,
                        counts=Counts(views=step),
                    )
                    for record in records
                ],
                source="again",
                by=None,
            )

    race(look_at_all, look_at_all, ingest_all)
    for video in Video.objects.select_related("counts"):
        assert video.title.startswith("Look"), "every look is newer than every record"
        assert (video.counts.views or 0) >= 1000
        assert video.recorded_at == NOW - 6 * DAY


# --- Postponing -----------------------------------------------------------------------


def test_failure_is_kept_and_waits_double():
    video = due_video()
    waits = []
    for _ in range(3):
        look(video, TEMPORARY)
        row = counts_of(video)
        assert row.refresh_at is not None
        waits.append(row.refresh_at - NOW)
    assert (row.failures, row.last_failure) == (3, "temporary: timed out")
    for number, wait in enumerate(waits):
        shortest = timedelta(minutes=10) * 2**number
        assert shortest <= wait <= shortest * 1.25
    look(video, seen())
    row = counts_of(video)
    assert (row.failures, row.last_failure, row.failing_since) == (0, "", None)


def test_known_values_stay_when_a_look_fails():
    video = due_video(counts=Counts(views=10))
    look(video, GONE)
    assert counts_of(video).views == 10
    video.refresh_from_db()
    assert video.availability == Availability.UNKNOWN


def test_gone_is_believed_when_another_day_confirms_it():
    video = due_video()
    look(video, GONE)
    look(video, GONE, now=NOW + HOUR)
    assert changes() == []
    look(video, GONE, now=NOW + DAY)
    video.refresh_from_db()
    assert video.availability == Availability.GONE
    assert video.title == "The River That Was Moved"
    look(video, GONE, now=NOW + 2 * DAY)
    assert changes() == [("availability", "unknown", "gone")]


def test_another_failure_between_starts_the_confirmation_again():
    video = due_video()
    look(video, GONE)
    look(video, TEMPORARY, now=NOW + HOUR)
    look(video, GONE, now=NOW + DAY)
    assert changes() == []


def test_film_that_comes_back_is_available_again():
    video = due_video(availability=Availability.GONE)
    look(video, seen())
    assert changes() == [("availability", "gone", "available")]


def test_long_reason_fits():
    video = due_video()
    look(video, Failure(FailureKind.MALFORMED, "x" * 1000))
    assert len(counts_of(video).last_failure) == 300


# --- When -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "failures", "share", "wait"),
    [
        (TEMPORARY, 1, 0, timedelta(minutes=10)),
        (TEMPORARY, 2, 0, timedelta(minutes=20)),
        (TEMPORARY, 1, 1, timedelta(minutes=12.5)),
        (TEMPORARY, 50, 0, timedelta(days=30)),
        (GONE, 1, 0, DAY),
        (Failure(FailureKind.RATE_LIMITED, "", retry_after=3 * HOUR), 1, 0, 3 * HOUR),
        (Failure(FailureKind.RATE_LIMITED, "", retry_after=timedelta(seconds=1)), 2, 0,
         timedelta(minutes=20)),
    ],
)  # fmt: skip
def test_back_off(failure: Failure, failures: int, share: float, wait: timedelta):
    assert back_off(failure, failures=failures, share=share) == wait
