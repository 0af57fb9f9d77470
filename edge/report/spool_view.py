"""A look at the spool for the page: read only.

In: the path. Out: hits and counts of hits. Always: nothing is written; a file that is not there
yet reads as an empty spool.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from edge.report.messages import ReceivedErasure, ReceivedHit, parse_erasure, parse_event
from edge.report.spool_file import Kind, RowState, from_ms
from edge.report.spool_follow import FollowedSpool
from edge.report.spool_rows import PRIORITIES

# The first row of each part of the two indexes; numbers are given out in order.
_FIRST = (
    "SELECT * FROM (SELECT recorded_ms FROM message"
    " WHERE {} AND kind = 0 ORDER BY sequence LIMIT 1)"
)
_OLDEST = " UNION ALL ".join(
    _FIRST.format(part)
    for part in ("state = 1", *(f"state = 0 AND priority = {one}" for one in PRIORITIES))
)


@dataclass(frozen=True, slots=True)
class RecentHit:
    """A stored hit for the status page.

    Attributes:
        hit: what was decided.
        state: where it is on its way out.
        recorded_at: UTC time of storing.
        pictured: whether an encrypted picture of it is kept here.
    """

    hit: ReceivedHit
    state: RowState
    recorded_at: datetime
    pictured: bool = False


@dataclass(frozen=True, slots=True)
class SpoolCounts:
    """How many hits stand where.

    Attributes:
        recorded: kept on the box, not sent yet.
        sent: sent, not yet acknowledged.
        acknowledged: acknowledged and still kept here.
        total: ever recorded in this spool.
        oldest_at: UTC time at which the oldest that has not arrived was stored; None: all have.
    """

    recorded: int = 0
    sent: int = 0
    acknowledged: int = 0
    total: int = 0
    oldest_at: datetime | None = None


class SpoolView:
    """A read-only look at the spool; callable from any thread.

    Args:
        path: the file; need not exist yet.
        stays_open: for who asks again and again. SQLite gives a file that it opens for root to
            its owner again, and the disk has to note that.
    """

    def __init__(self, path: Path, *, stays_open: bool = False) -> None:
        self._stays_open = stays_open
        self._spool = FollowedSpool(path, mode="ro")
        self._alone = threading.Lock()

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
                "SELECT event, state, recorded_ms, event_id IN (SELECT event_id FROM evidence)"
                " FROM message WHERE kind = 0 ORDER BY sequence DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            RecentHit(parse_event(event), RowState(state), from_ms(recorded_ms), bool(pictured))
            for event, state, recorded_ms, pictured in rows
        ]

    def erasures(self, limit: int) -> list[tuple[ReceivedErasure, RowState]]:
        """The newest erasures and where they are on their way out, newest first.

        Raises:
            SpoolError: the spool cannot be read.
            BrokerError: a stored message is not one.
        """
        with self._look() as connection:
            if connection is None:
                return []
            rows = connection.execute(
                "SELECT event, state FROM message WHERE kind <> 0 AND kind = ?"
                " ORDER BY sequence DESC LIMIT ?",
                (int(Kind.ERASURE), limit),
            ).fetchall()
        return [(parse_erasure(event), RowState(state)) for event, state in rows]

    def counts(self) -> SpoolCounts:
        """How many hits there are.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._look() as connection:
            if connection is None:
                return SpoolCounts()
            stored, backlog, last, notes, sent = connection.execute(
                "SELECT stored, backlog, last, notes,"
                " (SELECT count(*) FROM message WHERE state = 1) FROM tally"
            ).fetchone()
            noted = dict(
                connection.execute(
                    "SELECT state, count(*) FROM message WHERE kind <> 0 GROUP BY state"
                ).fetchall()
            )
            oldest_ms = min(connection.execute(_OLDEST).fetchall(), default=None)
        recorded, arrived = backlog - sent, stored - backlog
        return SpoolCounts(
            recorded - noted.get(RowState.RECORDED, 0),
            sent - noted.get(RowState.SENT, 0),
            arrived - noted.get(RowState.ACKNOWLEDGED, 0),
            last - notes,
            from_ms(*oldest_ms) if oldest_ms else None,
        )

    def sealed_picture(self, hit_id: str) -> bytes | None:
        """The encrypted picture of a hit, or None when none is kept.

        Raises:
            SpoolError: the spool cannot be read.
        """
        with self._look() as connection:
            if connection is None:
                return None
            found = connection.execute(
                "SELECT sealed FROM evidence WHERE event_id = ?", (hit_id,)
            ).fetchone()
        return bytes(found[0]) if found else None

    @contextmanager
    def _look(self) -> Iterator[sqlite3.Connection | None]:
        with self._alone:
            try:
                with self._spool.use() as connection:
                    yield connection
            finally:
                if not self._stays_open:
                    self._spool.close()
