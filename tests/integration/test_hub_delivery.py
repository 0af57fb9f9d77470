"""Hubs as processes, with real mosquitto and PostgreSQL that go away and come back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt.publish import single

from edge.report.messages import parse_event
from edge.report.topics import status_topic
from edge.values import Condition
from tests.fakes.box_events import BOX, SERIES, SITE, hit_delivery, status_delivery
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import wait_until
from tests.integration.hub_databases import fresh_url
from tests.integration.hub_process import HubProcess, WaitingBox, ask
from tests.integration.postgres import PostgreSQL, needs_postgres

pytestmark = [needs_mosquitto, needs_postgres]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    one = PostgreSQL()
    one.start()
    yield one
    one.remove()


@pytest.fixture
def database(server: PostgreSQL, tmp_path: Path) -> str:
    return fresh_url(server, tmp_path)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()


def stored(database: str) -> Counter[int]:
    """How often each number is in the database."""
    return Counter(one["sequence"] for one in ask(database, "hits", "--limit", "100000"))


def await_answers(box: WaitingBox, numbers: range) -> None:
    def left() -> int:
        return len(set(numbers) - box.acknowledged())

    wait_until(lambda: left() == 0, 60, lambda: f"{left()} without an answer")


def test_a_hit_is_answered_after_it_can_be_read_in_the_database(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        box.send(range(1, 4))
        await_answers(box, range(1, 4))
        (newest, *_) = ask(database, "hits")
        sent = parse_event(hit_delivery(3).payload)
        assert (newest["sequence"], newest["entry"]) == (3, sent.entry_id)
        assert (newest["series"], newest["receiver"]) == (SERIES, "hub-1")
        assert newest["probability"] == sent.probability


def test_two_hubs_share_the_load_and_store_each_hit_once(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with (
        HubProcess(tmp_path, broker.port, database, "hub-1") as one,
        HubProcess(tmp_path, broker.port, database, "hub-2") as other,
        WaitingBox(broker.port) as box,
    ):
        one.wait_ready()
        other.wait_ready()
        box.send(range(1, 1001))
        await_answers(box, range(1, 1001))
    rows = ask(database, "hits")
    assert Counter(row["sequence"] for row in rows) == Counter(range(1, 1001))
    shares = Counter(row["receiver"] for row in rows)
    assert min(shares["hub-1"], shares["hub-2"]) > 200


def test_killing_a_hub_in_mid_stream_loses_nothing_and_duplicates_nothing(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with (
        HubProcess(tmp_path, broker.port, database, "hub-1") as one,
        HubProcess(tmp_path, broker.port, database, "hub-2") as other,
        WaitingBox(broker.port) as box,
    ):
        one.wait_ready()
        other.wait_ready()
        box.send(range(1, 3001))
        wait_until(lambda: len(box.acknowledged()) > 100, 30)
        one.kill()
        assert len(box.acknowledged()) < 3000, "all was over before the kill; send more hits"
        one.start()
        await_answers(box, range(1, 3001))
    assert stored(database) == Counter(range(1, 3001))


def test_while_the_database_is_away_nothing_is_answered_and_afterwards_everything(
    broker: Mosquitto, server: PostgreSQL, database: str, tmp_path: Path
) -> None:
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        box.send(range(1, 101))
        await_answers(box, range(1, 101))
        server.stop("immediate")
        try:
            box.send(range(101, 2501))  # more than the hub holds itself
            wait_until(lambda: hub.figure("database") == 0, 20)
            state = hub.state()
            assert state is not None
            assert state.condition is Condition.DEGRADED
            assert "cannot be reached" in state.problem
            assert box.acknowledged() == set(range(1, 101))
        finally:
            server.start()
        await_answers(box, range(1, 2501))
    assert stored(database) == Counter(range(1, 2501))


def test_a_hub_that_starts_before_broker_and_database_waits_for_them(
    broker: Mosquitto, server: PostgreSQL, database: str, tmp_path: Path
) -> None:
    broker.kill()
    server.stop()
    with HubProcess(tmp_path, broker.port, database) as hub:
        try:
            wait_until(lambda: hub.figure("database") == 0, 20)
        finally:
            server.start()
        broker.start()
        with WaitingBox(broker.port) as box:
            hub.wait_ready()
            box.send([1])
            await_answers(box, range(1, 2))
        assert hub.end() == 0


def test_malformed_messages_are_counted_and_hold_up_nothing(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        for payload in (b"", b"\xff\x00", b'{"label": "Maria Mustermann"}', b"[" * 5000):
            box.send_raw(payload)
        box.send([1])
        await_answers(box, range(1, 2))
        wait_until(lambda: hub.figure("refused_total") == 4, 10)
    assert "Mustermann" not in (hub.folder / "log").read_text()
    assert stored(database) == Counter([1])


def test_a_message_that_nobody_keeps_until_it_is_stored_is_not_taken(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    """QoS 0: the broker forgets it at once, so the hub could only pretend to be a receiver."""
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        box.send_raw(hit_delivery(1).payload, qos=0)
        box.send([2])
        await_answers(box, range(2, 3))
        wait_until(lambda: hub.figure("refused_total") == 1, 10)
    assert stored(database) == Counter([2])


def test_the_gap_report_names_the_numbers_that_a_box_owes(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        box.send([1, 2, 5, 9])
        wait_until(lambda: box.acknowledged() == {1, 2, 5, 9}, 20)
        owed = [(one["box"], one["first"], one["last"]) for one in ask(database, "gaps")]
        assert owed == [(BOX, 3, 4), (BOX, 6, 8)]
        box.send([3, 4, 6, 7, 8])
        await_answers(box, range(1, 10))
        assert ask(database, "gaps") == []


def test_a_status_that_was_told_before_the_hub_came_is_known(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    told = status_delivery(online=True).payload
    single(status_topic(SITE, BOX), told, qos=1, retain=True, port=broker.port)
    with HubProcess(tmp_path, broker.port, database) as hub:
        hub.wait_ready()
        wait_until(lambda: len(ask(database, "boxes")) == 1, 20)
        assert hub.end() == 0
    (box,) = ask(database, "boxes")
    assert (box["online"], box["backlog"], box["watchlist_version"]) == (True, 7, 3)


def test_hits_sent_while_the_only_hub_is_down_wait_at_the_broker(
    broker: Mosquitto, database: str, tmp_path: Path
) -> None:
    with HubProcess(tmp_path, broker.port, database) as hub, WaitingBox(broker.port) as box:
        hub.wait_ready()
        hub.kill()
        box.send(range(1, 51))
        time.sleep(0.5)
        assert box.acknowledged() == set()
        hub.start()
        await_answers(box, range(1, 51))
    assert stored(database) == Counter(range(1, 51))
