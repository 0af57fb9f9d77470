"""A real mosquitto on a free loopback port, that tests may start, kill and start again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
START_TIMEOUT_S = 10.0

needs_mosquitto = pytest.mark.skipif(
    MOSQUITTO is None, reason="mosquitto is not installed (apt install mosquitto)"
)


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Mosquitto:
    """A broker with persistence; the same port and data after every start.

    Args:
        folder: for its configuration, data and log.
        lines: more lines for its configuration.
        anonymous: whether clients need no password.
        queued: most messages kept for a client that is away; 0: any number.
    """

    def __init__(self, folder: Path, *lines: str, anonymous: bool = True, queued: int = 0) -> None:
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self._config = folder / "mosquitto.conf"
        self._process: subprocess.Popen[bytes] | None = None
        data = folder / "data"
        data.mkdir(parents=True)
        self.database = data / "mosquitto.db"
        # Started as root, mosquitto would become a user who cannot write the test's folder.
        user = ["user root"] if os.geteuid() == 0 else []
        self._config.write_text(
            "\n".join(
                [
                    *user,
                    "persistence true",
                    f"persistence_location {data}/",
                    "autosave_interval 1",
                    # The default of 1000 drops QoS 1 messages that it has acknowledged, when a
                    # subscriber is slower than the publisher for a moment.
                    f"max_queued_messages {queued}",
                    "log_dest stderr",
                    "log_type all",
                    f"allow_anonymous {str(anonymous).lower()}",
                    f"listener {self.port} 127.0.0.1",
                    *lines,
                ]
            )
            + "\n"
        )

    def start(self) -> None:
        """Start and wait until it listens."""
        assert MOSQUITTO is not None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=log)
        until_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until_s:
            assert self._process.poll() is None, self.log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("mosquitto does not listen: " + self.log.read_text())

    def kill(self) -> None:
        """End it with SIGKILL: it saves nothing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def freeze(self) -> None:
        """Let it fall silent, with its connections open: as a network that loses every packet."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in good order; safe to call twice."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
