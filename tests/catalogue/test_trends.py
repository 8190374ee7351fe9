"""The small lines of views on the cards of films."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue import tasks, trends
from catalogue.models import Video, VideoCounts
from catalogue.records.record import Counts
from catalogue.templatetags.films import trend_in_words
from tests.makers import make_samples, make_video

pytestmark = pytest.mark.django_db
END = datetime(2026, 4, 2, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def film(db: None) -> Video:
    """Return a film that was last counted at END."""
    video = make_video(counts=Counts(views=90))
    VideoCounts.objects.filter(video=video).update(observed_at=END)
    video.counts.observed_at = END
    return video


def test_a_trend_tells_how_views_went_in_the_last_ninety_days(film: Video):
    make_samples(film, (END - 91 * DAY, 5), (END - 89 * DAY, 12), (END - DAY, None), (END, 90))
    trend = trends.views_of([film])[film.pk]
    assert (trend.first, trend.last) == (12, 90)
    assert (trend.since, trend.until) == (END - 89 * DAY, END)
    assert trend_in_words(trend) == "Views rose from 12 to 90, 3 Jan 2026 to 2 Apr 2026"


@pytest.mark.parametrize(
    ("first", "last", "words"), [(90, 12, "fell from 90 to 12"), (7, 7, "stayed at 7")]
)
def test_words_say_which_way(film: Video, first: int, last: int, words: str):
    make_samples(film, (END - DAY, first), (END, last))
    assert words in trend_in_words(trends.views_of([film])[film.pk])


def test_many_samples_are_drawn_by_evenly_spaced_ones(film: Video):
    # Every six hours, and in the last days every minute.
    make_samples(film, *((END - n * DAY / 4, 10_000 - n) for n in range(360)))
    make_samples(film, *((END - n * DAY / 1440 - DAY / 2000, 10_000) for n in range(3000)))
    trend = trends.views_of([film])[film.pk]
    assert trend.spark.line.count("L") + 1 == trends.SPARK_SAMPLES
    assert trend.until == END


def test_a_film_counted_for_two_days_has_a_whole_line(film: Video):
    make_samples(film, *((END - n * DAY / 24, 100 - n) for n in range(48)))
    trend = trends.views_of([film])[film.pk]
    assert trend.spark.line.count("L") + 1 == trends.SPARK_SAMPLES


@pytest.mark.parametrize("rows", [[], [(END, 9)], [(END - DAY, None), (END, 9)], [(END + DAY, 9)]])
def test_less_than_two_counts_make_no_trend(film: Video, rows: list[tuple[datetime, int | None]]):
    make_samples(film, *rows)
    assert trends.views_of([film]) == {}


def test_a_film_without_counts_makes_no_trend():
    video = make_video()
    VideoCounts.objects.filter(video=video).delete()
    assert trends.views_of([Video.objects.get(pk=video.pk), make_video()]) == {}
    assert trends.views_of([]) == {}


def test_any_number_of_films_is_one_query(film: Video):
    films = [film]
    for _number in range(5):
        other = make_video()
        other.counts.observed_at = END
        films.append(other)
    for number, one in enumerate(films):
        make_samples(one, (END - DAY, number), (END, number + 1))
    with CaptureQueriesContext(connection) as queries:
        found = trends.views_of(films)
    assert len(queries) == 1
    assert [found[one.pk].last for one in films] == [1, 2, 3, 4, 5, 6]


# --- What films gained ----------------------------------------------------------------


def gained(video: Video) -> int | None:
    return VideoCounts.objects.get(video=video).gained


def test_views_gained_are_those_of_the_month_before_the_last_count():
    last = datetime(2025, 6, 30, tzinfo=UTC)
    film = make_video(counts=Counts(views=500))
    VideoCounts.objects.filter(video=film).update(observed_at=last)
    make_samples(
        film,
        (last - timedelta(days=31), 10),
        (last - timedelta(days=30), 100),
        (last - timedelta(days=3), None),
        (last, 500),
    )
    assert trends.count_gained(limit=10) == (1, film.pk)
    assert gained(film) == 400
    # Nothing differs any more, and past the last film there is none.
    assert trends.count_gained(limit=10) == (0, film.pk)
    assert trends.count_gained(after=film.pk, limit=10) == (0, None)


def test_what_was_counted_once_lately_has_gained_nobody_knows_what():
    last = datetime(2025, 6, 30, tzinfo=UTC)
    film, never = make_video(counts=Counts(views=500)), make_video()
    VideoCounts.objects.filter(video=film).update(observed_at=last, gained=7)
    make_samples(film, (last - timedelta(days=31), 10), (last, 500))
    assert trends.count_gained(limit=10) == (1, never.pk)
    assert (gained(film), gained(never)) == (None, None)


def test_all_films_are_swept_in_steps(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tasks, "GAINED_AT_ONCE", 2)
    last = datetime(2025, 6, 30, tzinfo=UTC)
    films = [make_video(counts=Counts(views=9)) for _ in range(5)]
    VideoCounts.objects.update(observed_at=last)
    for film in films:
        make_samples(film, (last - timedelta(days=1), 4), (last, 9))
    assert tasks.count_gained() == 5
    assert {gained(film) for film in films} == {5}
    assert tasks.count_gained() == 0
