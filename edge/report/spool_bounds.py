"""The bounds of the spool, and what goes first when one is reached.

In: an open transaction and the rows to come. Out: room for them, or a :class:`SpoolError`. The
policies, in this order, each tried only when those before it freed nothing:

1. *evidence first*: the oldest pictures go (not for the bound of rows, which they do not count in);
2. *acknowledged next*: the oldest rows that have arrived go;
3. at the end either *refuse*: nothing is deleted and the caller keeps what it has; or, only when
   the operator set it, *drop-oldest*: the oldest hits go although nobody has acknowledged them,
   and each is counted as lost. An erasure or review never goes before it has arrived.

Space that is freed inside the file counts as room on a full disk: SQLite uses it again.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from edge.errors import SpoolError
from edge.report.spool_file import free_bytes
from edge.report.spool_trouble import no_space, too_full

log = logging.getLogger(__name__)

_AT_ONCE = 100
_PICTURES_AT_ONCE = 16
_ROOM_BYTES = 64 * 1024  # what one transaction's rows, indexes and pages may take
_ROW_BYTES = 2048
_FILLED = """
SELECT stored, backlog, (SELECT page_size FROM pragma_page_size),
    (SELECT page_count FROM pragma_page_count),
    (SELECT freelist_count FROM pragma_freelist_count)
FROM tally
"""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large the spool may grow.

    Attributes:
        max_rows: rows, acknowledged ones included.
        max_bytes: bytes in use inside the file.
        min_free_bytes: bytes of the disk that stay free.
        drop_oldest: whether unacknowledged hits may go when nothing else can.
    """

    max_rows: int = 1_000_000
    max_bytes: int = 4 * 1024**3
    min_free_bytes: int = 0
    drop_oldest: bool = False


@dataclass(frozen=True, slots=True)
class _Shortage:
    of_rows: bool
    refusal: SpoolError


def make_room(
    connection: sqlite3.Connection, path: Path, bounds: Bounds, count: int, now_ms: int
) -> None:
    """Make room for ``count`` rows inside a transaction.

    Raises:
        SpoolError: a bound is reached and nothing more may go.
        sqlite3.Error: the file cannot be changed.
    """
    while (short := _shortage(connection, path, bounds, count)) is not None:
        freed = (
            (not short.of_rows and _drop_evidence(connection))
            or _drop_acknowledged(connection)
            or (bounds.drop_oldest and _drop_oldest(connection, count, now_ms))
        )
        if not freed:
            raise short.refusal


def _shortage(
    connection: sqlite3.Connection, path: Path, bounds: Bounds, count: int
) -> _Shortage | None:
    stored, backlog, page, pages, unused_pages = connection.execute(_FILLED).fetchone()
    if stored + count > bounds.max_rows:
        limit = f"{bounds.max_rows}"
        return _Shortage(True, too_full(f"{backlog} messages", limit, "spool.max_rows"))
    unused = page * unused_pages
    used = page * pages - unused
    if used > bounds.max_bytes:
        limit = f"{bounds.max_bytes} bytes"
        return _Shortage(False, too_full(f"{used} bytes", limit, "spool.max_bytes"))
    free = _free(path)
    if free < bounds.min_free_bytes and unused < _ROOM_BYTES + count * _ROW_BYTES:
        said = f"{free} bytes are free, {bounds.min_free_bytes} are to stay free"
        return _Shortage(False, no_space(path, said))
    return None


def _drop_evidence(connection: sqlite3.Connection) -> int:
    return connection.execute(
        "DELETE FROM evidence WHERE event_id IN"
        " (SELECT event_id FROM evidence ORDER BY recorded_ms LIMIT ?)",
        (_PICTURES_AT_ONCE,),
    ).rowcount


def _drop_acknowledged(connection: sqlite3.Connection) -> int:
    removed = connection.execute(
        "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message WHERE state = 2"
        " ORDER BY acknowledged_ms LIMIT ?)",
        (_AT_ONCE,),
    ).rowcount
    connection.execute("UPDATE tally SET stored = stored - ?", (removed,))
    return removed


def _drop_oldest(connection: sqlite3.Connection, count: int, now_ms: int) -> int:
    lost = connection.execute(
        "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message WHERE state < 2"
        " AND kind = 0 ORDER BY sequence LIMIT ?)",
        (count,),
    ).rowcount
    if lost:
        connection.execute(
            "UPDATE tally SET stored = stored - ?1, backlog = backlog - ?1, lost = lost + ?1,"
            " lost_ms = ?2",
            (lost, now_ms),
        )
        log.error("%d hits were dropped before anyone acknowledged them: the spool is full", lost)
    return lost


def _free(path: Path) -> int:
    try:
        return free_bytes(path.parent)
    except OSError as error:
        raise no_space(path, error.strerror or "its folder is gone") from error
