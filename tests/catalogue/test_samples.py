"""Samples by month: their partitions, and what stays of them with age."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import samples, tasks
from catalogue.models import CountSample, SampleThinning, Span, Video
from tests.makers import make_video
from tests.racing import race

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)
NUMBERS = ("views", "likes", "dislikes", "comments")


def add(video: Video, at: datetime, views: int | None = 1, **numbers: int) -> None:
    CountSample.objects.create(video=video, observed_at=at, views=views, **numbers)


def partition_of(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM catalogue_countsample WHERE observed_at = %s",
            [at],
        )
        found: str = cursor.fetchone()[0]
    return found


def thin_all(now: datetime) -> int:
    dropped = 0
    while (step := samples.thin(now=now)).is_more:
        dropped += step.dropped
    return dropped


def times(video: Video) -> list[datetime]:
    found = CountSample.objects.filter(video=video).order_by("observed_at")
    return list(found.values_list("observed_at", flat=True))


# --- Partitions -----------------------------------------------------------------------


def test_samples_lie_in_the_partition_of_their_month():
    video = make_video()
    for at in (datetime(2012, 5, 5, tzinfo=UTC), MARCH - HOUR, MARCH):
        add(video, at)
    assert partition_of(datetime(2012, 5, 5, tzinfo=UTC)) == "catalogue_countsample_past"
    assert partition_of(MARCH - HOUR) == "catalogue_countsample_2026_02"
    assert partition_of(MARCH) == "catalogue_countsample_2026_03"


def test_sample_of_a_month_without_partition_waits_and_moves():
    video, then = make_video(), datetime(2031, 7, 14, tzinfo=UTC)
    add(video, then, views=7)
    assert partition_of(then) == "catalogue_countsample_later"
    made = samples.make_partitions(now=then)
    assert made > 12
    assert partition_of(then) == "catalogue_countsample_2031_07"
    assert CountSample.objects.get(video=video).views == 7
    assert samples.make_partitions(now=then) == 0
    add(video, then + 40 * DAY)
    assert partition_of(then + 40 * DAY) == "catalogue_countsample_2031_08"


def test_negative_number_is_refused_by_every_partition():
    video = make_video()
    samples.make_partitions(now=datetime(2031, 7, 14, tzinfo=UTC))
    for at in (MARCH, datetime(2012, 1, 1, tzinfo=UTC), datetime(2031, 7, 1, tzinfo=UTC)):
        with pytest.raises(Exception, match="countsample_not_negative"), transaction.atomic():
            add(video, at, views=-1)


@pytest.mark.django_db(transaction=True)
def test_partitions_are_made_once_by_several_at_once():
    then = datetime(2027, 9, 1, tzinfo=UTC)
    made: list[int] = []
    try:
        race(*[lambda: made.append(samples.make_partitions(now=then))] * 3)
        assert sorted(made)[:2] == [0, 0]
        assert max(made) > 0
    finally:
        drop_after(datetime(2027, 2, 1, tzinfo=UTC))


@pytest.mark.django_db(transaction=True)
def test_making_partitions_does_not_wait_for_ever_and_sweep_goes_on(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(samples, "_PATIENCE", "SET LOCAL lock_timeout = '100ms'")
    then = datetime(2027, 9, 1, tzinfo=UTC)
    outcomes: list[object] = []

    def try_it() -> None:
        try:
            samples.make_partitions(now=then)
        except OperationalError as error:
            outcomes.append(error)
        outcomes.append(tasks.keep_samples())

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE catalogue_countsample IN ACCESS EXCLUSIVE MODE")
        race(try_it)
    error, dropped = outcomes
    assert "lock timeout" in str(error)
    assert dropped == 0


def drop_after(first: datetime) -> None:
    """Take away partitions that a test has made outside of a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'catalogue_countsample'::regclass"
        )
        for (name,) in cursor.fetchall():
            month = name[-7:].replace("_", "-")
            if month[:2] == "20" and month >= f"{first:%Y-%m}":
                cursor.execute(f"DROP TABLE {name}")


@pytest.mark.django_db(transaction=True)
def test_migration_moves_all_samples_there_and_back():
    video = make_video()
    kept = [datetime(2012, 5, 5, 1, 2, 3, 4, tzinfo=UTC), MARCH, datetime(2031, 1, 1, tzinfo=UTC)]
    for number, at in enumerate(kept):
        add(video, at, views=number, likes=number)
    before = list(CountSample.objects.order_by("observed_at").values())
    try:
        call_command("migrate", "catalogue", "0009", verbosity=0, stdout=StringIO())
        with connection.cursor() as cursor:
            cursor.execute("SELECT observed_at FROM catalogue_countsample ORDER BY 1")
            assert [at for (at,) in cursor.fetchall()] == kept
    finally:
        # All of them: what stands on the catalogue was taken back with it.
        call_command("migrate", verbosity=0, stdout=StringIO())
    assert list(CountSample.objects.order_by("observed_at").values()) == before
    assert partition_of(kept[2]) == "catalogue_countsample_later"
    video.delete()
    assert not CountSample.objects.exists(), "the references are back, too"


# --- Thinning -------------------------------------------------------------------------


