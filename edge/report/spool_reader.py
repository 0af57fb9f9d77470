"""The sending end of the spool, and a view of it for the status page.

In: the file that :class:`edge.report.spool_writer.SpoolWriter` keeps. Out: rows to send, and
their marks recorded → sent → acknowledged. Always: only acknowledged rows are ever deleted;
a file that is not there yet reads as an empty spool; a file that was replaced is noticed.

The reader's own writes are marks only and use synchronous=NORMAL: a power cut may undo the
last marks, and those hits are then sent again, which receivers expect. It does not weaken the
writer, whose commits flush the whole journal before them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.report.messages import ReceivedHit, parse_event
from edge.report.spool_file import (
    HitState,
    SpoolRow,
    check_version,
    explain,
    from_ms,
    open_spool,
    to_ms,
    version_of,
)
from edge.runtime.clock import Clock, SystemClock

_SYSTEM = SystemClock(trust_system=True)
_PURGE_AT_ONCE = 1000
_COLUMNS = "sequence, hit_id, event, state, recorded_ms"


class SpoolReader:
    """Hands out hits to send and keeps their marks; one per spool, used from one thread.

    Args:
        path: the file; need not exist yet.
        clock: time, for records.
    """

    def __init__(self, path: Path, *, clock: Clock = _SYSTEM) -> None:
        self._path = path
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    def pending(self, limit: int) -> list[SpoolRow]:
        """Hits that are recorded and not sent, by priority, then oldest first.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._use() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM hit WHERE state = 0"  # noqa: S608 - a constant
                " ORDER BY priority DESC, sequence LIMIT ?",
                (limit,),
            )
            return [_row(values) for values in rows]

    def mark_sent(self, sequences: Iterable[int]) -> None:
        """Note that hits are on their way.

        Raises:
            SpoolError: the spool cannot be written.
        """
        now_ms = to_ms(self._clock.utc())
        with self._change() as connection:
            if connection is not None:
                connection.executemany(
                    "UPDATE hit SET state = 1, sent_ms = ? WHERE sequence = ? AND state = 0",
                    [(now_ms, sequence) for sequence in sequences],
                )

    def acknowledge(self, sequences: Iterable[int]) -> None:
        """Note that sent hits have arrived; twice is the same as once.

        Only a row that was sent can be acknowledged: a number of a spool that was since set
        aside must not mark another hit of the new one.

        Raises:
            SpoolError: the spool cannot be written.
        """
        now_ms = to_ms(self._clock.utc())
        with self._change() as connection:
            if connection is not None:
                changed = connection.executemany(
                    "UPDATE hit SET state = 2, acknowledged_ms = ?"
                    " WHERE sequence = ? AND state = 1",
                    [(now_ms, sequence) for sequence in sequences],
                ).rowcount
                connection.execute("UPDATE tally SET backlog = backlog - ?", (max(0, changed),))

    def unsent_again(self) -> int:
        """Put hits that were sent and never acknowledged back to be sent; how many.

        Raises:
            SpoolError: the spool cannot be written.
        """
        with self._change() as connection:
            if connection is None:
                return 0
            return connection.execute("UPDATE hit SET state = 0 WHERE state = 1").rowcount

    def backlog(self) -> int:
        """Number of hits not yet acknowledged.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._use() as connection:
            if connection is None:
                return 0
            return int(connection.execute("SELECT backlog FROM tally").fetchone()[0])

    def purge(self, older_than: datetime) -> int:
        """Delete some hits that were acknowledged before a time; how many. Call until 0.

        Raises:
            SpoolError: the spool cannot be written.
        """
        with self._change() as connection:
            if connection is None:
                return 0
            removed = connection.execute(
                "DELETE FROM hit WHERE sequence IN (SELECT sequence FROM hit"
                " WHERE state = 2 AND acknowledged_ms < ? LIMIT ?)",
                (to_ms(older_than), _PURGE_AT_ONCE),
            ).rowcount
            connection.execute("UPDATE tally SET stored = stored - ?", (removed,))
            return removed

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _use(self) -> Iterator[sqlite3.Connection | None]:
        try:
            self._follow_file()
            yield self._connection
        except sqlite3.Error as error:
            self.close()
            raise explain(error, self._path) from error

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection | None]:
        with self._use() as connection:
            if connection is None:
                yield None
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def _follow_file(self) -> None:
        """Open the spool that lies at the path now: a damaged one may have been replaced."""
        try:
            inode = os.stat(self._path).st_ino  # noqa: PTH116 - twice as cheap, twenty times a second
        except FileNotFoundError:
            self.close()
            return
        if self._connection is not None and inode == self._inode:
            return
        self.close()
        connection = open_spool(self._path, mode="rw", synchronous="NORMAL")
        if version_of(connection) == 0:  # the writer has made the file and not yet its tables
            connection.close()
            return
        check_version(connection, self._path)
        self._connection, self._inode = connection, inode


@dataclass(frozen=True, slots=True)
class RecentHit:
    """A stored hit for the status page.

    Attributes:
        hit: what was decided.
        state: where it is on its way out.
        recorded_at: UTC time of storing.
    """

    hit: ReceivedHit
    state: HitState
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SpoolCounts:
    """How many hits stand where.

    Attributes:
        recorded: kept on the box, not sent yet.
        sent: sent, not yet acknowledged.
        acknowledged: acknowledged and still kept here.
        total: ever recorded in this spool; the last sequence number.
    """

    recorded: int = 0
    sent: int = 0
    acknowledged: int = 0
    total: int = 0


class SpoolView:
    """A read-only look at the spool; opens it anew for each question.

    Args:
        path: the file; need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def recent(self, limit: int) -> list[RecentHit]:
        """The newest hits, newest first.

        Raises:
            SpoolError: the spool cannot be read.
            BrokerError: a stored message is not one.
        """
        with self._look() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM hit ORDER BY sequence DESC LIMIT ?",  # noqa: S608 - a constant
                (limit,),
            )
            found = [_row(values) for values in rows]
        return [RecentHit(parse_event(r.event), r.state, r.recorded_at) for r in found]

    def counts(self) -> SpoolCounts:
        """How many hits there are.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._look() as connection:
            if connection is None:
                return SpoolCounts()
            stored, backlog, last, sent = connection.execute(
                "SELECT stored, backlog, last,"
                " (SELECT count(*) FROM hit WHERE state = 1) FROM tally"
            ).fetchone()
        return SpoolCounts(backlog - sent, sent, stored - backlog, last)

    @contextmanager
    def _look(self) -> Iterator[sqlite3.Connection | None]:
        if not self._path.exists():
            yield None
            return
        try:
            connection = open_spool(self._path, mode="ro")
            try:
                check_version(connection, self._path)
                yield connection if version_of(connection) else None
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise explain(error, self._path) from error


def _row(values: tuple[int, str, bytes, int, int]) -> SpoolRow:
    sequence, hit_id, event, state, recorded_ms = values
    return SpoolRow(sequence, hit_id, event, HitState(state), from_ms(recorded_ms))
