"""The hub at a broker that asks for a certificate: with TLS 1.3, and with a stranger's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.values import Condition
from tests.integration.broker import Mosquitto, free_port, needs_mosquitto
from tests.integration.delivery import wait_until
from tests.integration.hub_process import HubProcess, WaitingBox, ask
from tests.integration.test_delivery_refusals import (
    make_ca,
    make_client_certificate,
    make_server_certificate,
)

pytestmark = needs_mosquitto


@pytest.fixture
def tls_port() -> int:
    return free_port()


@pytest.fixture
def broker(tmp_path: Path, tls_port: int) -> Iterator[Mosquitto]:
    """A plain listener for the box, and one for hubs that wants their certificate."""
    for name in ("ca", "other"):
        make_ca(tmp_path, name)
    make_server_certificate(tmp_path, "ca")
    make_client_certificate(tmp_path, "ca", "hub-1")
    make_client_certificate(tmp_path, "other", "stranger")
    one = Mosquitto(
        tmp_path / "broker",
        f"listener {tls_port} 127.0.0.1",
        f"certfile {tmp_path / 'server.crt'}",
        f"keyfile {tmp_path / 'server.key'}",
        f"cafile {tmp_path / 'ca.crt'}",
        "require_certificate true",
        "use_identity_as_username true",
        "tls_version tlsv1.3",
    )
    one.start()
    yield one
    one.stop()


def hub(folder: Path, port: int, name: str) -> HubProcess:
    files = {"--ca-file": "ca.crt", "--cert-file": f"{name}.crt", "--key-file": f"{name}.key"}
    tls = [word for option, file in files.items() for word in (option, str(folder / file))]
    return HubProcess(folder, port, f"sqlite:///{folder / 'hits.db'}", name, tls=tls)


def test_hits_are_stored_and_answered_by_a_hub_that_shows_its_certificate(
    broker: Mosquitto, tls_port: int, tmp_path: Path
) -> None:
    with hub(tmp_path, tls_port, "hub-1") as one, WaitingBox(broker.port) as box:
        one.wait_ready()
        box.send(range(1, 51))
        wait_until(lambda: box.acknowledged() == set(range(1, 51)), 60)
    rows = ask(f"sqlite:///{tmp_path / 'hits.db'}", "hits")
    assert Counter(one["sequence"] for one in rows) == Counter(range(1, 51))
    assert "u'hub-1'" in broker.log.read_text(), "the broker took its name from the certificate"


def test_a_hub_with_a_certificate_of_another_ca_says_so_and_goes_on_trying(
    broker: Mosquitto, tls_port: int, tmp_path: Path
) -> None:
    with hub(tmp_path, tls_port, "stranger") as one:
        wait_until(lambda: (s := one.state()) is not None and s.problem != "", 60)
        state = one.state()
        assert state is not None
        assert state.condition is Condition.DEGRADED
        assert "certificate" in f"{state.problem} {state.remedy}"
        assert "stranger.crt" in state.remedy
        assert one.end() == 0
