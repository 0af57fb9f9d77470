"""Keeps a gallery at the list that lies in the store.

It is a gallery itself (:class:`edge.recognise.ports.Gallery`). Another process replaces the
file; the recogniser asks about once a second. Always: a file that cannot be used changes
nothing, the gallery goes on with the list it has, and the file is not read again until it
changes. When the file is taken away, nobody matches any more.
"""

from __future__ import annotations

from edge.errors import WatchlistError
from edge.values import Candidate, Floats
from edge.watchlist.gallery import Gallery
from edge.watchlist.store import ListStore

_NEVER_LOOKED = object()


class WatchedGallery:
    """Ties a gallery to a store.

    Args:
        store: where the active list lies.
        gallery: what searches it.
    """

    def __init__(self, store: ListStore, gallery: Gallery) -> None:
        self._store = store
        self._gallery = gallery
        self._seen: object = _NEVER_LOOKED
        self._problem: WatchlistError | None = None

    @property
    def problem(self) -> WatchlistError | None:
        """Why the file that lies there now is not the active list; None when all is well."""
        return self._problem

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        return self._gallery.version

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        return self._gallery.people

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """See :meth:`edge.watchlist.gallery.Gallery.search`."""
        return self._gallery.search(probes)

    def refresh(self) -> bool:
        """Take up the file when it changed; True when the gallery changed.

        Raises:
            WatchlistError: the changed file cannot be used; raised once for each change, and
                kept in ``problem``.
        """
        stamp = self._store.stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            watchlist = self._store.load()
        except WatchlistError as error:
            self._problem = error
            raise
        self._problem = None
        if watchlist is None:
            self._gallery.deactivate()
        else:
            self._gallery.activate(watchlist)
        return True
