"""Who comes first among the videos that are due, and what it costs to find out."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.models import NEVER_PACED, Site, Video, VideoCounts
from catalogue.refreshing import leases
from catalogue.refreshing.leases import PACES, Lease
from catalogue.refreshing.schedule import Policy
from catalogue.refreshing.storing import octave_of
from tests.makers import make_video
from tests.racing import outcomes_of_race

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YOUTUBE = (Site.YOUTUBE,)


def due(
    *, wants: timedelta, late: timedelta, looked: timedelta | None = None, failures: int = 0
) -> Video:
    """Store a video that was looked at, wants an interval, and is late."""
    video = make_video(refresh_at=NOW - late)
    days = wants / DAY
    VideoCounts.objects.filter(video=video).update(
        pace=octave_of(days), wanted=days, looked_at=NOW - (looked or wants + late),
        failures=failures,
    )  # fmt: skip
    return video


def newcomer(late: timedelta = HOUR) -> Video:
    return make_video(refresh_at=NOW - late)


def take(limit: int, *, policy: Policy = Policy()) -> list[int]:  # noqa: B008 (frozen)
    """Return the numbers of the videos that are taken, one by one, the first first."""
    return [
        lease.video_id
        for _ in range(limit)
        for lease in leases.take_due(1, now=NOW, sites=YOUTUBE, policy=policy)
    ]


def numbers(*videos: Video) -> list[int]:
    return [video.pk for video in videos]


# --- Who comes first ------------------------------------------------------------------


def test_lateness_weighs_by_the_interval_that_is_wanted():
    slow = due(wants=20 * DAY, late=2 * DAY)
    hourly = due(wants=HOUR, late=30 * MINUTE)
    daily = due(wants=DAY, late=18 * HOUR)
    assert take(3) == numbers(daily, hourly, slow)


def test_the_hottest_comes_first_of_those_that_are_late_alike():
    weekly, hourly, daily = (due(wants=wants, late=2 * HOUR) for wants in (7 * DAY, HOUR, DAY))
    assert take(3) == numbers(hourly, daily, weekly)


def test_as_in_the_schedule_whatever_the_paces():
    """The order is the one of `schedule.urgency`, over all octaves."""
    videos = [
        due(wants=wants * HOUR, late=late * wants * HOUR / 10)
        for wants in (1, 1.7, 3, 9, 20, 70, 130, 200, 400)
        for late in (1, 4, 7)
    ]
    rows = VideoCounts.objects.in_bulk(numbers(*videos))
    wanted = {
        pk: (NOW - row.refresh_at) / DAY / row.wanted
        for pk, row in rows.items()
        if row.refresh_at and row.wanted
    }
    given = take(len(videos))
    lateness = [round(wanted[pk], 9) for pk in given]
    assert lateness == sorted(lateness, reverse=True)
    assert sorted(given) == sorted(wanted)


def test_newcomers_take_every_second_place():
    known = [due(wants=HOUR, late=hours * HOUR) for hours in (9, 8, 7, 6)]
    new = [newcomer(late) for late in (4 * MINUTE, 3 * MINUTE, 2 * MINUTE, MINUTE)]
    taken = leases.take_due(4, now=NOW, sites=YOUTUBE)
    assert {lease.video_id for lease in taken} == set(numbers(*known[:2], *new[:2]))


def test_who_waited_for_the_longest_interval_comes_before_the_hot():
    hot = due(wants=HOUR, late=DAY)
    starved = due(wants=30 * DAY, late=MINUTE, looked=31 * DAY)
    assert take(2) == numbers(starved, hot)


def test_the_longest_interval_is_that_of_the_policy():
    hot = due(wants=HOUR, late=DAY)
    waited = due(wants=2 * DAY, late=MINUTE, looked=8 * DAY)
    assert take(2, policy=Policy(longest=7.0)) == numbers(waited, hot)


def test_who_fails_again_and_again_does_not_count_as_starved():
    failing = due(wants=30 * DAY, late=MINUTE, looked=90 * DAY, failures=9)
    hot = due(wants=HOUR, late=HOUR)
    assert take(2) == numbers(hot, failing)


def test_a_look_that_never_failed_comes_first_among_what_was_taken():
    failing, fine = due(wants=DAY, late=DAY, failures=3), due(wants=DAY, late=HOUR)
    taken = leases.take_due(2, now=NOW, sites=YOUTUBE)
    assert [lease.video_id for lease in taken] == numbers(fine, failing)


def test_sites_are_kept_apart():
    newcomer()
    elsewhere = make_video(platform="example", url="https://example.org/1", refresh_at=NOW - DAY)
    assert [lease.video_id for lease in leases.take_due(5, now=NOW, sites=[Site.WEB])] == [
        elsewhere.pk
    ]
    assert len(leases.take_due(5, now=NOW, sites=YOUTUBE)) == 1
    assert leases.take_due(5, now=NOW, sites=[]) == []


@pytest.mark.django_db(transaction=True)
def test_those_who_take_at_once_share_what_there_is():
    videos = [due(wants=DAY, late=number * MINUTE) for number in range(1, 41)]

    def take_all() -> list[Lease]:
        taken: list[Lease] = []
        while some := leases.take_due(4, now=NOW, sites=YOUTUBE):
            taken += some
        return taken

    outcomes = outcomes_of_race(*[take_all] * 6)
    taken = [lease.video_id for one in outcomes if isinstance(one, list) for lease in one]
    assert sorted(taken) == sorted(numbers(*videos))


@pytest.mark.django_db(transaction=True)
def test_nobody_who_takes_at_once_goes_without_while_there_is_enough():
    for number in range(1, 481):
        due(wants=DAY, late=number * MINUTE)

    def take() -> int:
        return len(leases.take_due(20, now=NOW, sites=YOUTUBE, call=5))

    # The first are slow to connect, the others do not meet.
    for outcome in [one for _ in range(3) for one in outcomes_of_race(*[take] * 8)]:
        assert isinstance(outcome, int), outcome
        assert outcome > 0


@pytest.mark.django_db(transaction=True)
def test_where_others_take_too_only_full_calls_are_taken():
    videos = [due(wants=DAY, late=number * MINUTE) for number in range(1, 13)]
    with psycopg2.connect(**connection.get_connection_params()) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM catalogue_videocounts WHERE video_id = ANY(%s) FOR UPDATE",
            [numbers(*videos[:4])],
        )
        assert len(leases.take_due(10, now=NOW, sites=YOUTUBE, call=5)) == 5
        assert leases.take_due(10, now=NOW, sites=YOUTUBE, call=5) == []
        assert len(leases.take_due(2, now=NOW, sites=YOUTUBE, call=5)) == 2, "all it may"
    other.close()
    left = leases.take_due(10, now=NOW, sites=YOUTUBE, call=5)
    assert len(left) == 5, "what was left is there for the next"
    assert leases.take_due(10, now=NOW, sites=YOUTUBE, call=5) == []


def test_what_fills_no_call_is_taken_by_one_who_is_alone():
    for _ in range(7):
        newcomer()
    assert len(leases.take_due(10, now=NOW, sites=YOUTUBE, call=5)) == 7


# --- Is it worth a call? --------------------------------------------------------------


def is_worth(videos: int = 3, sites: Collection[Site] = YOUTUBE) -> bool:
    return leases.is_worth_a_call(videos, MINUTE, now=NOW, sites=sites)


def test_a_call_waits_for_company_but_not_for_long():
    assert not is_worth()
    newcomer(timedelta(seconds=59))
    due(wants=DAY, late=timedelta(seconds=5))
    make_video(refresh_at=NOW + MINUTE)
    assert not is_worth()
    assert is_worth(2), "enough of them, whatever their paces"
    newcomer(timedelta(seconds=60))
    assert is_worth(99), "one has waited long enough"
    assert not is_worth(sites=[Site.WEB])


def test_what_somebody_holds_is_no_company():
    for _ in range(3):
        newcomer()
    assert is_worth()
    leases.take_due(3, now=NOW, sites=YOUTUBE)
    assert not is_worth()


# --- What it costs --------------------------------------------------------------------


def fill(count: int) -> None:
    """Store many videos that are due, over twelve paces, in few statements."""
    make_video(title="A film", description="", keywords="-")
    copied = ", ".join(
        str(field.column)
        for field in Video._meta.concrete_fields
        if field.name not in {"id", "platform_id", "search"}
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO catalogue_video ({copied}, platform_id)
            SELECT {copied}, 'made' || n FROM catalogue_video, generate_series(1, %s) n
            """,
            [count],
        )
        cursor.execute("DELETE FROM catalogue_videocounts")
        cursor.execute(
            """
            INSERT INTO catalogue_videocounts (video_id, site, pace, wanted, looked_at, failures,
                                               last_failure, refresh_at)
            SELECT id, 'youtube', id %% 12 - 1, power(2, id %% 12 - 2) / 24, %s, 0, '',
                   %s + (id %% 1009 - 1009) * interval '1 minute'
              FROM catalogue_video
            """,
            [NOW - DAY, NOW],
        )
        cursor.execute("ANALYZE catalogue_videocounts, catalogue_video")


