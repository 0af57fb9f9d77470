"""The production configuration of mosquitto does what it says, with certificates of a fleet."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.fleet.certificates import box_name
from edge.fleet.folder import Fleet, make_fleet
from edge.report import topics
from edge.report.home_assistant import discovery_topic
from edge.report.spool import SpoolView
from tests.integration.broker import Mosquitto, needs_mosquitto
from tests.integration.delivery import (
    Collector,
    Running,
    ids_of,
    make_worker,
    record,
    settings_for,
    wait_until,
)

pytestmark = needs_mosquitto
EXAMPLE = Path(__file__).parents[2] / "firmware_config/mosquitto"
OWN = ("listener", "persistence true", "autosave_interval", "max_queued", "allow_anonymous")
BOX_1, BOX_2 = box_name("site-1", "box-1"), box_name("site-1", "box-2")
HUB, REGISTER, HOME = "hub-1", "register", "home-assistant"
LASTS = timedelta(days=30)
OF_A_BOX = (
    topics.hit_topic,
    topics.status_topic,
    topics.health_topic,
    topics.uncertain_topic,
    topics.erasure_topic,
    topics.review_topic,
)


@dataclass
class Site:
    """A broker with the production configuration, and everybody's certificate."""

    folder: Path
    fleet: Fleet
    broker: Mosquitto
    guests: list[Guest] = field(default_factory=list)

    def sign(self, name: str) -> None:
        made = self.fleet.sign_client(name, datetime.now(UTC), LASTS)
        file = self.folder / name.replace("/", "_")
        file.with_suffix(".pem").write_bytes(made.pem)
        file.with_suffix(".key").write_bytes(made.key_pem())

    def files(self, name: str) -> dict[str, object]:
        file = self.folder / name.replace("/", "_")
        return {
            "tls": True,
            "ca_file": self.folder / "ca.pem",
            "cert_file": file.with_suffix(".pem"),
            "key_file": file.with_suffix(".key"),
        }

    def guest(self, name: str, client_id: str = "") -> Guest:
        one = Guest(self.broker.port, self.files(name), client_id)
        self.guests.append(one)
        return one


class Guest:
    """A plain MQTT client, to try what is allowed."""

    def __init__(self, port: int, files: dict[str, object], client_id: str = "") -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.lost = threading.Event()
        self._answers: dict[int, Any] = {}
        self._connected = threading.Event()
        self.client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
        )
        context = ssl.create_default_context(cafile=str(files["ca_file"]))
        if "cert_file" in files:
            context.load_cert_chain(str(files["cert_file"]), str(files["key_file"]))
        self.client.tls_set_context(context)
        self.client.on_message = self._on_message
        self.client.on_connect = lambda *about: self._connected.set()
        self.client.on_disconnect = lambda *about: self.lost.set()
        self.client.on_publish = lambda c, d, mid, reason, p: self._answer(mid, reason)
        self.client.on_subscribe = lambda c, d, mid, reasons, p: self._answer(mid, reasons[0])
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(lambda: self._connected.is_set() or self.lost.is_set())
        if self.lost.is_set():
            self.close()
            raise ConnectionError("the broker hung up")

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> bool:
        """Whether the broker took it."""
        mid = self.client.publish(topic, payload, qos=1, retain=retain).mid
        wait_until(lambda: mid in self._answers or self.lost.is_set())
        return mid in self._answers and not self._answers[mid].is_failure

    def subscribe(self, topic: str) -> None:
        """Mosquitto 2.0 confirms every subscription and passes on what is allowed."""
        _, mid = self.client.subscribe(topic, qos=1)
        assert mid is not None
        wait_until(lambda: mid in self._answers)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _answer(self, mid: int, reason: Any) -> None:
        self._answers[mid] = reason

    def _on_message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    fleet = make_fleet(tmp_path / "fleet", "test", None)
    for name in ("ca.pem", "revoked.crl"):
        (tmp_path / name).symlink_to(tmp_path / "fleet" / name)
    server = fleet.sign_server(["localhost", "127.0.0.1"], datetime.now(UTC), LASTS)
    (tmp_path / "server.pem").write_bytes(server.pem)
    (tmp_path / "server.key").write_bytes(server.key_pem())
    text = (EXAMPLE / "watchpost.conf").read_text()
    text = text.replace("/etc/mosquitto/certs", str(tmp_path))
    text = text.replace("/etc/mosquitto/watchpost.acl", str(EXAMPLE / "watchpost.acl"))
    lines = [one for one in text.splitlines() if not one.startswith(OWN)]
    broker = Mosquitto(tmp_path / "broker", *lines, anonymous=False)
    made = Site(tmp_path, fleet, broker)
    for name in (BOX_1, BOX_2, HUB, REGISTER, HOME):
        made.sign(name)
    broker.start()
    yield made
    for guest in made.guests:
        guest.close()
    broker.stop()


