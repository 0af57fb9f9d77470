"""What an installer reads when the broker, its certificate or its rules refuse the box."""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge.report.spool import SpoolView
from edge.report.topics import hit_topic, status_topic
from tests.integration.broker import Mosquitto, free_port, needs_mosquitto
from tests.integration.delivery import (
    BOX,
    SITE,
    Collector,
    Running,
    ids_of,
    make_worker,
    record,
    settings_for,
    wait_until,
)

NOW = timedelta(0)
PASSWD = shutil.which("mosquitto_passwd") or "mosquitto_passwd"


def problem_of(spool: Path, port: int, **changes: object) -> str:
    """The problem that a worker with these settings shows first."""
    with Running(make_worker(spool, settings_for(port, **changes))) as worker:
        wait_until(lambda: worker.report().problem != "")
        said = worker.report()
        assert said.remedy
        assert said.figures["connected"] == 0
        return said.problem


@needs_mosquitto
class TestPasswords:
    @pytest.fixture
    def broker(self, tmp_path: Path) -> Iterator[Mosquitto]:
        users = tmp_path / "users"
        subprocess.run([PASSWD, "-c", "-b", str(users), "box", "right"], check=True)
        one = Mosquitto(tmp_path / "broker", f"password_file {users}", anonymous=False)
        one.start()
        yield one
        one.stop()

    def test_a_wrong_password_is_named_and_the_hits_wait(
        self, broker: Mosquitto, tmp_path: Path
    ) -> None:
        spool, secret = tmp_path / "spool.db", tmp_path / "password"
        record(spool, range(3))
        secret.write_text("wrong\n")
        said = problem_of(spool, broker.port, username="box", password_file=secret)
        assert "does not accept the password of user box" in said
        assert "wrong" not in said
        assert SpoolView(spool).counts().recorded == 3

    def test_a_corrected_password_file_counts_without_a_restart(
        self, broker: Mosquitto, tmp_path: Path
    ) -> None:
        spool, secret = tmp_path / "spool.db", tmp_path / "password"
        record(spool, range(3))
        secret.write_text("wrong")
        settings = settings_for(broker.port, username="box", password_file=secret)
        with Running(make_worker(spool, settings)) as worker:
            wait_until(lambda: worker.report().problem != "")
            secret.write_text("right\n")
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 3)
            wait_until(lambda: worker.report().problem == "")

    def test_a_missing_password_file_is_named(self, broker: Mosquitto, tmp_path: Path) -> None:
        said = problem_of(
            tmp_path / "s.db", broker.port, username="box", password_file=tmp_path / "none"
        )
        assert "mqtt.password_file cannot be read" in said


@needs_mosquitto
def test_a_topic_the_box_may_not_write_to_is_named_and_no_hit_counts_as_delivered(
    tmp_path: Path,
) -> None:
    rules = tmp_path / "rules"
    rules.write_text(f"topic write {status_topic(SITE, BOX)}\n")
    broker = Mosquitto(tmp_path / "broker", f"acl_file {rules}")
    broker.start()
    spool = tmp_path / "spool.db"
    record(spool, range(3))
    try:
        with Running(make_worker(spool, settings_for(broker.port))) as worker:
            wait_until(lambda: "does not take messages" in worker.report().problem)
            assert hit_topic(SITE, BOX) in worker.report().problem
            assert SpoolView(spool).counts().acknowledged == 0
    finally:
        broker.stop()


@needs_mosquitto
def test_hits_go_out_when_only_the_status_is_refused(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text(f"topic write {hit_topic(SITE, BOX)}\n")
    broker = Mosquitto(tmp_path / "broker", f"acl_file {rules}")
    broker.start()
    spool = tmp_path / "spool.db"
    record(spool, range(200))
    try:
        with Running(make_worker(spool, settings_for(broker.port))) as worker:
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 200)
            wait_until(lambda: status_topic(SITE, BOX) in worker.report().problem)
    finally:
        broker.stop()


def test_an_unknown_name_and_a_closed_port_are_told_apart(tmp_path: Path) -> None:
    spool = tmp_path / "spool.db"
    assert "is not known" in problem_of(spool, 1883, host="broker.invalid")
    assert "Nothing listens" in problem_of(spool, free_port())


def test_a_port_that_speaks_something_else_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def chat() -> None:
            server.settimeout(0.1)
            while not stop.is_set():
                try:
                    guest, _ = server.accept()
                except TimeoutError:
                    continue
                with guest:
                    guest.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=chat)
        thread.start()
        try:
            said = problem_of(tmp_path / "spool.db", server.getsockname()[1])
        finally:
            stop.set()
            thread.join()
    assert "does not answer as an MQTT broker" in said


