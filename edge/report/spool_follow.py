"""A spool that another process made and may replace.

In: its path. Out: an open connection to the file that lies there now, or None while there is
none whose tables are ready. Always: a file that was replaced is noticed; foreign errors leave as
:class:`SpoolError`; nothing is made, renamed or repaired here: that is the recognise process's.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.report.spool_file import changing, is_ready, open_spool
from edge.report.spool_trouble import explain


class FollowedSpool:
    """Keeps one connection to the spool at a path; used from one thread at a time.

    Args:
        path: the file; need not exist yet.
        synchronous: "FULL" for what must survive a power cut, else "NORMAL".
        mode: "rw", or "ro" for who only reads.

    Attributes:
        series: names the file that is open; "" while none is.
    """

    def __init__(self, path: Path, *, synchronous: str = "NORMAL", mode: str = "rw") -> None:
        self._path = path
        self._synchronous = synchronous
        self._mode = mode
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self.series = ""

    @contextmanager
    def use(self) -> Iterator[sqlite3.Connection | None]:
        """The connection, for reading.

        Raises:
            SpoolError: the spool cannot be opened or read.
        """
        try:
            self._follow()
            yield self._connection
        except sqlite3.Error as error:
            self.close()
            raise explain(error, self._path) from error

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection | None]:
        """The connection inside a transaction.

        Raises:
            SpoolError: the spool cannot be opened or written.
        """
        with self.use() as connection:
            if connection is None:
                yield None
                return
            with changing(connection):
                yield connection

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self.series = None, ""

    def _follow(self) -> None:
        try:
            inode = os.stat(self._path).st_ino  # noqa: PTH116 - twice as cheap, and asked often
        except FileNotFoundError:
            self.close()
            return
        if self._connection is not None and inode == self._inode:
            return
        self.close()
        connection = open_spool(self._path, mode=self._mode, synchronous=self._synchronous)
        if not is_ready(connection, self._path):
            connection.close()
            return
        self.series = str(connection.execute("SELECT series FROM tally").fetchone()[0])
        self._connection, self._inode = connection, inode
