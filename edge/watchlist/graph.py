"""Finds people through a graph (usearch's HNSW), for galleries that outgrow comparing every row.

In and out as in ``search.py``. Always: the graph only proposes; the score of everyone whom it
proposes is computed exactly, from all their rows, so a score is never wrong, but a person may
be overlooked. While the graph is not finished, when it proposes too few people who are live,
and for galleries in which comparing every row is quicker, every row is compared.

The graph is built from the exact store, bit by bit (``improve``), and kept in memory only; it
refers to the store's rows and holds no second copy. Measurements:
``docs/adr/0011-search-a-million.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numkong
import numpy as np
from usearch.index import Index

from edge.watchlist.quantise import Int8s
from edge.watchlist.search import BEST_PEOPLE, Alive, ExactSearch, Match, best_of, two_of
from edge.watchlist.table import EntryTable

WORTHWHILE_ROWS = 100_000  # below it, comparing every row takes little over a millisecond
PROPOSED_ROWS = 64
NEIGHBOURS = 16
BREADTH = 128  # of the search among neighbours, while building and while searching
_STEP_ROWS = 1000


class HnswSearch:
    """Implements :class:`edge.watchlist.search.Search`.

    Args:
        table: the entries.
        least_rows: below so many rows every row is compared.
        now_s: steady time, for the bounds of ``improve``.

    Raises:
        ValueError: a row is zero.
    """

    def __init__(
        self,
        table: EntryTable,
        *,
        least_rows: int = WORTHWHILE_ROWS,
        now_s: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._exact = ExactSearch(table)
        self._now_s = now_s
        self._rows_of_person = np.argsort(self._exact.people_of(slice(None)), kind="stable")
        first_row = table.first_row.astype(np.int64)
        self._first = first_row[table.enrolled.first_entry]
        self._graph = Index(
            ndim=self._exact.dimensions,
            metric="cos",
            dtype="i8",
            connectivity=NEIGHBOURS,
            expansion_add=BREADTH,
            expansion_search=BREADTH,
            enable_key_lookups=False,
        )
        self._wanted = len(self._exact.rows) if len(self._exact.rows) >= least_rows else 0
        self._held = 0

    @property
    def finished(self) -> bool:
        """Whether the graph answers."""
        return 0 < self._wanted == self._held

    def improve(self, seconds: float) -> bool:
        """Add rows to the graph for about so long; True while there are more."""
        until_s = self._now_s() + seconds
        while self._held < self._wanted and self._now_s() < until_s:
            end = min(self._held + _STEP_ROWS, self._wanted)
            keys = np.arange(self._held, end, dtype=np.uint64)
            # Not copied: the exact store keeps the rows in place as long as the graph lives.
            self._graph.add(keys, self._exact.rows[self._held : end], copy=False, threads=1)
            self._held = end
        return self._held < self._wanted

    def two_best(self, probes: Int8s, alive: Alive | None) -> list[tuple[Match, ...]]:
        """See :class:`edge.watchlist.search.Search`."""
        if not self.finished:
            return self._exact.two_best(probes, alive)
        return [self._ask(probes[i : i + 1], alive) for i in range(len(probes))]

    def _ask(self, probe: Int8s, alive: Alive | None) -> tuple[Match, ...]:
        proposed = self._graph.search(probe[0], PROPOSED_ROWS, threads=1).keys.astype(np.int64)
        people = np.unique(self._exact.people_of(proposed)).tolist()
        rows = np.concatenate([self._rows_of(person) for person in people])
        scores = self._exact.scores(numkong.dots_pack(probe), rows, alive)
        found = best_of(two_of(scores, self._exact.people_of(rows)))
        return found if len(found) == BEST_PEOPLE else self._exact.two_best(probe, alive)[0]

    def _rows_of(self, person: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self._rows_of_person[self._first[person] : self._first[person + 1]]
