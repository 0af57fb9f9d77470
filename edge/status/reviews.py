"""What people said of hits: kept for the page's figures, and handed on to the report process.

In: a review of a hit and the hit's list. Out: the verdict of each hit, counts, and one small
file in the outbox for each review, which the report process takes into the spool
(``processes/review_outbox.py``). Always: the outbox file is on the medium before the record is;
a second review of a hit replaces the first in the figures and goes out as a review of its own;
the oldest records go beyond ``MAX_RECORDS``, and a full outbox refuses. No threshold is touched.
"""

from __future__ import annotations

import json
import math
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.errors import SpoolError
from edge.runtime.atomic_file import write_atomically
from edge.runtime.identifiers import uuid7
from edge.values import Opinion, Review

FILE = "reviews.sqlite"
OUTBOX = "reviews"
MAX_RECORDS = 100_000
MAX_WAITING = 1000
_Z_95 = 1.959964
_TABLE = """
CREATE TABLE IF NOT EXISTS review (
    hit_id      TEXT PRIMARY KEY,
    list_id     TEXT NOT NULL,
    opinion     TEXT NOT NULL,
    reviewed_at TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Tally:
    """Reviews of one list's hits, or of all.

    Attributes:
        confirmed: hits that were right.
        dismissed: hits that were not this person.
    """

    confirmed: int = 0
    dismissed: int = 0

    @property
    def reviewed(self) -> int:
        """How many hits were looked at."""
        return self.confirmed + self.dismissed

    @property
    def precision(self) -> float | None:
        """Share of the reviewed hits that were right; None when none was reviewed."""
        return self.confirmed / self.reviewed if self.reviewed else None

    @property
    def band(self) -> tuple[float, float]:
        """95 % confidence interval of the precision (Wilson, 1927); 0..1 when none is known."""
        if not self.reviewed:
            return 0.0, 1.0
        n, p, z = self.reviewed, self.confirmed / self.reviewed, _Z_95
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)


class ReviewBook:
    """The record and the outbox in a folder.

    Args:
        folder: the page's own; must exist.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._outbox = folder / OUTBOX

    def add(self, review: Review, list_id: str) -> None:
        """Hand a review on and keep it.

        Raises:
            SpoolError: too many wait, or the disk refuses; then it may be given again.
        """
        try:
            self._outbox.mkdir(exist_ok=True, mode=0o750)
            if sum(1 for _ in self._outbox.glob("*.json")) >= MAX_WAITING:
                raise SpoolError(
                    f"{MAX_WAITING} reviews wait to be taken by the report process.",
                    "Check that it runs; then review the hit again.",
                )
            name = uuid7(review.reviewed_at, os.urandom(10))
            write_atomically(self._outbox / f"{name}.json", _encode(review))
        except OSError as error:
            raise SpoolError(
                f"The review cannot be written ({error.strerror}).",
                "Free some space on the box and review the hit again.",
            ) from error
        self._keep(review, list_id)

    def verdicts(self) -> dict[str, Opinion]:
        """What was said last of each hit.

        Raises:
            SpoolError: the record cannot be read.
        """
        with self._open() as connection:
            rows = connection.execute("SELECT hit_id, opinion FROM review").fetchall()
        return {hit: Opinion(opinion) for hit, opinion in rows}

    def tallies(self) -> dict[str, Tally]:
        """Counts by list.

        Raises:
            SpoolError: the record cannot be read.
        """
        with self._open() as connection:
            rows = connection.execute(
                "SELECT list_id, sum(opinion = ?), sum(opinion <> ?) FROM review"
                " GROUP BY list_id ORDER BY list_id",
                (Opinion.CONFIRMED.value, Opinion.CONFIRMED.value),
            ).fetchall()
        return {name: Tally(confirmed, dismissed) for name, confirmed, dismissed in rows}

    def _keep(self, review: Review, list_id: str) -> None:
        said = (review.hit_id, list_id, review.opinion.value, review.reviewed_at.isoformat())
        with self._open() as connection:
            connection.execute("INSERT OR REPLACE INTO review VALUES (?, ?, ?, ?)", said)
            connection.execute(
                "DELETE FROM review WHERE rowid IN"
                " (SELECT rowid FROM review ORDER BY reviewed_at DESC LIMIT -1 OFFSET ?)",
                (MAX_RECORDS,),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=5.0)) as connection, connection:
                self._path.chmod(0o640)
                connection.execute(_TABLE)
                yield connection
        except (OSError, sqlite3.Error) as error:
            raise SpoolError(
                f"The record of reviews {self._path} cannot be used ({error}).",
                "Free some space; if it is damaged, move it away: only the figures are lost.",
            ) from error


def total(tallies: dict[str, Tally]) -> Tally:
    """All lists together."""
    return Tally(
        sum(one.confirmed for one in tallies.values()),
        sum(one.dismissed for one in tallies.values()),
    )


def _encode(review: Review) -> bytes:
    document = {
        "format": 1,
        "hit_id": review.hit_id,
        "opinion": review.opinion.value,
        "reviewed_at": review.reviewed_at.isoformat(),
    }
    return json.dumps(document).encode()
