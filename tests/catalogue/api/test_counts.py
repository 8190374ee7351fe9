"""Counts over time, over REST."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from catalogue import series
from catalogue.models import CountSample, Video
from tests.makers import make_samples, make_video
from tests.rest import Caller

pytestmark = pytest.mark.django_db
nobody = Caller()
# A Monday.
MONDAY = datetime(2026, 3, 30, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


@pytest.fixture
def counts(video: Video) -> str:
    """Return the address of counts that were taken every twelve hours for ten days."""
    make_samples(video, *((MONDAY + n * DAY / 2, 100 + n, n, None, n) for n in range(20)))
    return f"videos/{video.key}/counts/"


def views(response: Any) -> list[int]:
    """Return the views in a list, the last of each bucket."""
    assert response.status_code == 200, response.content
    rows = [row["views"] for row in response.json()["results"]]
    return [row["last"] if isinstance(row, dict) else row for row in rows]


def cells(response: Any) -> list[dict[str, str]]:
    """Return the rows of a file of CSV."""
    assert response.status_code == 200
    return list(csv.DictReader(StringIO(response.getvalue().decode(), newline="")))


def test_counts_over_time_come_newest_first_and_by_page(video: Video):
    for day in range(1, 4):
        CountSample.objects.create(
            video=video, observed_at=datetime(2022, 1, day, tzinfo=UTC), views=day, likes=None
        )
    other = make_video()
    CountSample.objects.create(video=other, observed_at=datetime(2022, 1, 1, tzinfo=UTC), views=9)
    first = nobody.get(f"videos/{video.key}/counts/?page_size=2").json()
    assert first["results"][0] == {
        "observed_at": "2022-01-03T00:00:00Z",
        "views": 3,
        "likes": None,
        "dislikes": None,
        "comments": None,
    }
    second = nobody.get(first["next"]).json()
    assert [row["views"] for row in first["results"] + second["results"]] == [3, 2, 1]
    assert second["next"] is None
    assert nobody.get(second["previous"]).json()["results"] == first["results"]


# --- Resolution -----------------------------------------------------------------------


def test_raw_is_what_is_told_when_nothing_is_asked(counts: str):
    assert nobody.get(f"{counts}?resolution=raw").json() == nobody.get(counts).json()


def test_a_day_tells_how_each_number_went(counts: str):
    told = nobody.get(f"{counts}?resolution=day&page_size=1").json()["results"]
    assert told == [
        {
            "start": "2026-04-08T00:00:00Z",
            "end": "2026-04-09T00:00:00Z",
            "samples": 2,
            "first_at": "2026-04-08T00:00:00Z",
            "last_at": "2026-04-08T12:00:00Z",
            "views": {"first": 118, "last": 119, "min": 118, "max": 119},
            "likes": {"first": 18, "last": 19, "min": 18, "max": 19},
            "dislikes": None,
            "comments": {"first": 18, "last": 19, "min": 18, "max": 19},
        }
    ]


@pytest.mark.parametrize(("resolution", "rows"), [("hour", 20), ("day", 10), ("week", 2)])
def test_each_resolution_leads_through_all_of_them(counts: str, resolution: str, rows: int):
    seen: list[int] = []
    address = f"{counts}?resolution={resolution}&page_size=3"
    while address:
        page = nobody.get(address)
        seen += views(page)
        address = page.json()["next"]
    assert len(seen) == rows
    assert seen == sorted(seen, reverse=True)


def test_a_film_that_was_never_counted_has_an_empty_list(video: Video):
    for resolution in series.Resolution:
        told = nobody.get(f"videos/{video.key}/counts/?resolution={resolution}").json()
        assert told == {"results": [], "next": None, "previous": None}


# --- Range ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("from=2026-04-06", 114, 119),
        ("to=2026-04-06", 100, 115),
        ("from=2026-04-06&to=2026-04-06", 114, 115),
        ("from=2026-04-06T12:00:00Z", 115, 119),
        ("to=2026-04-06T12:00:00Z", 100, 114),
        ("from=2026-04-06T15:00:00%2B03:00&to=2026-04-07T02:00:00%2B02:00", 115, 115),
        ("from=0001-01-01&to=9999-12-30", 100, 119),
    ],
)
def test_a_range_holds_for_samples_and_buckets(counts: str, query: str, first: int, last: int):
    for more in ("", "&resolution=hour"):
        assert views(nobody.get(f"{counts}?{query}{more}")) == list(range(last, first - 1, -1))


def test_a_range_goes_on_from_page_to_page(counts: str):
    first = nobody.get(f"{counts}?from=2026-04-01&to=2026-04-03&resolution=day&page_size=2")
    second = nobody.get(first.json()["next"])
    assert (views(first), views(second)) == ([109, 107], [105])
    assert second.json()["next"] is None
    assert views(nobody.get(second.json()["previous"])) == [109, 107]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=yesterday", "from"),
        ("from=2026-4-1", "from"),
        ("from=20260401", "from"),
        ("from=2026-W14-1", "from"),
        ("from=2026-04-01T10:00:00", "from"),
        ("from=2026-04-01T10:00:00+03:00", "from"),
        ("from=2026-02-30", "from"),
        ("from=", "from"),
        ("to=9999-12-31", "to"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("from=2026-04-02&to=2026-04-01", "to"),
        ("from=2026-04-02T00:00:00Z&to=2026-04-02T00:00:00Z", "to"),
        ("resolution=month", "resolution"),
        ("resolution=day&resolution=week", "resolution"),
        ("format=xml", "format"),
        ("format=csv&cursor=abc", "cursor"),
        ("format=csv&page_size=3", "page_size"),
        ("field=views", "field"),
    ],
)
def test_what_is_wrong_is_named(counts: str, query: str, parameter: str):
    response = nobody.get(f"{counts}?{query}")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]


def test_a_cursor_belongs_to_its_question(counts: str):
    address = nobody.get(f"{counts}?resolution=day&page_size=2").json()["next"]
    cursor = address.partition("cursor=")[2].partition("&")[0]
    assert views(nobody.get(f"{counts}?resolution=day&cursor={cursor}"))[0] == 115
    for other in ("", "resolution=week&", "resolution=day&from=2026-04-01&"):
        response = nobody.get(f"{counts}?{other}cursor={cursor}")
        assert response.status_code == 400, other
        assert response.json()["errors"][0]["parameter"] == "cursor"


# --- CSV ------------------------------------------------------------------------------


def test_a_file_has_every_sample_and_empty_cells_for_what_is_unknown(counts: str, video: Video):
    response = nobody.get(f"{counts}?format=csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="youtube-{video.platform_id}-counts.csv"'
    )
    rows = cells(response)
    assert len(rows) == 20
    assert rows[0] == {
        "observed_at": "2026-04-08T12:00:00Z",
        "views": "119",
        "likes": "19",
        "dislikes": "",
        "comments": "19",
    }


def test_a_file_of_weeks_has_a_column_for_each_end(counts: str):
    response = nobody.get(f"{counts}?format=csv&resolution=week&from=2026-03-31")
    assert "counts-by-week.csv" in response.headers["Content-Disposition"]
    rows = cells(response)
    assert [row["start"] for row in rows] == ["2026-04-06T00:00:00Z", "2026-03-30T00:00:00Z"]
    assert rows[1] | {} == {
        "start": "2026-03-30T00:00:00Z",
        "end": "2026-04-06T00:00:00Z",
        "samples": "12",
        "first_at": "2026-03-31T00:00:00Z",
        "last_at": "2026-04-05T12:00:00Z",
        **{f"views_{end}": str(value) for end, value in ENDS.items()},
        **{f"likes_{end}": str(value - 100) for end, value in ENDS.items()},
        **{f"dislikes_{end}": "" for end in ENDS},
        **{f"comments_{end}": str(value - 100) for end, value in ENDS.items()},
    }


ENDS = {"first": 102, "last": 113, "min": 102, "max": 113}


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        ("text/csv", "", "text/csv"),
        ("text/html, */*;q=0.8", "", "application/json"),
        ("text/html, */*;q=0.8", "format=csv", "text/csv"),
        ("text/csv", "format=json", "application/json"),
        ("text/html", "format=csv", "text/csv"),
    ],
)
def test_accept_says_the_form_unless_the_address_does(
    counts: str, accept: str, query: str, kind: str
):
    response = nobody.get(f"{counts}?{query}", Accept=accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"].partition(";")[0] == kind
    assert "Accept" in response.headers["Vary"]


def test_what_is_neither_is_not_acceptable_and_other_lists_are_no_files(counts: str):
    assert nobody.get(counts, Accept="text/html").status_code == 406
    assert nobody.get("videos/", Accept="text/csv").status_code == 406
    assert nobody.get("videos/?format=csv").status_code == 400


def test_a_refusal_is_a_problem_also_where_a_file_was_wanted(counts: str):
    response = nobody.get(f"{counts}?from=x", Accept="text/csv")
    assert (response.status_code, response.headers["Content-Type"]) == (
        400,
        "application/problem+json",
    )
    assert nobody.get("videos/youtube:none/counts/?format=csv").status_code == 404


def test_a_long_file_is_read_in_parts(counts: str, monkeypatch: pytest.MonkeyPatch):
    whole = cells(nobody.get(f"{counts}?format=csv&resolution=day"))
    monkeypatch.setattr(series, "CHUNK", 3)
    assert cells(nobody.get(f"{counts}?format=csv&resolution=day")) == whole


def test_any_id_makes_a_name_for_the_file():
    for platform_id in ('a"b', "ü é", "..", "a\nb: c"):
        video = make_video(platform="sample", platform_id=platform_id)
        make_samples(video, (MONDAY, 1))
        address = nobody.get("videos/?sort=added").json()["results"][0]["url"]
        response = nobody.get(f"{address}counts/?format=csv")
        assert response.status_code == 200, platform_id
        name = response.headers["Content-Disposition"].partition("filename=")[2].strip('"')
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz.-"), name
