"""Who is enrolled already, by face: the search before an enrolment.

In: an open register, then the templates of somebody's photos. Out: the most alike enrolment.
Always: what is searched is what the register holds now, also when another program changed it;
only templates of the same pack are compared. The means of all enrolments are one matrix that
grows by a row with each enrolment, so that adding ten thousand people reads them once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import cast

import numpy as np

from edge.register.database import Register
from edge.register.rows import Enrolment
from edge.values import Floats
from edge.watchlist.quantise import restore

_FIRST_ROWS = 64


@dataclass(frozen=True, slots=True)
class Likeness:
    """The most alike enrolment.

    Attributes:
        entry_id: which.
        person_id: whose.
        cosine: of the two means, -1..1.
    """

    entry_id: str
    person_id: str
    cosine: float


class KnownFaces:
    """The means of a register's enrolments, searched exactly.

    Args:
        register: read at the first search, and again after another program changed it.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._pack = ""
        self._seen_version = -1
        self._ids: list[tuple[str, str]] = []
        self._means: Floats = np.empty((0, 0), np.float32)

    def nearest(self, rows: Floats, pack: str) -> Likeness | None:
        """The enrolment most alike to the mean of some templates; None when there is none.

        Args:
            rows: (k, dimensions) float32 of length 1.
            pack: ``id@version`` of the pack that made them.

        Raises:
            RegisterError: the register cannot be read.
        """
        self._read_if_changed(pack)
        if not self._ids:
            return None
        cosines = self._means[: len(self._ids)] @ _direction(rows)
        best = int(cosines.argmax())
        return Likeness(*self._ids[best], cosine=float(cosines[best]))

    def add(self, enrolment: Enrolment) -> None:
        """Take in what was just enrolled through the same register."""
        if self._seen_version < 0 or enrolment.pack != self._pack:
            self._seen_version = -1  # read all at the next search
            return
        self._append(
            enrolment.entry_id, enrolment.person_id, _direction(restore(enrolment.templates))
        )

    def _read_if_changed(self, pack: str) -> None:
        # SQLite's data_version moves when another connection has committed, and only then.
        version = int(self._register.run("PRAGMA data_version")[0][0])
        if version == self._seen_version and pack == self._pack:
            return
        self._pack, self._ids, self._means = pack, [], np.empty((0, 0), np.float32)
        found = self._register.run(
            "SELECT entry_id, person_id, row FROM entries JOIN templates USING (entry_id)"
            " WHERE pack = ? ORDER BY entry_id",
            (pack,),
        )
        for (entry_id, person_id), rows in groupby(found, key=itemgetter(0, 1)):
            stacked = np.stack([np.frombuffer(row[2], dtype=np.int8) for row in rows])
            self._append(entry_id, person_id, _direction(restore(stacked)))
        self._seen_version = version

    def _append(self, entry_id: str, person_id: str, mean: Floats) -> None:
        used = len(self._ids)
        if used >= len(self._means):
            grown = np.empty((max(_FIRST_ROWS, 2 * used), len(mean)), np.float32)
            grown[:used] = self._means[:used].reshape(used, len(mean))
            self._means = grown
        self._means[used] = mean
        self._ids.append((entry_id, person_id))


def _direction(rows: Floats) -> Floats:
    mean = rows.sum(axis=0)
    return cast(Floats, (mean / np.linalg.norm(mean)).astype(np.float32))
