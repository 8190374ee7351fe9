"""Which stretches of a film are played again: behind the timeline, and in words."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from annotations.replays import TOLD_MAX, arrange
from catalogue.models import Video
from tests.makers import make_claim, make_video
from tests.pages import queries, read

LENGTH = 600_000
TOLD_AT = datetime(2024, 5, 3, 9, 30, tzinfo=UTC)
# Of twenty stretches of half a minute the third and fourth, and the fifteenth.
CURVE = [100, 200, 1000, 700, 300, *[100] * 9, 800, 100, 100, 0, 0, 0]


def moments(curve: list[int], of_ms: int = LENGTH, length_ms: int = LENGTH) -> list[Any]:
    laid = arrange(curve, of_ms, length_ms, None)
    return [(one.start_ms, one.end_ms) for one in laid.moments] if laid else []


def points(path: str) -> list[tuple[float, ...]]:
    return [tuple(map(float, pair.split())) for pair in re.findall(r"[\d.]+ [\d.]+", path)]


# --- The line -------------------------------------------------------------------------


def test_each_value_stands_in_the_middle_of_its_stretch() -> None:
    laid = arrange([0, 1000, 500, 0], LENGTH, LENGTH, None)
    assert laid is not None
    assert (
        laid.path
        == "M0 22L0 22.0L125.0 22.0L375.0 2.0L625.0 12.0L875.0 22.0L1000.0 22.0L1000.0 22Z"
    )


@pytest.mark.parametrize("length", [LENGTH - 5_900, LENGTH - 500, LENGTH, LENGTH + 6_000])
def test_a_curve_keeps_its_own_times_where_lengths_are_rounded(length: int) -> None:
    laid = arrange(CURVE, LENGTH, length, None)
    assert laid is not None
    top = min(points(laid.path), key=lambda point: point[1])
    assert top[0] == pytest.approx(2.5 * 30_000 / length * 1000, abs=0.1)
    assert laid.moments[0].start_ms == 60_000


@pytest.mark.parametrize(
    ("of_ms", "length"), [(LENGTH, 593_000), (LENGTH, 607_000), (1_000, LENGTH), (20_000, 18_500)]
)
def test_a_curve_of_another_cut_is_not_drawn(of_ms: int, length: int) -> None:
    assert arrange(CURVE, of_ms, length, None) is None


def test_moments_are_the_greatest_stretches_in_film_order() -> None:
    assert moments(CURVE) == [(60_000, 120_000), (420_000, 450_000)]


def test_moments_are_told_in_whole_seconds_outwards() -> None:
    assert moments([0, 1000, 0, 0, 0, 0], 9_500, 9_500) == [(1_000, 4_000)]


def test_only_a_few_are_told_and_those_are_the_greatest() -> None:
    curve = [700, 0, 800, 0, 900, 0, 1000, 0]
    assert moments(curve, 80_000, 80_000) == [(20_000, 30_000), (40_000, 50_000), (60_000, 70_000)]


@pytest.mark.parametrize("curve", [[1000] * 100, [1000] * 30 + [0] * 70, [1000, 900]])
def test_a_stretch_of_a_quarter_of_the_film_points_at_nothing(curve: list[int]) -> None:
    assert moments(curve) == []


@given(
    st.lists(st.integers(0, 1000), min_size=2, max_size=1000),
    st.integers(1, 31_536_000_000),
    st.integers(-1000, 1000),
)
def test_any_curve_lies_within_its_film(shares: list[int], of_ms: int, other: int) -> None:
    laid = arrange(shares, of_ms, max(1, of_ms + other), None)
    assert laid is not None
    assert all(0 <= y <= 22 for _x, y in points(laid.path))
    assert len(laid.moments) <= TOLD_MAX
    assert sorted(laid.moments, key=lambda one: one.start_ms) == list(laid.moments)
    assert all(0 <= one.start_ms < one.end_ms < of_ms + 1000 for one in laid.moments)


# --- The page -------------------------------------------------------------------------


@pytest.fixture
def replayed(db: None) -> Video:
    return make_video(duration_ms=LENGTH, replays=CURVE, replays_ms=LENGTH, recorded_at=TOLD_AT)


def test_curve_is_drawn_and_told_with_who_said_it_and_when(client: Client, replayed: Video):
    page = read(client, replayed.get_absolute_url())
    assert page.count('class="tl-heat"') == 2, "behind the line, and in the legend"
    assert re.search(r"Most replayed, as YouTube told on <time [^>]*>3 May 2024</time>", page)
    assert re.findall(r'data-seek="(60|420)"', page) == ["60", "420"]
    assert re.search(
        r'href="\?t=60" data-seek="60">\s*<span class="vh">Most replayed:</span>', page
    )
    assert "How closely claims stand" not in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"recorded_at": None}, "Most replayed, as YouTube told\n"),
        ({"origins": {"replays": ["2023-01-02T00:00:00+00:00", "", ""]}}, "2 January 2023"),
        ({"origins": {"replays": [None, "", ""]}}, "Most replayed, as YouTube told\n"),
        ({"platform": "sample"}, "Most replayed, as its record of <time"),
        ({"platform": "sample", "recorded_at": None}, "Most replayed, as its record says\n"),
    ],
)
def test_date_is_that_of_the_record_that_told_it(
    client: Client, replayed: Video, fields: dict[str, Any], said: str
):
    Video.objects.update(**fields)
    replayed.refresh_from_db()
    assert said in read(client, replayed.get_absolute_url())


def test_density_of_claims_stays_as_a_line_over_the_curve(
    client: Client, replayed: Video, author: User
):
    for start in (1000, 2000, 300_000):
        make_claim(author=author, video=replayed, start_ms=start, end_ms=start + 500)
    page = read(client, replayed.get_absolute_url())
    assert page.count('class="tl-density"') == 2
    assert "How closely claims stand" in page
    Video.objects.update(replays=None, replays_ms=None)
    page = read(client, replayed.get_absolute_url())
    assert page.count('class="tl-heat"') == 1, "without a curve the density is filled, as ever"
    assert "tl-density" not in page
    assert "Most replayed" not in page


def test_film_that_has_another_length_by_now_shows_none(client: Client, replayed: Video):
    Video.objects.update(duration_ms=400_000)
    page = read(client, replayed.get_absolute_url())
    assert "tl-heat" not in page
    assert "Most replayed" not in page


def test_film_of_unknown_length_is_as_long_as_its_curve(client: Client, replayed: Video):
    Video.objects.update(duration_ms=None)
    page = read(client, replayed.get_absolute_url())
    assert 'data-length="600"' in page
    assert "Most replayed, as YouTube told on" in page


def test_claims_after_its_end_say_that_the_curve_is_of_another_cut(
    client: Client, replayed: Video, author: User
):
    Video.objects.update(duration_ms=None)
    make_claim(author=author, video=replayed, start_ms=899_000, end_ms=900_000)
    page = read(client, replayed.get_absolute_url())
    assert 'data-length="945"' in page
    assert "Most replayed" not in page


def test_film_without_length_curve_and_claims_has_no_line(client: Client, replayed: Video):
    Video.objects.update(duration_ms=None, replays=None, replays_ms=None)
    assert 'class="tl"' not in read(client, replayed.get_absolute_url())


def test_curve_costs_no_query(client: Client, replayed: Video):
    told = queries(client, replayed.get_absolute_url())
    Video.objects.update(replays=None, replays_ms=None)
    assert queries(client, replayed.get_absolute_url()) == told


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_coordinates_and_addresses_are_numbers_in_every_language(
    client: Client, replayed: Video, language: str
):
    Video.objects.update(replays_ms=LENGTH + 500)
    client.cookies["language"] = language
    page = read(client, replayed.get_absolute_url())
    assert 'data-seek="60"' in page
    (path,) = set(re.findall(r'class="tl-heat" d="([^"]+)"', page)) - {
        "M0 12L0 9L5 6L9 1L13 5L20 9L20 12Z"
    }
    assert re.fullmatch(r"M[0-9 .L]+Z", path)
    assert re.search(r'<bdi dir="ltr">1:00</bdi>[^<]*<bdi dir="ltr">2:01</bdi>', page)
