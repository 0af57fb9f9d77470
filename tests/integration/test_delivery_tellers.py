"""What a box tells of itself reaches a real broker and stays there for those who come later."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge.compose.report import worker
from edge.processes.health import LOOK_EVERY_S
from edge.report.home_assistant import discovery_topic
from edge.report.messages import Level, parse_health, parse_status, parse_uncertain
from edge.report.spool import SpoolView
from edge.report.topics import health_topic, status_topic, uncertain_topic
from edge.runtime.setting_tables import Settings
from edge.runtime.state_file import write_state
from edge.values import Condition, ProcessState
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import BOX, CLOCK, SITE, Running, record, wait_until

pytestmark = needs_mosquitto
DISCOVERY = discovery_topic("homeassistant", SITE, BOX)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()


def settings_of(folder: Path, port: int, **tables: Any) -> Settings:
    (folder / "run").mkdir(exist_ok=True)
    values: dict[str, Any] = {
        "box": {"id": BOX, "site": SITE, "state_dir": folder, "run_dir": folder / "run"},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "clock": {"trust": "system"},
    }
    return Settings.model_validate(values | tables)


def recogniser_says(settings: Settings, **facts: str) -> None:
    now = CLOCK.utc()
    figures = {"frames_per_s": 9.5, "frame_age_s": 0.1, "clock_trusted": 1.0}
    state = ProcessState("recognise", 1, now, now, Condition.RUNNING, figures=figures, facts=facts)
    write_state(settings.box.run_dir, state)


class Kept:
    """Retained messages as somebody who comes later gets them."""

    def __init__(self, port: int) -> None:
        self.messages: dict[str, bytes] = {}
        self._ready = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *about: self._ready.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([("watchpost/#", 1), ("homeassistant/#", 1)])
        self._client.loop_start()
        assert self._ready.wait(10)

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *about: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self.messages[message.topic] = bytes(message.payload)


def told(port: int, enough: Callable[[dict[str, bytes]], bool]) -> dict[str, bytes]:
    """Wait for retained messages; a new subscriber each time, so that live ones do not count."""
    found: dict[str, bytes] = {}

    def look() -> bool:
        with Kept(port) as kept:
            wait_until(lambda: bool(kept.messages))
            found.clear()
            found.update(kept.messages)
        return enough(found)

    wait_until(look, 30)
    return found


def test_status_health_and_description_are_kept_for_those_who_come_later(
    broker: Mosquitto, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, broker.port)
    recogniser_says(settings, uncertain="staff 2")
    topics = {t(SITE, BOX) for t in (status_topic, health_topic, uncertain_topic)} | {DISCOVERY}
    with Running(worker(settings)):
        found = told(broker.port, lambda kept: set(kept) >= topics)
    assert set(found) == topics
    assert parse_status(found[status_topic(SITE, BOX)]).online
    health = parse_health(found[health_topic(SITE, BOX)])
    assert health.level is Level.FAILURE, "there is no spool yet"
    assert health.checks["frames"].level is Level.OK
    assert parse_uncertain(found[uncertain_topic(SITE, BOX)]).passages == {"staff": 2}
    described = json.loads(found[DISCOVERY])
    assert described["availability_topic"] == status_topic(SITE, BOX)


def test_switched_off_the_description_is_gone_from_the_broker(
    broker: Mosquitto, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, broker.port)
    with Running(worker(settings)):
        told(broker.port, lambda kept: DISCOVERY in kept)
    off = settings_of(tmp_path, broker.port, home_assistant={"enabled": False})
    with Running(worker(off)):
        told(broker.port, lambda kept: DISCOVERY not in kept)


def test_hits_go_out_at_a_broker_whose_rules_know_only_hits_and_status(tmp_path: Path) -> None:
    """Rules of version 0.1: what is refused is told and rests, and the connection stays."""
    rules = tmp_path / "rules"
    rules.write_text("pattern write watchpost/v1/+/+/hit\npattern write watchpost/v1/+/+/status\n")
    broker = Mosquitto(tmp_path / "broker", f"acl_file {rules}")
    broker.start()
    settings = settings_of(tmp_path, broker.port)
    recogniser_says(settings, uncertain="staff 2")
    record(tmp_path / "spool.db", range(50))
    view = SpoolView(tmp_path / "spool.db")
    try:
        with Running(worker(settings)) as made:
            wait_until(lambda: view.counts().acknowledged == 50, 40)
            wait_until(lambda: "does not take messages" in made.report().problem, 40)
            wait_until(lambda: steady(broker), 60)
            record(tmp_path / "spool.db", range(50, 60))
            wait_until(lambda: view.counts().acknowledged == 60, 40)
    finally:
        broker.stop()


def steady(broker: Mosquitto) -> bool:
    """Whether the box stayed connected for longer than any message takes to be due."""
    before = broker.log.read_text().count("New client connected")
    time.sleep(LOOK_EVERY_S + 3)
    return broker.log.read_text().count("New client connected") == before
