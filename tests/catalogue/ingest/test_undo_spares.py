"""What stays when a run is taken back, because others made use of it since."""

from datetime import timedelta

import pytest

from accounts.models import User
from catalogue import copies, ingest, tags
from catalogue.models import (
    Availability,
    Change,
    Channel,
    CountSample,
    ImportRun,
    Tag,
    UndoOutcome,
    Video,
    VideoCounts,
)
from catalogue.records import Counts
from tests.catalogue.ingest.makers import EARLIER, LATER, changed, run
from tests.catalogue.ingest.undoing import look, reason_of, state, undo
from tests.makers import make_claim, make_record, make_video

pytestmark = pytest.mark.django_db


# --- What made films stay for ---------------------------------------------------------


def test_film_with_a_claim_is_spared(author: User):
    done = run(make_record(), make_record())
    make_claim(author=author, video=Video.objects.earliest("pk"))
    assert undo(done) == (1, 0, 0, 1)
    assert reason_of_spared(done) == "it has occurrences"


def test_a_film_with_a_copy_stays_and_the_reason_says_so(author: User):
    done = ingest.run([make_record()], source="first", by=None)
    copy = copies.add(Video.objects.get(), by=author, address="https://example.org/film")
    ingest.undo(done, by=None)
    assert reason_of_spared(done) == "it has copies"
    copies.withdraw(copy, by=author)
    ingest.undo(done, by=None)
    assert reason_of_spared(done) == "it has copies"


def reason_of_spared(row: ImportRun) -> str:
    return row.rows.get(undone=UndoOutcome.SPARED).undo_reason


def test_film_that_a_member_tagged_is_spared(author: User):
    done = run(make_record())
    tags.add_to_video(Video.objects.get(), "Mine", by=author)
    before = state()
    assert undo(done) == (0, 0, 0, 1)
    assert state() == before
    assert reason_of(done) == "members tagged it"


def test_film_goes_with_what_our_own_looks_saw_of_it_since():
    done = run(make_record())
    look(Video.objects.get(), counts=Counts(views=200_000), title="As the platform has it")
    assert undo(done) == (1, 0, 0, 0)
    assert not Video.objects.exists()
    assert not CountSample.objects.exists()


def test_film_that_a_later_import_speaks_of_is_spared_until_that_is_taken_back():
    record = make_record()
    first, second = run(record), run(record)
    assert undo(first) == (0, 0, 0, 1)
    assert reason_of(first) == "a later import speaks of it"
    assert undo(second) == (0, 0, 0, 0)
    assert undo(first) == (1, 0, 0, 0)
    assert not Video.objects.exists()


def test_film_with_samples_from_elsewhere_is_spared():
    done = run(make_record())
    CountSample.objects.create(video=Video.objects.get(), observed_at=EARLIER, views=1)
    assert undo(done) == (0, 0, 0, 1)


def test_channel_and_tags_that_others_carry_stay():
    done = run(make_record())
    make_video(tags=["Rivers"])
    undo(done)
    assert list(Channel.objects.values_list("name", flat=True)) == ["Quiet Rivers"]
    assert list(Tag.objects.values_list("name", flat=True)) == ["Rivers"]


def test_tags_that_were_there_before_stay_though_nothing_carries_them(author: User):
    tags.create(by=author, name="Rivers")
    old = Channel.objects.create(platform="youtube", name="Quiet Rivers")
    undo(run(make_record()))
    assert list(Tag.objects.values_list("name", flat=True)) == ["Rivers"]
    assert Channel.objects.get() == old


# --- What changed films keep ----------------------------------------------------------


def test_what_a_later_run_changed_is_spared_and_the_rest_restored():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", category="News", recorded_at=LATER))
    third = changed(
        record, title="Three", category="News", recorded_at=LATER + timedelta(days=1)
    )  # fmt: skip
    run(third)
    assert undo(over) == (0, 0, 1, 0)
    video = Video.objects.get()
    assert (video.title, video.category) == ("Three", "Education")
    assert "title" in reason_of(over)
    assert reason_of(over).endswith("changed since")
    assert "category" not in reason_of(over)
    # The newest record still says so: it is looked at again, not taken for known.
    assert run(third).updated == 1
    assert Video.objects.get().category == "News"


