"""The line under the film."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from annotations.timeline import GAP, LANES_MAX, arrange


def test_claims_far_apart_share_one_lane() -> None:
    line = arrange([(0, "a"), (300_000, "b"), (600_000, "c")], 600_000)
    assert [(mark.x, mark.lane) for mark in line.markers] == [(0, 0), (50, 0), (100, 0)]
    assert line.lanes == 1


def test_claims_close_together_are_stacked() -> None:
    line = arrange([(10_000, "a"), (11_000, "b"), (12_000, "c")], 600_000)
    assert [mark.lane for mark in line.markers] == [0, 1, 2]
    assert [mark.y for mark in line.markers] == [48, 24, 0]


def test_where_lanes_run_out_claims_share_a_mark() -> None:
    line = arrange([(n * 1000, f"c{n}") for n in range(9)], 600_000)
    assert len(line.markers) == LANES_MAX
    assert line.markers[-1].items == ["c3", "c4", "c5", "c6", "c7", "c8"]


def test_a_claim_past_a_shortened_film_stands_at_its_end() -> None:
    assert arrange([(700_000, "a")], 600_000).markers[0].x == 100


def test_times_below_are_round_and_keep_clear_of_the_end() -> None:
    assert [tick.label for tick in arrange([], 586_000).ticks] == [
        "0:00", "2:00", "4:00", "6:00", "8:00", "9:46",
    ]  # fmt: skip
    assert [tick.label for tick in arrange([], 4_393_000).ticks] == [
        "0:00", "15:00", "30:00", "45:00", "1:13:13",
    ]  # fmt: skip


@given(st.lists(st.integers(0, 600_000), max_size=40).map(sorted))
def test_marks_in_a_lane_never_touch_and_no_claim_is_lost(starts: list[int]) -> None:
    line = arrange([(start, number) for number, start in enumerate(starts)], 600_000)
    assert sorted(item for mark in line.markers for item in mark.items) == list(range(len(starts)))
    for lane in range(line.lanes):
        places = [mark.x for mark in line.markers if mark.lane == lane]
        assert all(after - before >= GAP - 0.001 for before, after in pairwise(places))
