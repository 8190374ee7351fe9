"""Which of several records decides a value: one example for each rule."""

import dataclasses
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from accounts.models import User
from catalogue import ingest, tags
from catalogue.models import (
    Availability,
    Change,
    CountSample,
    ImportRun,
    Precision,
    Video,
    VideoCounts,
    VideoTag,
)
from catalogue.platforms import Failure, FailureKind, Observation
from catalogue.records import Counts, VideoRecord
from tests import looks
from tests.makers import RECORDED, make_record

pytestmark = pytest.mark.django_db

FILM = "aaaaaaaaaaa"
DAY = timedelta(days=1)
FIRST, SECOND, THIRD = RECORDED, RECORDED + DAY, RECORDED + 2 * DAY
NOON = datetime(2021, 7, 30, 12, tzinfo=UTC)
orders_of_three = pytest.mark.parametrize("order", list(permutations(range(3))))


def say(name: str, recorded_at: datetime | None = FIRST, **fields: object) -> VideoRecord:
    """Return a record of our film in a file of this name that says nothing but `fields`."""
    silent = make_record(
        platform_id=FILM, source=f"records/{name}", recorded_at=recorded_at, title="",
        description="", channel="", category="", tags=(), published=None, duration_ms=None,
        counts=Counts(),
    )  # fmt: skip
    return dataclasses.replace(silent, **fields)  # type: ignore[arg-type]


def run(*items: VideoRecord) -> list[str]:
    done = ingest.run(iter(items), source="tests", by=None)
    return list(done.rows.order_by("number").values_list("outcome", flat=True))


def film() -> Video:
    return Video.objects.select_related("counts", "channel").get()


def numbers() -> tuple[int | None, ...]:
    row = VideoCounts.objects.get()
    return row.views, row.likes, row.dislikes, row.comments


def look(**seen: object) -> None:
    """Store a look at the film's platform, now."""
    VideoCounts.objects.update(refresh_at=timezone.now())
    given = {"title": None, "description": None, "duration_ms": None, "counts": Counts()} | seen
    looks.look(film(), Observation(observed_at=timezone.now(), **given))  # type: ignore[arg-type]


def last_run() -> ImportRun:
    return ImportRun.objects.latest("pk")


# --- One value at a time --------------------------------------------------------------


@orders_of_three
def test_value_is_that_of_the_newest_record_that_knows_it(order: tuple[int, ...]):
    said = [
        say("1.md", FIRST, title="One", category="News"),
        say("2.md", SECOND, title="Two", category="History"),
        say("3.md", THIRD, title="Three"),
    ]
    for index in order:
        run(said[index])
    assert (film().title, film().category, film().recorded_at) == ("Three", "History", THIRD)
    assert list(film().origins) == ["category"]
    assert film().origins["category"][2] == "2.md"


def test_where_values_come_from_takes_no_room_while_one_record_says_them_all():
    run(make_record(platform_id=FILM), make_record(platform_id=FILM, recorded_at=SECOND))
    assert (film().origins, film().record_name) == ({}, f"{FILM}.md")


@pytest.mark.parametrize("recorded_at", [FIRST, None])
def test_of_one_date_no_order_is_preferred(recorded_at: datetime | None):
    said = [say(f"{title}.md", recorded_at, title=title) for title in ("One", "Two")]
    run(*said)
    first = film().title
    Video.objects.all().delete()
    run(*reversed(said))
    assert film().title == first


@pytest.mark.parametrize("recorded_at", [FIRST, None])
def test_corrected_file_wins_whichever_way_it_was_corrected(recorded_at: datetime | None):
    for title in ("One", "Two", "One"):
        assert run(say("film.md", recorded_at, title=title)) != ["unchanged"]
        assert film().title == title


def test_file_is_known_again_in_another_folder_and_in_an_archive():
    for place in ("film.md", "records/film.md", "all.zip!more/film.md", "all.zip!film.md"):
        record = dataclasses.replace(say("", title=place), source=place)
        run(record)
        assert film().title == place


def test_records_from_nowhere_are_no_corrections_of_each_other():
    said = [dataclasses.replace(say("", title=title), source="") for title in ("One", "Two")]
    run(*said)
    first = film().title
    assert first == max(said, key=_fingerprint).title
    run(*said)
    assert film().title == first


def _fingerprint(record: VideoRecord) -> str:
    from catalogue.ingest.staging import content_hash

    return content_hash(record)


def test_correction_of_an_older_record_corrects_what_still_comes_from_it():
    run(say("old.md", FIRST, title="One", category="Nws"), say("new.md", SECOND, title="Two"))
    assert run(say("old.md", FIRST, title="One!", category="News")) == ["updated"]
    assert (film().title, film().category) == ("Two", "News")


def test_title_that_is_the_id_is_no_title():
    run(say("1.md", FIRST, title="One"), say("2.md", SECOND, title=FILM))
    assert film().title == "One"


