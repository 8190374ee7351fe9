"""What becomes of a film when records speak of it again, newer or older."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from accounts.models import User
from catalogue import tags
from catalogue.models import (
    Availability,
    Change,
    Channel,
    CountSample,
    Outcome,
    Precision,
    Tag,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.records import Counts
from tests.catalogue.ingest.makers import EARLIER, LATER, changed, changes, counts_of, outcomes, run
from tests.makers import PUBLISHED, RECORDED, make_record

pytestmark = pytest.mark.django_db


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
