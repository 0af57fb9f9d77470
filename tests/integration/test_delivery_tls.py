"""TLS 1.3 with a certificate for each side, against a real broker."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

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
from tests.integration.test_delivery_refusals import (
    NOW,
    make_ca,
    make_client_certificate,
    make_server_certificate,
    problem_of,
)

pytestmark = needs_mosquitto


def tls_broker(folder: Path, *lines: str) -> Mosquitto:
    make_ca(folder, "ca")
    make_server_certificate(folder, "ca")
    return Mosquitto(
        folder / "broker",
        f"certfile {folder / 'server.crt'}",
        f"keyfile {folder / 'server.key'}",
        f"cafile {folder / 'ca.crt'}",
        *lines,
    )


@pytest.fixture
def mutual(tmp_path: Path) -> Iterator[Mosquitto]:
    """Asks for a client's certificate and takes the user's name from it."""
    one = tls_broker(tmp_path, "require_certificate true", "use_identity_as_username true")
    one.start()
    make_ca(tmp_path, "other")
    make_client_certificate(tmp_path, "ca", "box-1")
    make_client_certificate(tmp_path, "other", "stranger")
    yield one
    one.stop()


class Greeter:
    """Shakes hands with TLS up to a version, and hangs up."""

    def __init__(self, folder: Path, newest: ssl.TLSVersion, later: timedelta = NOW) -> None:
        make_ca(folder, "ca")
        make_server_certificate(folder, "ca", later)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.maximum_version = newest
        self._context.load_cert_chain(folder / "server.crt", folder / "server.key")
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.port = self._server.getsockname()[1]
        self.versions: set[str] = set()

    def __enter__(self) -> Greeter:
        self._thread.start()
        return self

    def __exit__(self, *about: object) -> None:
        self._stop.set()
        self._thread.join(10)
        self._server.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(OSError):
                guest, _ = self._server.accept()
                guest.settimeout(5)
                with self._context.wrap_socket(guest, server_side=True) as one:
                    self.versions.add(one.version() or "")


def with_certificate(folder: Path, name: str) -> dict[str, object]:
    return {
        "tls": True,
        "ca_file": folder / "ca.crt",
        "cert_file": folder / f"{name}.crt",
        "key_file": folder / f"{name}.key",
    }


def test_hits_go_through_mutual_tls_1_3(mutual: Mosquitto, tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    settings = settings_for(mutual.port, **with_certificate(tmp_path, "box-1"))
    record(spool, range(100))
    with Collector(settings) as collector, Running(make_worker(spool, settings)):
        collector.wait_for(ids_of(range(100)))


def test_a_certificate_of_another_ca_and_none_at_all_are_refused_and_named(
    mutual: Mosquitto, tmp_path: Path
) -> None:
    certificates = with_certificate(tmp_path, "stranger")
    settings = settings_for(mutual.port, **certificates)
    with Running(make_worker(tmp_path / "s.db", settings)) as worker:
        wait_until(lambda: worker.report().problem != "")
        said = worker.report()
        assert "certificate" in f"{said.problem} {said.remedy}"
        assert "stranger.crt" in said.remedy
    del certificates["cert_file"], certificates["key_file"]
    settings = settings_for(mutual.port, **certificates)
    with Running(make_worker(tmp_path / "s.db", settings)) as worker:
        wait_until(lambda: worker.report().problem != "")
        assert "mqtt.cert_file: unset" in worker.report().remedy


@pytest.mark.parametrize(
    ("later", "words"),
    [(timedelta(days=1), "is not valid yet"), (timedelta(days=-1), "has expired")],
)
def test_a_certificate_that_does_not_fit_the_boxs_clock_is_told_as_that(
    tmp_path: Path, later: timedelta, words: str
) -> None:
    with Greeter(tmp_path, ssl.TLSVersion.TLSv1_3, later) as greeter:
        settings = settings_for(greeter.port, tls=True, ca_file=tmp_path / "ca.crt")
        with Running(make_worker(tmp_path / "s.db", settings)) as worker:
            wait_until(lambda: words in worker.report().problem)
            assert "this box's clock" in worker.report().remedy


def test_a_box_whose_own_certificate_is_out_of_time_is_told_to_look_at_clocks(
    mutual: Mosquitto, tmp_path: Path
) -> None:
    make_client_certificate(tmp_path, "ca", "late", timedelta(days=-1))
    settings = settings_for(mutual.port, **with_certificate(tmp_path, "late"))
    with Running(make_worker(tmp_path / "s.db", settings)) as worker:
        wait_until(lambda: "late.crt" in worker.report().remedy)
        assert "clocks" in worker.report().remedy


def test_tls_1_3_is_spoken_where_the_broker_knows_it(tmp_path: Path) -> None:
    with Greeter(tmp_path, ssl.TLSVersion.TLSv1_3) as greeter:
        problem_of(tmp_path / "s.db", greeter.port, tls=True, ca_file=tmp_path / "ca.crt")
        wait_until(lambda: greeter.versions == {"TLSv1.3"})


def test_a_broker_without_tls_1_3_is_named_and_spoken_to_when_the_installer_allows_it(
    tmp_path: Path,
) -> None:
    trusted: dict[str, object] = {"tls": True, "ca_file": tmp_path / "ca.crt"}
    with Greeter(tmp_path, ssl.TLSVersion.TLSv1_2) as greeter:
        said = problem_of(tmp_path / "s.db", greeter.port, **trusted)
        assert "no version of TLS in common" in said
        assert greeter.versions == set()
        problem_of(tmp_path / "s.db", greeter.port, tls_minimum="1.2", **trusted)
        wait_until(lambda: greeter.versions == {"TLSv1.2"})
