"""The register and a real broker: announcing a version, and asking which boxes hold what."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.errors import BrokerError
from edge.hub.database import open_engine, parse_url
from edge.hub.migrate import migrate
from edge.hub.records import Delivery
from edge.hub.store import HubStore
from edge.report.messages import erasure_event, parse_announcement, status_event
from edge.report.topics import announcement_topic, erasure_topic, status_topic
from edge.values import Condition, Erasure
from tests.integration.broker import Mosquitto, free_port, needs_mosquitto
from tests.integration.test_register_commands import Desk, desk

__all__ = ["desk"]

pytestmark = needs_mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    made = Mosquitto(tmp_path / "broker")
    made.start()
    yield made
    made.stop()


class Listener:
    """A client of the broker."""

    def __init__(self, broker: Mosquitto) -> None:
        self.got: dict[str, bytes] = {}
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _d, m: self.got.__setitem__(m.topic, bytes(m.payload))
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def retain(self, topic: str, payload: bytes) -> None:
        self.client.publish(topic, payload, qos=1, retain=True).wait_for_publish(10)

    def read(self, topic: str) -> bytes:
        self.client.subscribe(topic, qos=1)
        until_s = time.monotonic() + 10
        while topic not in self.got:
            assert time.monotonic() < until_s
            time.sleep(0.02)
        return self.got[topic]


@pytest.fixture
def client(broker: Mosquitto) -> Iterator[Listener]:
    made = Listener(broker)
    yield made
    made.client.loop_stop()


def running(box: str, version: int | None) -> bytes:
    return status_event(
        "north",
        box,
        online=version is not None,
        condition=Condition.RUNNING,
        at=datetime.now(UTC),
        watchlist_version=version,
    )


def enrolled(desk: Desk) -> str:
    """Two people; returns the first one's id."""
    desk.init()
    for name in ("Ada", "Bob"):
        desk.add(*(f"{name.lower()} {n}" for n in (1, 2, 3)), name=name)
    return str(desk.entries()[0]["person"])


def test_publishing_and_revoking_announce_the_version_and_a_late_box_finds_it(
    desk: Desk, broker: Mosquitto, client: Listener
) -> None:
    ada, url = enrolled(desk), f"mqtt://127.0.0.1:{broker.port}"
    desk.publish("--announce", url)
    assert parse_announcement(client.read(announcement_topic())) == 1
    client.got.clear()
    desk.revoke(ada, "--announce", url)
    assert parse_announcement(client.read(announcement_topic())) == 2
    desk.publish()
    client.got.clear()
    said = desk("register", "announce", "--register", desk.people, "--broker", url)
    assert "version 3" in said
    assert parse_announcement(client.read(announcement_topic())) == 3


def test_every_box_that_may_still_hold_a_template_is_named(
    desk: Desk, broker: Mosquitto, client: Listener, tmp_path: Path
) -> None:
    ada, url = enrolled(desk), f"mqtt://127.0.0.1:{broker.port}"
    entry = desk.entries()[0]["entry"]
    desk.publish()
    desk.revoke(ada)
    for box, version in (("new", 2), ("old", 1), ("silent", None)):
        client.retain(status_topic("north", box), running(box, version))
    client.retain(status_topic("north", "liar"), running("other", 2))
    hub = f"sqlite:///{tmp_path}/hub.sqlite"
    engine = open_engine(parse_url(hub))
    migrate(engine)
    erasure = Erasure(entry, "guests", 2, datetime.now(UTC))
    message = erasure_event("north", "new", erasure, 1, "series-1", event_id="event-1")
    topic = erasure_topic("north", "new")
    HubStore(engine, "hub-1").write([Delivery(topic, message, datetime.now(UTC), 1, 1)])
    engine.dispose()

    ask = ("register", "erasures", "--register", desk.people, ada, "--broker", url)
    found = json.loads(desk(*ask, "--hub", hub, "--json"))
    assert [one["version"] for one in found["revoked"]] == [2]
    assert {one["box"]: one["holding"] for one in found["boxes"]} == {
        "new": "erased",
        "old": "may_hold",
        "silent": "unknown",
    }
    assert [(one["box"], one["entry"]) for one in found["reports"]] == [("new", entry)]
    said = desk(*ask)
    assert "north/old: may hold it (version 1)" in said
    assert "Boxes: 3; that may still hold it: 2." in said


def test_a_broker_that_is_away_is_told_and_the_publishing_stands(desk: Desk) -> None:
    enrolled(desk)
    with pytest.raises(BrokerError):
        desk.publish("--announce", f"mqtt://127.0.0.1:{free_port()}")
    assert (desk.published / "metadata" / "timestamp.json").exists()