def test_tags_that_members_had_put_there_all_count_as_those_of_the_record(author: User):
    run(say("0.md", None, title="One"))
    tags.add_to_video(film(), "Dams", by=author)
    newer, older = say("2.md", SECOND, tags=("Dams",)), say("1.md", FIRST, tags=("Rivers",))
    run(newer)
    run(older)
    assert set(VideoTag.objects.values_list("tag__name", "source")) == {("Dams", "member")}


def test_record_older_than_a_look_does_not_bring_its_words_back():
    run(say("1.md", FIRST, title="One", description="Text."))
    look(title="As the platform has it")
    assert run(say("2.md", SECOND, title="Two", category="News")) == ["updated"]
    assert (film().title, film().category) == ("As the platform has it", "News")


# --- Days and moments -----------------------------------------------------------------


@orders_of_three
@pytest.mark.parametrize(
    ("days", "at", "precision"),
    [
        # The newest day, to the second where a record knows it.
        ([NOON, date(2021, 7, 30), None], NOON, Precision.SECOND),
        ([NOON, date(2021, 7, 31), None], NOON + DAY / 2, Precision.DAY),
        # The day that was another for a while makes the moment right again.
        ([NOON, date(2021, 7, 31), date(2021, 7, 30)], NOON, Precision.SECOND),
        ([NOON, NOON + DAY, date(2021, 7, 30)], NOON - DAY / 2, Precision.DAY),
        ([NOON, NOON + DAY / 4, date(2021, 7, 30)], NOON + DAY / 4, Precision.SECOND),
    ],
)
def test_day_and_moment_are_those_of_the_newest_that_know_them(
    days: list[datetime | date | None], at: datetime, precision: str, order: tuple[int, ...]
):
    dates = (FIRST, SECOND, THIRD)
    said = [say(f"{n}.md", dates[n], published=days[n]) for n in range(3)]
    for index in order:
        run(said[index])
    assert (film().published_at, film().published_precision) == (at, precision)


# --- Titles that say nothing ----------------------------------------------------------


@orders_of_three
def test_title_that_says_nothing_holds_until_a_record_is_as_new(order: tuple[int, ...]):
    run(say("0.md", None, title="One"))
    said = [
        say("1.md", FIRST, category="News"),
        say("2.md", SECOND, title="[Deleted video]"),
        say("3.md", SECOND, category="History"),
    ]
    for index in order:
        run(said[index])
    assert film().availability == Availability.UNKNOWN
    assert "availability" not in film().origins


@orders_of_three
def test_newest_title_that_says_nothing_holds(order: tuple[int, ...]):
    run(say("0.md", FIRST, title="One"))
    said = [
        say("1.md", SECOND, title="[Private video]"),
        say("2.md", THIRD, title="[Deleted video]"),
        say("3.md", SECOND, category="News"),
    ]
    for index in order:
        run(said[index])
    assert film().availability == Availability.GONE
    run(say("4.md", THIRD + DAY, category="News"))
    assert film().availability == Availability.UNKNOWN


def test_title_that_says_nothing_without_a_date_beats_every_record_and_no_look():
    gone = say("list.json", None, title="[Private video]")
    run(say("1.md", FIRST, title="One"))
    assert run(gone) == ["updated"]
    assert run(gone) == ["unchanged"]
    run(say("2.md", timezone.now(), title="Two"))
    assert (film().title, film().availability) == ("Two", Availability.PRIVATE)
    look(title="Two")
    assert film().availability == Availability.AVAILABLE
    assert run(gone) == ["unchanged"]
    assert film().availability == Availability.AVAILABLE


@pytest.mark.parametrize("step", [1, -1])
def test_title_that_says_nothing_without_a_date_beats_one_with_a_date(step: int):
    run(say("1.md", FIRST, title="One"))
    said = [
        say("list.json", None, title="[Private video]"),
        say("2.md", SECOND, title="[Deleted video]"),
    ]
    for record in said[::step]:
        run(record)
    run(say("3.md", THIRD, title="One"))
    assert film().availability == Availability.PRIVATE


def test_look_that_sees_the_film_ends_what_the_title_said_for_good():
    run(say("1.md", FIRST, title="One"), say("2.md", SECOND, title="[Private video]"))
    look(title="One")
    assert film().origins == {}
    run(say("3.md", THIRD, category="News"))
    assert film().availability == Availability.AVAILABLE


def test_loss_that_looks_confirm_is_not_undone_by_a_newer_record():
    run(say("1.md", FIRST, title="One"), say("2.md", SECOND, title="[Deleted video]"))
    gone = Failure(FailureKind.GONE, "HTTP Error 404")
    for now in (THIRD, THIRD + 2 * DAY):
        looks.look(film(), gone, now=now)
    run(say("3.md", THIRD, category="News"))
    assert film().availability == Availability.GONE


def test_each_time_the_availability_changes_is_kept():
    run(
        say("1.md", FIRST, title="One"),
        say("2.md", SECOND, title="[Private video]"),
        say("3.md", THIRD, title="One"),
    )
    assert list(Change.objects.order_by("id").values_list("field", "old", "new")) == [
        ("availability", "unknown", "private"),
        ("availability", "private", "unknown"),
    ]


