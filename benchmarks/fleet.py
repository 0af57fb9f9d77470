"""Two hundred boxes, one mosquitto, two hubs, two minutes: is anything lost, what does it cost?

    python -m benchmarks.fleet --boxes 200 --seconds 120 --json

Each box is the real thing from its spool on: a spool file, its writer and its report worker with
``ack = "receiver"``; one process steps all of them in turn, so its processor time by the number
of boxes is what a box costs. A box records hits at its own random moments.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from benchmarks.delivery_recorder import make_hit
from edge.processes.delivery import Delivery, Rules
from edge.processes.list_keeper import ListKeeper
from edge.processes.report import ReportWorker
from edge.processes.telling import StatusTeller
from edge.report.publish import MqttPublisher, Turn
from edge.report.spool import Bounds, NoteWriter, SpoolReader, SpoolRow, SpoolView, SpoolWriter
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import MqttSettings
from tests.integration.broker import Mosquitto
from tests.integration.hub_process import HubProcess
from tests.integration.postgres import PostgreSQL

SITE = "site-1"
CLOCK = SystemClock(trust_system=True)
SETTLE_S = 60.0


class _Hurried:
    """The publisher without waiting: the next box has its turn."""

    def __init__(self, publisher: MqttPublisher) -> None:
        self._publisher = publisher

    def turn(self, wait_s: float) -> Turn:
        return self._publisher.turn(0.0)

    def send(self, row: SpoolRow) -> None:
        self._publisher.send(row)

    def announce(self, topic: str, message: bytes) -> None:
        self._publisher.announce(topic, message)

    def close(self) -> None:
        self._publisher.close()


class VirtualBox:
    """One box: records at random moments, reports in its turn."""

    def __init__(self, folder: Path, name: str, port: int, per_s: float, seed: int) -> None:
        self._name = name
        self._per_s = per_s
        self._chance = random.Random(seed)
        self.spool = folder / f"{name}.db"
        self._writer = SpoolWriter(self.spool, Bounds())
        self._next_s = time.monotonic() + self._chance.expovariate(per_s)
        self.recorded: set[str] = set()
        settings = MqttSettings(
            host="127.0.0.1", port=port, ack="receiver", resend_after=timedelta(seconds=10)
        )
        publisher = _Hurried(
            MqttPublisher(settings, site=SITE, box=name, clock=CLOCK, chance=self._chance)
        )
        reader = SpoolReader(self.spool)
        self._worker = ReportWorker(
            reader,
            NoteWriter(self.spool, Bounds(), site=SITE, box=name, clock=CLOCK),
            publisher,
            Delivery(reader, publisher, CLOCK, self._chance, Rules(True, settings.resend_after)),
            ListKeeper(None, lambda: 0, CLOCK),
            CLOCK,
            tellers=[StatusTeller(SITE, name, CLOCK)],
        )
        self._stop = threading.Event()

    def record(self, now_s: float) -> None:
        """Record what is due."""
        while now_s >= self._next_s:
            hit = make_hit(SITE, self._name, len(self.recorded))
            self._writer.append(hit)
            self.recorded.add(hit.hit_id)
            self._next_s += self._chance.expovariate(self._per_s)

    def step(self) -> None:
        """One turn of the report worker."""
        self._worker.step(self._stop)

    def connected(self) -> bool:
        """Whether it has reached the broker."""
        return self._worker.report().figures["connected"] == 1.0

    def waits(self) -> bool:
        """Whether a hit is without a receiver's word."""
        counts = SpoolView(self.spool).counts()
        return counts.recorded + counts.sent > 0

    def close(self) -> None:
        """End in good order."""
        self._worker.shutdown()
        self._writer.close()


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        boxes: how many.
        hubs: how many.
        seconds: how long they recorded.
        recorded: hits that spools took.
        lost: of those, not in the database.
        duplicated: rows too many.
        hits_per_s: recorded and stored in a second of the run.
        looks_per_s: how often a box had its turn; a real one has twenty.
        cpu_ms_per_s_and_box: processor time of the boxes' process, its recording included.
        settle_s: until the last box had its answers after the end.
        hub_shares: rows by hub.
    """

    boxes: int
    hubs: int
    seconds: float
    recorded: int
    lost: int
    duplicated: int
    hits_per_s: float
    looks_per_s: float
    cpu_ms_per_s_and_box: float
    settle_s: float
    hub_shares: dict[str, int]


def run(count: int, hubs: int, seconds: float, per_s: float) -> Outcome:
    """Run the fleet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watchpost-fleet-")))
        database = PostgreSQL()
        stack.callback(database.remove)
        database.start()
        broker = Mosquitto(folder / "broker")
        broker.start()
        stack.callback(broker.kill)
        for number in range(1, hubs + 1):
            hub = HubProcess(folder, broker.port, database.url, f"hub-{number}")
            stack.enter_context(hub).wait_ready()
        boxes = [VirtualBox(folder, f"box-{n}", broker.port, per_s, seed=n) for n in range(count)]
        for box in boxes:
            stack.callback(box.close)
        while not all(box.connected() for box in boxes):
            _turn(boxes)
        looks, began_s, busy_s = 0, time.monotonic(), time.process_time()
        while time.monotonic() < began_s + seconds:
            _turn(boxes, recording=True)
            looks += 1
        took_s, busy_s = time.monotonic() - began_s, time.process_time() - busy_s
        settle_s = _settle(boxes)
        found = _outcome(boxes, hubs, database, took_s, busy_s, settle_s)
        return dataclasses.replace(found, looks_per_s=round(looks / took_s, 1))


