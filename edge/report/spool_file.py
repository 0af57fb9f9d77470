"""The spool's SQLite file: its tables, how it is opened, what its errors mean.

In: a path. Out: an open connection, or a :class:`SpoolError` with a remedy. Always: WAL
journal; a file that is damaged is renamed, never deleted and never written to; a file of a
newer version is left alone. Who may write what is left to the writer and the reader.
"""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

from edge.errors import SpoolError

VERSION = 1
BUSY_TIMEOUT_S = 5.0
JOURNAL_LIMIT_BYTES = 16 * 1024 * 1024
FILE_MODE = 0o640  # hits may hold labels: nobody else's business
_PRIMARY_CODE = 0xFF  # extended result codes keep the primary one in the low byte

SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE hit (
    sequence        INTEGER PRIMARY KEY,
    hit_id          TEXT NOT NULL UNIQUE,
    event           BLOB NOT NULL,
    priority        INTEGER NOT NULL,
    state           INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    recorded_ms     INTEGER NOT NULL,
    sent_ms         INTEGER,
    acknowledged_ms INTEGER
) STRICT;
CREATE INDEX hit_recorded ON hit (priority DESC, sequence) WHERE state = 0;
CREATE INDEX hit_sent ON hit (sequence) WHERE state = 1;
CREATE INDEX hit_acknowledged ON hit (acknowledged_ms) WHERE state = 2;
-- One row: the last number given out, which outlives purged rows, and two counts.
CREATE TABLE tally (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    last    INTEGER NOT NULL,
    stored  INTEGER NOT NULL,
    backlog INTEGER NOT NULL
) STRICT;
INSERT INTO tally VALUES (1, 0, 0, 0);
PRAGMA user_version = 1;
COMMIT;
"""


class HitState(IntEnum):
    """Where a hit is on its way out of the box."""

    RECORDED = 0
    SENT = 1
    ACKNOWLEDGED = 2


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """One stored hit.

    Attributes:
        sequence: its number, from 1, without gaps.
        hit_id: its identity.
        event: its message.
        state: where it is.
        recorded_at: UTC time of storing.
    """

    sequence: int
    hit_id: str
    event: bytes
    state: HitState
    recorded_at: datetime


def open_spool(path: Path, *, mode: str, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open the spool.

    Args:
        path: the file.
        mode: SQLite's URI mode: "rwc", "rw" or "ro".
        synchronous: "FULL" or "NORMAL".

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
    )
    try:
        if mode != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 in an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a spool of a newer watchpost.

    Raises:
        SpoolError: the version is not ours.
    """
    found = version_of(connection)
    if found > VERSION:
        raise SpoolError(
            f"The spool {path} has version {found}; this watchpost knows up to {VERSION}.",
            "Update watchpost, or move the file away to start a new spool.",
        )


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file itself is broken."""
    return _primary(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def explain(error: sqlite3.Error, path: Path) -> SpoolError:
    """Turn SQLite's error into words with a remedy."""
    code = _primary(error)
    if code == sqlite3.SQLITE_FULL:
        return no_space(path, "the disk is full")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return SpoolError(
            f"The spool {path} cannot be written ({error}).",
            "Check that its folder exists, that watchpost's user owns it, and that the file "
            "system is not mounted read-only.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return SpoolError(
            f"The spool {path} was locked by another program for {BUSY_TIMEOUT_S:g} s.",
            "Close other programs that have it open; it is tried again.",
        )
    if is_damage(error):
        return SpoolError(
            f"The spool {path} is damaged ({error}).",
            "Restart the recognise process: it sets the file aside and starts a new one.",
        )
    return SpoolError(
        f"The spool {path} cannot be used ({error}).",
        "Check the disk or SD card; `dmesg` shows read and write errors.",
    )


def no_space(path: Path, measured: str) -> SpoolError:
    """The error for a disk that has no room for hits."""
    return SpoolError(
        f"No hit can be stored in {path}: {measured}.",
        "Free space on that disk; recording goes on by itself.",
    )


def set_aside(path: Path, moment: datetime) -> Path:
    """Rename a damaged spool and its journal; returns the new name.

    Raises:
        OSError: it cannot be renamed.
    """
    stamp = moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    path.rename(aside)
    for ending in ("-wal", "-shm"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + ending))
    return aside


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary user may still write.

    Raises:
        OSError: the folder is not there.
    """
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize


def from_ms(value: int) -> datetime:
    """UTC time of a stored number of milliseconds."""
    return datetime.fromtimestamp(value / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """A time as stored: milliseconds since 1970, UTC."""
    return int(moment.timestamp() * 1000)


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", -1)) & _PRIMARY_CODE