def test_record_that_came_in_again_keeps_what_it_says():
    record = make_record()
    run(record)
    newer = changed(record, title="Two", recorded_at=LATER)
    over, again = run(newer), run(newer)
    before = state()
    assert undo(over) == (0, 0, 0, 1)
    assert state() == before
    assert "a later import says the same" in reason_of(over)
    undo(again)
    assert undo(over) == (0, 1, 0, 0)
    assert Video.objects.get().title == record.title


def test_words_that_the_platform_confirmed_or_changed_are_spared():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", description="New.", category="News",
                       recorded_at=LATER))  # fmt: skip
    look(Video.objects.get(), title="Two")
    assert undo(over) == (0, 0, 1, 0)
    video = Video.objects.get()
    assert (video.title, video.description, video.category) == ("Two", "New.", "Education")
    assert reason_of(over) == "description, title: its platform was asked since"


def test_counts_observed_since_are_spared_and_the_sample_of_the_run_goes():
    record = make_record(counts=Counts(views=10, likes=1))
    run(record)
    over = run(changed(record, counts=Counts(views=20, likes=1), recorded_at=LATER))
    look(Video.objects.get(), counts=Counts(views=20, likes=2))
    assert undo(over) == (0, 0, 1, 0)
    assert VideoCounts.objects.get().views == 20
    assert reason_of(over) == "views: counted since"
    assert not CountSample.objects.filter(observed_at=LATER).exists()
    assert CountSample.objects.count() == 2


def test_sample_that_another_import_observed_too_stays():
    record = make_record()
    run(record)
    older = changed(record, recorded_at=EARLIER, counts=Counts(views=5))
    first = run(older)
    run(older)
    assert undo(first) == (0, 0, 0, 1)
    assert CountSample.objects.filter(observed_at=EARLIER, views=5).exists()
    assert reason_of(first) == "sample of its counts: another import observed the same"


def test_tags_of_members_stay_and_a_member_keeps_the_tag_that_comes_back(author: User):
    record = make_record(tags=("Rivers", "Engineering"))
    run(record)
    over = run(changed(record, tags=("Dams",), recorded_at=LATER))
    video = Video.objects.get()
    tags.add_to_video(video, "Rivers", by=author)
    assert undo(over) == (0, 1, 0, 0)
    assert set(video.video_tags.values_list("tag__name", "source")) == {
        ("Rivers", "member"), ("Engineering", "record"),
    }  # fmt: skip
    video.refresh_from_db()
    assert video.keywords == "Quiet Rivers\nEducation\nEngineering\nRivers"
    assert not Tag.objects.filter(name="Dams").exists()


def test_search_finds_what_was_restored_and_not_what_was_taken_back():
    record = make_record(title="Otters of the north")
    run(record)
    undo(run(changed(record, title="Zebras", tags=("Stripes",), recorded_at=LATER)))
    found = Video.objects.filter(search="otters").values_list("title", flat=True)
    assert list(found) == [record.title]
    assert not Video.objects.filter(search="zebras").exists()
    assert not Video.objects.filter(search="stripes").exists()


def test_changes_stay_where_their_value_does():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", category="News", recorded_at=LATER))
    run(changed(record, title="Three", category="", recorded_at=LATER + timedelta(days=1)))
    undo(over)
    assert list(Change.objects.order_by("id").values_list("field", "old", "new")) == [
        ("title", record.title, "Two"),
        ("title", "Two", "Three"),
    ]


def test_availability_comes_back_unless_the_platform_spoke():
    record = make_record()
    run(record)
    gone = changed(record, title="[Deleted video]", recorded_at=LATER)
    undo(run(gone))
    assert Video.objects.get().availability == Availability.UNKNOWN
    over = run(gone)
    look(Video.objects.get(), title=record.title)
    assert undo(over) == (0, 0, 0, 1)
    assert Video.objects.get().availability == Availability.AVAILABLE


def test_rows_from_before_anything_was_kept_are_spared():
    record = make_record()
    run(record)
    over = run(changed(record, title="Two", recorded_at=LATER))
    over.rows.update(changed=None)
    assert undo(over) == (0, 0, 0, 1)
    assert Video.objects.get().title == "Two"
    assert "before anything was kept" in reason_of(over)
