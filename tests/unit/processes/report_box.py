"""A report worker whose publisher, synchroniser and clock do as they are told."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.errors import BrokerError, WatchlistError
from edge.processes.delivery import Delivery, Rules
from edge.processes.list_keeper import ListKeeper
from edge.processes.report import ReportWorker
from edge.processes.telling import StatusTeller
from edge.report.hearing import Heard
from edge.report.messages import ReceivedAck, ReceivedStatus, parse_status
from edge.report.publish import Turn
from edge.report.spool import Bounds, NoteWriter, SpoolReader, SpoolRow, SpoolWriter
from edge.runtime.clock import SystemClock
from edge.values import EntryRef, Erasure, Hit, Recognition
from tests.fakes.deliveries import series_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AWAY = BrokerError("Nothing listens at broker:1883.", "Start the broker.")
STALE = WatchlistError("The list expired.", "Publish a new one.")
SITE, BOX = "site-1", "box-1"
QUICK = Rules(drain_per_s=1e5)


class ToldPublisher:
    """A publisher of the port; the test says when it is connected and what is heard."""

    def __init__(self) -> None:
        self.rows: list[SpoolRow] = []
        self.statuses: list[ReceivedStatus] = []
        self.closed = False
        self.takes: list[int] = []
        self.answers: list[ReceivedAck] = []
        self.announced: int | None = None
        self.room = self.spare = 64
        self._connected = self._fresh = False

    @property
    def sent(self) -> list[int]:
        return [row.sequence for row in self.rows]

    def connect(self) -> None:
        self._connected = self._fresh = True

    def lose(self) -> None:
        self._connected = False

    def turn(self, wait_s: float) -> Turn:
        fresh, self._fresh = self._fresh, False
        series = {row.sequence: row.series for row in self.rows}
        taken = tuple((series[one], one) for one in self.takes)
        heard = Heard(tuple(self.answers), 0, self.announced)
        self.takes, self.answers, self.announced = [], [], None
        room = self.room if self._connected and not fresh else 0
        problem = None if self._connected else AWAY
        return Turn(self._connected, fresh, taken, heard, room, min(room, self.spare), problem)

    def send(self, row: SpoolRow) -> None:
        self.rows.append(row)

    def announce(self, topic: str, message: bytes) -> None:
        assert topic == "watchpost/v1/site-1/box-1/status"
        self.statuses.append(parse_status(message))

    def close(self) -> None:
        self.closed = True


class ToldSynchroniser:
    """A synchroniser of the port; fails when told, or waits for ever when told."""

    def __init__(self) -> None:
        self.error: WatchlistError | None = None
        self.applies = False
        self.steps = 0
        self.announced = 0
        self.erasures: list[Erasure] = []
        self.recorded: list[Erasure] = []
        self.go = threading.Event()
        self.go.set()

    @property
    def last_error(self) -> WatchlistError | None:
        return self.error

    @property
    def age_s(self) -> float | None:
        return 12.0 if self.applies else None

    def step(self, announced: int = 0) -> bool:
        self.steps += 1
        self.announced = announced
        self.go.wait(10)
        if self.error is not None:
            raise self.error
        return self.applies

    def take_erasures(self) -> list[Erasure]:
        taken, self.erasures = self.erasures, []
        return taken

    def erasures_recorded(self, erasures: Iterable[Erasure]) -> None:
        self.recorded.extend(erasures)


class MovedClock:
    """The machine's clock, moved on by the test."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.jumped = timedelta(0)
        self.trusted = True

    def monotonic_s(self) -> float:
        return time.monotonic() + self.ahead_s

    def utc(self) -> datetime:
        return NOON + self.jumped + timedelta(seconds=self.ahead_s)

    def trusted_utc(self) -> datetime | None:
        return self.utc() if self.trusted else None


class Box:
    """A worker, its parts, and the steps a test takes."""

    def __init__(
        self,
        folder: Path,
        synchroniser: ToldSynchroniser | None = None,
        rules: Rules | None = None,
    ) -> None:
        self.path = folder / "spool.db"
        self.publisher = ToldPublisher()
        self.clock = MovedClock()
        self.version = 7
        reader = SpoolReader(self.path, clock=self.clock)
        self.notes = NoteWriter(self.path, Bounds(), site=SITE, box=BOX, clock=self.clock)
        self.worker = ReportWorker(
            reader,
            self.notes,
            self.publisher,
            Delivery(reader, self.publisher, self.clock, random.Random(3), rules or QUICK),
            ListKeeper(synchroniser, lambda: self.version, self.clock),
            self.clock,
            tellers=[StatusTeller(SITE, BOX, self.clock)],
            facts={"broker": "broker:1883"},
        )

    def connect(self) -> None:
        """Connect, and wait until a backlog may go out."""
        self.publisher.connect()
        self.steps()
        self.clock.ahead_s += 2
        self.steps()

    def record(self, *numbers: int, **bounds: int) -> None:
        clock = SystemClock(trust_system=True)
        writer = SpoolWriter(self.path, Bounds(**bounds), clock=clock)
        for number in numbers:
            writer.append(make_hit(number))
        writer.close()

    def take(self, *numbers: int) -> None:
        """The broker has taken these; they are marked when enough wait, or after a moment."""
        self.publisher.takes = list(numbers)
        self.clock.ahead_s += 0.1
        self.steps()

    def answer(self, *ranges: tuple[int, int], series: str = "", box: str = BOX) -> None:
        """A receiver says that it has these."""
        series = series or series_of(self.path)
        self.publisher.answers.append(ReceivedAck(SITE, box, "hub", series, ranges))
        self.clock.ahead_s += 0.1
        self.steps()

    def steps(self, count: int = 1) -> None:
        for _ in range(count):
            assert self.worker.step(threading.Event())
            time.sleep(0.005)

    def until_problem(self, words: str) -> None:
        until_s = time.monotonic() + 10
        while words not in self.worker.report().problem or (
            not words and self.worker.report().problem
        ):
            assert time.monotonic() < until_s
            self.clock.ahead_s += 2
            self.steps()


def make_hit(number: int) -> Hit:
    entry = EntryRef("entry-1", "staff", None)
    face = (1.0, 2.0, 30.0, 40.0)
    seen = Recognition("camera-1", number, entry, 0.9, 0.95, 0.93, 2.0, 3, NOON, NOON, number, face)
    return Hit(f"hit-{number}", SITE, BOX, seen, 7, "default@1", NOON)
