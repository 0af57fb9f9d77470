"""Keeps the store's list at what the source offers.

In: a source, a store, time. Out: applied lists. Always: at most one fetch in each interval;
whatever goes wrong, the old list stays active and the next try comes by itself: soon at
first, then ever later up to the interval. Intervals vary by a tenth, so that a fleet does not
ask in step.
"""

from __future__ import annotations

import random
from datetime import timedelta

from edge.errors import WatchlistError
from edge.runtime.clock import Clock
from edge.watchlist.sources import FileSource, HttpSource, ListSource, make_list_source
from edge.watchlist.store import ListStore

__all__ = ["FileSource", "HttpSource", "ListSource", "Synchroniser", "make_list_source"]

JITTER = 0.1
RETRY_FIRST_S = 5.0


class Synchroniser:
    """Fetches and applies.

    Args:
        source: where lists come from.
        store: where the active one lies.
        clock: time.
        refresh: how often to ask.
        chance: varies the intervals.
    """

    def __init__(
        self,
        source: ListSource,
        store: ListStore,
        clock: Clock,
        refresh: timedelta,
        chance: random.Random,
    ) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._refresh_s = refresh.total_seconds()
        self._chance = chance
        self._due_s = float("-inf")
        self._retry_s = RETRY_FIRST_S
        self._success_s: float | None = None
        self._last_error: WatchlistError | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the source was last asked with success; None before the first time."""
        if self._success_s is None:
            return None
        return self._clock.monotonic_s() - self._success_s

    @property
    def last_error(self) -> WatchlistError | None:
        """Why the last try failed; None when it did not."""
        return self._last_error

    def step(self) -> bool:
        """Ask the source if it is time; True when a list was applied.

        Raises:
            WatchlistError: it cannot be fetched or is not acceptable; the old list stays.
        """
        return self._clock.monotonic_s() >= self._due_s and self.sync_now()

    def sync_now(self) -> bool:
        """Ask the source at once; True when a list was applied.

        Raises:
            WatchlistError: as for :meth:`step`.
        """
        try:
            applied = self._fetch_and_apply()
        except WatchlistError as error:
            self._last_error = error
            self._wait(min(self._retry_s, self._refresh_s))
            self._retry_s = min(self._retry_s * 2, self._refresh_s)
            raise
        self._last_error = None
        self._retry_s = RETRY_FIRST_S
        self._success_s = self._clock.monotonic_s()
        self._wait(self._refresh_s)
        return applied

    def _fetch_and_apply(self) -> bool:
        data = self._source.fetch()
        if data is None:
            return False
        before = self._store.stamp()
        try:
            self._store.apply(data, self._clock.trusted_utc())
        except WatchlistError:
            self._source.forget()
            raise
        return self._store.stamp() != before

    def _wait(self, seconds: float) -> None:
        varied = seconds * self._chance.uniform(1 - JITTER, 1 + JITTER)
        self._due_s = self._clock.monotonic_s() + varied
