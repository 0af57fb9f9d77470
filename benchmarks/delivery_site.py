"""A whole site as real processes: one box, mosquitto, PostgreSQL, hubs; each may be killed.

The box records with ``delivery_recorder.py`` (the spool's writer, as in ``recognise``) and reports
with ``watchpost report``. Servers are those of the tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from edge.report.spool import SpoolView
from tests.integration.broker import Mosquitto
from tests.integration.hub_process import HubProcess
from tests.integration.postgres import PostgreSQL

CHECKOUT = Path(__file__).parents[1]
SITE, BOX = "site-1", "box-1"
HITS_PER_S = 50.0
_SETTINGS = """
[box]
id = "{box}"
site = "{site}"
state_dir = "{folder}/state"
run_dir = "{folder}/run"
[mqtt]
host = "127.0.0.1"
port = {port}
ack = "{ack}"
resend_after = "2s"
reconnect_max = "1s"
[clock]
trust = "system"
"""


class Box:
    """A box's two processes that matter here, and what it has recorded.

    Args:
        folder: its files.
        port: the broker's.
        ack: whose word releases a hit.
    """

    def __init__(self, folder: Path, port: int, ack: str) -> None:
        self._folder = folder
        self._settings = folder / "watchpost.toml"
        self._truth = folder / "recorded.txt"
        self._truth.touch()
        self._reporter: subprocess.Popen[bytes] | None = None
        self._recorder: subprocess.Popen[bytes] | None = None
        self.spool = folder / "state" / "spool.db"
        self._settings.write_text(
            _SETTINGS.format(box=BOX, site=SITE, folder=folder, port=port, ack=ack)
        )

    def start(self) -> None:
        """Start the report process."""
        self._reporter = self._run(
            "report.log", "-m", "edge.cli.main", "report", "--config", str(self._settings)
        )

    def kill(self) -> None:
        """End the report process with SIGKILL."""
        if self._reporter is not None:
            self._reporter.kill()
            self._reporter.wait(10)

    def start_recording(self) -> None:
        """Begin to record."""
        self._recorder = self._run(
            "recorder.log",
            *("-m", "benchmarks.delivery_recorder", str(self.spool), SITE, BOX),
            *(str(HITS_PER_S), str(self._truth)),
        )

    def stop_recording(self) -> None:
        """End in good order; safe to call twice."""
        if self._recorder is not None:
            self._recorder.send_signal(signal.SIGTERM)
            self._recorder.wait(20)

    def recorded(self) -> set[str]:
        """Ids of hits that were recorded for good."""
        lines = self._truth.read_text().splitlines(keepends=True)
        return {line.strip() for line in lines if line.endswith("\n")}

    def backlog(self) -> int:
        """Hits that nobody has acknowledged."""
        counts = SpoolView(self.spool).counts()
        return counts.recorded + counts.sent

    def _run(self, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / log).open("ab") as file:
            return subprocess.Popen(
                [sys.executable, *arguments], stdout=file, stderr=file, cwd=CHECKOUT
            )


class Site:
    """Box, broker, database and hubs; use in a ``with`` block.

    Args:
        ack: whose word releases a hit from the box's spool.
        hubs: how many.
    """

    def __init__(self, ack: str, hubs: int = 1) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="watchpost-site-")
        self.folder = Path(self._scratch.name)
        (self.folder / "box" / "state").mkdir(parents=True)
        self.database = PostgreSQL()
        self.broker = Mosquitto(self.folder / "broker")
        self.box = Box(self.folder / "box", self.broker.port, ack)
        names = [f"hub-{number}" for number in range(1, hubs + 1)]
        self.hubs = [
            HubProcess(self.folder, self.broker.port, self.database.url, name) for name in names
        ]

    def __enter__(self) -> Site:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self) -> None:
        self.database.start()
        self.broker.start()
        for hub in self.hubs:
            hub.start()
        for hub in self.hubs:
            hub.wait_ready()
        self.box.start()
        self.box.start_recording()

    def __exit__(self, *about: object) -> None:
        self.box.stop_recording()
        self.box.kill()
        for hub in self.hubs:
            hub.kill()
        self.broker.kill()
        self.database.remove()
        if os.environ.get("WATCHPOST_KEEP") is None:
            self._scratch.cleanup()

    def stored(self) -> dict[str, int]:
        """By event id, how many rows the database has."""
        question = "SELECT event_id, count(*) FROM hit GROUP BY event_id"
        with self.database.connect() as connection:
            return {str(one): int(str(count)) for one, count in connection.execute(question)}

    def numbers_twice(self) -> int:
        """Rows whose number in the box's spool another row has, too."""
        question = "SELECT count(*) - count(DISTINCT (site, box, series, sequence)) FROM hit"
        with self.database.connect() as connection:
            row = connection.execute(question).fetchone()
        return int(str(row[0])) if row else 0

    def wait_stored(self, timeout_s: float) -> None:
        """Wait until every recorded hit is in the database and the box knows, or time is up."""
        until_s = time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            try:
                if self.box.recorded() <= set(self.stored()) and self.box.backlog() == 0:
                    return
            except psycopg.Error:
                pass
            time.sleep(0.5)
