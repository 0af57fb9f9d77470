"""The ``report`` process: hits from the spool to the broker, and fresh watchlists to the box.

In: the spool, a publisher, a synchroniser. Out: sent hits, their marks, the box's status on
its retained topic. Always: after each new connection everything unacknowledged goes out again
(at least once; receivers drop what they know by its id); a broker or a watchlist source that
is away makes the process degraded and never ends it; fetching a list runs aside, so that it
delays no hit. The process reaches neither camera nor models.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Protocol

from edge.errors import WatchlistError, WatchpostError
from edge.report.messages import status_event
from edge.report.publish import Turn
from edge.report.spool import SpoolReader
from edge.runtime.clock import Clock
from edge.runtime.service import Report
from edge.values import Condition

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05  # a new hit goes out within this time; twenty looks a second cost 0.5 % CPU
STATUS_EVERY_S = 60.0
STATUS_CHANGED_S = 1.0
SYNCHRONISE_EVERY_S = 1.0
PURGE_EVERY_S = 60.0


class Publisher(Protocol):
    """Sends to the broker; see :class:`edge.report.publish.MqttPublisher`."""

    def turn(self, wait_s: float) -> Turn:
        """Work on the connection, waiting at most about ``wait_s``."""
        ...

    def send(self, sequence: int, event: bytes) -> None:
        """Send a hit."""
        ...

    def announce(self, status: bytes) -> None:
        """Replace the retained status."""
        ...

    def close(self) -> None:
        """Say "offline" and end."""
        ...


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

    def step(self) -> bool:
        """Fetch if it is time; True when a list was applied.

        Raises:
            WatchlistError: no acceptable list; the old one stays.
        """
        ...


class ReportWorker:
    """Sends hits and keeps the watchlist fresh.

    Args:
        reader: the spool's sending end.
        publisher: the way to the broker.
        synchroniser: keeps the watchlist fresh, or None.
        clock: time.
        site: for the status.
        box: for the status.
        list_version: says the active list's version; asked at the start and after each change.
        keep_sent: how long acknowledged hits stay on the box.
        facts: words for the state file (broker, source).
    """

    def __init__(
        self,
        reader: SpoolReader,
        publisher: Publisher,
        synchroniser: Synchroniser | None,
        clock: Clock,
        *,
        site: str,
        box: str,
        list_version: Callable[[], int] = lambda: 0,
        keep_sent: timedelta = timedelta(days=7),
        facts: dict[str, str] | None = None,
    ) -> None:
        self._reader = reader
        self._publisher = publisher
        self._clock = clock
        self._site = site
        self._box = box
        self._keep_sent = keep_sent
        self._facts = dict(facts or {})
        self._lists = _ListKeeper(synchroniser, list_version, clock)
        self._connected = False
        self._problem: WatchpostError | None = None
        self._last_problem = ""
        self._resend = True
        self._to_mark: list[int] = []
        self._published_total = 0
        self._backlog = 0
        self._announced: tuple[object, ...] = ()
        self._announced_s = float("-inf")
        self._purged_s = float("-inf")

    def initialize(self) -> None:
        """Nothing to do: spool and broker are opened by the first steps, and again when lost."""

    def step(self, stop: threading.Event) -> bool:
        """Work once on the broker's connection, the spool and the watchlist.

        Raises:
            SpoolError: the spool cannot be read or marked.
        """
        turn = self._publisher.turn(LOOK_EVERY_S)
        self._note(turn)
        self._lists.step()
        self._mark_acknowledged()
        self._send(turn.room)
        self._purge()
        self._tell_status()
        return True

    def shutdown(self) -> None:
        """Say "offline", and let go of spool and source."""
        self._publisher.close()
        self._lists.close()
        self._reader.close()

    def report(self) -> Report:
        """See :class:`edge.runtime.service.Worker`."""
        shown = self._shown_problem()
        facts = dict(self._facts)
        if self._last_problem:
            facts["last_problem"] = self._last_problem
        figures = {
            "backlog_hits": float(self._backlog),
            "published_total": float(self._published_total),
            "connected": float(self._connected),
            "watchlist_version": float(self._lists.version),
        }
        if (age_s := self._lists.age_s) is not None:
            figures["watchlist_age_s"] = age_s
        if shown is None:
            return Report(figures=figures, facts=facts)
        return Report(shown.problem, shown.remedy, figures, facts)

    def _note(self, turn: Turn) -> None:
        self._to_mark.extend(turn.acknowledged)
        self._published_total += len(turn.acknowledged)
        self._resend = self._resend or turn.fresh
        if turn.fresh:
            self._announced_s = float("-inf")
        self._connected = turn.connected
        self._problem = turn.problem
        if turn.problem is not None:
            if turn.problem.problem != self._last_problem:
                log.warning("%s", turn.problem)  # told once, not at every try
            self._last_problem = turn.problem.problem

    def _mark_acknowledged(self) -> None:
        if self._to_mark:
            self._reader.acknowledge(self._to_mark)
            self._to_mark.clear()

    def _send(self, room: int) -> None:
        if room <= 0:
            return
        if self._resend:
            self._reader.unsent_again()
            self._resend = False
        rows = self._reader.pending(room)
        if rows:
            self._reader.mark_sent(row.sequence for row in rows)
        for row in rows:
            self._publisher.send(row.sequence, row.event)

    def _purge(self) -> None:
        now_s = self._clock.monotonic_s()
        now = self._clock.trusted_utc()
        if now is None or now_s - self._purged_s < PURGE_EVERY_S:
            return
        if self._reader.purge(now - self._keep_sent) == 0:
            self._purged_s = now_s

    def _tell_status(self) -> None:
        age_s = self._clock.monotonic_s() - self._announced_s
        if age_s < STATUS_CHANGED_S:
            return
        self._backlog = self._reader.backlog()
        shown = self._shown_problem()
        current = (shown.problem if shown else "", self._lists.version)
        if not self._connected or (current == self._announced and age_s < STATUS_EVERY_S):
            return
        self._publisher.announce(
            status_event(
                self._site,
                self._box,
                online=True,
                condition=Condition.DEGRADED if shown else Condition.RUNNING,
                at=self._clock.utc(),
                problem=shown.problem if shown else "",
                remedy=shown.remedy if shown else "",
                backlog_hits=self._backlog,
                watchlist_version=self._lists.version,
            )
        )
        self._announced, self._announced_s = current, self._clock.monotonic_s()

    def _shown_problem(self) -> WatchpostError | None:
        return self._problem or self._lists.problem


class _ListKeeper:
    """Runs the synchroniser aside, one step at a time."""

    def __init__(
        self, synchroniser: Synchroniser | None, list_version: Callable[[], int], clock: Clock
    ) -> None:
        self._synchroniser = synchroniser
        self._list_version = list_version
        self._clock = clock
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="watchlist")
        self._running: Future[int | None] | None = None
        self._started_s = float("-inf")
        self._known = False
        self.version = 0
        self.problem: WatchlistError | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the list was last known to be the newest; None when it never was."""
        return self._synchroniser.age_s if self._synchroniser is not None else None

    def step(self) -> None:
        """Take what a finished step brought, and start the next when it is time."""
        now_s = self._clock.monotonic_s()
        if self._running is not None and self._running.done():
            done, self._running = self._running, None
            self._take(done)
        due = not self._known or now_s - self._started_s >= SYNCHRONISE_EVERY_S
        if self._running is None and due:
            self._started_s = now_s
            self._running = self._aside.submit(self._work)

    def close(self) -> None:
        """Let a running step end; start no other."""
        self._aside.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> int | None:
        """Runs aside: one step; the list's version when it may have changed."""
        if not self._known:
            return self._list_version()
        applied = self._synchroniser is not None and self._synchroniser.step()
        return self._list_version() if applied else None

    def _take(self, done: Future[int | None]) -> None:
        self._known = True
        try:
            version = done.result()
        except WatchlistError as error:
            log.warning("%s", error)
            self.problem = error
            return
        if version is not None:
            self.version = version
        if self._synchroniser is not None:
            self.problem = self._synchroniser.last_error