def plans_of(statement: str) -> list[dict[str, object]]:
    """Run a statement as it is planned; return all steps of its plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}")
        told = cursor.fetchone()[0]
    document = json.loads(told) if isinstance(told, str) else told
    steps, found = [document[0]["Plan"]], []
    while steps:
        step = steps.pop()
        found.append(step)
        steps += step.get("Plans", [])
    return found


def buffers(steps: list[dict[str, object]]) -> int:
    top = steps[0]
    return sum(int(str(top[f"Shared {kind} Blocks"])) for kind in ("Hit", "Read"))


def test_what_is_due_is_found_by_the_index_however_many_are():
    fill(200_000)
    with CaptureQueriesContext(connection) as captured:
        taken = leases.take_due(500, now=NOW, sites=YOUTUBE)
        assert leases.is_worth_a_call(50, MINUTE, now=NOW, sites=YOUTUBE)
    assert len(taken) == 500
    leases.release(taken)
    taking, asking = (query["sql"] for query in captured)
    steps = plans_of(taking)
    read = [step for step in steps if step.get("Relation Name") == "catalogue_videocounts"]
    assert {step["Node Type"] for step in read} >= {"Index Scan"}
    assert not [step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"]
    # 1,000 candidates of each of twelve paces, and the 500 of them that are taken.
    rows = sum(
        int(float(str(step["Actual Rows"])) * int(str(step["Actual Loops"]))) for step in read
    )
    assert rows < 20_000
    assert buffers(plans_of(asking)) < 5_000


def test_paces_reach_from_the_shortest_interval_to_the_longest():
    assert [octave_of(hours / 24) for hours in (0.1, 1, 1.9, 2, 3.9, 4, 720)] == [
        *(0, 0, 0, 1, 1, 2, 9)
    ]
    assert octave_of(100 * 365) == PACES.stop - 1
    assert NEVER_PACED not in PACES
