"""The sending end of the spool.

In: the file that :class:`edge.report.spool_writer.SpoolWriter` keeps. Out: rows to send, and
their marks recorded → sent → acknowledged. Always: only acknowledged rows are ever deleted here;
only a row that was sent, by this very file, can be acknowledged; a file that is not there yet
reads as an empty spool; a file that was replaced is noticed.

The reader's own writes are marks only and use synchronous=NORMAL: a power cut may undo the
last marks, and those rows are then sent again, which receivers expect. It does not weaken the
writers, whose commits flush the whole journal before them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from edge.report.spool_file import Kind, RowState, SpoolRow, damaged_files, from_ms, to_ms
from edge.report.spool_follow import FollowedSpool
from edge.report.spool_rows import PRIORITIES
from edge.runtime.clock import Clock, SystemClock

_SYSTEM = SystemClock(trust_system=True)
_AT_ONCE = 1000
_SLACK_MS = 1000  # a mark may be this far in the future before the clock counts as set back
_FUTURE = timedelta(days=1)
_COLUMNS = "sequence, kind, event_id, event, state, recorded_ms"
_PRIORITIES = ", ".join(str(one) for one in PRIORITIES)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the spool is, for those who look after the box.

    Attributes:
        waiting_hits: hits not acknowledged yet.
        waiting_notes: erasures and reviews not acknowledged yet.
        lost_hits: hits of this file that were dropped before anyone acknowledged them.
        lost_at: UTC time of the last such loss, or None.
        damaged: spools that were set aside and still lie beside this one.
    """

    waiting_hits: int = 0
    waiting_notes: int = 0
    lost_hits: int = 0
    lost_at: datetime | None = None
    damaged: tuple[Path, ...] = ()


