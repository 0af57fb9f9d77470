"""The ``report`` process: hits from the spool to the broker, and fresh watchlists to the box.

In: the spool, a publisher, a synchroniser. Out: sent rows and their marks (``delivery.py``), the
box's word on itself on retained topics (``telling.py``), erasures of the watchlist in the spool.
Always: a broker, a receiver, a watchlist source or a disk that is away makes the process
degraded and never ends it, and is told on the status topic as long as there is a connection;
fetching a list runs aside, so that it delays no hit. The process reaches neither camera nor
models.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from edge.errors import SpoolError, WatchpostError
from edge.processes.broker_trial import BrokerTrial
from edge.processes.delivery import Delivery, Publisher
from edge.processes.list_keeper import ListKeeper
from edge.processes.review_outbox import ReviewOutbox
from edge.processes.telling import Moment, Teller
from edge.report.publish import Turn
from edge.report.spool import NoteWriter, SpoolReader, Standing
from edge.report.spool_trouble import hits_lost, set_aside_alarm
from edge.runtime.clock import Clock
from edge.runtime.service import Report
from edge.values import Erasure

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.05  # a new hit goes out within this time; twenty looks a second cost 0.5 % CPU
LOOK_WHILE_DRAINING_S = 0.002  # a place in the window is used again at once
LOOK_AT_SPOOL_EVERY_S = 1.0
PURGE_EVERY_S = 60.0
RETRY_SPOOL_S = 1.0
LOSS_SHOWN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what has arrived, and pictures, stay on the box."""

    sent: timedelta = timedelta(days=7)
    evidence: timedelta = timedelta(days=3)


