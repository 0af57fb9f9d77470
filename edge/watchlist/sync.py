"""Keeps the list in force at what the repository offers.

In: a repository, a store, time, announced versions. Out: lists in force, and erasures to report.
Always: at most one look in each interval, and at once when a newer version is announced, though
never twice within a second; whatever goes wrong, the old list stays and the next try comes by
itself: soon at first, then ever later up to the interval. Intervals vary by a tenth, so that a
fleet does not ask in step. Without a trusted time nothing is fetched: what has expired could not
be told from what has not.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from edge.errors import WatchlistError
from edge.runtime.clock import Clock
from edge.values import Erasure
from edge.watchlist.active import Active
from edge.watchlist.apply import Applier
from edge.watchlist.manifest import Manifest
from edge.watchlist.repository import Offer
from edge.watchlist.store import SealedStore, Stamp

log = logging.getLogger(__name__)

JITTER = 0.1
RETRY_FIRST_S = 2.0
ANNOUNCED_EVERY_S = 1.0


class Repository(Protocol):
    """Where lists come from; see :class:`edge.watchlist.repository.SignedRepository`."""

    def look(self, now: datetime) -> Offer:
        """What is offered now, verified.

        Raises:
            WatchlistError: nothing acceptable is offered.
        """
        ...

    def trust(self) -> str:
        """SHA-256 of the root that this box was given.

        Raises:
            WatchlistError: it cannot be read.
        """
        ...


class Synchroniser:
    """Looks, applies, and remembers who was erased until that is recorded elsewhere.

    Args:
        repository: where lists come from.
        store: where the list in force lies.
        applier: brings the one to the other.
        clock: time.
        refresh: how often to look.
        chance: varies the intervals.
    """

    def __init__(
        self,
        repository: Repository,
        store: SealedStore,
        applier: Applier,
        clock: Clock,
        refresh: timedelta,
        chance: random.Random,
    ) -> None:
        self._repository = repository
        self._store = store
        self._applier = applier
        self._clock = clock
        self._refresh_s = refresh.total_seconds()
        self._chance = chance
        self._due_s = float("-inf")
        self._looked_s = float("-inf")
        self._retry_s = RETRY_FIRST_S
        self._success_s: float | None = None
        self._last_error: WatchlistError | None = None
        self._version = 0
        self._announced = 0
        self._tidied = False
        self._erasures_of: Stamp = None
        self._taken: set[tuple[str, int]] = set()

    @property
    def age_s(self) -> float | None:
        """Seconds since the repository was last asked with success; None before that."""
        if self._success_s is None:
            return None
        return self._clock.monotonic_s() - self._success_s

    @property
    def last_error(self) -> WatchlistError | None:
        """Why the last try failed; None when it did not."""
        return self._last_error

    def step(self, announced: int = 0) -> bool:
        """Look if it is time, or if ``announced`` says so; True when a list came into force.

        Args:
            announced: a version that somebody says is published, or 0.

        Raises:
            WatchlistError: nothing acceptable is offered, or the medium refuses; the old list
                stays.
        """
        if not self._tidied:
            self._tidy()
        now_s = self._clock.monotonic_s()
        called = announced > self._version and announced != self._announced
        if called and now_s - self._looked_s >= ANNOUNCED_EVERY_S:
            self._announced, self._due_s = announced, now_s
        if self._clock.trusted_utc() is None or now_s < self._due_s:
            return False
        return self.sync_now()

    def sync_now(self) -> bool:
        """Look at once; True when a list came into force.

        Raises:
            WatchlistError: as for :meth:`step`, or the time of day is not known.
        """
        self._looked_s = self._clock.monotonic_s()
        try:
            applied = self._look_and_apply()
        except WatchlistError as error:
            self._last_error = error
            self._wait_for_retry()
            raise
        self._last_error = None
        self._success_s = self._clock.monotonic_s()
        if self._version < self._announced:
            self._wait_for_retry()  # what was announced has not reached this source yet
        else:
            self._retry_s = RETRY_FIRST_S
            self._wait(self._refresh_s)
        return applied

    def take_erasures(self) -> list[Erasure]:
        """Erasures not taken before; they stay on the disk until they are recorded.

        Raises:
            WatchlistError: they cannot be read.
        """
        stamp = self._store.stamp()
        if stamp == self._erasures_of or not self._tidied:
            return []
        active = self._store.found()
        waiting = [one.value() for one in active.erasures] if active else []
        fresh = [one for one in waiting if (one.entry_id, one.version) not in self._taken]
        self._taken = {(one.entry_id, one.version) for one in waiting}
        self._erasures_of = stamp
        return fresh

    def erasures_recorded(self, erasures: Iterable[Erasure]) -> None:
        """Cross these off the disk.

        Raises:
            WatchlistError: the medium refuses, or another process is at it.
        """
        with self._store.alone():
            active = self._store.found()
            if active is not None and active.erasures:
                self._store.activate(active.without_erasures(erasures))

    def _look_and_apply(self) -> bool:
        now = self._clock.trusted_utc()
        if now is None:
            raise WatchlistError(
                "The time of day is not known yet, so no list can be trusted.",
                "Wait until the box has reached a time server, or set clock.trust to system if "
                "it has a clock with a battery.",
            )
        with self._store.alone():
            before = self._before()
            offer, trust = self._repository.look(now), self._repository.trust()
            known = before if before and before.trust == trust else None
            if known and known.digest == offer.digest() and self._whole(known):
                self._version = known.manifest.version
                return False
            fresh = offer.manifest()
            if known:
                _check_order(fresh, offer.digest(), known)
            self._applier.check(fresh, now)
            self._applier.apply(fresh, offer.digest(), trust, offer, before, now)
            self._version, self._tidied = fresh.version, True
            return True

    def _before(self) -> Active | None:
        try:
            return self._store.found()
        except WatchlistError as error:
            log.warning("%s", error)
            return None

    def _whole(self, active: Active) -> bool:
        return all(self._store.holds(one) for one in active.segments())

    def _tidy(self) -> None:
        """Finish what a power cut may have left undone after a list came into force."""
        with self._store.alone():
            active = self._before()
            if active is not None:
                self._store.tidy(active)
            self._tidied = True

    def _wait_for_retry(self) -> None:
        self._wait(self._retry_s)
        self._retry_s = min(self._retry_s * 2, self._refresh_s)

    def _wait(self, seconds: float) -> None:
        varied = seconds * self._chance.uniform(1 - JITTER, 1 + JITTER)
        self._due_s = self._clock.monotonic_s() + varied


def _check_order(fresh: Manifest, digest: str, known: Active) -> None:
    version = known.manifest.version
    if fresh.version > version or digest == known.digest:
        return
    if fresh.version < version:
        raise WatchlistError(
            f"The watchlist offered is version {fresh.version}, older than the active version "
            f"{version}.",
            "Publish again; a box never goes back.",
        )
    raise WatchlistError(
        f"The watchlist offered differs from the active one but has the same version {version} "
        f"(SHA-256 {digest[:16]}).",
        "Publish again from one register; two registers must not serve one box.",
    )