@needs_mosquitto
class TestTls:
    @pytest.fixture
    def broker(self, tmp_path: Path) -> Iterator[Mosquitto]:
        make_ca(tmp_path, "ca")
        make_ca(tmp_path, "other")
        make_server_certificate(tmp_path, "ca")
        one = Mosquitto(
            tmp_path / "broker",
            f"certfile {tmp_path / 'server.crt'}",
            f"keyfile {tmp_path / 'server.key'}",
            f"cafile {tmp_path / 'ca.crt'}",
        )
        one.start()
        yield one
        one.stop()

    def test_hits_go_through_tls_with_an_own_ca(self, broker: Mosquitto, tmp_path: Path) -> None:
        spool = tmp_path / "spool.db"
        settings = settings_for(broker.port, tls=True, ca_file=tmp_path / "ca.crt")
        record(spool, range(100))
        with Collector(settings) as collector, Running(make_worker(spool, settings)):
            collector.wait_for(ids_of(range(100)))

    def test_a_certificate_of_another_ca_is_refused(
        self, broker: Mosquitto, tmp_path: Path
    ) -> None:
        said = problem_of(tmp_path / "s.db", broker.port, tls=True, ca_file=tmp_path / "other.crt")
        assert "is not trusted" in said

    def test_a_certificate_for_another_name_is_refused(
        self, broker: Mosquitto, tmp_path: Path
    ) -> None:
        """The broker's certificate is for 127.0.0.1 and not for the name localhost."""
        said = problem_of(
            tmp_path / "s.db",
            broker.port,
            host="localhost",
            tls=True,
            ca_file=tmp_path / "ca.crt",
        )
        assert "is not trusted" in said
        assert "localhost" in said

    def test_plain_mqtt_to_a_tls_port_is_explained(self, broker: Mosquitto, tmp_path: Path) -> None:
        assert "does not answer as an MQTT broker" in problem_of(tmp_path / "s.db", broker.port)

    def test_a_missing_ca_file_is_named(self, broker: Mosquitto, tmp_path: Path) -> None:
        said = problem_of(tmp_path / "s.db", broker.port, tls=True, ca_file=tmp_path / "none")
        assert "mqtt.ca_file cannot be read" in said


@needs_mosquitto
def test_tls_to_a_plain_port_is_explained(tmp_path: Path) -> None:
    make_ca(tmp_path, "ca")
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    try:
        said = problem_of(tmp_path / "s.db", broker.port, tls=True, ca_file=tmp_path / "ca.crt")
    finally:
        broker.stop()
    assert "TLS" in said


def test_a_broker_that_knows_only_mqtt_3_1_1_is_served(tmp_path: Path) -> None:
    """amqtt refuses MQTT 5; publisher and subscriber fall back by themselves."""
    amqtt = pytest.importorskip("amqtt.broker")
    port, spool = free_port(), tmp_path / "spool.db"
    anonymous = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": anonymous,
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def make() -> object:
        broker = amqtt.Broker(config)
        await broker.start()
        return broker

    broker = asyncio.run_coroutine_threadsafe(make(), loop).result(10)
    record(spool, range(100))
    settings = settings_for(port)
    try:
        with Collector(settings) as collector, Running(make_worker(spool, settings)):
            collector.wait_for(ids_of(range(100)))
            wait_until(lambda: SpoolView(spool).counts().acknowledged == 100)
    finally:
        asyncio.run_coroutine_threadsafe(broker.shutdown(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def make_ca(folder: Path, name: str) -> None:
    """Write NAME.crt and NAME.key of a CA that signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    draft = _draft(subject, subject, key).add_extension(x509.BasicConstraints(True, None), True)
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
    _write(folder, name, draft.add_extension(usage, True).sign(key, hashes.SHA256()), key)


def make_server_certificate(folder: Path, ca: str, later: timedelta = NOW) -> None:
    """Write server.crt and server.key, for 127.0.0.1, signed by a CA of ``make_ca``.

    Certificates are valid from an hour ago for two hours, or so much ``later``.
    """
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    _make_certificate(folder, ca, "server", names, later)


def make_client_certificate(folder: Path, ca: str, name: str, later: timedelta = NOW) -> None:
    """Write NAME.crt and NAME.key, signed by a CA of ``make_ca``."""
    names = x509.SubjectAlternativeName([x509.DNSName(name)])
    _make_certificate(folder, ca, name, names, later)


def _make_certificate(
    folder: Path, ca: str, name: str, names: x509.SubjectAlternativeName, later: timedelta
) -> None:
    signer = serialization.load_pem_private_key((folder / f"{ca}.key").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((folder / f"{ca}.crt").read_bytes()).subject
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    draft = _draft(subject, issuer, key, later).add_extension(names, False)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    _write(folder, name, draft.sign(signer, hashes.SHA256()), key)


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    later: timedelta = NOW,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC) + later
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
    )


def _write(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
