"""With ``ack = "receiver"`` a hit is done when a receiver has it, whatever the broker says."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt.publish import multiple

from edge.report.messages import MAX_MESSAGE_BYTES, ack_event, announcement_event
from edge.report.spool import SpoolView
from edge.report.topics import ack_topic, announcement_topic
from edge.runtime.setting_tables import MqttSettings
from tests.fakes.deliveries import series_of
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import (
    BOX,
    SITE,
    Running,
    ids_of,
    make_worker,
    record,
    settings_for,
    wait_until,
)
from tests.integration.receiver import Receiver

pytestmark = needs_mosquitto


def by_receiver(port: int) -> MqttSettings:
    return settings_for(port, ack="receiver", resend_after=timedelta(seconds=1))


def test_a_hit_is_acknowledged_by_its_receiver_and_not_by_the_broker(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool = tmp_path / "spool.db"
    record(spool, range(50))
    with Running(make_worker(spool, by_receiver(broker.port))) as worker:
        wait_until(lambda: worker.report().figures["published_total"] >= 50)
        counts = SpoolView(spool).counts()
        assert counts.acknowledged == 0
        with Receiver(broker.port) as receiver:
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 50, 20)
            assert set(receiver.hits) == ids_of(range(50))


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that keeps five messages for a receiver that is away, and drops the others."""
    one = Mosquitto(tmp_path / "broker", queued=5)
    one.start()
    yield one
    one.stop()


def test_hits_that_the_broker_dropped_from_a_full_queue_arrive_all_the_same(
    forgetful: Mosquitto, tmp_path: Path
) -> None:
    spool, settings = tmp_path / "spool.db", by_receiver(forgetful.port)
    with Receiver(forgetful.port):
        pass  # its session stays at the broker
    record(spool, range(60))
    with Running(make_worker(spool, settings)) as worker:
        wait_until(lambda: worker.report().figures["published_total"] >= 60)
        with Receiver(forgetful.port) as receiver:
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 60, 30)
            assert set(receiver.hits) == ids_of(range(60))


def test_hits_that_a_killed_broker_had_taken_arrive_all_the_same(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool, settings = tmp_path / "spool.db", by_receiver(broker.port)
    record(spool, range(300))
    with Running(make_worker(spool, settings)) as worker:
        wait_until(lambda: worker.report().figures["published_total"] >= 100)
        broker.kill()
        broker.start()
        with Receiver(broker.port) as receiver:
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 300, 40)
            assert set(receiver.hits) == ids_of(range(300))


def test_answers_that_are_none_are_counted_and_acknowledge_nothing(
    broker: Mosquitto, tmp_path: Path
) -> None:
    spool, topic = tmp_path / "spool.db", ack_topic(SITE, BOX)
    record(spool, range(20))
    with Running(make_worker(spool, by_receiver(broker.port))) as worker:
        wait_until(lambda: worker.report().figures["published_total"] >= 20)
        wrong = wrong_answers(series_of(spool))
        multiple(
            [{"topic": topic, "payload": one, "qos": 1} for one in wrong],
            hostname="127.0.0.1",
            port=broker.port,
        )
        wait_until(lambda: worker.report().figures["refused_answers_total"] == len(wrong), 20)
        assert SpoolView(spool).counts().acknowledged == 0
        with Receiver(broker.port):
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 20, 30)


def test_a_retained_answer_is_refused(broker: Mosquitto, tmp_path: Path) -> None:
    """It would answer anew at every connection, long after the receiver meant it."""
    spool = tmp_path / "spool.db"
    record(spool, range(3))
    retained = {"topic": ack_topic(SITE, BOX), "qos": 1, "retain": True}
    retained["payload"] = answer(series_of(spool))
    multiple([retained], hostname="127.0.0.1", port=broker.port)
    with Running(make_worker(spool, by_receiver(broker.port))) as worker:
        wait_until(lambda: worker.report().figures["refused_answers_total"] == 1)
        time.sleep(0.3)
    assert SpoolView(spool).counts().acknowledged == 0


def test_an_announced_watchlist_reaches_the_worker(broker: Mosquitto, tmp_path: Path) -> None:
    """Garbage on the same topic is counted; the connection and the hits are not harmed."""
    now = datetime.now(UTC)
    spool, topic = tmp_path / "spool.db", announcement_topic()
    with Running(make_worker(spool, settings_for(broker.port))) as worker:
        wait_until(lambda: worker.report().figures["connected"] == 1)
        payloads = [b"\xff" * 100, announcement_event(17, at=now)]
        messages = [{"topic": topic, "payload": one, "qos": 1} for one in payloads]
        multiple(messages, hostname="127.0.0.1", port=broker.port)
        wait_until(lambda: worker.report().figures["refused_answers_total"] == 1)
        wait_until(lambda: worker.report().figures["watchlist_announced"] == 17)
        assert worker.report().problem == ""


def answer(
    series: str, *, box: str = BOX, ranges: tuple[tuple[int, int], ...] = ((1, 3),)
) -> bytes:
    return ack_event(SITE, box, receiver="r", series=series, ranges=ranges, at=datetime.now(UTC))


def wrong_answers(series: str) -> list[bytes]:
    """Answers that are malformed, huge, foreign, or for numbers that were never given out."""
    chance = random.Random(7)
    right = answer(series)
    backwards = json.loads(right)
    backwards["data"]["sequences"] = [[3, 1]]
    other_box = json.loads(right)
    other_box["data"]["box"] = "box-2"
    cut = [right[: chance.randrange(len(right))] for _ in range(30)]
    noise = [chance.randbytes(chance.randrange(400)) for _ in range(30)]
    return [
        *cut,
        *noise,
        b"x" * (MAX_MESSAGE_BYTES + 1),
        b"[" * 10_000,
        json.dumps(backwards).encode(),
        json.dumps(other_box).encode(),
        right.replace(b"ack.v1", b"ack.v2"),
        answer("00000000-0000-4000-8000-000000000000"),
        answer(series, ranges=((1, 2**53),)),
        answer(series, ranges=((19, 21),)),
    ]