def _turn(boxes: Sequence[VirtualBox], *, recording: bool = False) -> None:
    """Each box looks at spool and network twenty times a second, as a real one does."""
    began_s = time.monotonic()
    for box in boxes:
        if recording:
            box.record(time.monotonic())
        box.step()
    time.sleep(max(0.0, 0.05 - (time.monotonic() - began_s)))


def _settle(boxes: Sequence[VirtualBox]) -> float:
    began_s = time.monotonic()
    while time.monotonic() < began_s + SETTLE_S and any(box.waits() for box in boxes):
        _turn(boxes)
    return time.monotonic() - began_s


def _outcome(
    boxes: Sequence[VirtualBox],
    hubs: int,
    database: PostgreSQL,
    took_s: float,
    busy_s: float,
    settle_s: float,
) -> Outcome:
    with database.connect() as connection:
        stored = [str(row[0]) for row in connection.execute("SELECT event_id FROM hit")]
        shares = connection.execute("SELECT receiver, count(*) FROM hit GROUP BY receiver")
        by_hub = {str(name): int(str(rows)) for name, rows in shares}
    recorded = set().union(*(box.recorded for box in boxes))
    return Outcome(
        boxes=len(boxes),
        hubs=hubs,
        seconds=round(took_s, 1),
        recorded=len(recorded),
        lost=len(recorded - set(stored)),
        duplicated=len(stored) - len(set(stored)),
        hits_per_s=round(len(recorded) / took_s, 1),
        looks_per_s=0.0,
        cpu_ms_per_s_and_box=round(1000 * busy_s / took_s / len(boxes), 2),
        settle_s=round(settle_s, 1),
        hub_shares=by_hub,
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description="a fleet of boxes against two hubs")
    parser.add_argument("--boxes", type=int, default=200)
    parser.add_argument("--hubs", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--per-s", type=float, default=0.5, help="hits a second of each box")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found = dataclasses.asdict(run(args.boxes, args.hubs, args.seconds, args.per_s))
    print(json.dumps(found) if args.json else "\n".join(f"{k}: {v}" for k, v in found.items()))


if __name__ == "__main__":
    main()
