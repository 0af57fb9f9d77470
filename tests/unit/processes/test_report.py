"""The report worker against a publisher and a synchroniser that do as they are told."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.errors import BrokerError, WatchlistError
from edge.processes.report import ReportWorker
from edge.report.messages import ReceivedStatus, parse_event, parse_status
from edge.report.publish import Turn
from edge.report.spool import SpoolReader, SpoolView, SpoolWriter
from edge.runtime.clock import SystemClock
from edge.values import Condition, EntryRef, Hit, Recognition

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AWAY = BrokerError("Nothing listens at broker:1883.", "Start the broker.")
STALE = WatchlistError("The list expired.", "Publish a new one.")


class ToldPublisher:
    """A publisher of the port; the test says when it is connected and what is acknowledged."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self.statuses: list[ReceivedStatus] = []
        self.closed = False
        self.answers: list[int] = []
        self.room = 64
        self._connected = self._fresh = False

    def connect(self) -> None:
        self._connected = self._fresh = True

    def lose(self) -> None:
        self._connected = False

    def turn(self, wait_s: float) -> Turn:
        fresh, self._fresh = self._fresh, False
        answers, self.answers = tuple(self.answers), []
        problem = None if self._connected else AWAY
        return Turn(self._connected, fresh, answers, self.room * self._connected, problem)

    def send(self, sequence: int, event: bytes) -> None:
        assert parse_event(event).sequence == sequence
        self.sent.append(sequence)

    def announce(self, status: bytes) -> None:
        self.statuses.append(parse_status(status))

    def close(self) -> None:
        self.closed = True


class ToldSynchroniser:
    """A synchroniser of the port; fails when told, or waits for ever when told."""

    def __init__(self) -> None:
        self.error: WatchlistError | None = None
        self.applies = False
        self.steps = 0
        self.go = threading.Event()
        self.go.set()

    @property
    def last_error(self) -> WatchlistError | None:
        return self.error

    @property
    def age_s(self) -> float | None:
        return 12.0 if self.applies else None

    def step(self) -> bool:
        self.steps += 1
        self.go.wait(10)
        if self.error is not None:
            raise self.error
        return self.applies


class MovedClock:
    """The machine's clock, moved on by the test."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self.trusted = True

    def monotonic_s(self) -> float:
        return time.monotonic() + self.ahead_s

    def utc(self) -> datetime:
        return NOON + timedelta(seconds=self.ahead_s)

    def trusted_utc(self) -> datetime | None:
        return self.utc() if self.trusted else None


class Box:
    """A worker, its parts, and the steps a test takes."""

    def __init__(self, folder: Path, synchroniser: ToldSynchroniser | None = None) -> None:
        self.path = folder / "spool.db"
        self.publisher = ToldPublisher()
        self.clock = MovedClock()
        self.version = 7
        self.worker = ReportWorker(
            SpoolReader(self.path, clock=self.clock),
            self.publisher,
            synchroniser,
            self.clock,
            site="site-1",
            box="box-1",
            list_version=lambda: self.version,
            facts={"broker": "broker:1883"},
        )

    def record(self, *numbers: int) -> None:
        clock = SystemClock(trust_system=True)
        writer = SpoolWriter(self.path, min_free_bytes=0, max_rows=1000, clock=clock)
        for number in numbers:
            writer.append(make_hit(number))
        writer.close()

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
    return Hit(f"hit-{number}", "site-1", "box-1", seen, 7, "default@1", NOON)


def test_hits_are_sent_once_and_marked_when_acknowledged(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1, 2, 3)
    box.publisher.connect()
    box.steps(3)
    assert box.publisher.sent == [1, 2, 3]
    box.publisher.answers = [1, 3]
    box.steps()
    counts = SpoolView(box.path).counts()
    assert (counts.sent, counts.acknowledged) == (1, 2)
    assert box.worker.report().figures["published_total"] == 2


def test_nothing_is_sent_while_the_broker_is_away(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1)
    box.steps(3)
    assert box.publisher.sent == []
    said = box.worker.report()
    assert said.problem == AWAY.problem
    assert said.figures["connected"] == 0
    assert said.figures["backlog_hits"] == 1
    assert said.facts["broker"] == "broker:1883"


def test_after_a_reconnect_everything_unacknowledged_is_sent_again(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(1, 2)
    box.publisher.connect()
    box.steps()
    box.publisher.answers = [1]
    box.steps()
    box.publisher.lose()
    box.steps()
    box.publisher.connect()
    box.steps(2)
    assert box.publisher.sent == [1, 2, 2]


def test_what_was_on_its_way_when_the_process_died_is_sent_again(tmp_path: Path) -> None:
    first = Box(tmp_path)
    first.record(1, 2)
    first.publisher.connect()
    first.steps()
    second = Box(tmp_path)
    second.publisher.connect()
    second.steps()
    assert second.publisher.sent == [1, 2]


def test_no_more_is_sent_than_there_is_room_for(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.record(*range(10))
    box.publisher.room = 4
    box.publisher.connect()
    box.steps()
    assert box.publisher.sent == [1, 2, 3, 4]


def test_a_failing_watchlist_is_reported_and_stops_no_hit(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    synchroniser.error = STALE
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    box.until_problem("The list expired.")
    box.record(1)
    box.steps(2)
    assert box.publisher.sent == [1]
    assert box.publisher.statuses[-1].condition is Condition.DEGRADED
    synchroniser.error = None
    box.until_problem("")


def test_a_watchlist_source_that_hangs_delays_no_hit(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    synchroniser.go.clear()
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    while synchroniser.steps == 0:
        box.clock.ahead_s += 2
        box.steps()
    box.record(1)
    began_s = time.monotonic()
    box.steps(2)
    assert time.monotonic() - began_s < 1
    assert box.publisher.sent == [1]
    synchroniser.go.set()
    box.worker.shutdown()


def test_a_new_list_shows_in_figures_and_status(tmp_path: Path) -> None:
    synchroniser = ToldSynchroniser()
    box = Box(tmp_path, synchroniser)
    box.publisher.connect()
    box.steps(5)
    assert box.worker.report().figures["watchlist_version"] == 7
    box.version, synchroniser.applies = 8, True
    until_s = time.monotonic() + 10
    while box.publisher.statuses[-1].watchlist_version != 8:
        assert time.monotonic() < until_s
        box.clock.ahead_s += 2
        box.steps()
    assert box.worker.report().figures["watchlist_version"] == 8
    assert box.worker.report().figures["watchlist_age_s"] == 12


def test_the_status_is_told_at_each_connection_and_every_minute(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.steps()
    box.publisher.connect()
    box.steps(2)
    assert box.publisher.statuses[0].online
    box.clock.ahead_s += 2
    box.steps(3)
    told = len(box.publisher.statuses)
    box.steps(3)
    assert len(box.publisher.statuses) == told
    box.clock.ahead_s += 61
    box.steps(3)
    assert len(box.publisher.statuses) == told + 1


def test_acknowledged_hits_leave_after_their_time_and_never_on_an_untrusted_clock(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path)
    box.record(1, 2)
    box.publisher.connect()
    box.steps()
    box.publisher.answers = [1]
    box.steps()
    box.clock.trusted = False
    box.clock.ahead_s += 8 * 24 * 3600
    box.steps(2)
    assert SpoolView(box.path).counts().acknowledged == 1
    box.clock.trusted = True
    box.steps(2)
    counts = SpoolView(box.path).counts()
    assert (counts.sent, counts.acknowledged) == (1, 0)


def test_the_end_closes_the_publisher(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.worker.shutdown()
    assert box.publisher.closed
