"""By how much a film moved, as told by the quotes in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.shifts import Shift, shift_of

MINUTE = 60_000


@pytest.mark.parametrize(
    ("pairs", "shift"),
    [
        ([], None),
        # Nothing moved.
        ([(0, 0), (MINUTE, MINUTE + 2_000)], None),
        # All moved, one way or the other.
        ([(0, 5_000), (MINUTE, 65_000), (90_000, 95_000)], Shift(5_000, 0, 3, 3)),
        ([(MINUTE, 50_000), (90_000, 80_000)], Shift(-10_000, 0, 2, 2)),
        # Not to the same millisecond; the one in the middle tells.
        ([(0, 5_000), (10_000, 15_400), (20_000, 25_900)], Shift(5_400, 0, 3, 3)),
        # One was found at another place.
        ([(0, 5_000), (10_000, 15_000), (20_000, 900_000)], Shift(5_000, 0, 2, 3)),
        # A minute was put in between the second and the third.
        ([(0, 0), (10_000, 10_000), (20_000, 80_000), (30_000, 90_000)],
         Shift(MINUTE, 20_000, 2, 2)),
        # One behind it stayed.
        ([(0, 0), (20_000, 80_000), (25_000, 25_000), (30_000, 90_000), (40_000, 100_000)],
         Shift(MINUTE, 20_000, 3, 4)),
        # One moved otherwise before.
        ([(0, 0), (10_000, 500_000), (20_000, 80_000), (30_000, 90_000)],
         Shift(MINUTE, 20_000, 2, 2)),
        # One match alone.
        ([(10_000, 70_000)], Shift(MINUTE, 0, 1, 1)),
        # Only the first moved.
        ([(0, 5_000), (10_000, 10_000), (20_000, 20_000)], None),
        # No two agree.
        ([(0, 5_000), (10_000, 30_000), (20_000, 70_000)], None),
    ],
)  # fmt: skip
def test_the_offset_that_most_agree_on_is_proposed(
    pairs: list[tuple[int, int]], shift: Shift | None
) -> None:
    assert shift_of(pairs) == shift
    assert shift_of(reversed(pairs)) == shift


def test_the_share_tells_how_many_agree() -> None:
    assert Shift(5_000, 0, 2, 3).share == pytest.approx(2 / 3)


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, unique=True),
    st.integers(2_001, 900_000) | st.integers(-900_000, -2_001),
)
def test_what_moved_as_one_is_told_exactly(places: list[int], offset: int) -> None:
    pairs = [(place, place + offset) for place in places]
    assert shift_of(pairs) == Shift(offset, 0, len(places), len(places))


@given(
    st.lists(st.integers(0, 5_000_000), min_size=1, unique=True),
    st.lists(st.integers(5_000_001, 10_000_000), min_size=1, unique=True),
    st.integers(2_001, 900_000),
)
def test_what_moved_behind_a_point_is_told_with_the_point(
    before: list[int], behind: list[int], offset: int
) -> None:
    pairs = [(place, place) for place in before] + [(place, place + offset) for place in behind]
    assert shift_of(pairs) == Shift(offset, min(behind), len(behind), len(behind))


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 100_000))))
def test_any_pairs_have_a_shift_that_half_agree_on_or_none(pairs: list[tuple[int, int]]) -> None:
    shift = shift_of(pairs)
    assert shift is None or 0.5 <= shift.share <= 1
