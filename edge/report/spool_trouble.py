"""What SQLite's errors mean for the spool, in words for the person who looks after the box.

In: errors of SQLite and what was measured of the disk. Out: a :class:`SpoolError` with a remedy.
Nothing here opens a file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from edge.errors import SpoolError
from edge.report.spool_file import BUSY_TIMEOUT_S

_PRIMARY_CODE = 0xFF  # extended result codes keep the primary one in the low byte


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


def too_full(held: str, limit: str, setting: str) -> SpoolError:
    """The error for a spool at its bound with nothing in it that may go."""
    return SpoolError(
        f"The spool holds {held} that nobody has acknowledged; the limit is {limit}.",
        f"Restore the connection to the broker and its receiver, or raise {setting}.",
    )


def not_made_yet(path: Path) -> SpoolError:
    """The error for a spool that the recognise process has still to make."""
    return SpoolError(
        f"There is no spool at {path} yet.",
        "Start the recognise process, which makes it; it is tried again.",
    )


def set_aside_alarm(files: Sequence[Path]) -> SpoolError:
    """What to tell while damaged spools lie beside the present one."""
    names = ", ".join(one.name for one in files[:3])
    return SpoolError(
        f"The store of hits was damaged and set aside as {names}; hits in it may not have arrived.",
        "Check the disk or SD card, keep the file if the hits matter, and move it out of the "
        "folder to end this alarm.",
    )


def hits_lost(count: int) -> SpoolError:
    """What to tell after hits were dropped at a bound, as the operator allows."""
    return SpoolError(
        f"{count} hits were dropped before anyone acknowledged them: the spool was full.",
        'Raise the bounds in [spool], or restore the receiver; with spool.when_full = "refuse" '
        "new hits wait instead.",
    )


def _primary(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", -1)) & _PRIMARY_CODE
