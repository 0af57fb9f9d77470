"""Finds the best two people for probes among the rows of parts; exactly, without a built index.

In: (n, dimensions) int8 probes, and which entries of each part are live. Out: for each probe at
most two matches, best first. Always: the same answer as comparing every row in any order would
give (``part.py`` and ``nearest.py`` have the rules), however the rows are spread over parts.

A pass (``passes.py``) tells for each unit of 16 rows what no score in it exceeds. The units with
the highest bounds are looked into, and after them all others whose bound is not below the second
person found. In a large gallery the pass reads half of each row and bounds what the other half
adds (``sketch.py``), if that helps; where it leaves many units over, all is read after all.
Reading the rows of a person whose entry has ended costs time but never changes an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

import numpy as np

from edge.values import Floats
from edge.watchlist.nearest import Gathered, Match, reached
from edge.watchlist.part import GROUP_UNITS, Alive, Numbers, Part, rows_of_units
from edge.watchlist.passes import Asked, AskedHalf, AskedWhole, Passes
from edge.watchlist.quantise import Int8s
from edge.watchlist.sketch import Fit

MAX_TOGETHER = 16
_FIRST_LOOK, _WIDER = 4, 16
_UNITS_AT_ONCE = 512
_FEW, _FEW_SHARE = 512, 1 / 64  # looking into more units costs more than another pass
_LOWEST = np.finfo(np.float32).min


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
        fit: what was prepared for parts that were searched before.

    Raises:
        ValueError: the parts differ in their number of dimensions.
    """

    def __init__(self, parts: Sequence[Part] = (), fit: Fit | None = None) -> None:
        if len({part.dimensions for part in parts}) > 1:
            raise ValueError("parts of different dimensions cannot be searched together")
        self._parts = tuple(parts)
        self._passes = Passes(parts)
        self._uneven = _Units(self._parts, self._passes.starts, self._passes.uneven)
        self._fit = (fit or Fit()).to(self._parts)

    def over(self, parts: Sequence[Part]) -> ExactSearch:
        """See :class:`Search`."""
        return ExactSearch(parts, self._fit)

    def improve(self, seconds: float) -> bool:
        """Nothing is left to prepare."""
        del seconds
        return False

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        """See :class:`Search`."""
        found: list[tuple[Match, ...]] = []
        for start in range(0, len(probes), MAX_TOGETHER):
            found += self._together(probes[start : start + MAX_TOGETHER], alive)
        return found

    def _together(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        if not self._parts:
            return [()] * len(probes)
        if self._fit.sketch is not None:
            half = AskedHalf(self._fit.sketch.ask(probes), self._fit.radii)
            found = self._climb(probes, alive, half, max(_FEW, int(_FEW_SHARE * self._units)))
            if found is not None:
                return found
        found = self._climb(probes, alive, AskedWhole(probes), self._units)
        assert found is not None  # noqa: S101 (all units are never too many)
        return found

    @property
    def _units(self) -> int:
        return int(self._passes.starts[-1])

    def _climb(
        self, probes: Int8s, alive: Sequence[Alive | None], asked: Asked, most: int
    ) -> list[tuple[Match, ...]] | None:
        """The answers; None where more than ``most`` units would have to be looked into."""
        bounds = self._passes.bounds(asked)
        best = self._uneven.best(probes, alive, [()] * len(probes))
        wide, floor = _FIRST_LOOK, _highest(bounds, _FIRST_LOOK)
        while True:
            units = np.flatnonzero((bounds >= floor[:, None]).any(axis=0))
            if len(units) > most:
                return None
            for start in range(0, len(units), _UNITS_AT_ONCE):
                some = _Units(self._parts, self._passes.starts, units[start:][:_UNITS_AT_ONCE])
                best = some.best(probes, alive, best)
            least = np.array([reached(found) for found in best])
            if ((floor <= least) | (floor == _LOWEST)).all():
                return best
            bounds[:, units] = -np.inf
            wide *= _WIDER
            enough = least >= _LOWEST
            floor = least if enough.all() else np.where(enough, least, _highest(bounds, wide))


class _Units:
    """Some units of some parts, gathered.

    Args:
        parts: the parts.
        starts: where each part's units begin.
        units: which units, rising.
    """

    def __init__(self, parts: Sequence[Part], starts: Numbers, units: Numbers) -> None:
        owners = np.searchsorted(starts, units, side="right") - 1
        self._owners = np.unique(owners).tolist()
        self._rows = Gathered(
            [(parts[at], rows_of_units(units[owners == at] - starts[at])) for at in self._owners]
        )

    def best(
        self, probes: Int8s, alive: Sequence[Alive | None], before: Sequence[tuple[Match, ...]]
    ) -> list[tuple[Match, ...]]:
        """See :meth:`edge.watchlist.nearest.Gathered.best`; ``alive`` for all parts."""
        return self._rows.best(probes, [alive[at] for at in self._owners], before)


def _highest(bounds: Floats, count: int) -> Floats:
    """For each probe a finite number that at least ``count`` bounds reach, or all of them."""
    some = bounds.reshape(len(bounds), GROUP_UNITS, -1).max(axis=1)
    if count >= some.shape[1]:
        return np.full(len(bounds), _LOWEST)
    return cast(Floats, np.maximum(np.partition(some, -count, axis=1)[:, -count], _LOWEST))
