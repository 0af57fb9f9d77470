"""What the tests of the hub share: hubs as processes, boxes that want to be acknowledged."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge.cli.main import main
from edge.report.messages import hit_event, parse_ack
from edge.report.topics import ack_topic, hit_topic
from edge.runtime.state_file import read_state
from edge.values import ProcessState
from tests.fakes.box_events import SERIES, SITE, make_hit
from tests.integration.delivery import wait_until

CHECKOUT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "edge.cli.main", "hub")


class HubProcess:
    """One ``watchpost hub run``, that tests may kill and start again.

    Args:
        folder: its state folder.
        port: the broker's.
        database: its URL.
        name: its lasting name.
        tls: options for a connection with TLS; none: without.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        database: str,
        name: str = "hub-1",
        *,
        tls: Sequence[str] = (),
    ) -> None:
        self.folder = folder / name
        self.name = name
        self._options = (*("--broker", f"{'mqtts' if tls else 'mqtt'}://127.0.0.1:{port}"), *tls)
        self._database = database
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> HubProcess:
        self.start()
        return self

    def __exit__(self, *about: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)

    def start(self) -> None:
        """Start it; see ``wait_ready``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(*COMMAND, "run", *self._options),
                    *("--name", self.name, "--state-dir", str(self.folder)),
                ],
                env={**os.environ, "WATCHPOST_HUB_DATABASE": self._database},
                stderr=log,
                cwd=CHECKOUT,
            )

    def wait_ready(self) -> None:
        """Wait until it is connected to broker and database."""
        wait_until(lambda: self.figure("connected") == 1 == self.figure("database"), 60)

    def state(self) -> ProcessState | None:
        """What it says about itself."""
        state = read_state(self.folder, "hub")
        mine = self._process is not None and state is not None and state.pid == self._process.pid
        return state if mine else None

    def figure(self, name: str) -> float:
        """One of its figures, -1 before it has told any."""
        state = self.state()
        return state.figures.get(name, -1.0) if state is not None else -1.0

    def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def end(self) -> int:
        """End it in good order; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(20)


def ask(database: str, *arguments: str) -> list[dict[str, Any]]:
    """What ``watchpost hub … --json`` prints."""
    told = io.StringIO()
    with redirect_stdout(told):
        assert main(["hub", *arguments, "--json", "--database", database]) == 0
    return [json.loads(line) for line in told.getvalue().splitlines()]


class WaitingBox:
    """A box that sends numbered hits and listens for receivers' acknowledgements."""

    def __init__(self, port: int, name: str = "box-1", series: str = SERIES) -> None:
        self.name = name
        self._series = series
        self._acknowledged: set[int] = set()
        self._listening = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.max_inflight_messages = 1000
        self._client.on_message = self._on_message
        self._client.on_subscribe = lambda *about: self._listening.set()
        self._client.on_connect = lambda *about: self._client.subscribe(ack_topic(SITE, name), 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._listening.wait(10)

    def __enter__(self) -> WaitingBox:
        return self

    def __exit__(self, *about: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, numbers: Iterable[int]) -> None:
        """Send hits by their numbers."""
        for number in numbers:
            event = hit_event(make_hit(number, box=self.name), number, self._series)
            self._client.publish(hit_topic(SITE, self.name), event, qos=1)

    def send_raw(self, payload: bytes, *, qos: int = 1) -> None:
        """Send anything on the topic of hits."""
        self._client.publish(hit_topic(SITE, self.name), payload, qos=qos)

    def acknowledged(self) -> set[int]:
        """Numbers that receivers have acknowledged."""
        return set(self._acknowledged)

    def _on_message(self, client: Client, data: object, message: MQTTMessage) -> None:
        ack = parse_ack(message.payload)
        if ack.series == self._series:
            for first, last in ack.ranges:
                self._acknowledged.update(range(first, last + 1))
