"""The hub at work: deliveries into the database, then acknowledgements to broker and boxes.

In: an inbox and a database. Out: rows, and an answer for each. Always: nothing is acknowledged,
neither to the broker nor to a box, before the transaction that holds it is committed. While a
batch is being written the next one gathers, so that batches grow with the load; a batch is at
most ``batch`` messages and waits at most ``BATCH_WAIT_S``. A database that is away is tried
again after growing, varying waits; meanwhile nothing is acknowledged, so boxes and broker keep
what they have, and what waits here is bounded by the inbox. The broker's connection goes on.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Engine

from edge.errors import HubError, WatchpostError
from edge.hub.database import named
from edge.hub.inbox import Inbox
from edge.hub.migrate import migrate
from edge.hub.ranges import in_portions, ranges_of
from edge.hub.records import Delivery
from edge.hub.store import HubStore, Written
from edge.hub.upkeep import Deleted, keep_up
from edge.report.messages import ack_event
from edge.report.wire import MAX_RANGES
from edge.runtime.clock import Clock
from edge.runtime.service import Report

log = logging.getLogger(__name__)

IDLE_TURN_S = 0.05
BUSY_TURN_S = 0.002  # while the database works: its answer is looked for this often
BATCH_WAIT_S = 0.02
UPKEEP_EVERY_S = 60.0
RETRY_FIRST_S = 0.5
RETRY_MAX_S = 30.0


@dataclass(frozen=True, slots=True)
class _Job:
    """Something the database is asked to do, aside."""

    deliveries: tuple[Delivery, ...]
    work: Callable[[], Written | Deleted | None]


class HubWorker:
    """Stores what boxes send; see :class:`edge.runtime.service.Worker`.

    Args:
        inbox: the way from and to the broker.
        engine: the database.
        name: this hub's name.
        keep: how long hits stay in the database.
        batch: most messages of one transaction.
        clock: time.
        chance: varies the waits.
    """

    def __init__(
        self,
        inbox: Inbox,
        engine: Engine,
        *,
        name: str,
        keep: timedelta,
        batch: int,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._inbox = inbox
        self._engine = engine
        self._store = HubStore(engine, name)
        self._name = name
        self._keep = keep
        self._batch = batch
        self._clock = clock
        self._chance = chance
        self._aside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
        self._running: Future[Written | Deleted | None] | None = None
        # The tables come first; a job that failed stays here and is tried again.
        self._job: _Job | None = _Job((), self._make_tables)
        self._not_before_s = float("-inf")
        self._failures = 0
        self._gathering_since_s: float | None = None
        self._upkeep_s = float("-inf")
        self._problem: HubError | None = None
        self._tables_made = False
        self._totals = Written()
        self._answers_total = 0
        self._deleted_total = 0

    def initialize(self) -> None:
        """Nothing to do: broker and database are opened by the first steps, and again when lost."""

    def step(self, stop: threading.Event) -> bool:
        """Take what came, see to the database, answer.

        Raises:
            HubError: the database belongs to a newer release.
        """
        self._inbox.turn(self._turn_s())
        self._collect()
        if self._running is None:
            self._job = self._job or self._next_job()
            self._begin()
        return True

    def shutdown(self) -> None:
        """Let a running transaction end and answer for it; keep nothing else."""
        self._aside.shutdown(wait=True, cancel_futures=True)
        try:
            self._collect()
        finally:
            self._inbox.close()
            self._engine.dispose()

    def report(self) -> Report:
        """See :class:`edge.runtime.service.Worker`."""
        figures = {
            "connected": float(self._inbox.connected),
            "database": float(self._tables_made and self._problem is None),
            "waiting": float(self._inbox.waiting),
            "stored_total": float(self._totals.stored),
            "known_total": float(self._totals.known),
            "erased_total": float(self._totals.erased),
            "refused_total": float(self._totals.refused + self._inbox.unacknowledgeable_total),
            "answers_total": float(self._answers_total),
            "deleted_total": float(self._deleted_total),
        }
        facts = {"database": named(self._engine.url), "hub": self._name}
        shown: WatchpostError | None = self._problem or self._inbox.problem
        if shown is None:
            return Report(figures=figures, facts=facts)
        return Report(shown.problem, shown.remedy, figures, facts)

    def _turn_s(self) -> float:
        if self._running is not None:
            return BUSY_TURN_S
        return BATCH_WAIT_S if self._gathering_since_s is not None else IDLE_TURN_S

    def _next_job(self) -> _Job | None:
        now_s = self._clock.monotonic_s()
        if self._inbox.waiting:
            if self._gathering_since_s is None:
                self._gathering_since_s = now_s
            waited_s = now_s - self._gathering_since_s
            if self._inbox.waiting >= self._batch or waited_s >= BATCH_WAIT_S:
                self._gathering_since_s = None
                batch = tuple(self._inbox.take(self._batch))
                return _Job(batch, lambda: self._store.write(batch))
        if now_s - self._upkeep_s >= UPKEEP_EVERY_S:
            self._upkeep_s = now_s
            now = self._clock.trusted_utc()
            keep_from = now - self._keep if now is not None else None
            return _Job((), lambda: keep_up(self._engine, keep_from))
        return None

    def _begin(self) -> None:
        if self._job is not None and self._clock.monotonic_s() >= self._not_before_s:
            self._running = self._aside.submit(self._job.work)

    def _collect(self) -> None:
        if self._running is None or not self._running.done():
            return
        done, self._running = self._running, None
        if done.cancelled() or self._job is None:
            return
        try:
            result = done.result()
        except HubError as error:
            if not error.worth_retrying:
                raise
            self._fail(error)
            return
        job, self._job = self._job, None
        self._failures, self._problem = 0, None
        if isinstance(result, Written):
            self._totals.add(replace(result, numbers={}))
            self._answer(result)
            self._inbox.settle(job.deliveries)
        elif isinstance(result, Deleted):
            self._deleted_total += result.aged + result.erased

    def _answer(self, written: Written) -> None:
        now = self._clock.utc()
        for (site, box, series), numbers in written.numbers.items():
            for portion in in_portions(ranges_of(numbers), MAX_RANGES):
                event = ack_event(
                    site, box, receiver=self._name, series=series, ranges=portion, at=now
                )
                self._inbox.answer(site, box, event)
                self._answers_total += 1

    def _fail(self, error: HubError) -> None:
        if self._problem is None or self._problem.problem != error.problem:
            log.error("%s", error)
        self._problem = error
        full_s = min(RETRY_MAX_S, RETRY_FIRST_S * 2 ** min(self._failures, 16))
        self._not_before_s = self._clock.monotonic_s() + full_s * self._chance.uniform(0.5, 1.0)
        self._failures += 1

    def _make_tables(self) -> None:
        migrate(self._engine)
        self._tables_made = True
