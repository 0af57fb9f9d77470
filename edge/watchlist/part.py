"""One segment's entries, made ready to be compared with probes; it never changes.

In: a segment's table. Out: the largest dot products of units of rows, and the best two people of
a group of rows, exactly. The rules:

1. A dot product is an int32 sum, exact on every machine. A score is that integer, which float32
   holds exactly, times the row's float32 ``1 / length``: one rounding, the same everywhere.
2. A person's score is that of the best live row. Equal scores go to the lower person id.
3. Rows are sorted by length and lie in groups of 1,024 rows, each of 64 units of 16 rows of
   nearly one length. No score of a unit exceeds its largest dot product times its largest
   ``1 / length``, in float32 as in the reals, because rounding keeps order.

A unit's rows lie 64 rows apart, so that the maxima of 64 units are taken side by side. The last
row is repeated to fill the last group: a row twice never changes an answer. The rows are
overwritten with zeros when nothing uses the part any more.
"""

from __future__ import annotations

import mmap
import weakref
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import numkong
import numpy as np
import numpy.typing as npt

from edge.values import Floats
from edge.watchlist.quantise import Int8s, lengths
from edge.watchlist.table import Enrolled, EntryTable

BEST_PEOPLE = 2
UNIT_ROWS = 16
GROUP_UNITS = 64
GROUP_ROWS = UNIT_ROWS * GROUP_UNITS
BLOCK_ROWS = 16 * GROUP_ROWS  # their dot products with 16 probes fill 1 MiB: they stay in the cache
NOTHING = np.float32(-np.inf)
_HUGE_PAGE_BYTES = 1 << 21

Alive = npt.NDArray[np.bool_]
Int32s = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.intp]
Entries = npt.NDArray[np.unsignedinteger]


class Match(NamedTuple):
    """A person found in a part, by the score of the best row.

    Attributes:
        score: not yet divided by the probe's length.
        person_id: who.
        part: where the best row lies.
        person: the person's place in that part.
    """

    score: np.float32
    person_id: str
    part: Part
    person: int


class Part:
    """The entries of one segment.

    Args:
        table: the entries, at least one; its templates are copied, the table's may be let go.

    Attributes:
        enrolled: who.
        rows: (groups · GROUP_ROWS, dimensions) int8.
        count: how many rows there are without the repeated ones.

    Raises:
        ValueError: a row is zero.
    """

    def __init__(self, table: EntryTable) -> None:
        sizes = lengths(table.templates)
        if not sizes.all():
            raise ValueError("a template row is zero")
        self.count = len(sizes)
        order = _laid_out(np.argsort(-sizes))
        self.enrolled: Enrolled = table.enrolled
        self.rows = _own_memory(len(order), table.templates.shape[1])
        np.take(table.templates, order, axis=0, out=self.rows, mode="clip")
        self._scale: Floats = 1.0 / sizes[order]
        self._entry_of_row = _narrow(table.entry_of_row[order], len(self.enrolled))
        self._person_of_entry = _narrow(self.enrolled.person_of_entry, len(self.enrolled))
        weakref.finalize(self, self.rows.fill, 0).atexit = False

    @property
    def groups(self) -> int:
        """How many groups of rows there are."""
        return len(self.rows) // GROUP_ROWS

    def once(self) -> Iterator[slice]:
        """Runs of rows, at most a group long, in which each row stands once."""
        whole, left = divmod(self.count, GROUP_ROWS)
        yield from (slice(n * GROUP_ROWS, (n + 1) * GROUP_ROWS) for n in range(whole))
        for depth in range(min(left, UNIT_ROWS)):
            first = whole * GROUP_ROWS + depth * GROUP_UNITS
            yield slice(first, first + -(-(left - depth) // UNIT_ROWS))

    def each_once(self) -> tuple[Int8s, Floats, Entries]:
        """Every row once, its ``1 / length``, and its entry."""
        places = np.concatenate([np.arange(run.start, run.stop) for run in self.once()])
        return self.rows[places], self._scale[places], self._entry_of_row[places]

    def people_of(self, entries: Entries) -> Entries:
        """The person of each entry, by its place in this part."""
        return self._person_of_entry[entries]

    def unit_scales(self) -> tuple[Floats, Floats]:
        """Largest and smallest ``1 / length`` of each unit, each (groups, GROUP_UNITS)."""
        units = self._scale.reshape(-1, UNIT_ROWS, GROUP_UNITS)
        return units.max(axis=1), units.min(axis=1)

    def unit_rows(self, units: Alive) -> tuple[Int8s, Floats]:
        """The rows of some units, UNIT_ROWS of each, and their ``1 / length``.

        Args:
            units: (groups, GROUP_UNITS) which.
        """
        group, unit = np.nonzero(units)
        first = group * GROUP_ROWS + unit
        places = (first[:, None] + GROUP_UNITS * np.arange(UNIT_ROWS)).reshape(-1)
        return self.rows[places], self._scale[places]

    def best(
        self,
        packed: numkong.PackedMatrix,
        rows: slice | Numbers,
        alive: Alive | None,
        least: np.float32 = NOTHING,
    ) -> tuple[Match, ...]:
        """The best two people among some rows against one packed probe.

        Args:
            packed: the probe, by ``numkong.dots_pack``.
            rows: which.
            alive: (entries,) whose rows count; None: all.
            least: lower scores are of no interest, and may be left out.
        """
        dots = np.asarray(numkong.dots_packed(self.rows[rows], packed))[:, 0]
        scores = dots.astype(np.float32) * self._scale[rows]
        if scores.max() < least:
            return ()
        entries = self._entry_of_row[rows]
        if alive is not None:
            scores[~alive[entries]] = NOTHING
        people = self._person_of_entry[entries]
        found: list[Match] = []
        while len(found) < BEST_PEOPLE and (score := scores.max()) > NOTHING:
            person = int(people[scores == score].min())
            found.append(Match(score, self.enrolled.person_ids[person], self, person))
            scores[people == person] = NOTHING
        return tuple(found)


def best_of(*matches: Match) -> tuple[Match, ...]:
    """The best two people of some matches, each person once, equal scores by person id."""
    best: dict[str, Match] = {}
    for match in sorted(matches, key=lambda match: (-match.score, match.person_id)):
        best.setdefault(match.person_id, match)
    return tuple(best.values())[:BEST_PEOPLE]


def _laid_out(order: Numbers) -> Numbers:
    """Rows in sorted order, as places: unit by unit, each unit's rows GROUP_UNITS apart."""
    whole = -(-len(order) // GROUP_ROWS) * GROUP_ROWS
    filled = np.pad(order, (0, whole - len(order)), mode="edge")
    units = filled.reshape(-1, GROUP_UNITS, UNIT_ROWS)
    return units.transpose(0, 2, 1).reshape(-1)


def _own_memory(count: int, dimensions: int) -> Int8s:
    """Memory that goes back to the system when it is let go, in huge pages if there are any.

    With small pages reading a part of 2 MiB takes a tenth longer.
    """
    size = count * dimensions
    mapped = mmap.mmap(-1, size + _HUGE_PAGE_BYTES)
    with suppress(AttributeError, OSError):  # a system, or a kernel, without them
        mapped.madvise(mmap.MADV_HUGEPAGE)
    whole = np.frombuffer(mapped, np.int8)
    start = -whole.ctypes.data % _HUGE_PAGE_BYTES
    return whole[start : start + size].reshape(count, dimensions)


def _narrow(column: npt.NDArray[np.uint32], count: int) -> Entries:
    return column.astype(np.uint16) if count <= 1 << 16 else column
