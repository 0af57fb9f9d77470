"""Starts a broker on a free loopback port: mosquitto where it is installed, else amqtt."""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from edge.errors import BrokerError

READY_WITHIN_S = 15.0
# Debian puts mosquitto where only root's PATH looks.
_PLACES = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"


@dataclass(slots=True)
class DemoBroker:
    """A running broker.

    Attributes:
        name: which program it is.
        port: its port on 127.0.0.1.
        process: the program.
    """

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_broker(folder: Path) -> DemoBroker:
    """Start a broker and wait until it answers.

    Raises:
        BrokerError: none could be started.
    """
    port = _free_port()
    name, command = _program(folder, port)
    log = folder / "broker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)  # noqa: S603 - no shell
    broker = DemoBroker(name, port, process)
    if not _answers(broker):
        broker.stop()
        raise BrokerError(
            f"The demo's broker ({name}) did not start.",
            f"`apt install mosquitto` gives one that does. This one said: {log.read_text()[-500:]}",
        )
    return broker


def _program(folder: Path, port: int) -> tuple[str, list[str]]:
    """Name and command of a broker.

    Raises:
        BrokerError: there is none on this machine.
    """
    mosquitto = shutil.which("mosquitto") or shutil.which("mosquitto", path=_PLACES)
    if mosquitto:
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
        return "mosquitto", [mosquitto, "-c", str(config)]
    if importlib.util.find_spec("amqtt") is None:
        raise BrokerError(
            "There is no MQTT broker on this machine for the demo.",
            "Run: pip install 'watchpost[demo]'; or apt install mosquitto.",
        )
    return "amqtt", [sys.executable, "-m", "edge.demo.embedded_broker", str(port)]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(broker: DemoBroker) -> bool:
    deadline_s = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline_s and broker.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", broker.port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
