"""What the tests of delivery share: hits, workers, collectors and waiting for a condition."""

from __future__ import annotations

import queue
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.delivery_recorder import make_hit as recorded_hit
from edge.processes.delivery import Delivery, Rules
from edge.processes.list_keeper import ListKeeper
from edge.processes.report import ReportWorker
from edge.processes.telling import StatusTeller
from edge.report.messages import ReceivedHit
from edge.report.publish import MqttPublisher
from edge.report.spool import Bounds, NoteWriter, SpoolReader, SpoolWriter
from edge.report.subscribe import HitSubscriber
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import MqttSettings
from edge.values import Hit

CLOCK = SystemClock(trust_system=True)
PROCESS = Path(__file__).with_name("report_process.py")
SITE, BOX = "site-1", "box-1"


def settings_for(port: int, **changes: object) -> MqttSettings:
    """A broker on this machine, dialled again quickly."""
    values: dict[str, object] = {"host": "127.0.0.1", "port": port}
    values["reconnect_max"] = timedelta(seconds=1)
    return MqttSettings.model_validate(values | changes)


def make_hit(number: int) -> Hit:
    """A hit that differs from the others by its id."""
    return replace(recorded_hit(SITE, BOX, number), hit_id=f"hit-{number:06d}")


def make_writer(path: Path) -> SpoolWriter:
    """The spool's writing end without bounds that matter."""
    return SpoolWriter(path, Bounds())


def record(path: Path, numbers: range) -> None:
    """Record hits as the recognise process would."""
    writer = make_writer(path)
    for number in numbers:
        writer.append(make_hit(number))
    writer.close()


def make_worker(path: Path, settings: MqttSettings, drain_per_s: float = 1e5) -> ReportWorker:
    """A report worker of the real parts, without watchlist."""
    chance = random.Random(1)
    publisher = MqttPublisher(settings, site=SITE, box=BOX, clock=CLOCK, chance=chance)
    reader = SpoolReader(path)
    rules = Rules(settings.ack == "receiver", settings.resend_after, drain_per_s)
    return ReportWorker(
        reader,
        NoteWriter(path, Bounds(), site=SITE, box=BOX, clock=CLOCK),
        publisher,
        Delivery(reader, publisher, CLOCK, chance, rules),
        ListKeeper(None, lambda: 0, CLOCK),
        CLOCK,
        tellers=[StatusTeller(SITE, BOX, CLOCK)],
    )


class Running:
    """Steps a worker on a thread of its own until the block ends."""

    def __init__(self, worker: ReportWorker) -> None:
        self.worker = worker
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> ReportWorker:
        self._thread.start()
        return self.worker

    def __exit__(self, *about: object) -> None:
        self._stop.set()
        self._thread.join(20)
        assert self._error is None, self._error

    def _run(self) -> None:
        try:
            self.worker.initialize()
            while not self._stop.is_set() and self.worker.step(self._stop):
                pass
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            self._error = error
        finally:
            self.worker.shutdown()


class Collector:
    """Subscribes and keeps what came, in order."""

    def __init__(self, settings: MqttSettings, client_id: str | None = None) -> None:
        chance = random.Random(2)
        self.subscriber = HitSubscriber(
            settings, clock=CLOCK, chance=chance, client_id=client_id, capacity=100_000
        )
        self.hits: list[ReceivedHit] = []

    def __enter__(self) -> Collector:
        self.subscriber.start()
        assert self.subscriber.wait_ready(10), self.subscriber.problem
        return self

    def __exit__(self, *about: object) -> None:
        self.subscriber.stop()

    def ids(self) -> set[str]:
        """Ids that have come so far."""
        while True:
            try:
                self.hits.append(self.subscriber.hits.get_nowait())
            except queue.Empty:
                return {hit.hit_id for hit in self.hits}

    def wait_for(self, ids: set[str], timeout_s: float = 20.0) -> None:
        """Wait until all these hits have come."""
        wait_until(lambda: ids <= self.ids(), timeout_s, lambda: f"missing {len(ids - self.ids())}")


def ids_of(numbers: range) -> set[str]:
    """Ids of recorded hits."""
    return {f"hit-{number:06d}" for number in numbers}


def wait_until(
    condition: Callable[[], bool], timeout_s: float = 10.0, why: Callable[[], str] = lambda: ""
) -> None:
    """Wait until a condition holds."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s, f"not within {timeout_s} s: {why()}"
        time.sleep(0.02)


def start_process(spool: Path, run_dir: Path, port: int) -> subprocess.Popen[bytes]:
    """The report process as a process of its own."""
    arguments = [sys.executable, str(PROCESS), str(spool), str(run_dir), str(port)]
    return subprocess.Popen(arguments, cwd=Path(__file__).parents[2])
