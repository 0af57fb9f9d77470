"""A real PostgreSQL in a temporary folder, that tests may start, kill and start again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from tests.integration.broker import free_port

_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
BINARIES = _VERSIONS[-1].parent if _VERSIONS else None
START_TIMEOUT_S = 30.0
USER = "postgres"  # of Debian's package; PostgreSQL does not start as root

_REASON = "PostgreSQL is not installed (apt install postgresql)"
needs_postgres = pytest.mark.skipif(BINARIES is None and not os.environ.get("CI"), reason=_REASON)


class PostgreSQL:
    """A server of its own; the same port and data after every start."""

    def __init__(self) -> None:
        self.port = free_port()
        # Not in pytest's folder: that one is closed to the user who runs the server.
        self.folder = Path(tempfile.mkdtemp(prefix="watchpost-pg-"))
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        subprocess.run(
            self._command("initdb", "--username", USER, "--auth", "trust", "--encoding", "UTF8"),
            check=True,
            capture_output=True,
            cwd=self.folder,
        )

    @property
    def url(self) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/postgres"

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of the test's own, committing by itself."""
        return psycopg.connect(
            f"postgresql://{USER}@127.0.0.1:{self.port}/postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def start(self) -> None:
        """Start and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(
                    "postgres",
                    *(f"--port={self.port}", "--listen_addresses=127.0.0.1"),
                    *(f"--unix_socket_directories={self.folder}", "--max_connections=40"),
                ),
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        until_s = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < until_s, "PostgreSQL does not answer"
                time.sleep(0.05)
            else:
                return

    def stop(self, how: str = "fast") -> None:
        """End it; "immediate" is as if its power was cut. Safe to call twice."""
        if self._process is None:
            return
        subprocess.run(
            self._command("pg_ctl", "stop", "-m", how, "-w"),
            check=False,
            capture_output=True,
            cwd=self.folder,
        )
        self._process.wait(30)
        self._process = None

    def remove(self) -> None:
        """End it and delete its data."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _command(self, program: str, *arguments: str) -> list[str | Path]:
        assert BINARIES is not None, _REASON
        as_user = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        return [*as_user, BINARIES / program, "-D", self._data, *arguments]
