"""Records hits, so that none is lost between the decision and a receiver.

In: hits. Out: rows of the spool, numbered from 1 without gaps. Always: when ``append`` returns,
its hits have been flushed to the medium (WAL, synchronous=FULL), several in one transaction when
several wait; the same hit twice is one row; at a bound ``spool_bounds.py`` says what goes. A
damaged file is set aside and a new one started: this is the only place that does so. Sending is
left to the report process.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from edge.errors import SpoolError
from edge.report.spool_bounds import Bounds, Room
from edge.report.spool_file import (
    FILE_MODE,
    changing,
    is_ready,
    make_tables,
    open_spool,
    set_aside,
    to_ms,
)
from edge.report.spool_rows import Draft, hit_draft, store, store_alone
from edge.report.spool_trouble import explain, is_damage
from edge.runtime.clock import Clock, SystemClock
from edge.values import Hit

log = logging.getLogger(__name__)

_SYSTEM = SystemClock(trust_system=True)
CHECK_UP_TO_BYTES = 64 * 1024 * 1024  # a second or two on an SD card; start-up must not wait longer


class SpoolWriter:
    """The writing end of the spool; one per spool, used from one thread at a time.

    Args:
        path: the file; made when it is missing.
        bounds: how large it may grow.
        clock: time, for records.
    """

    def __init__(self, path: Path, bounds: Bounds, *, clock: Clock = _SYSTEM) -> None:
        self._path = path
        self._room = Room(path, bounds, clock)
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._set_aside: Path | None = None

    @property
    def damaged_file(self) -> Path | None:
        """Where a damaged spool was put since the start, or None."""
        return self._set_aside

    def open(self) -> None:
        """Open or make the spool; a damaged one is set aside. Safe to call twice.

        Raises:
            SpoolError: it cannot be written here, or is of a newer version.
        """
        if self._connection is not None:
            return
        try:
            self._connection = self._open_checked()
        except sqlite3.Error as error:
            if not is_damage(error):
                raise explain(error, self._path) from error
            self._start_afresh(error)

    def append(self, hit: Hit) -> int:
        """Store a hit for good and return its number; the same hit again gives the same number.

        Raises:
            SpoolError: no space, no right, full, or damaged beyond a fresh start.
        """
        return self.append_drafts([hit_draft(hit)])[0]

    def append_drafts(self, drafts: Sequence[Draft]) -> list[int]:
        """Store drafts for good, all or none, with one flush; returns their numbers.

        Raises:
            SpoolError: as for ``append``.
        """
        if not drafts:
            return []
        self.open()
        try:
            return self._store(drafts)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise explain(error, self._path) from error
            self._start_afresh(error)
        try:
            return self._store(drafts)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open_checked(self) -> sqlite3.Connection:
        self._make_private()
        connection = open_spool(self._path, mode="rwc")
        try:
            make_tables(connection)
            is_ready(connection, self._path)
            verdict = self._quick_check(connection)
        except (sqlite3.Error, SpoolError):
            connection.close()
            raise
        if verdict != "ok":
            connection.close()
            damage = sqlite3.DatabaseError(verdict)
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        return connection

    def _quick_check(self, connection: sqlite3.Connection) -> str:
        """Read a small spool through; damage in a large one shows when it is used."""
        if self._path.stat().st_size > CHECK_UP_TO_BYTES:
            return "ok"
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])

    def _make_private(self) -> None:
        """Make the file before SQLite does, which would let everyone read it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, FILE_MODE)
            try:
                if os.fstat(descriptor).st_uid == os.geteuid():
                    os.fchmod(descriptor, FILE_MODE)  # whatever the umask
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SpoolError(
                f"The spool {self._path} cannot be written ({error.strerror}).",
                "Check that watchpost's user owns its folder and that the file system is not "
                "mounted read-only.",
            ) from error

    def _start_afresh(self, damage: sqlite3.Error) -> None:
        self.close()
        try:
            self._set_aside = set_aside(self._path, self._clock.utc())
            log.error("the spool was damaged (%s) and set aside as %s", damage, self._set_aside)
            self._connection = self._open_checked()
        except OSError as error:
            raise explain(damage, self._path) from error
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def _store(self, drafts: Sequence[Draft]) -> list[int]:
        if self._connection is None:
            raise SpoolError(f"The spool {self._path} is closed.", "Open it first.")
        now_ms = to_ms(self._clock.utc())
        if len(drafts) == 1 and self._room.reserve(drafts):
            number = store_alone(self._connection, drafts[0], now_ms)
            if number is not None:
                return [number]
        with changing(self._connection):
            self._room.make(self._connection, drafts, now_ms)
            return store(self._connection, drafts, now_ms)
