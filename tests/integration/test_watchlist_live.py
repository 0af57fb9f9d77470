"""A running box, a real broker, the real register: what is withdrawn is gone, and told."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from edge.demo.box import DemoBox
from edge.register.broker import announce
from edge.register.enrol import revoke
from edge.register.withdraw import withdraw
from edge.report.messages import parse_erasure
from edge.report.topics import erasure_topic
from edge.runtime.setting_tables import MqttSettings
from edge.watchlist.box_key import BoxKey
from edge.watchlist.sealed import unseal
from edge.watchlist.store import ACTIVE_NAME
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.demo_box import CLOCK, EnrolledSite, load_reader, make_box

pytestmark = needs_mosquitto


@pytest.fixture
def site(tmp_path: Path) -> EnrolledSite:
    return EnrolledSite(tmp_path, load_reader(), ("ada", "bruno"))


@pytest.fixture
def box(tmp_path: Path, site: EnrolledSite, broker: Mosquitto) -> Iterator[DemoBox]:
    """A box on an endless clip that looks for lists once an hour, if nobody calls it."""
    made = make_box(tmp_path / "box", site, broker_port=broker.port, pace="real-time")
    text = made.config.read_text().replace('refresh = "1s"', 'refresh = "1h"')
    made.config.write_text(text.replace('pace = "real-time"', 'pace = "real-time"\nloop = true'))
    made.start("run")
    yield made
    made.stop()


@pytest.fixture
def erasures(broker: Mosquitto) -> Iterator[queue.Queue[bytes]]:
    """What boxes say on the topic of erasures."""
    heard: queue.Queue[bytes] = queue.Queue()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _d, message: heard.put(message.payload)
    client.connect("127.0.0.1", broker.port)
    client.subscribe(erasure_topic(), 1)
    client.loop_start()
    yield heard
    client.loop_stop()


def until(reached: Callable[[], bool], box: DemoBox) -> None:
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, box.log.read_text()[-2000:]
        time.sleep(0.05)


def searched(box: DemoBox) -> tuple[int, int]:
    """Version and people of the list that the recogniser searches."""
    state = box.state("recognise")
    figures = state.figures if state else {}
    return int(figures.get("watchlist_version", 0)), int(figures.get("watchlist_people", 0))


def held(box: DemoBox) -> bytes:
    """Everything under the state folder, and what is inside what is sealed."""
    state = box.settings.box.state_dir
    key = BoxKey(state / "watchlist.key").read()
    found = bytearray()
    for path in (path for path in state.rglob("*") if path.is_file()):
        found += path.read_bytes()
        if path.suffix == ".sealed":
            name = ACTIVE_NAME if path.name == ACTIVE_NAME else path.stem
            found += unseal(key, name, path.read_bytes())
    return bytes(found)


def test_a_revocation_reaches_a_running_box_at_once_and_the_erasure_is_told(
    site: EnrolledSite, box: DemoBox, broker: Mosquitto, erasures: queue.Queue[bytes]
) -> None:
    until(lambda: searched(box) == (1, 2), box)
    register = site.operator.register
    (bruno,) = [one for one in register.enrolments() if one.entry_id == site.entries["bruno"]]
    (row,) = (site.repository / "targets" / "segments").glob("*.segment")
    published = row.read_bytes()[-2 * bruno.templates.shape[1] :]
    templates = [published[:128], published[128:]]
    assert sum(template in held(box) for template in templates) == 2
    (told,) = withdraw(register, revoke(register, bruno.entry_id, "asked to be forgotten"))
    assert told.version == 2
    announce(MqttSettings(host="127.0.0.1", port=broker.port), 2, CLOCK)
    until(lambda: searched(box) == (2, 1), box)
    erased = parse_erasure(erasures.get(timeout=60)).erasure
    assert (erased.entry_id, erased.list_id) == (bruno.entry_id, "guests")
    assert sum(template in held(box) for template in templates) == 1