# --- Counts ---------------------------------------------------------------------------


@orders_of_three
def test_each_number_is_that_of_the_newest_record_that_knows_it(order: tuple[int, ...]):
    said = [
        say("1.md", FIRST, counts=Counts(views=9, likes=9, dislikes=9)),
        say("2.md", SECOND, counts=Counts(views=2, likes=2)),
        say("3.md", THIRD, counts=Counts(views=3)),
    ]
    for index in order:
        run(said[index])
    assert numbers() == (3, 2, 9, None)
    row = VideoCounts.objects.get()
    assert row.observed_at == THIRD
    assert {name: datetime.fromisoformat(at) for name, at in row.earlier.items()} == {
        "likes": SECOND, "dislikes": FIRST,
    }  # fmt: skip
    assert CountSample.objects.count() == 3


@pytest.mark.parametrize("step", [1, -1])
def test_of_one_date_the_larger_number_is_the_later_one(step: int):
    said = [
        say("1.md", FIRST, counts=Counts(views=5, likes=1)),
        say("2.md", FIRST, counts=Counts(views=4, likes=2)),
    ]
    run(*said[::step])
    assert numbers() == (5, 2, None, None)
    sample = CountSample.objects.get()
    assert (sample.views, sample.likes) == (5, 2)


@pytest.mark.parametrize("recorded_at", [FIRST, None])
def test_corrected_file_may_lower_a_number(recorded_at: datetime | None):
    run(say("film.md", recorded_at, counts=Counts(views=50, likes=1)))
    run(say("film.md", recorded_at, counts=Counts(views=5)))
    assert numbers() == (5, 1, None, None)
    assert list(CountSample.objects.values_list("views", "likes")) == (
        [(5, 1)] if recorded_at else []
    )


def test_number_of_an_old_record_gives_way_to_one_that_is_less_old():
    run(
        say("3.md", THIRD, counts=Counts(views=3)),
        say("1.md", FIRST, counts=Counts(likes=1)),
        say("2.md", SECOND, counts=Counts(likes=2)),
        say("0.md", None, counts=Counts(likes=9, comments=7)),
    )
    assert numbers() == (3, 2, None, 7)
    assert VideoCounts.objects.get().earlier["comments"] is None


def test_look_leaves_the_date_of_what_it_does_not_see():
    run(say("1.md", FIRST, counts=Counts(views=1, likes=1, dislikes=1)))
    look(counts=Counts(views=10, likes=10))
    run(say("2.md", SECOND, counts=Counts(views=2, likes=2, dislikes=2)))
    assert numbers() == (10, 10, 2, None)
    row = VideoCounts.objects.get()
    assert list(row.earlier) == ["dislikes"]
    assert row.observed_at
    assert row.observed_at > SECOND


# --- Back again -----------------------------------------------------------------------


def test_undo_out_of_order_leaves_each_value_to_the_record_that_still_says_it():
    first = say("1.md", FIRST, title="One", category="News", language="en")
    second = say("2.md", SECOND, title="Two", category="History")
    third = say("3.md", THIRD, title="Three")
    run(first)
    run(second)
    over = last_run()
    run(third)
    ingest.undo(over, by=None)
    assert (film().title, film().category, film().language) == ("Three", "News", "en")
    assert {name: origin[2] for name, origin in film().origins.items()} == {
        "category": "1.md", "language": "1.md",
    }  # fmt: skip
    # What lies between the two decides again.
    run(say("between.md", FIRST + DAY / 2, title="Between", category="Nature"))
    assert (film().title, film().category) == ("Three", "Nature")


def test_undo_gives_a_confirmed_value_back_to_the_record_before():
    run(say("1.md", FIRST, category="News", title="One"))
    run(say("2.md", SECOND, category="News"))
    ingest.undo(last_run(), by=None)
    run(say("between.md", FIRST + DAY / 2, category="History"))
    assert film().category == "History"


def test_undo_brings_back_how_old_each_number_was():
    run(say("1.md", FIRST, counts=Counts(views=1, likes=1)))
    run(say("2.md", SECOND, counts=Counts(views=2)))
    before = VideoCounts.objects.values("views", "likes", "observed_at", "earlier").get()
    run(say("3.md", THIRD, counts=Counts(views=3, likes=3, comments=3)))
    over = last_run()
    assert VideoCounts.objects.get().earlier == {}
    ingest.undo(over, by=None)
    assert VideoCounts.objects.values(*before).get() == before


def test_undo_of_a_run_from_before_names_were_kept_still_restores():
    run(say("1.md", FIRST, title="One"))
    run(say("2.md", SECOND, title="Two"))
    over = last_run()
    row = over.rows.get()
    assert row.changed
    row.changed = row.changed | {"record": [side[:2] for side in row.changed["record"]]}
    row.save(update_fields=["changed"])
    undone = ingest.undo(over, by=None)
    assert (undone.restored, undone.spared) == (1, 0)
    assert (film().title, film().recorded_at, film().origins) == ("One", FIRST, {})
