"""The spool's SQLite file: its tables, how it is opened, what its errors mean.

In: a path. Out: an open connection, or a :class:`SpoolError` with a remedy. Always: WAL
journal; a file that is damaged is renamed, never deleted and never written to; a file of a
newer version is left alone. Who may write what is left to the writers and the reader.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from uuid import uuid4

from edge.errors import SpoolError
from edge.report.spool_tables import SCRIPTS, VERSION

BUSY_TIMEOUT_S = 5.0
JOURNAL_LIMIT_BYTES = 16 * 1024 * 1024
# Hits may hold labels: nobody else's business. The group: recognise and report both write, as
# users of their own; the page's process, of the same group, sees it read-only (systemd/).
FILE_MODE = 0o660


class RowState(IntEnum):
    """Where a row is on its way out of the box."""

    RECORDED = 0
    SENT = 1
    ACKNOWLEDGED = 2


class Kind(IntEnum):
    """What a row tells."""

    HIT = 0
    ERASURE = 1
    REVIEW = 2


@dataclass(frozen=True, slots=True)
class SpoolRow:
    """One stored message.

    Attributes:
        series: names the spool file that gave the number.
        sequence: its number, from 1, without gaps.
        kind: what it tells.
        event_id: its identity.
        event: the message.
        state: where it is.
        recorded_at: UTC time of storing.
    """

    series: str
    sequence: int
    kind: Kind
    event_id: str
    event: bytes
    state: RowState
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
        check_same_thread=False,  # opened by one thread, used by another, never by two at once
    )
    try:
        if mode != "ro":
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
            connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_LIMIT_BYTES}")
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new file, or bring those of version 1 up to date.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    script = SCRIPTS.get(version_of(connection))
    if script is not None:
        connection.executescript(script.replace("{series}", str(uuid4())))


@contextmanager
def changing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction: all of it or nothing.

    Raises:
        sqlite3.Error: it cannot be begun or committed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the tables; 0 in an empty file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_ready(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are ours; False while the writer has still to make or renew them.

    Raises:
        SpoolError: they are a newer watchpost's.
    """
    found = version_of(connection)
    if found > VERSION:
        raise SpoolError(
            f"The spool {path} has version {found}; this watchpost knows up to {VERSION}.",
            "Update watchpost, or move the file away to start a new spool.",
        )
    return found == VERSION


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


def damaged_files(path: Path) -> list[Path]:
    """Spools that were set aside and still lie beside this one, oldest first."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(one for one in found if not one.name.endswith(("-wal", "-shm")))


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
