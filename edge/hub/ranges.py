"""Numbers as ranges, the way an acknowledgement tells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

Range = tuple[int, int]


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """Numbers as rising ranges (first, last), both included."""
    found: list[Range] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def in_portions(ranges: Sequence[Range], size: int) -> Iterator[tuple[Range, ...]]:
    """Ranges in portions of at most ``size``."""
    rest = iter(ranges)
    while portion := tuple(islice(rest, size)):
        yield portion
