"""Trying the broker at the page's wish, on a real mosquitto."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.processes.broker_trial import BrokerTrial
from edge.report.publish import MqttPublisher, Turn
from edge.runtime.clock import SystemClock
from edge.runtime.setting_tables import MqttSettings
from edge.runtime.wish_file import WishFile
from tests.integration.broker import Mosquitto


class Site:
    """A publisher that turns, and a page that asks."""

    def __init__(self, folder: Path, port: int) -> None:
        clock = SystemClock(trust_system=True)
        settings = MqttSettings(host="127.0.0.1", port=port)
        chance = random.Random(1)
        self.publisher = MqttPublisher(settings, site="s", box="b", clock=clock, chance=chance)
        self.request, self.answer = folder / "asked.json", folder / "answer.json"
        wishes = WishFile(self.request, clock)
        self.trial = BrokerTrial(wishes, self.answer, self.publisher.redial, clock)
        self.connections = 0

    def turn(self) -> Turn:
        turn = self.publisher.turn(0.05)
        self.trial.step(turn)
        self.connections += turn.fresh
        return turn

    def connect(self) -> None:
        end_s = time.monotonic() + 60
        while not self.turn().connected:
            assert time.monotonic() < end_s

    def ask(self) -> dict[str, Any]:
        self.request.write_bytes(b"{}")
        end_s = time.monotonic() + 60
        while not self.answer.exists():
            assert time.monotonic() < end_s
            self.turn()
        said: dict[str, Any] = json.loads(self.answer.read_bytes())
        return said


@pytest.fixture
def site(broker: Mosquitto, tmp_path: Path) -> Iterator[Site]:
    one = Site(tmp_path, broker.port)
    yield one
    one.publisher.close()


def test_a_broker_that_is_there_is_dialled_afresh_and_good(site: Site) -> None:
    site.connect()
    before = site.connections
    said = site.ask()
    assert said["problem"] == ""
    assert site.connections == before + 1
    assert site.turn().connected


def test_a_broker_that_went_is_told_in_words(site: Site, broker: Mosquitto) -> None:
    site.connect()
    broker.stop()
    said = site.ask()
    assert f"127.0.0.1:{broker.port}" in said["problem"]
    assert said["remedy"]
