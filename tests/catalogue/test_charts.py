"""Lines of counts over time."""

from datetime import UTC, datetime, timedelta

import pytest

from catalogue.charts import DOTS_MAX, dates, panel, spark


def test_one_sample_makes_no_line() -> None:
    assert spark([(0.0, 5)]) is None
    assert spark([(0.0, 5), (0.0, 6)]) is None


def test_line_rises_with_the_counts_and_keeps_uneven_times() -> None:
    drawn = spark([(0.0, 0), (1.0, 10), (4.0, 20)])
    assert drawn is not None
    assert drawn.line == "M2 26L25 14L94 2"
    assert [drawn.end_x, drawn.end_y] == [94, 2]


def test_flat_counts_are_a_flat_line() -> None:
    drawn = spark([(0.0, 7), (1.0, 7)])
    assert drawn
    assert drawn.line == "M2 26L94 26"


# --- Panels ---------------------------------------------------------------------------


def test_nothing_known_makes_no_panel():
    assert panel([], 0, 1, height=96) is None
    assert panel([(0, None), (1, None)], 0, 1, height=96) is None
    assert panel([(0, 5), (1, 6)], 1, 1, height=96) is None


def test_a_scale_begins_at_nothing_and_is_filled_where_that_shows_enough():
    drawn = panel([(0, 1_130), (1, 8_512)], 0, 1, height=96)
    assert drawn is not None
    assert [tick.value for tick in drawn.ticks] == [0, 5_000, 10_000]
    assert drawn.base == 0
    assert drawn.area.endswith("L1000 88L0 88Z")


def test_a_scale_that_begins_elsewhere_says_where_and_fills_nothing():
    drawn = panel([(0, 150_100), (1, 150_900)], 0, 1, height=96)
    assert drawn is not None
    assert [tick.value for tick in drawn.ticks] == [150_000, 150_500, 151_000]
    assert (drawn.base, drawn.area) == (150_000, "")


def test_grid_lines_that_would_say_the_same_say_every_digit():
    drawn = panel([(0, 212_118), (1, 212_124)], 0, 1, height=96)
    assert drawn is not None
    assert [tick.value for tick in drawn.ticks] == [212_115, 212_120, 212_125]


def test_every_count_lies_between_the_ends_of_its_scale():
    for low, high in ((0, 1), (3, 4), (99, 1000), (12_345, 12_399), (0, 7_000_000_000)):
        drawn = panel([(0, low), (1, high)], 0, 1, height=150)
        assert drawn is not None
        assert all(8 <= y <= 142 for y in drawn.heights if y is not None)
        assert 2 <= len(drawn.ticks) <= 7


@pytest.mark.parametrize("count", [0, 7])
def test_a_count_that_never_changed_is_a_flat_line(count: int):
    drawn = panel([(0, count), (1, count)], 0, 1, height=96)
    assert drawn is not None
    first, last = drawn.heights
    assert first == last
    assert all(tick.value == round(tick.value) for tick in drawn.ticks)


def test_a_line_falls_where_counts_fall():
    drawn = panel([(0, 90), (1, 10), (2, 50)], 0, 2, height=96)
    assert drawn is not None
    first, second, third = drawn.heights
    assert first is not None
    assert second is not None
    assert third is not None
    assert first < third < second


def test_a_line_has_a_gap_where_a_count_was_unknown_and_a_dot_for_one_alone():
    rows: list[tuple[float, int | None]] = [(n, n) for n in range(DOTS_MAX + 1)]
    drawn = panel([*rows, (70, None), (80, 50), (90, None)], 0, 100, height=96)
    assert drawn is not None
    assert drawn.line.count("M") == 1
    assert drawn.dots.count("M") == 1
    assert drawn.dots.startswith("M800 ")
    assert drawn.heights[-1] is None


def test_of_few_points_each_is_drawn():
    drawn = panel([(0, 1), (1, 2), (2, 4)], 0, 2, height=96)
    assert drawn is not None
    assert drawn.dots.count("h0") == 3


def test_a_line_comes_from_before_the_range_and_only_the_range_sets_its_scale():
    drawn = panel([(-98, 100), (2, 1100)], 0, 2, height=96)
    assert drawn is not None
    assert drawn.line.startswith("M-49000 ")
    # Where it enters: 1,080.
    assert drawn.base >= 1_000


# --- Dates ----------------------------------------------------------------------------

START = datetime(2025, 10, 7, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1, ["13:30", "13:45", "14:00", "14:15"]),
        (30, ["18:00", "8 Oct", "06:00", "12:00", "18:00"]),
        (24 * 7, ["9 Oct", "11 Oct", "13 Oct"]),
        (24 * 90, ["Nov 2025", "Dec 2025", "Jan 2026"]),
        (24 * 365 * 4, ["2026", "2027", "2028", "2029"]),
        (24 * 365 * 40, ["2030", "2040", "2050", "2060"]),
    ],
)
def test_dates_are_round(hours: int, expected: list[str]):
    until = START + timedelta(hours=hours)
    forms = {"HH:mm": "%H:%M", "d MMM": "%-d %b", "MMM y": "%b %Y", "y": "%Y"}
    found = dates(START, until)
    assert [date.at.strftime(forms[date.form]) for date in found] == expected
    assert all(0 <= date.x <= 100 for date in found)
    share = (found[0].at - START) / (until - START) * 100
    assert found[0].x == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize(
    "hours", [1, 7, 25, 49, 100, 24 * 15, 24 * 45, 24 * 200, 24 * 800, 24 * 9000]
)
def test_there_are_a_few_dates_whatever_the_range(hours: int):
    assert 2 <= len(dates(START, START + timedelta(hours=hours))) <= 8
