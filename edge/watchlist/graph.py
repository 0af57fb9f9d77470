"""Finds people through a graph (usearch's HNSW), for galleries that outgrow comparing every row.

In and out as in ``search.py``. Always: the graph only proposes rows; their scores are computed
exactly, so a score is never wrong, but a person may be overlooked. While the graph is not
finished, when it proposes too few people who are live, and for galleries in which comparing
every row is quicker, every row is compared.

The graph is built from the rows of the parts, bit by bit (``improve``), and kept in memory only;
it refers to their rows and holds no second copy. So it knows the parts it was begun with. It
serves as long as they all stay, and parts that came later are compared row by row; when one of
its parts goes, or the later ones outgrow a tenth, the graph goes and another one is begun.
Measurements: ``docs/adr/0011-search-a-million.md``.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

import numkong
import numpy as np
from usearch.index import Index

from edge.watchlist.part import BEST_PEOPLE, Alive, Match, Part, best_of
from edge.watchlist.quantise import Int8s
from edge.watchlist.search import ExactSearch

WORTHWHILE_ROWS = 100_000  # below it, comparing every row takes little over a millisecond
PROPOSED_ROWS = 64
NEIGHBOURS = 16
BREADTH = 128  # of the search among neighbours, while building and while searching
LATER_SHARE = 0.1


class _Graph:
    """A graph of the rows of some parts, which it keeps from being let go."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.parts = parts
        self._starts = np.cumsum([0, *(len(part.rows) for part in parts)])
        self._left = deque((at, run) for at, part in enumerate(parts) for run in part.once())
        self._index = Index(
            ndim=parts[0].rows.shape[1],
            metric="cos",
            dtype="i8",
            connectivity=NEIGHBOURS,
            expansion_add=BREADTH,
            expansion_search=BREADTH,
            enable_key_lookups=False,
        )

    @property
    def count(self) -> int:
        return sum(part.count for part in self.parts)

    @property
    def finished(self) -> bool:
        return not self._left

    def step(self) -> None:
        """Take some more rows in."""
        at, run = self._left[0]
        start = int(self._starts[at])
        keys = np.arange(start + run.start, start + run.stop, dtype=np.uint64)
        # Not copied: the parts keep the rows in place as long as the graph lives.
        self._index.add(keys, self.parts[at].rows[run], copy=False, threads=1)
        self._left.popleft()

    def near(self, probe: Int8s) -> list[tuple[Part, np.ndarray[tuple[int], np.dtype[np.intp]]]]:
        """Parts with the places of the rows that seem nearest to (1, dimensions) a probe."""
        keys = self._index.search(probe[0], PROPOSED_ROWS, threads=1).keys.astype(np.intp)
        owners = np.searchsorted(self._starts, keys, side="right") - 1
        return [(self.parts[at], keys[owners == at] - self._starts[at]) for at in np.unique(owners)]


class HnswSearch:
    """Implements :class:`edge.watchlist.search.Search`.

    Args:
        least_rows: below so many rows every row is compared.
        now_s: steady time, for the bounds of ``improve``.
        parts: what to search.
        graph: made of some of them, finished or not.

    Raises:
        ValueError: the parts differ in their number of dimensions.
    """

    def __init__(
        self,
        *,
        least_rows: int = WORTHWHILE_ROWS,
        now_s: Callable[[], float] = time.perf_counter,
        parts: Sequence[Part] = (),
        graph: _Graph | None = None,
    ) -> None:
        self._least_rows = least_rows
        self._now_s = now_s
        self._parts = tuple(parts)
        self._graph = graph
        self._exact = ExactSearch(parts)
        known = set(graph.parts) if graph else set()
        self._later = [at for at, part in enumerate(self._parts) if part not in known]
        self._exact_later = ExactSearch([self._parts[at] for at in self._later])

    @property
    def finished(self) -> bool:
        """Whether the graph answers."""
        return self._graph is not None and self._graph.finished

    def over(self, parts: Sequence[Part]) -> HnswSearch:
        """See :class:`edge.watchlist.search.Search`."""
        rows, graph = sum(part.count for part in parts), self._graph
        if graph and not (
            set(graph.parts) <= set(parts) and rows - graph.count <= LATER_SHARE * graph.count
        ):
            graph = None
        if graph is None and rows >= self._least_rows:
            graph = _Graph(tuple(parts))
        return HnswSearch(least_rows=self._least_rows, now_s=self._now_s, parts=parts, graph=graph)

    def improve(self, seconds: float) -> bool:
        """Add rows to the graph for about so long; True while there are more."""
        graph, until_s = self._graph, self._now_s() + seconds
        while graph and not graph.finished and self._now_s() < until_s:
            graph.step()
        return graph is not None and not graph.finished

    def two_best(self, probes: Int8s, alive: Sequence[Alive | None]) -> list[tuple[Match, ...]]:
        """See :class:`edge.watchlist.search.Search`."""
        if self._graph is None or not self._graph.finished:
            return self._exact.two_best(probes, alive)
        later = self._exact_later.two_best(probes, [alive[at] for at in self._later])
        return [
            self._ask(self._graph, probes[i : i + 1], alive, also) for i, also in enumerate(later)
        ]

    def _ask(
        self,
        graph: _Graph,
        probe: Int8s,
        alive: Sequence[Alive | None],
        also: tuple[Match, ...],
    ) -> tuple[Match, ...]:
        packed, place = numkong.dots_pack(probe), {part: at for at, part in enumerate(self._parts)}
        near = [
            match
            for part, rows in graph.near(probe)
            for match in part.best(packed, rows, alive[place[part]])
        ]
        found = best_of(*near, *also)
        return found if len(found) == BEST_PEOPLE else self._exact.two_best(probe, alive)[0]
