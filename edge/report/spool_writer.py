"""Records hits, so that none is lost between the decision and a receiver.

In: hits. Out: rows of the spool, numbered from 1 without gaps. Always: when ``append``
returns, the hit has been flushed to the medium (WAL, synchronous=FULL); the same hit twice is
one row; a hit that is not yet acknowledged is never removed to make room. At the bound of
rows the oldest acknowledged hits go first, and when there are none new hits are refused. A
damaged file is set aside and a new one started. Sending is left to the report process.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

from edge.errors import BrokerError, SpoolError
from edge.report.messages import hit_event
from edge.report.spool_file import (
    FILE_MODE,
    SCHEMA,
    HitState,
    check_version,
    explain,
    free_bytes,
    is_damage,
    no_space,
    open_spool,
    set_aside,
    to_ms,
    version_of,
)
from edge.runtime.clock import Clock, SystemClock
from edge.values import Hit

log = logging.getLogger(__name__)

_SYSTEM = SystemClock(trust_system=True)
_ROOM_AT_ONCE = 100
CHECK_UP_TO_BYTES = 64 * 1024 * 1024  # a second or two on an SD card; start-up must not wait longer


class SpoolWriter:
    """The writing end of the spool; one per spool, used from one thread.

    Args:
        path: the file; made when it is missing.
        min_free_bytes: refuse hits when the disk has less room than this.
        max_rows: most hits to hold, acknowledged ones included.
        clock: time, for records.
    """

    def __init__(
        self, path: Path, *, min_free_bytes: int, max_rows: int, clock: Clock = _SYSTEM
    ) -> None:
        self._path = path
        self._min_free_bytes = min_free_bytes
        self._max_rows = max_rows
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._set_aside: Path | None = None

    @property
    def damaged_file(self) -> Path | None:
        """Where a damaged spool was put since the start, or None; worth telling a person."""
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

    def append(self, hit: Hit, *, priority: int = 0) -> int:
        """Store a hit for good and return its number; the same hit again gives the same number.

        Args:
            hit: what was decided.
            priority: higher goes out first.

        Raises:
            SpoolError: no space, no right, full, or damaged beyond a fresh start.
        """
        self.open()
        self._need_space()
        try:
            return self._store(hit, priority)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise explain(error, self._path) from error
            self._start_afresh(error)
        try:
            return self._store(hit, priority)
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
            if version_of(connection) == 0:
                connection.executescript(SCHEMA)
            check_version(connection, self._path)
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
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
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

    def _need_space(self) -> None:
        try:
            free = free_bytes(self._path.parent)
        except OSError as error:
            raise no_space(self._path, error.strerror or "its folder is gone") from error
        if free < self._min_free_bytes:
            raise no_space(
                self._path, f"{free} bytes are free, {self._min_free_bytes} are to stay free"
            )

    def _store(self, hit: Hit, priority: int) -> int:
        if self._connection is None:
            raise SpoolError(f"The spool {self._path} is closed.", "Open it first.")
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            known = connection.execute(
                "SELECT sequence FROM hit WHERE hit_id = ?", (hit.hit_id,)
            ).fetchone()
            sequence = int(known[0]) if known else self._insert(connection, hit, priority)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        return sequence

    def _insert(self, connection: sqlite3.Connection, hit: Hit, priority: int) -> int:
        self._make_room(connection)
        (sequence,) = connection.execute(
            "UPDATE tally SET last = last + 1, stored = stored + 1, backlog = backlog + 1"
            " RETURNING last"
        ).fetchone()
        row = (
            sequence,
            hit.hit_id,
            _message(hit, sequence),
            priority,
            int(HitState.RECORDED),
            to_ms(self._clock.utc()),
        )
        connection.execute(
            "INSERT INTO hit (sequence, hit_id, event, priority, state, recorded_ms)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            row,
        )
        return int(sequence)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        (stored,) = connection.execute("SELECT stored FROM tally").fetchone()
        if stored < self._max_rows:
            return
        removed = connection.execute(
            "DELETE FROM hit WHERE sequence IN (SELECT sequence FROM hit WHERE state = 2"
            " ORDER BY acknowledged_ms LIMIT ?)",
            (_ROOM_AT_ONCE,),
        ).rowcount
        if removed == 0:
            raise SpoolError(
                f"The spool holds {stored} hits that nobody has acknowledged; the limit is "
                f"{self._max_rows}.",
                "Restore the connection to the broker, or raise spool.max_rows.",
            )
        connection.execute("UPDATE tally SET stored = stored - ?", (removed,))


def _message(hit: Hit, sequence: int) -> bytes:
    try:
        return hit_event(hit, sequence)
    except BrokerError as error:
        raise SpoolError(error.problem, error.remedy) from error
