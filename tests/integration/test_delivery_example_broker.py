"""The example configuration of mosquitto does what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

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
from tests.integration.test_delivery_refusals import PASSWD, make_ca, make_server_certificate

pytestmark = needs_mosquitto
EXAMPLE = Path(__file__).parents[2] / "firmware_config/mosquitto"
OWN = ("listener", "persistence true", "autosave_interval", "max_queued", "allow_anonymous")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    make_ca(tmp_path, "ca")
    make_server_certificate(tmp_path, "ca")
    users = tmp_path / "watchpost.passwd"
    for number, name in enumerate(("site-1/box-1", "site-1/box-2", "receiver")):
        create = ["-c"] if number == 0 else []
        subprocess.run([PASSWD, *create, "-b", str(users), name, "secret"], check=True)
    (tmp_path / "password").write_text("secret")
    text = (EXAMPLE / "watchpost.conf").read_text()
    text = text.replace("/etc/mosquitto/certs", str(tmp_path))
    text = text.replace("/etc/mosquitto/watchpost.acl", str(EXAMPLE / "watchpost.acl"))
    text = text.replace("/etc/mosquitto", str(tmp_path))
    lines = [one for one in text.splitlines() if not one.startswith(OWN)]
    broker = Mosquitto(tmp_path / "broker", *lines, anonymous=False)
    broker.start()
    yield broker
    broker.stop()


def as_user(broker: Mosquitto, folder: Path, name: str) -> dict[str, object]:
    return {
        "tls": True,
        "ca_file": folder / "ca.crt",
        "username": name,
        "password_file": folder / "password",
    }


def test_a_box_reports_and_a_receiver_reads(broker: Mosquitto, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    record(spool, range(10))
    receiver = settings_for(broker.port, **as_user(broker, tmp_path, "receiver"))
    box = settings_for(broker.port, **as_user(broker, tmp_path, "site-1/box-1"))
    with Collector(receiver) as collector, Running(make_worker(spool, box)):
        collector.wait_for(ids_of(range(10)))


def test_a_box_cannot_report_in_the_name_of_another(broker: Mosquitto, tmp_path: Path) -> None:
    """The worker says it is box-1 and logs in as box-2."""
    spool = tmp_path / "spool.db"
    record(spool, range(1))
    box = settings_for(broker.port, **as_user(broker, tmp_path, "site-1/box-2"))
    with Running(make_worker(spool, box)) as worker:
        wait_until(lambda: "does not take messages" in worker.report().problem)
    assert SpoolView(spool).counts().acknowledged == 0


def test_a_box_cannot_read_hits(broker: Mosquitto, tmp_path: Path) -> None:
    """mosquitto confirms the subscription and passes nothing on."""
    spool = tmp_path / "spool.db"
    record(spool, range(3))
    box = settings_for(broker.port, **as_user(broker, tmp_path, "site-1/box-1"))
    other = settings_for(broker.port, **as_user(broker, tmp_path, "site-1/box-2"))
    with Collector(other) as collector, Running(make_worker(spool, box)):
        wait_until(lambda: SpoolView(spool).counts().acknowledged == 3)
        assert collector.ids() == set()