def test_a_box_reports_and_a_hub_reads(site: Site, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    record(spool, range(10))
    hub = settings_for(site.broker.port, **site.files(HUB))
    box = settings_for(site.broker.port, **site.files(BOX_1))
    with Collector(hub) as collector, Running(make_worker(spool, box)):
        collector.wait_for(ids_of(range(10)))


def test_a_box_cannot_report_in_the_name_of_another(site: Site, tmp_path: Path) -> None:
    """The worker says it is box-1 and has the certificate of box-2."""
    spool = tmp_path / "spool.db"
    record(spool, range(1))
    box = settings_for(site.broker.port, **site.files(BOX_2))
    with Running(make_worker(spool, box)) as worker:
        wait_until(lambda: "does not take messages" in worker.report().problem)
    assert SpoolView(spool).counts().acknowledged == 0


@pytest.mark.parametrize("topic", OF_A_BOX)
def test_each_topic_of_a_box_is_its_own_to_write(site: Site, topic: Any) -> None:
    assert site.guest(BOX_1).publish(topic("site-1", "box-1"))
    for other in (("site-1", "box-2"), ("site-2", "box-1")):
        assert not site.guest(BOX_1).publish(topic(*other))


def test_a_box_describes_only_itself_to_home_assistant(site: Site) -> None:
    own = discovery_topic("homeassistant", "site-1", "box-1")
    other = discovery_topic("homeassistant", "site-1", "box-2")
    assert site.guest(BOX_1).publish(own, retain=True)
    assert not site.guest(BOX_1).publish(other, retain=True)
    home = site.guest(HOME)
    home.subscribe("homeassistant/#")
    wait_until(lambda: home.heard == [(own, b"x")])


def test_a_box_hears_its_own_acknowledgements_and_the_announcement_and_nothing_else(
    site: Site,
) -> None:
    box = site.guest(BOX_1)
    for topic in ("#", "watchpost/v1/#", "watchpost/v1/+/+/hit", topics.ack_topic()):
        box.subscribe(topic)
    other, hub, register = site.guest(BOX_2), site.guest(HUB), site.guest(REGISTER)
    for topic in OF_A_BOX:
        assert other.publish(topic("site-1", "box-2"))
    assert hub.publish(topics.ack_topic("site-1", "box-2"))
    assert hub.publish(topics.ack_topic("site-1", "box-1"))
    assert register.publish(topics.announcement_topic(), retain=True)
    allowed = {topics.ack_topic("site-1", "box-1"), topics.announcement_topic()}
    wait_until(lambda: {topic for topic, _ in box.heard} >= allowed)
    assert {topic for topic, _ in box.heard} == allowed


def test_only_receivers_acknowledge_and_only_the_register_announces(site: Site) -> None:
    ack, announcement = topics.ack_topic("site-1", "box-1"), topics.announcement_topic()
    allowed = {(HUB, ack), (REGISTER, announcement)}
    for name in (BOX_1, BOX_2, HUB, REGISTER, HOME):
        for topic in (ack, announcement):
            assert site.guest(name).publish(topic) is ((name, topic) in allowed), (name, topic)


def test_a_hub_shares_a_subscription(site: Site) -> None:
    hub = site.guest(HUB)
    hub.subscribe(f"$share/hub/{topics.hit_topic()}")
    assert site.guest(BOX_1).publish(topics.hit_topic("site-1", "box-1"))
    wait_until(lambda: len(hub.heard) == 1)


def test_a_box_cannot_push_another_one_off_the_broker_by_its_client_id(site: Site) -> None:
    first = site.guest(BOX_1, "watchpost-site-1-box-1")
    thief = site.guest(BOX_2, "watchpost-site-1-box-1")
    assert thief.publish(topics.hit_topic("site-1", "box-2"))
    assert first.publish(topics.hit_topic("site-1", "box-1"))
    assert not first.lost.is_set()


def test_nobody_without_a_certificate_of_the_fleet_is_let_in(site: Site, tmp_path: Path) -> None:
    stranger = make_fleet(tmp_path / "other", "other", None)
    made = stranger.sign_client(BOX_1, datetime.now(UTC), LASTS)
    (tmp_path / "stranger.pem").write_bytes(made.pem)
    (tmp_path / "stranger.key").write_bytes(made.key_pem())
    files = site.files("stranger")
    with pytest.raises(OSError, match=r"hung up|alert"):
        Guest(site.broker.port, {"ca_file": files["ca_file"]})
    with pytest.raises(OSError, match=r"hung up|alert"):
        Guest(site.broker.port, files)


def test_a_revoked_box_is_refused_and_told_and_the_others_go_on(site: Site, tmp_path: Path) -> None:
    assert site.guest(BOX_1).publish(topics.hit_topic("site-1", "box-1"))
    assert site.fleet.revoke(BOX_1, datetime.now(UTC)) == 1
    site.broker.stop()
    site.broker.start()
    spool = tmp_path / "spool.db"
    record(spool, range(1))
    box = settings_for(site.broker.port, **site.files(BOX_1))
    with Running(make_worker(spool, box)) as worker:
        wait_until(lambda: worker.report().problem != "")
        assert worker.report().figures["connected"] == 0
    assert SpoolView(spool).counts().acknowledged == 0
    assert site.guest(BOX_2).publish(topics.hit_topic("site-1", "box-2"))


def test_a_message_over_the_bound_is_not_taken(site: Site) -> None:
    topic = topics.hit_topic("site-1", "box-1")
    assert site.guest(BOX_1).publish(topic, b"x" * 65_000)
    assert not site.guest(BOX_1).publish(topic, b"x" * 70_000)
