"""Numbers as ranges, and back again."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from edge.hub.ranges import in_portions, ranges_of


def test_neighbours_become_one_range() -> None:
    assert ranges_of([3, 1, 2, 7, 9, 8, 2]) == [(1, 3), (7, 9)]


@given(st.sets(st.integers(1, 200)))
def test_ranges_hold_exactly_the_numbers(numbers: set[int]) -> None:
    ranges = ranges_of(numbers)
    assert {n for first, last in ranges for n in range(first, last + 1)} == numbers
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))


@given(st.lists(st.tuples(st.integers(), st.integers()), max_size=50), st.integers(1, 20))
def test_portions_keep_order_and_size(ranges: list[tuple[int, int]], size: int) -> None:
    portions = list(in_portions(ranges, size))
    assert [one for portion in portions for one in portion] == ranges
    assert all(0 < len(portion) <= size for portion in portions)
