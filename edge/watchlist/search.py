"""Finds the best two people for probes among the rows of parts; exactly, without a built index.

In: (n, dimensions) int8 probes, and which entries of each part are live. Out: for each probe at
most two matches, best first. Always: the same answer as comparing every row in any order would
give (``part.py`` has the rules), however the rows are spread over parts.

A pass over all rows takes maxima of int32 only, while they are in the cache; from them follows
what no score of a group of rows exceeds. Groups of all parts are then looked into from the
highest bound down, until a bound is below the second person found: two or three of a thousand.
Where there are few rows, all are compared at once instead (``few.py``).

The rows are the packed operand's *other* side: NumKong packs the probes (a few microseconds)
and reads the rows as they lie, so that one copy of the gallery is enough. Reading the rows of
a person whose entry has ended costs time but never changes an answer.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

import numkong
import numpy as np

from edge.values import Floats
from edge.watchlist.few import FEW_ROWS, FewRows
from edge.watchlist.part import (
    BEST_PEOPLE,
    BLOCK_ROWS,
    GROUP_ROWS,
    GROUP_UNITS,
    NOTHING,
    UNIT_ROWS,
    Alive,
    Int32s,
    Match,
    Part,
    best_of,
)
from edge.watchlist.products import make_sure
from edge.watchlist.quantise import Int8s

MAX_TOGETHER = 16
UNEVEN = 1.02
_RUN_BLOCKS = 8  # bounds are made of so many at once: few calls, and little memory
_TILE = 4  # NumKong multiplies four by four; a lone probe is faster as two over rows in pairs


class Search(Protocol):
    """Finds people in parts."""

    def over(self, parts: Sequence[Part]) -> Search:
        """A search of these parts; what was prepared for parts that stay is kept.

        Raises:
            ValueError: the parts differ in their number of dimensions.
        """
        ...

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        """For each probe the best two people, best first.

        Args:
            probes: (n, dimensions) int8, none of them zero.
            alive: for each part (entries,) whose rows count; None: all.
        """
        ...

    def improve(self, seconds: float) -> bool:
        """Go on preparing for about so long; True while there is more to do."""
        ...


class ExactSearch:
    """Compares every row. Implements :class:`Search`.

    Args:
        parts: what to search.
        few: so many rows are compared at once, without bounds.

    Raises:
        ValueError: the parts differ in their number of dimensions.
        WatchlistError: this processor's dot products are wrong.
    """

    def __init__(self, parts: Sequence[Part] = (), few: int = FEW_ROWS) -> None:
        if len({part.rows.shape[1] for part in parts}) > 1:
            raise ValueError("parts of different dimensions cannot be searched together")
        if parts:
            make_sure(parts[0].rows.shape[1])
        self._parts = tuple(parts)
        self._starts = np.cumsum([0, *(part.groups for part in parts)])
        scales = [part.unit_scales() for part in parts]
        empty = np.empty((0, GROUP_UNITS), np.float32)
        self._largest = np.concatenate([empty, *(large for large, _ in scales)])
        self._smallest = np.concatenate([empty, *(small for _, small in scales)])
        uneven = self._largest > UNEVEN * self._smallest
        self._uneven = _Uneven(parts, uneven)
        self._largest[uneven] = self._smallest[uneven] = 0
        self._blocks = tuple(_blocks(parts))
        rows = sum(part.count for part in parts)
        self._few_rows = few
        self._few = FewRows(parts) if 0 < rows <= few else None

    def over(self, parts: Sequence[Part]) -> ExactSearch:
        """See :class:`Search`."""
        return ExactSearch(parts, self._few_rows)

    def improve(self, seconds: float) -> bool:
        """Nothing is left to prepare."""
        del seconds
        return False

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        """See :class:`Search`."""
        if self._few:
            return self._few.two_best(probes, alive)
        found: list[tuple[Match, ...]] = []
        for start in range(0, len(probes), MAX_TOGETHER):
            some = probes[start : start + MAX_TOGETHER]
            bounds = self._bounds(some)
            found += [self._climb(some[i : i + 1], bounds[i], alive) for i in range(len(some))]
        return found

    def _bounds(self, probes: Int8s) -> Floats:
        """(n, groups): what no score of the group exceeds."""
        product = _Product(probes)
        bounds = np.empty((self._starts[-1], product.width), np.float32)
        for start in range(0, len(self._blocks), _RUN_BLOCKS):
            run = self._blocks[start : start + _RUN_BLOCKS]
            groups = slice(run[0].first, run[-1].end)
            bounds[groups] = self._run_bounds(run, groups, product)
        np.maximum.at(bounds, self._uneven.groups, self._uneven.best(product))
        return np.ascontiguousarray(bounds.T[: len(probes)])

    def _run_bounds(self, run: Sequence[_Block], groups: slice, product: _Product) -> Floats:
        """(groups, width): what no score of an even unit of the group exceeds."""
        peaks = np.empty((groups.stop - groups.start, GROUP_UNITS * product.width), np.int32)
        for block in run:
            units = product.of(block.rows).reshape(-1, UNIT_ROWS, GROUP_UNITS * product.width)
            units.max(axis=1, out=peaks[block.first - groups.start : block.end - groups.start])
        floats = peaks.astype(np.float32).reshape(-1, GROUP_UNITS, product.width)
        bounds = floats * self._largest[groups, :, None]
        if peaks.min() < 0:
            np.maximum(bounds, floats * self._smallest[groups, :, None], out=bounds)
        return cast(Floats, bounds.max(axis=1))

    def _climb(
        self, probe: Int8s, bounds: Floats, alive: Sequence[Alive | None]
    ) -> tuple[Match, ...]:
        packed, least = numkong.dots_pack(probe), NOTHING
        best: tuple[Match, ...] = ()
        for _ in range(len(bounds)):
            group = int(bounds.argmax())
            if bounds[group] < least:
                break
            bounds[group] = NOTHING
            at = int(np.searchsorted(self._starts, group, side="right")) - 1
            first = (group - int(self._starts[at])) * GROUP_ROWS
            rows = slice(first, first + GROUP_ROWS)
            best = best_of(*best, *self._parts[at].best(packed, rows, alive[at], least))
            least = best[-1].score if len(best) == BEST_PEOPLE else NOTHING
        return best


class _Block(NamedTuple):
    """Some groups of one part: first, end among all groups, and their rows."""

    first: int
    end: int
    rows: Int8s


def _blocks(parts: Sequence[Part]) -> Iterator[_Block]:
    first = 0
    for part in parts:
        for start in range(0, len(part.rows), BLOCK_ROWS):
            rows = part.rows[start : start + BLOCK_ROWS]
            yield _Block(first, first + len(rows) // GROUP_ROWS, rows)
            first += len(rows) // GROUP_ROWS


class _Uneven:
    """A copy of the few units whose rows differ in length, at the two ends of each part.

    Bounds of theirs would lie far above their scores, and groups be looked into in vain, so
    their scores are computed at once.

    Args:
        parts: the parts.
        units: (groups, GROUP_UNITS) which units of them.

    Attributes:
        groups: (units,) the group of each.
    """

    def __init__(self, parts: Sequence[Part], units: Alive) -> None:
        self.groups = np.nonzero(units)[0]
        ends = np.cumsum([part.groups for part in parts])
        taken = [
            part.unit_rows(own)
            for part, own in zip(parts, np.split(units, ends[:-1]), strict=False)
        ]
        dimensions = parts[0].rows.shape[1] if parts else 0
        self._rows = np.concatenate([np.empty((0, dimensions), np.int8), *(r for r, _ in taken)])
        self._scale = np.concatenate([np.empty(0, np.float32), *(s for _, s in taken)])
        weakref.finalize(self, self._rows.fill, 0).atexit = False

    def best(self, product: _Product) -> Floats:
        """(units, width) the best score of each."""
        scores = np.empty((len(self._rows), product.width), np.float32)
        for start in range(0, len(scores), BLOCK_ROWS):
            some = slice(start, start + BLOCK_ROWS)
            np.multiply(
                product.of(self._rows[some]).astype(np.float32),
                self._scale[some, None],
                out=scores[some],
            )
        return cast(Floats, scores.reshape(-1, UNIT_ROWS, product.width).max(axis=1))


class _Product:
    """Dot products of blocks of rows with the same probes, into the same memory each time.

    Rows are read in pairs against a lone probe, as rows of twice the length, against the probe
    with zeros after it and before it: the same sums in half as many vector reductions.
    """

    def __init__(self, probes: Int8s) -> None:
        count, dimensions = probes.shape
        self.width = 1 if count == 1 else -(-count // _TILE) * _TILE
        self._together = 2 if count == 1 else 1
        shape = (max(self.width, self._together), self._together * dimensions)
        laid = np.zeros(shape, np.int8)
        laid[:count, :dimensions] = probes
        if count == 1:
            laid[1, dimensions:] = probes[0]
        self._packed = numkong.dots_pack(laid)
        height = BLOCK_ROWS // self._together
        self._out = numkong.zeros((height, len(laid)), dtype="int32")

    def of(self, rows: Int8s) -> Int32s:
        """(rows, width) int32 of at most BLOCK_ROWS rows, an even number; until the next call."""
        wide = rows.reshape(len(rows) // self._together, -1)
        out = cast(numkong.Tensor, self._out[: len(wide)])
        numkong.dots_packed(wide, self._packed, out=out)
        return np.asarray(out).reshape(-1, self.width)
