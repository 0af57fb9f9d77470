"""Searches the active watchlist for people.

In: a listing and a way to load a segment; probes, (n, dimensions) float32. Out: for each probe
the best two people. Always: only entries whose consent is live by a trusted clock, and covers
this site, of a list that has not expired, are ever returned; without a trusted time nothing is.
Segments are held as parts that never change. A new listing loads only the segments that are not
held, and takes its place in one assignment, so that a search in another thread sees the old
parts or the new ones, whole. A part that is no longer listed is overwritten with zeros as soon
as no search uses it.

How rows are compared is the matter of a ``Search`` (``search.py``, ``graph.py``), who is live of
``roster.py``, how entries become columns of ``table.py``, reading segments of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from edge.errors import WatchlistError
from edge.runtime.clock import Clock
from edge.values import Candidate, Floats
from edge.values.names import NamesOnList
from edge.watchlist.listing import Listing
from edge.watchlist.part import Part
from edge.watchlist.quantise import lengths, quantise
from edge.watchlist.roster import Live, Roster
from edge.watchlist.search import ExactSearch, Search
from edge.watchlist.table import EntryTable, microseconds

Load = Callable[[str], EntryTable]


class Gallery:
    """Implements :class:`edge.recognise.ports.Gallery`.

    Args:
        site: where this box is; other sites' entries are not loaded.
        clock: its trusted time decides what is live.
        search: how rows are compared; every row when None.
    """

    def __init__(self, site: str, clock: Clock, search: Search | None = None) -> None:
        self._site = site
        self._clock = clock
        self._first_search = search or ExactSearch()
        self._active: Roster | None = None

    def replace(self, listing: Listing, load: Load) -> None:
        """Search what is listed from now on; only segments that are not held are loaded.

        Args:
            listing: what to hold.
            load: a segment's entries by its id; their templates are copied.

        Raises:
            WatchlistError: a segment cannot be loaded or does not suit the listing; the gallery
                goes on as it was.
        """
        before = self._active
        held = before.held if before else {}
        now = {
            name: held[name] if name in held else self._part(listing, load(name))
            for name in listing.segments
        }
        search = before.search if before else self._first_search
        try:
            search = search.over([part for part in now.values() if part is not None])
        except ValueError as error:
            raise WatchlistError(
                "The segments of the watchlist have templates of different lengths.",
                "Publish the list again with `watchpost register publish`.",
            ) from error
        self._active = Roster(listing, now, search)

    def deactivate(self) -> None:
        """Match nobody from now on."""
        self._active = None

    def improve(self, seconds: float) -> bool:
        """Go on preparing the active list's search for about so long; True while there is more."""
        active = self._active
        return bool(active and active.search.improve(seconds))

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        active = self._active
        return active.listing.version if active else 0

    @property
    def pack(self) -> str:
        """``id@version`` of the active list's pack; empty when there is none."""
        active = self._active
        return active.listing.pack if active else ""

    @property
    def entries_live(self) -> int:
        """How many entries could match now, here."""
        live = self._live(self._active)
        return live.count if live else 0

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        live = self._live(self._active)
        return live.people if live else 0

    @property
    def entries_by_list(self) -> Mapping[str, int]:
        """How many entries of each list could match now, here."""
        live = self._live(self._active)
        return live.by_list if live else {}

    def names(self, list_id: str) -> NamesOnList | None:
        """Who of a list could match now, here; None when it tells no names, or is none."""
        active = self._active
        return active.names(list_id, self._live(active)) if active else None

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """The best two people for each probe, best first.

        Args:
            probes: (n, dimensions) float32, any length but 0.

        Returns:
            A tuple for each probe with at most two candidates; empty when nothing is live.

        Raises:
            ValueError: the probes do not have the list's number of dimensions, or are zero.
        """
        active = self._active
        live = self._live(active)
        if active is None or live is None or live.count == 0 or len(probes) == 0:
            return [()] * len(probes)
        if probes.ndim != 2 or probes.shape[1] != active.dimensions:
            raise ValueError(f"probes of {probes.shape} against {active.dimensions} dimensions")
        queries = quantise(probes)
        found = active.search.two_best(queries, live.entries)
        return [
            tuple(active.candidate(match, size, live) for match in matches)
            for matches, size in zip(found, lengths(queries), strict=True)
        ]

    def _live(self, active: Roster | None) -> Live | None:
        now = self._clock.trusted_utc()
        return active.live(microseconds(now)) if active and now is not None else None

    def _part(self, listing: Listing, table: EntryTable) -> Part | None:
        """A segment made ready; None when nobody in it consented to this site."""
        known = {one.list_id for one in listing.lists}
        if table.pack != listing.pack or not known.issuperset(table.enrolled.lists):
            raise WatchlistError(
                f"A segment of the watchlist does not suit version {listing.version}: it was made "
                f"with pack {table.pack}, the list with {listing.pack}, or it names other lists.",
                "Publish the list again with `watchpost register publish`.",
            )
        here = table.covering(self._site)
        return Part(here) if len(here.enrolled) else None