class ReportWorker:
    """Sends hits and keeps the watchlist fresh.

    Args:
        reader: the spool's sending end.
        notes: records erasures in the spool.
        publisher: the way to the broker.
        delivery: sends and marks rows of ``reader`` through ``publisher``.
        lists: keeps the watchlist fresh.
        clock: time.
        tellers: what the box says of itself.
        retention: how long things stay on the box.
        elsewhere: says what is wrong in the box but not here; None: nothing.
        reviews: what the page leaves for the spool; None: nothing.
        trial: tries the broker when the page asks; None: never.
        facts: words for the state file (broker, source).
    """

    def __init__(
        self,
        reader: SpoolReader,
        notes: NoteWriter,
        publisher: Publisher,
        delivery: Delivery,
        lists: ListKeeper,
        clock: Clock,
        *,
        tellers: Sequence[Teller] = (),
        retention: Retention = Retention(),
        elsewhere: Callable[[], WatchpostError | None] = lambda: None,
        reviews: ReviewOutbox | None = None,
        trial: BrokerTrial | None = None,
        facts: dict[str, str] | None = None,
    ) -> None:
        self._reader = reader
        self._notes = notes
        self._publisher = publisher
        self._delivery = delivery
        self._lists = lists
        self._clock = clock
        self._tellers = tuple(tellers)
        self._retention = retention
        self._elsewhere = elsewhere
        self._reviews = reviews
        self._trial = trial
        self._facts = dict(facts or {})
        self._turns = 0
        self._announced = 0
        self._connected = False
        self._fresh = False
        self._broker_problem: WatchpostError | None = None
        self._last_problem = ""
        self._spool_problem: SpoolError | None = None
        self._spool_retry_s = float("-inf")
        self._standing = Standing()
        self._alarm: WatchpostError | None = None
        self._looked_s = float("-inf")
        self._purged_s = float("-inf")
        self._erasures: list[Erasure] = []

    def initialize(self) -> None:
        """Nothing to do: spool and broker are opened by the first steps, and again when lost."""

    def step(self, stop: threading.Event) -> bool:
        """Work once on the broker's connection, the spool and the watchlist."""
        draining = self._delivery.draining and self._spool_problem is None
        turn = self._publisher.turn(LOOK_WHILE_DRAINING_S if draining else LOOK_EVERY_S)
        self._note(turn)
        if self._trial is not None:
            self._trial.step(turn)
        if turn.heard.announced is not None:
            self._announced = turn.heard.announced
            self._lists.announced(self._announced)
        self._lists.step()
        self._erasures.extend(self._lists.take_erasures())
        self._use_spool(turn)
        self._tell()
        self._turns += 1
        return True

    def shutdown(self) -> None:
        """Say "offline", and let go of spool and source."""
        with suppress(SpoolError):  # what is not marked is sent again, and known there
            self._delivery.mark()
        self._publisher.close()
        self._lists.close()
        self._notes.close()
        self._reader.close()

    def report(self) -> Report:
        """See :class:`edge.runtime.service.Worker`."""
        shown = self._shown_problem()
        facts = dict(self._facts)
        if self._last_problem:
            facts["last_problem"] = self._last_problem
        if self._standing.damaged:
            facts["damaged_spool"] = self._standing.damaged[-1].name
        delivery = self._delivery
        figures = {
            "backlog_hits": float(self._standing.waiting_hits),
            "backlog_notes": float(self._standing.waiting_notes),
            "lost_hits": float(self._standing.lost_hits),
            "lost_hits_lately": float(self._lost_lately()),
            "damaged_spools": float(len(self._standing.damaged)),
            "published_total": float(delivery.taken_total),
            "acknowledged_total": float(delivery.acknowledged_total),
            "refused_answers_total": float(delivery.refused_total),
            "connected": float(self._connected),
            "watchlist_version": float(self._lists.version),
            "watchlist_announced": float(self._announced),
        }
        if (age_s := self._lists.age_s) is not None:
            figures["watchlist_age_s"] = age_s
        if shown is None:
            return Report(figures=figures, facts=facts, progress=self._turns)
        said = (shown.problem, shown.remedy)
        return Report(*said, figures, facts, self._turns, part=shown.part)

    def _note(self, turn: Turn) -> None:
        self._connected = turn.connected
        self._fresh = self._fresh or turn.fresh
        self._broker_problem = turn.problem
        if turn.problem is not None:
            self._last_problem = turn.problem.problem

    def _use_spool(self, turn: Turn) -> None:
        """All that reads or writes the spool; a disk in trouble is tried again each second."""
        now_s = self._clock.monotonic_s()
        self._delivery.note(turn)
        if self._spool_problem is not None and now_s < self._spool_retry_s:
            return
        try:
            self._delivery.step(turn.room, turn.spare)
            self._record_erasures()
            if self._reviews is not None:
                self._reviews.step(self._notes.record_review)
            self._look_at_spool(now_s)
            self._purge(now_s)
        except SpoolError as error:
            if self._spool_problem is None:
                log.error("%s", error)
            self._spool_problem, self._spool_retry_s = error, now_s + RETRY_SPOOL_S
        else:
            self._spool_problem = None

    def _record_erasures(self) -> None:
        if self._erasures:
            self._notes.record_erasures(self._erasures)
            self._lists.erasures_recorded(self._erasures)
            self._erasures = []

    def _look_at_spool(self, now_s: float) -> None:
        if self._fresh or now_s - self._looked_s >= LOOK_AT_SPOOL_EVERY_S:
            self._looked_s = now_s
            self._standing = self._reader.standing()
            self._alarm = self._look_for_alarm()

    def _purge(self, now_s: float) -> None:
        now = self._clock.trusted_utc()
        if now is None or now_s - self._purged_s < PURGE_EVERY_S:
            return
        if self._reader.purge(now, self._retention.sent, self._retention.evidence) == 0:
            self._purged_s = now_s

    def _tell(self) -> None:
        if not self._connected:
            return
        moment = Moment(
            self._fresh,
            self._shown_problem() or self._alarm,
            self._standing.waiting_hits,
            self._lists.version,
        )
        self._fresh = False
        for teller in self._tellers:
            for topic, message in teller.due(moment):
                self._publisher.announce(topic, message)

    def _shown_problem(self) -> WatchpostError | None:
        return self._broker_problem or self._spool_problem or self._lists.problem

    def _look_for_alarm(self) -> WatchpostError | None:
        """What is worth telling a receiver although reporting itself works."""
        if self._standing.damaged:
            return set_aside_alarm(self._standing.damaged)
        if lost := self._lost_lately():
            return hits_lost(lost)
        return self._elsewhere()

    def _lost_lately(self) -> int:
        """Hits lost, for as long as that is news; a clock that was set back makes it news."""
        at = self._standing.lost_at
        recent = at is not None and self._clock.utc() - at < LOSS_SHOWN_FOR
        return self._standing.lost_hits if recent else 0
