"""Lines of counts over time."""

import pytest

from catalogue.charts import chart, short, spark


def test_one_sample_makes_no_line() -> None:
    assert spark([(0.0, 5)]) is None
    assert spark([(0.0, 5), (0.0, 6)]) is None
    assert chart([]) is None


def test_line_rises_with_the_counts_and_keeps_uneven_times() -> None:
    drawn = spark([(0.0, 0), (1.0, 10), (4.0, 20)])
    assert drawn is not None
    assert drawn.line == "M2 26L25 14L94 2"
    assert [drawn.end_x, drawn.end_y] == [94, 2]


def test_flat_counts_are_a_flat_line() -> None:
    drawn = spark([(0.0, 7), (1.0, 7)])
    assert drawn
    assert drawn.line == "M2 26L94 26"


def test_scale_has_round_numbers_between_least_and_most() -> None:
    drawn = chart([(0.0, 1_130), (1.0, 8_512)])
    assert drawn is not None
    assert [tick.label for tick in drawn.ticks] == ["2k", "4k", "6k", "8k"]
    assert list(drawn.points) == [(0, 168), (1000, 12)]


def test_scale_of_a_count_that_never_changed_is_whole() -> None:
    drawn = chart([(0.0, 0), (9.0, 0)])
    assert drawn is not None
    assert [tick.label for tick in drawn.ticks] == ["0", "1"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (980, "980"), (154_080, "154.08k"), (1_200_000, "1.2M"), (3e9, "3B")],
)
def test_counts_are_shortened(value: float, text: str) -> None:
    assert short(value) == text
