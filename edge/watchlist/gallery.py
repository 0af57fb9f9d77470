"""Searches the active watchlist for people.

In: probes, (n, dimensions) float32. Out: for each the best two people. Always: only entries
whose consent is live by a trusted clock, and covers this site, of a list that has not
expired, are ever returned; without a trusted time nothing is. A new list is made ready beside
the old one and takes its place in one assignment, so that a search in another thread sees the
one or the other, whole.

How rows are compared is the matter of a ``Search`` (``search.py``, ``graph.py``), how a list
becomes columns that of ``table.py``, reading the file that of ``watched.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.runtime.clock import Clock
from edge.values import Candidate, Floats, Watchlist
from edge.watchlist.quantise import lengths, quantise
from edge.watchlist.search import ExactSearch, Match, Search
from edge.watchlist.table import Enrolled, EntryTable, microseconds, table_of

MakeSearch = Callable[[EntryTable], Search]


@dataclass(frozen=True, slots=True)
class _Active:
    """A list made ready to search: only the entries that cover the site, and no templates.

    Attributes:
        search: finds people; None when no entry covers the site.
    """

    version: int
    pack: str
    dimensions: int
    search: Search | None
    enrolled: Enrolled


@dataclass(frozen=True, slots=True)
class _Live:
    """Which entries of a list are live during [from_us, until_us).

    Attributes:
        entries: (entries,) which; None when all are.
    """

    of: _Active
    from_us: int
    until_us: int
    entries: npt.NDArray[np.bool_] | None
    count: int
    people: int


class Gallery:
    """Implements :class:`edge.recognise.ports.Gallery`.

    Args:
        site: where this box is; other sites' entries are not loaded.
        clock: its trusted time decides what is live.
        make_search: makes a list's rows ready to search.
    """

    def __init__(self, site: str, clock: Clock, make_search: MakeSearch = ExactSearch) -> None:
        self._site = site
        self._clock = clock
        self._make_search = make_search
        self._active: _Active | None = None
        self._live: _Live | None = None

    def activate(self, watchlist: Watchlist) -> None:
        """Search this list from now on.

        Raises:
            ValueError: the templates differ in length or a row is zero.
        """
        self.activate_table(table_of(watchlist))

    def activate_table(self, table: EntryTable) -> None:
        """Search these entries from now on; their templates are copied.

        Raises:
            ValueError: a row is zero.
        """
        here = table.covering(self._site)
        active = _Active(
            version=table.version,
            pack=table.pack,
            dimensions=here.templates.shape[1],
            search=self._make_search(here) if len(here.enrolled) else None,
            enrolled=here.enrolled,
        )
        self._active, self._live = active, None

    def deactivate(self) -> None:
        """Match nobody from now on."""
        self._active, self._live = None, None

    def improve(self, seconds: float) -> bool:
        """Go on preparing the active list's search for about so long; True while there is more."""
        active = self._active
        return bool(active and active.search and active.search.improve(seconds))

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        active = self._active
        return active.version if active else 0

    @property
    def pack(self) -> str:
        """``id@version`` of the active list's pack; empty when there is none."""
        active = self._active
        return active.pack if active else ""

    @property
    def entries_live(self) -> int:
        """How many entries could match now, here."""
        live = self._live_now()
        return live.count if live else 0

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        live = self._live_now()
        return live.people if live else 0

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """The best two people for each probe, best first.

        Args:
            probes: (n, dimensions) float32, any length but 0.

        Returns:
            A tuple for each probe with at most two candidates; empty when nothing is live.

        Raises:
            ValueError: the probes do not have the list's number of dimensions, or are zero.
        """
        live = self._live_now()
        if live is None or live.of.search is None or live.count == 0 or len(probes) == 0:
            return [()] * len(probes)
        if probes.ndim != 2 or probes.shape[1] != live.of.dimensions:
            raise ValueError(f"probes of {probes.shape} against {live.of.dimensions} dimensions")
        queries = quantise(probes)
        found = live.of.search.two_best(queries, live.entries)
        return [
            tuple(_candidate(live, match, size) for match in matches)
            for matches, size in zip(found, lengths(queries), strict=True)
        ]

    def _live_now(self) -> _Live | None:
        active, now = self._active, self._clock.trusted_utc()
        if active is None:
            self._live = None  # a search that ran while the list went away may have left it
        if now is None or active is None:
            return None
        now_us, live = microseconds(now), self._live
        if live is None or live.of is not active or not live.from_us <= now_us < live.until_us:
            live = self._live = _live(active, now_us)
        return live


def _live(active: _Active, now_us: int) -> _Live:
    enrolled = active.enrolled
    alive = enrolled.ends_us > now_us
    ends = enrolled.ends_us[alive]
    people = np.logical_or.reduceat(alive, enrolled.first_entry[:-1]) if len(alive) else alive
    return _Live(
        of=active,
        from_us=now_us,
        until_us=int(ends.min()) if len(ends) else np.iinfo(np.int64).max,
        entries=None if len(ends) == len(alive) else alive,
        count=len(ends),
        people=int(people.sum()),
    )


def _candidate(live: _Live, match: Match, size: np.float32) -> Candidate:
    enrolled, alive = live.of.enrolled, live.entries
    first, end = enrolled.first_entry[match.person : match.person + 2].tolist()
    return Candidate(
        person_id=enrolled.person_ids[match.person],
        score=float(np.clip(match.score / size, -1.0, 1.0)),
        entries=tuple(enrolled.ref(e) for e in range(first, end) if alive is None or alive[e]),
    )
