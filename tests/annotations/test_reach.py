"""The chart of a film's counts on its page: range, marks, words, table."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from annotations import reach, watch
from annotations.models import Occurrence, VerdictChange
from catalogue import series
from catalogue.models import Change, Video
from tests.makers import make_claim, make_samples
from tests.pages import read

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, 6, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def of(video: Video, query: str = "", user: User | None = None) -> reach.Reach:
    """Return the chart of a film, of which there is one."""
    found = reach.reach_of(
        video,
        QueryDict(query),
        changes=watch.changes_of(video),
        claims=list(Occurrence.objects.for_watch(video)),
    )
    assert found is not None
    return found


def make_change(video: Video, field: str, old: str, new: str, at: datetime) -> Change:
    return Change.objects.create(video=video, field=field, old=old, new=new, observed_at=at)


@pytest.fixture
def film(video: Video) -> Video:
    """Return a film that was counted daily for 400 days."""
    make_samples(video, *((START + n * DAY, 1000 + 10 * n, n, None, 3) for n in range(401)))
    return video


# --- Range ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "days", "chosen"),
    [
        ("", 400, "all"),
        ("reach=all", 400, "all"),
        ("reach=year", 365, "year"),
        ("reach=month", 30, "month"),
        ("reach=week", 7, "week"),
        ("reach=decade", 400, "all"),
        ("from=nonsense&to=2026", 400, "all"),
        ("from=2026-01-05T00:00:00", 400, "all"),
        ("from=9999-12-31T23:59:59-14:00", 400, "all"),
        ("from=2099-01-01T00:00:00Z", 1 / 48, None),
        ("from=0001-01-01T00:00:00Z&to=9999-12-31T00:00:00Z", 400, "all"),
    ],
)
def test_an_address_names_the_range(film: Video, query: str, days: float, chosen: str | None):
    found = of(film, query)
    assert (found.until - found.since) / DAY == pytest.approx(days)
    assert found.until == START + 400 * DAY
    assert [one.name for one in found.choices] == ["week", "month", "year", "all"]
    assert next((one.name for one in found.choices if one.is_chosen), None) == chosen


def test_a_range_by_hand_keeps_within_what_there_is(film: Video):
    found = of(film, "from=2026-01-05T00:00:00Z&to=2026-01-08T00:00:00%2B02:00")
    assert found.since == datetime(2026, 1, 5, tzinfo=UTC)
    assert found.until == datetime(2026, 1, 7, 22, tzinfo=UTC)
    # Those within, and one before, from which the line comes.
    assert [row.numbers[0] for row in found.rows] == ["1,060", "1,050", "1,040", "1,030"]
    assert len(found.points) == 3
    assert not any(one.is_chosen for one in found.choices)


@pytest.mark.parametrize("query", ["from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    "from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z"])  # fmt: skip
def test_a_range_of_nothing_is_an_hour(film: Video, query: str):
    found = of(film, query)
    assert timedelta() < found.until - found.since <= HOUR


def test_a_short_time_offers_no_periods(video: Video):
    make_samples(video, (START, 1), (START + 3 * DAY, 2))
    assert [one.name for one in of(video, "reach=week").choices] == ["all"]
    assert of(video, "reach=week").until == START + 3 * DAY


def test_links_keep_what_else_the_address_says(film: Video):
    found = of(film, "transcript=en&t=12&from=2026-01-05T00:00:00Z")
    assert found.choices[0].query == "transcript=en&t=12&reach=week"


@pytest.mark.parametrize("counted", [0, 1])
def test_fewer_than_two_counts_make_no_chart(client: Client, video: Video, counted: int):
    make_samples(video, *[(START, 5)][:counted])
    assert reach.reach_of(video, QueryDict(), changes=[], claims=[]) is None
    assert "reach-plot" not in read(client, video.get_absolute_url())
    assert client.get(f"{video.get_absolute_url()}reach/").content.strip() == b""


# --- What is drawn --------------------------------------------------------------------


def test_there_is_a_line_of_each_number_that_is_known(video: Video):
    make_samples(video, (START, 1), (START + DAY, 2))
    assert [line.name for line in of(video).lines] == ["views"]
    make_samples(video, (START + 2 * DAY, None, 3), (START + 3 * DAY, 4, 5))
    found = of(video)
    assert [line.name for line in found.lines] == ["views", "likes"]
    assert found.points[2].heights.startswith("- ")
    assert "Views: unknown. Likes: 3" in found.points[2].told
    assert found.lines[1].y > found.lines[0].y + found.lines[0].panel.height


def test_a_scale_has_short_numbers_where_they_tell_its_lines_apart(video: Video):
    make_samples(video, (START, 1_130), (START + DAY, 8_512))
    assert [label for _y, label in of(video).lines[0].ticks][-1] == "10K"
    make_samples(video, (START + 2 * DAY, 212_118), (START + 9 * DAY, 212_124))
    (line,) = of(video, "reach=week").lines
    assert "212,120" in [label for _y, label in line.ticks]


def test_only_dislikes_known_is_a_chart_without_lines(client: Client, video: Video):
    make_samples(video, (START, None, None, 3), (START + DAY, None, None, 4))
    assert of(video).lines == []
    assert '<td class="n">4</td>' in read(client, video.get_absolute_url())


def test_a_range_in_which_nothing_was_known_says_so(client: Client, video: Video):
    make_samples(video, (START, 1), *((START + n * DAY, None, None, n) for n in range(1, 9)))
    found = of(video, "from=2026-01-05T00:00:00Z&to=2026-01-07T00:00:00Z")
    assert (found.lines, len(found.points)) == ([], 2)
    text = read(client, f"{video.get_absolute_url()}?from=2026-01-05T00:00:00Z")
    assert "Neither views nor likes are known" in text


def test_strips_share_the_drawing_between_them(film: Video):
    points = of(film, "reach=month").points
    assert points[0].left == 0
    assert points[-1].left + points[-1].width == pytest.approx(100, abs=0.02)
    for one, other in pairwise(points):
        assert other.left == pytest.approx(one.left + one.width, abs=0.02)


def test_the_table_has_everything_that_is_drawn(film: Video):
    make_change(film, "title", "Old", "New", START + 200 * DAY + HOUR)
    found = of(film)
    counted = [row for row in found.rows if not row.told]
    assert len(counted) == len(found.points) <= series.POINTS
    assert [row.at for row in found.rows] == sorted((row.at for row in found.rows), reverse=True)
    assert [row.told for row in found.rows if row.told] == ["Retitled from “Old” to “New”"]
    assert (counted[0].day, counted[0].numbers) == (
        "5 Feb 2027, 06:00",
        ("5,000", "400", "unknown", "3"),
    )


# --- Marks ----------------------------------------------------------------------------


def test_retitlings_availability_and_the_first_claim_are_marked(film: Video, author: User):
    first = make_claim(author=author, video=film, start_ms=90_000, end_ms=95_000)
    later = make_claim(author=author, video=film, statement="Another claim altogether.")
    for claim, day in ((first, 50), (later, 60)):
        Occurrence.objects.filter(claim=claim).update(created_at=START + day * DAY)
    title = make_change(film, "title", "Old", "New", START + 100 * DAY)
    make_change(film, "availability", "available", "gone", START + 300 * DAY)
    make_change(film, "description", "short", "long", START + 310 * DAY)
    found = of(film)
    events = [event for marker in found.markers for event in marker.items]
    assert [(event.kind, event.told) for event in events] == [
        ("claim", f"First claim marked: “{first.statement}”"),
        ("title", "Retitled from “Old” to “New”"),
        ("availability", "Availability changed from available to gone"),
    ]
    assert events[1].href == f"#change-{title.pk}"
    assert events[0].href == f"#moment-{first.occurrences.get().pk}"
    assert [marker.x for marker in found.markers] == [12.5, 25, 75]
    assert [kind.name for kind in found.kinds] == ["title", "availability", "claim"]


def test_marks_that_would_touch_stand_in_lanes_and_then_share_one(film: Video):
    for number in range(9):
        make_change(film, "title", str(number), str(number + 1), START + (200 + number) * DAY)
    found = of(film)
    assert {marker.lane for marker in found.markers} == {0, 1, 2, 3}
    assert sum(len(marker.items) for marker in found.markers) == 9


def test_what_happened_just_after_the_last_count_stretches_the_drawing(film: Video):
    make_change(film, "availability", "available", "gone", START + 410 * DAY)
    assert of(film).until == START + 410 * DAY
    assert of(film).outside == []


def test_what_happened_long_after_is_told_but_not_drawn(client: Client, film: Video, author: User):
    make_claim(author=author, video=film)
    Occurrence.objects.filter(video=film).update(created_at=START + 900 * DAY)
    found = of(film)
    assert found.until == START + 400 * DAY
    assert [event.kind for event in found.outside] == ["claim"]
    assert of(film, "reach=week").outside == []
    assert "Outside these counts" in read(client, film.get_absolute_url())


def test_a_change_that_the_page_does_not_list_leads_to_the_list(film: Video):
    old = make_change(film, "title", "Old", "New", START + DAY)
    for number in range(watch.CHANGES_SHOWN):
        make_change(film, "description", "a", str(number), START + 2 * DAY)
    (marker,) = of(film).markers
    assert marker.items[0].href == "#h-changes"
    assert old.pk not in {change.pk for change in watch.changes_of(film)}


def test_every_kind_has_a_symbol(client: Client, film: Video):
    text = read(client, film.get_absolute_url())
    assert {kind.name for kind in reach.KINDS} == set(
        re.findall(r'id="reach-(title|availability|claim|verdict)"', text)
    )


# --- In words -------------------------------------------------------------------------


def test_growth_is_told_with_its_period(client: Client, film: Video):
    week, month = of(film).growth
    assert week == ("+10", 7, "29 Jan 2027 to 5 Feb 2027")
    assert month == ("+10", 30, "6 Jan 2027 to 5 Feb 2027")
    text = read(client, film.get_absolute_url())
    assert "Views a day over 7 days" in text


@pytest.mark.parametrize(
    ("first", "last", "amount"),
    [(0, 0, "0"), (10, 3, "\u22121"), (0, 1, "+0.1"), (0, 70_000, "+10,000"), (9, 6, "\u22120.4")],
)
def test_growth_has_a_sign_and_as_many_places_as_it_needs(
    video: Video, first: int, last: int, amount: str
):
    make_samples(video, (START, first), (START + 7 * DAY, last))
    (week,) = of(video).growth
    assert (week.amount, week.period) == (amount, "1 Jan 2026 to 8 Jan 2026")


def test_dates_and_numbers_are_written_as_in_the_language(video: Video):
    make_samples(video, (START - 3 * DAY, 0), (START + 4 * DAY, 1))
    with translation.override("fr"):
        found = of(video)
        assert found.growth[0].amount == "+0,1"
        assert found.growth[0].period == "du 29 déc. 2025 au 5 janv. 2026"
        assert found.rows[0].day.startswith("5 janv. 2026, ")


# --- Pages ----------------------------------------------------------------------------


def test_the_page_draws_without_a_script_and_its_links_lead_to_other_ranges(
    client: Client, film: Video
):
    page = film.get_absolute_url()
    text = read(client, page)
    assert 'href="?reach=week#reach"' in text
    assert "1 Jan 2026 to 5 Feb 2027" in text
    week = read(client, page, reach="week")
    assert "29 Jan 2027 to 5 Feb 2027" in week
    assert re.search(r'data-reach-range="week"\s+aria-current="true"', week)


def test_the_chart_alone_is_what_the_page_has(client: Client, film: Video):
    alone = client.get(f"{film.get_absolute_url()}reach/", {"reach": "month"})
    assert alone.status_code == 200
    inner = alone.content.decode().strip()
    assert inner in read(client, film.get_absolute_url(), reach="month")
    assert client.get("/videos/youtube/none/reach/").status_code == 404
    assert client.post(f"{film.get_absolute_url()}reach/").status_code == 405


def test_names_are_written_as_text(client: Client, film: Video):
    make_change(film, "title", "<b>&\"'", "</title><script>", START + DAY)
    text = read(client, film.get_absolute_url())
    assert "Retitled from “&lt;b&gt;&amp;&quot;&#x27;” to “&lt;/title&gt;&lt;script&gt;”" in text


def test_a_chart_costs_the_same_whatever_was_counted(film: Video, author: User):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            reach.reach_of(film, QueryDict("reach=month"), changes=[], claims=[])
        return len(queries)

    few = cost()
    make_samples(film, *((START + n * HOUR + HOUR / 2, n) for n in range(9000)))
    make_change(film, "title", "Old", "New", START + 399 * DAY)
    assert cost() == few == 5


def test_changes_of_verdicts_are_marked_with_what_was_stated(film: Video, author: User):
    claim = make_claim(author=author, video=film)
    for day, state in ((10, "inaccurate"), (20, "needs_ratings")):
        VerdictChange.objects.create(claim=claim, at=START + day * DAY, state=state)
    chart = of(film)
    told = [event.told for mark in chart.markers for event in mark.items if event.kind == "verdict"]
    assert told == [
        f"Verdict stated: Inaccurate: “{claim.statement}”",
        f"Verdict no longer stated: “{claim.statement}”",
    ]
    assert "verdict" in [kind.name for kind in chart.kinds]