class SpoolReader:
    """Hands out rows to send and keeps their marks; one per spool, used from one thread.

    Args:
        path: the file; need not exist yet.
        clock: time, for records.
    """

    def __init__(self, path: Path, *, clock: Clock = _SYSTEM) -> None:
        self._path = path
        self._clock = clock
        self._spool = FollowedSpool(path, synchronous="NORMAL")
        self._line = 0
        self._line_series = ""

    def draw_line(self) -> None:
        """From now on, what is recorded up to here is backlog and what comes is live.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._spool.use() as connection:
            found = connection and connection.execute("SELECT last FROM tally").fetchone()
            self._line, self._line_series = (int(found[0]) if found else 0), self._spool.series

    def live(self, limit: int) -> list[SpoolRow]:
        """Rows recorded since the line and never sent: hits before notes, then oldest first.

        Raises:
            SpoolError: the spool cannot be read.
        """
        return self._rows(
            f"priority IN ({_PRIORITIES}) AND sequence > ? AND sent_ms IS NULL", limit
        )

    def backlog(self, limit: int) -> list[SpoolRow]:
        """Rows recorded before the line, and those to be sent again, in the same order.

        Raises:
            SpoolError: the spool cannot be read.
        """
        return self._rows("(sequence <= ? OR sent_ms IS NOT NULL)", limit)

    def mark_sent(self, rows: Iterable[SpoolRow]) -> None:
        """Note that rows are on their way.

        Raises:
            SpoolError: the spool cannot be written.
        """
        now_ms = to_ms(self._clock.utc())
        with self._spool.change() as connection:
            if connection is not None:
                connection.executemany(
                    "UPDATE message SET state = 1, sent_ms = ? WHERE sequence = ? AND state = 0",
                    [(now_ms, row.sequence) for row in rows if row.series == self._spool.series],
                )

    def acknowledge(
        self, series: str, ranges: Iterable[tuple[int, int]], but_not: Iterable[int] = ()
    ) -> int | None:
        """Note that sent rows have arrived; twice is the same as once.

        Args:
            series: of the file that the numbers are from.
            ranges: (first, last), both included.
            but_not: numbers that were marked and are not on their way yet.

        Returns:
            how many rows that changed, or None for numbers that this file never gave out: then
            nothing is changed.

        Raises:
            SpoolError: the spool cannot be written.
        """
        now_ms = to_ms(self._clock.utc())
        asked = list(ranges)
        wanted = [(now_ms, first, last) for first, last in _outside(asked, sorted(but_not))]
        with self._spool.change() as connection:
            if connection is None or series != self._spool.series:
                return None
            (given,) = connection.execute("SELECT last FROM tally").fetchone()
            if any(last > given for _, last in asked):
                return None
            changed = connection.executemany(
                "UPDATE message SET state = 2, acknowledged_ms = ?"
                " WHERE state = 1 AND sequence BETWEEN ? AND ?",
                wanted,
            ).rowcount
            changed = max(0, changed)
            connection.execute("UPDATE ledger SET settled = settled + ?", (changed,))
            return changed

    def send_again(self, unanswered_for: timedelta | None = None) -> int:
        """Put some rows that were sent and not acknowledged back to be sent; how many.

        Call until 0: each call holds the file for a moment only.

        Args:
            unanswered_for: only those sent so long ago, or, the clock having been set back, in
                the future; None: all.

        Raises:
            SpoolError: the spool cannot be written.
        """
        now_ms = to_ms(self._clock.utc())
        since_ms, until_ms = 1, 0
        if unanswered_for is not None:
            since_ms = now_ms - int(unanswered_for.total_seconds() * 1000)
            until_ms = now_ms + _SLACK_MS
        with self._spool.use() as connection:
            waits = (
                connection is not None
                and connection.execute(
                    "SELECT 1 FROM message WHERE state = 1 AND sent_ms NOT BETWEEN ? AND ?",
                    (since_ms, until_ms),
                ).fetchone()
            )
        if not waits:
            return 0
        with self._spool.change() as connection:
            if connection is None:
                return 0
            return connection.execute(
                "UPDATE message SET state = 0 WHERE sequence IN (SELECT sequence FROM message"
                " WHERE state = 1 AND sent_ms NOT BETWEEN ? AND ? LIMIT ?)",
                (since_ms, until_ms, _AT_ONCE),
            ).rowcount

    def under_way(self, limit: int) -> int:
        """How many rows are sent and not acknowledged; counts up to a limit.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._spool.use() as connection:
            if connection is None:
                return 0
            found = connection.execute(
                "SELECT count(*) FROM (SELECT 1 FROM message WHERE state = 1 LIMIT ?)", (limit,)
            )
            return int(found.fetchone()[0])

    def standing(self) -> Standing:
        """How the spool is.

        Raises:
            SpoolError: the spool cannot be read.
        """
        damaged = tuple(damaged_files(self._path))
        with self._spool.use() as connection:
            if connection is None:
                return Standing(damaged=damaged)
            backlog, lost, lost_ms, notes = connection.execute(
                "SELECT backlog, lost, lost_ms,"
                " (SELECT count(*) FROM message WHERE kind <> 0 AND state IN (0, 1)) FROM tally"
            ).fetchone()
        lost_at = from_ms(lost_ms) if lost else None
        return Standing(backlog - notes, notes, lost, lost_at, damaged)

    def purge(self, now: datetime, keep_sent: timedelta, keep_evidence: timedelta) -> int:
        """Delete some of what is too old: rows that arrived, and pictures; how many.

        Call until 0. A picture dated in the future was taken before the clock was set back, and
        its age is not known: it goes.

        Raises:
            SpoolError: the spool cannot be written.
        """
        with self._spool.change() as connection:
            if connection is None:
                return 0
            removed = connection.execute(
                "DELETE FROM message WHERE sequence IN (SELECT sequence FROM message"
                " WHERE state = 2 AND acknowledged_ms < ? LIMIT ?)",
                (to_ms(now - keep_sent), _AT_ONCE),
            ).rowcount
            pictures = connection.execute(
                "DELETE FROM evidence WHERE event_id IN (SELECT event_id FROM evidence"
                " WHERE recorded_ms < ? OR recorded_ms > ? LIMIT ?)",
                (to_ms(now - keep_evidence), to_ms(now + _FUTURE), _AT_ONCE),
            ).rowcount
            return removed + pictures

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self._spool.close()

    def _rows(self, which: str, limit: int) -> list[SpoolRow]:
        with self._spool.use() as connection:
            if connection is None:
                return []
            series = self._spool.series
            line = self._line if series == self._line_series else 0
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM message WHERE state = 0 AND {which}"  # noqa: S608 - constants
                " ORDER BY priority DESC, sequence LIMIT ?",
                (line, limit),
            )
            return [_row(series, values) for values in rows]


def _outside(ranges: list[tuple[int, int]], holes: list[int]) -> Iterator[tuple[int, int]]:
    """The ranges without some numbers, which are in their order."""
    for first, last in ranges:
        begin = first
        for hole in holes:
            if begin <= hole <= last:
                if begin < hole:
                    yield begin, hole - 1
                begin = hole + 1
        if begin <= last:
            yield begin, last


def _row(series: str, values: tuple[int, int, str, bytes, int, int]) -> SpoolRow:
    sequence, kind, event_id, event, state, recorded_ms = values
    return SpoolRow(
        series, sequence, Kind(kind), event_id, event, RowState(state), from_ms(recorded_ms)
    )
