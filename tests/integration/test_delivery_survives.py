"""Nothing recorded is lost when the report process, the broker or the network goes away.

The first version calls a hit acknowledged at the broker's PUBACK, and mosquitto killed with
SIGKILL may lose what it has acknowledged and not yet passed on. So these tests hold watchpost
to its own promise: whatever was not acknowledged is sent again until it is, and only such
hits as the broker itself had taken before it was killed may be missing.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge.report.messages import ReceivedStatus, parse_status
from edge.report.spool import SpoolView
from edge.report.topics import status_topic
from edge.runtime.state_file import read_state
from edge.values import Condition
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import (
    BOX,
    SITE,
    Collector,
    Running,
    ids_of,
    make_hit,
    make_worker,
    make_writer,
    record,
    settings_for,
    start_process,
    wait_until,
)

pytestmark = needs_mosquitto


class StatusWatcher:
    """Keeps the statuses that the broker passes on."""

    def __init__(self, port: int) -> None:
        self.seen: list[ReceivedStatus] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(status_topic(SITE, BOX), qos=1)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        self.seen.append(parse_status(message.payload))


def test_a_report_process_killed_in_mid_drain_loses_nothing(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool, count = tmp_path / "spool.db", 4000
    view = SpoolView(spool)
    record(spool, range(count))
    with Collector(settings_for(broker.port)) as collector:
        for share in (0.2, 0.5):
            process = start_process(spool, tmp_path, broker.port)
            enough = int(count * share)
            wait_until(lambda enough=enough: view.counts().acknowledged > enough, 60)
            process.kill()
            process.wait(10)
            left = count - view.counts().acknowledged
            assert left > 0, "the drain was over before the kill; record more hits"
        process = start_process(spool, tmp_path, broker.port)
        wait_until(lambda: view.counts().acknowledged == count, 60)
        collector.wait_for(ids_of(range(count)), 60)
        process.terminate()
        assert process.wait(20) == 0
    assert len(collector.hits) == count


def test_subscribers_see_offline_when_the_report_process_is_killed_and_when_it_ends(
    broker: Mosquitto, tmp_path: Path
) -> None:
    watcher = StatusWatcher(broker.port)
    process = start_process(tmp_path / "spool.db", tmp_path, broker.port)
    wait_until(lambda: bool(watcher.seen) and watcher.seen[-1].online)
    assert watcher.seen[-1].condition is Condition.RUNNING
    process.kill()
    process.wait(10)
    wait_until(lambda: not watcher.seen[-1].online)

    process = start_process(tmp_path / "spool.db", tmp_path, broker.port)
    wait_until(lambda: watcher.seen[-1].online)
    process.terminate()
    assert process.wait(10) == 0
    wait_until(lambda: not watcher.seen[-1].online)
    watcher.close()

    late = StatusWatcher(broker.port)
    wait_until(lambda: bool(late.seen))
    late.close()
    assert not late.seen[0].online, "the status must be retained"


def test_hits_recorded_while_the_broker_is_dead_all_arrive(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """The broker is killed for five seconds in the middle of a stream of hits."""
    spool, settings = tmp_path / "spool.db", settings_for(broker.port)
    with Collector(settings, client_id="collector") as collector:
        with Running(make_worker(spool, settings)) as worker, Stream(spool) as stream:
            wait_until(lambda: len(collector.ids()) > 50)
            # Else the publisher could be back before the subscriber, with nobody to send to.
            wait_until(lambda: _knows_session(broker, "collector"))
            broker.kill()
            dead_from = stream.written
            wait_until(lambda: "Nothing listens" in worker.report().problem)
            taken_before_kill = _acknowledged(spool)
            time.sleep(5)
            dead_until = stream.written
            assert worker.report().figures["backlog_hits"] > 0
            broker.start()
            wait_until(lambda: worker.report().problem == "", 20)
            stream.stop()
            wait_until(lambda: SpoolView(spool).counts().acknowledged == stream.written, 20)
        everything = ids_of(range(stream.written))
        while_dead = ids_of(range(dead_from + 1, dead_until))
        assert len(while_dead) > 100
        collector.wait_for(everything - taken_before_kill)
        lost = everything - collector.ids()
    assert lost <= taken_before_kill
    assert not lost & while_dead


def test_a_hit_is_acknowledged_and_deletable_only_after_the_broker_took_it(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool, settings = tmp_path / "spool.db", settings_for(broker.port)
    record(spool, range(20))
    broker.kill()
    with Running(make_worker(spool, settings)) as worker:
        wait_until(lambda: worker.report().problem != "")
        time.sleep(1)
        counts = SpoolView(spool).counts()
        assert (counts.recorded, counts.sent, counts.acknowledged) == (20, 0, 0)
        broker.start()
        wait_until(lambda: SpoolView(spool).counts().acknowledged == 20)


def test_the_state_file_says_degraded_while_the_broker_is_away_and_running_again_after(
    broker: Mosquitto, tmp_path: Path
) -> None:
    broker.kill()
    process = start_process(tmp_path / "spool.db", tmp_path, broker.port)

    def condition() -> Condition | None:
        state = read_state(tmp_path, "report")
        return state.condition if state else None

    wait_until(lambda: condition() is Condition.DEGRADED)
    state = read_state(tmp_path, "report")
    assert state is not None
    assert "Nothing listens" in state.problem
    assert state.remedy
    broker.start()
    wait_until(lambda: condition() is Condition.RUNNING)
    process.terminate()
    assert process.wait(10) == 0


class Stream:
    """Records hits at a steady pace on a thread of its own, until stopped."""

    def __init__(self, spool: Path) -> None:
        self.written = 0
        self._spool = spool
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Stream:
        self._thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        writer = make_writer(self._spool)
        while not self._stop.wait(0.01):
            writer.append(make_hit(self.written))
            self.written += 1
        writer.close()


def _acknowledged(spool: Path) -> set[str]:
    with sqlite3.connect(spool) as connection:
        rows = connection.execute("SELECT event_id FROM message WHERE state = 2").fetchall()
    connection.close()
    return {row[0] for row in rows}


def _knows_session(broker: Mosquitto, client_id: str) -> bool:
    """Whether the broker has a lasting session on its disk."""
    return broker.database.exists() and client_id.encode() in broker.database.read_bytes()
