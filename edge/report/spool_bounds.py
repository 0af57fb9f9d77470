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
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import SpoolError
from edge.report.spool_file import free_bytes
from edge.report.spool_rows import Draft
from edge.report.spool_trouble import no_space, too_full
from edge.runtime.clock import Clock

log = logging.getLogger(__name__)

HOLDS_S = 1.0
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


class Room:
    """Keeps room in a spool for what is to come.

    To measure the file and its disk takes as long as to store a hit. So what was found to be left
    holds for ``HOLDS_S``, less what was stored since; what others write in that time is seen then.

    Args:
        path: the spool.
        bounds: how large it may grow.
        clock: steady seconds.
    """

    def __init__(self, path: Path, bounds: Bounds, clock: Clock) -> None:
        self._path = path
        self._bounds = bounds
        self._clock = clock
        self._until_s = -math.inf
        self._rows_left = 0
        self._bytes_left = 0

    def reserve(self, drafts: Sequence[Draft]) -> bool:
        """Give drafts room if there is some by what was measured lately; False: there is none."""
        lately = self._clock.monotonic_s() < self._until_s
        fits = len(drafts) <= self._rows_left and sum(map(_size, drafts)) <= self._bytes_left
        if lately and fits:
            self._take(drafts)
        return lately and fits

    def make(self, connection: sqlite3.Connection, drafts: Sequence[Draft], now_ms: int) -> None:
        """Make room for drafts inside a transaction.

        Raises:
            SpoolError: a bound is reached and nothing more may go.
            sqlite3.Error: the file cannot be changed.
        """
        if not self.reserve(drafts):
            self._free_some(connection, len(drafts), now_ms)
            self._take(drafts)

    def _take(self, drafts: Sequence[Draft]) -> None:
        """Below zero where drafts are more than was left: then the next ones measure anew."""
        self._rows_left -= len(drafts)
        self._bytes_left -= sum(map(_size, drafts))

    def _free_some(self, connection: sqlite3.Connection, count: int, now_ms: int) -> None:
        while (short := self._measure(connection, count)) is not None:
            freed = (
                (not short.of_rows and _drop_evidence(connection))
                or _drop_acknowledged(connection)
                or (self._bounds.drop_oldest and _drop_oldest(connection, count, now_ms))
            )
            if not freed:
                raise short.refusal

    def _measure(self, connection: sqlite3.Connection, count: int) -> _Shortage | None:
        bounds = self._bounds
        self._until_s = -math.inf
        stored, backlog, page, pages, unused_pages = connection.execute(_FILLED).fetchone()
        if stored + count > bounds.max_rows:
            limit = f"{bounds.max_rows}"
            return _Shortage(True, too_full(f"{backlog} messages", limit, "spool.max_rows"))
        unused = page * unused_pages
        used = page * pages - unused
        if used > bounds.max_bytes:
            limit = f"{bounds.max_bytes} bytes"
            return _Shortage(False, too_full(f"{used} bytes", limit, "spool.max_bytes"))
        free = _free(self._path)
        on_disk = max(free - bounds.min_free_bytes, unused - _ROOM_BYTES - count * _ROW_BYTES)
        if on_disk < 0:
            said = f"{free} bytes are free, {bounds.min_free_bytes} are to stay free"
            return _Shortage(False, no_space(self._path, said))
        self._until_s = self._clock.monotonic_s() + HOLDS_S
        self._rows_left = bounds.max_rows - stored
        self._bytes_left = min(bounds.max_bytes - used, on_disk)
        return None


def _size(draft: Draft) -> int:
    return _ROW_BYTES + len(draft.head) + len(draft.sealed or b"")


def _drop_evidence(connection: sqlite3.Connection) -> int:
    return connection.execute(
        "DELETE FROM evidence WHERE event_id IN"
        " (SELECT event_id FROM evidence ORDER BY recorded_ms LIMIT ?)",
        (_PICTURES_AT_ONCE,),
    ).rowcount


def _drop_acknowledged(connection: sqlite3.Connection) -> int:
    return connection.execute(
        "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message WHERE state = 2"
        " ORDER BY acknowledged_ms LIMIT ?)",
        (_AT_ONCE,),
    ).rowcount


def _drop_oldest(connection: sqlite3.Connection, count: int, now_ms: int) -> int:
    lost = connection.execute(
        "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message WHERE state < 2"
        " AND kind = 0 ORDER BY sequence LIMIT ?)",
        (count,),
    ).rowcount
    if lost:
        connection.execute(
            "UPDATE ledger SET settled = settled + ?1, lost = lost + ?1, lost_ms = ?2",
            (lost, now_ms),
        )
        log.error("%d hits were dropped before anyone acknowledged them: the spool is full", lost)
    return lost


def _free(path: Path) -> int:
    try:
        return free_bytes(path.parent)
    except OSError as error:
        raise no_space(path, error.strerror or "its folder is gone") from error