def test_young_month_is_left_alone():
    video = make_video()
    for minute in range(10):
        add(video, MARCH + minute * timedelta(minutes=1), views=minute)
    assert thin_all(MARCH + 31 * DAY + samples.AGES[Span.HOUR] - HOUR) == 0
    assert CountSample.objects.count() == 10


def test_spans_grow_with_age():
    video = make_video()
    for hour in range(0, 31 * 24, 2):
        for minute in (0, 20, 40):
            add(video, MARCH + hour * HOUR + minute * timedelta(minutes=1), views=hour * 3 + minute)
    assert CountSample.objects.count() == 31 * 12 * 3
    end = datetime(2026, 4, 1, tzinfo=UTC)
    thin_all(end + samples.AGES[Span.HOUR])
    assert CountSample.objects.count() == 31 * 12 * 2, "first and last of each hour"
    thin_all(end + samples.AGES[Span.DAY])
    assert CountSample.objects.count() == 31 * 2
    thin_all(end + samples.AGES[Span.WEEK])
    # Six weeks meet the month; the first of them, a Sunday, has one day of it.
    assert CountSample.objects.count() == 6 * 2
    assert thin_all(end + samples.AGES[Span.WEEK]) == 0
    found = times(video)
    assert (found[0], found[-1]) == (MARCH, MARCH + 30 * DAY + 22 * HOUR + timedelta(minutes=40))


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 31 * 24 * 12 - 1),
            *[st.none() | st.integers(0, 9) for _ in NUMBERS],
        ),
        min_size=1,
        max_size=40,
        unique_by=lambda row: row[0],
    ),
    span=st.sampled_from(list(Span)),
)
def test_first_last_lowest_and_highest_of_each_span_stay(
    rows: list[tuple[int | None, ...]], span: Span
):
    with transaction.atomic():
        video, other = make_video(), make_video()
        for at, *numbers in rows:
            add(
                video,
                MARCH + (at or 0) * timedelta(minutes=5),
                **dict(zip(NUMBERS, numbers, strict=True)),  # type: ignore[arg-type]
            )
        add(other, MARCH, views=5)
        before = summary(video, span)
        thin_all(datetime(2026, 4, 1, tzinfo=UTC) + samples.AGES[span])
        assert summary(video, span) == before
        assert CountSample.objects.filter(video=other).count() == 1
        kept = times(video)
        assert set(kept) <= {MARCH + (at or 0) * timedelta(minutes=5) for at, *_rest in rows}
        spans = {begin_of(at, span) for at in kept}
        assert len(kept) <= 18 * len(spans)
        transaction.set_rollback(True)


def begin_of(at: datetime, span: Span) -> datetime:
    start = at.replace(minute=0)
    if span != Span.HOUR:
        start = start.replace(hour=0)
    return start - start.weekday() * DAY if span == Span.WEEK else start


def summary(video: Video, span: Span) -> dict[object, object]:
    """Return, for each span and number: first and last known with their times, lowest, highest."""
    told: dict[object, object] = {}
    rows = list(CountSample.objects.filter(video=video).order_by("observed_at"))
    for begin in {begin_of(row.observed_at, span) for row in rows}:
        inside = [row for row in rows if begin_of(row.observed_at, span) == begin]
        told[begin] = (inside[0].observed_at, inside[-1].observed_at)
        for name in NUMBERS:
            known = [
                (row.observed_at, getattr(row, name))
                for row in inside
                if getattr(row, name) is not None
            ]
            if known:
                values = [value for _at, value in known]
                told[begin, name] = (known[0], known[-1], min(values), max(values))
    return told


def test_thinning_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(samples, "VIDEOS_AT_ONCE", 2)
    for _ in range(5):
        video = make_video()
        for minute in range(4):
            add(video, MARCH + minute * timedelta(minutes=1), views=minute)
    now = MARCH + 31 * DAY + samples.AGES[Span.HOUR]
    # The months before have nothing in them.
    for _ in range(2):
        assert samples.thin(now=now).dropped == 0
    assert [samples.thin(now=now).dropped for _ in range(3)] == [4, 4, 2]
    assert thin_all(now) == 0
    done = SampleThinning.objects.get(month=MARCH)
    assert (done.span, done.dropped, done.done_at) == ("hour", 10, now)
    counted = CountSample.objects.aggregate(first=Min("views"), last=Max("views"))
    assert (counted, CountSample.objects.count()) == ({"first": 0, "last": 3}, 10)


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_works():
    for _ in range(20):
        video = make_video()
        for minute in range(4):
            add(video, MARCH + minute * timedelta(minutes=1), views=minute)
    now = MARCH + 31 * DAY + samples.AGES[Span.HOUR]
    race(*[lambda: thin_all(now)] * 3)
    thin_all(now)
    assert CountSample.objects.count() == 40
    assert SampleThinning.objects.get(month=MARCH).dropped == 40


def test_sweep_keeps_the_samples():
    video = make_video()
    old = datetime(2026, 1, 5, tzinfo=UTC)
    for minute in range(4):
        add(video, old + minute * timedelta(minutes=1), views=minute)
    assert tasks.keep_samples() == 2
    assert tasks.keep_samples() == 0
