"""Keeps the box's watchlist fresh beside the sending of hits.

In: a synchroniser, time, announced versions. Out: the active version, the problem to show, and
the erasures that a new list brought. Always: one step of the synchroniser at a time, in a
thread of its own, so that fetching a list delays no hit. An announcement is a reason to look
and never a proof: what the box then believes is signed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from edge.errors import WatchlistError
from edge.runtime.clock import Clock
from edge.values import Erasure

log = logging.getLogger(__name__)

SYNCHRONISE_EVERY_S = 1.0


class Synchroniser(Protocol):
    """Keeps the watchlist fresh; sees to its own intervals."""

    @property
    def last_error(self) -> WatchlistError | None:
        """Why the last try failed; None when it did not."""
        ...

    @property
    def age_s(self) -> float | None:
        """Seconds since the source was last asked with success; None before the first time."""
        ...

    def step(self, announced: int = 0) -> bool:
        """Fetch if it is time, or if ``announced`` is newer; True when a list was applied.

        Raises:
            WatchlistError: no acceptable list; the old one stays.
        """
        ...

    def take_erasures(self) -> list[Erasure]:
        """Erasures not taken before; they stay on the disk until they are recorded.

        Raises:
            WatchlistError: they cannot be read.
        """
        ...

    def erasures_recorded(self, erasures: Iterable[Erasure]) -> None:
        """Cross these off the disk.

        Raises:
            WatchlistError: the disk refuses.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a step brought: the active version if it may have changed, and erasures."""

    version: int | None
    erasures: tuple[Erasure, ...] = ()


class ListKeeper:
    """Runs the synchroniser aside, one step at a time.

    Erasures go from the synchroniser's disk to the caller's in two steps, so that a kill loses
    none: ``take_erasures`` gives them, ``erasures_recorded`` has them crossed off. What was
    taken and not crossed off comes again after a restart, with the same entry and version.

    Args:
        synchroniser: what fetches, or None.
        list_version: says the active list's version; asked at the start and after each change.
        clock: time.
        told: writes down what the page may know of the list; called after each step, aside.
    """

    def __init__(
        self,
        synchroniser: Synchroniser | None,
        list_version: Callable[[], int],
        clock: Clock,
        *,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._synchroniser = synchroniser
        self._list_version = list_version
        self._clock = clock
        self._told = told
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watchlist")
        self._running: Future[_Brought] | None = None
        self._started_s = float("-inf")
        self._known = False
        self._announced = 0
        self._called = False
        self._erasures: list[Erasure] = []
        self._recorded: list[Erasure] = []
        self.version = 0
        self.problem: WatchlistError | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the list was last known to be the newest; None when it never was."""
        return self._synchroniser.age_s if self._synchroniser is not None else None

    def announced(self, version: int) -> None:
        """Somebody says that this version is published: look at once if it is newer.

        The newest word counts, not the highest number, so that one wrong announcement does not
        silence those that follow. The synchroniser bounds how often it looks.
        """
        self._announced, self._called = version, version > self.version

    def take_erasures(self) -> list[Erasure]:
        """Erasures to report that this process was not given before."""
        taken, self._erasures = self._erasures, []
        return taken

    def erasures_recorded(self, erasures: Iterable[Erasure]) -> None:
        """These are safe in the spool: they need not come again."""
        self._recorded.extend(erasures)

    def step(self) -> None:
        """Take what a finished step brought, and start the next when it is time."""
        now_s = self._clock.monotonic_s()
        if self._running is not None and self._running.done():
            done, self._running = self._running, None
            self._take(done)
        due = not self._known or now_s - self._started_s >= SYNCHRONISE_EVERY_S
        if self._running is None and (due or self._called):
            self._started_s, self._called = now_s, False
            recorded, self._recorded = self._recorded, []
            self._running = self._aside.submit(self._step, self._announced, recorded)

    def close(self) -> None:
        """Let a running step end; start no other."""
        self._aside.shutdown(wait=True, cancel_futures=True)

    def _step(self, announced: int, recorded: Sequence[Erasure]) -> _Brought:
        try:
            return self._work(announced, recorded)
        finally:
            self._told()

    def _work(self, announced: int, recorded: Sequence[Erasure]) -> _Brought:
        """Runs aside: one step; the list's version when it may have changed."""
        if self._synchroniser is None or not self._known:
            return _Brought(None if self._known else self._list_version())
        if recorded:
            self._synchroniser.erasures_recorded(recorded)
        applied = self._synchroniser.step(announced)
        version = self._list_version() if applied else None
        return _Brought(version, tuple(self._synchroniser.take_erasures()))

    def _take(self, done: Future[_Brought]) -> None:
        self._known = True
        try:
            brought = done.result()
        except WatchlistError as error:
            log.warning("%s", error)
            self.problem = error
            return
        self._erasures.extend(brought.erasures)
        if brought.version is not None:
            self.version = brought.version
        if self._synchroniser is not None:
            self.problem = self._synchroniser.last_error
