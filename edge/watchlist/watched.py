"""Keeps a gallery at the list that is in force on the box.

It is a gallery itself (:class:`edge.recognise.ports.Gallery`). Another process puts lists into
force; the recogniser asks many times a second, which costs one ``stat``. Only segments that the
gallery does not hold are read. Always: a list that cannot be used changes nothing, the gallery
goes on with the list it has, and it is not read again until it changes. When it is taken away,
nobody matches any more.

:class:`BackgroundGallery` does this in a thread of its own, so that recognition goes on, with
the old list, while a new one is read, verified and made ready to search.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from edge.errors import WatchlistError
from edge.runtime.clock import NeverBefore
from edge.runtime.memory import give_back
from edge.values import Candidate, Floats
from edge.values.names import NamesOnList
from edge.watchlist.active import Active
from edge.watchlist.apply import MAX_AHEAD, check_pack
from edge.watchlist.gallery import Gallery
from edge.watchlist.store import SealedStore

IMPROVE_S = 0.5
_NEVER_LOOKED = object()


class WatchedGallery:
    """Ties a gallery to a store.

    Args:
        store: where the list in force lies.
        gallery: what searches it.
        pack: ``id@version`` of the pack this box runs.
        clock: is told that no time before a list was issued can be true.
    """

    def __init__(self, store: SealedStore, gallery: Gallery, pack: str, clock: NeverBefore) -> None:
        self._store = store
        self._gallery = gallery
        self._pack = pack
        self._clock = clock
        self._seen: object = _NEVER_LOOKED
        self._problem: WatchlistError | None = None
        self._unfinished = False

    @property
    def problem(self) -> WatchlistError | None:
        """Why the list that lies there now is not the one searched; None when all is well."""
        return self._problem

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        return self._gallery.version

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        return self._gallery.people

    @property
    def entries_by_list(self) -> Mapping[str, int]:
        """How many entries of each list could match now, here."""
        return self._gallery.entries_by_list

    def names(self, list_id: str) -> NamesOnList | None:
        """See :meth:`edge.watchlist.gallery.Gallery.names`; from any thread."""
        return self._gallery.names(list_id)

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """See :meth:`edge.watchlist.gallery.Gallery.search`."""
        return self._gallery.search(probes)

    def refresh(self) -> bool:
        """Take up the list when it changed; True when the gallery changed.

        Raises:
            WatchlistError: the changed list cannot be used; raised once for each change, and
                kept in ``problem``.
        """
        stamp = self._store.stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        try:
            active = self._take_up()
        except WatchlistError as error:
            if self._store.stamp() != stamp:
                return False  # replaced while it was read, and its segments removed
            self._problem = error
            raise
        self._problem = None
        self._unfinished = active is not None
        give_back()
        return True

    def _take_up(self) -> Active | None:
        active = self._store.active()
        if active is None:
            self._gallery.deactivate()
        else:
            check_pack(active.manifest, self._pack)
            self._clock.floor = active.manifest.issued_at - MAX_AHEAD
            self._gallery.replace(active.listing(), self._store.segment)
        return active

    @property
    def work_waits(self) -> bool:
        """Whether the file changed, or the search of the active list can still be improved."""
        return self._unfinished or self._store.stamp() != self._seen

    def work(self, seconds: float) -> bool:
        """Take up a changed file, or else improve the search for about so long.

        Returns:
            True when the gallery changed.

        Raises:
            WatchlistError: as for :meth:`refresh`.
        """
        if self._store.stamp() != self._seen:
            return self.refresh()
        self._unfinished = self._gallery.improve(seconds)
        return False


class BackgroundGallery:
    """A watched gallery whose lists are made ready in a thread.

    The first list is waited for, since nobody can be recognised without one.

    Args:
        watched: what to keep fresh; used by nobody else.
    """

    def __init__(self, watched: WatchedGallery) -> None:
        self._watched = watched
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watchlist")
        self._job: Future[bool] | None = None

    @property
    def problem(self) -> WatchlistError | None:
        """See :attr:`WatchedGallery.problem`."""
        return self._watched.problem

    @property
    def version(self) -> int:
        """Version of the active list; 0 when there is none."""
        return self._watched.version

    @property
    def people(self) -> int:
        """How many people could match now, here."""
        return self._watched.people

    @property
    def entries_by_list(self) -> Mapping[str, int]:
        """How many entries of each list could match now, here."""
        return self._watched.entries_by_list

    @property
    def busy(self) -> bool:
        """Whether something is being done, or is to be done, in the background."""
        return self._job is not None or self._watched.work_waits

    def names(self, list_id: str) -> NamesOnList | None:
        """See :meth:`edge.watchlist.gallery.Gallery.names`; from any thread."""
        return self._watched.names(list_id)

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        """See :meth:`edge.watchlist.gallery.Gallery.search`; never waits for a new list."""
        return self._watched.search(probes)

    def refresh(self) -> bool:
        """Start what is to be done, or tell what became of it; True when the gallery changed.

        Raises:
            WatchlistError: the changed file cannot be used; raised once for each change.
        """
        if self._job is None:
            if not self._watched.version:
                return self._watched.refresh()
            if self._watched.work_waits:
                self._job = self._thread.submit(self._watched.work, IMPROVE_S)
            return False
        if not self._job.done():
            return False
        job, self._job = self._job, None
        return job.result()
