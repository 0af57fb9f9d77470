"""Marks rows of a spool as the report process and a receiver would."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from edge.report.spool import SpoolReader

EVERYTHING = 10**6


def series_of(path: Path) -> str:
    """Names the spool file at a path."""
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT series FROM tally").fetchone()[0])


def deliver(path: Path, *, sent: Iterable[int] = (), acknowledged: Iterable[int] = ()) -> None:
    """Mark rows by their numbers; what is acknowledged was sent."""
    arrived = set(acknowledged)
    wanted = arrived | set(sent)
    reader = SpoolReader(path)
    reader.mark_sent(row for row in reader.live(EVERYTHING) if row.sequence in wanted)
    if arrived:
        assert reader.acknowledge(series_of(path), [(one, one) for one in arrived]) is not None
    reader.close()
