"""One segment's entries, made ready to be compared with probes; it never changes.

In: a segment's table. Out: its rows in two planes, what bounds units of rows, and single rows
with who they belong to. The rules:

1. A dot product is an int32 sum, exact on every machine. A score is that integer, which float32
   holds exactly, times the row's float32 ``1 / length``: one rounding, the same everywhere.
2. Rows are sorted by length and lie in groups of 1,024 rows, each of 64 units of 16 rows of
   nearly one length. No score of a unit exceeds its largest dot product times its largest
   ``1 / length``, in float32 as in the reals, because rounding keeps order.
3. The first 64 columns lie together, and the others together, so that a pass can read the first
   alone (``sketch.py``). Rows of fewer than 128 columns lie in one plane; the other is empty.

A unit's rows lie 64 rows apart, so that the maxima of 64 units are taken side by side. The last
row is repeated to fill the last group: a row twice never changes an answer. The rows are
overwritten with zeros when nothing uses the part any more. Finding the best is ``nearest.py``'s.
"""

from __future__ import annotations

import mmap
import weakref
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import numpy.typing as npt

from edge.values import Floats
from edge.watchlist.quantise import Int8s, lengths
from edge.watchlist.table import Enrolled, EntryTable

UNIT_ROWS = 16
GROUP_UNITS = 64
GROUP_ROWS = UNIT_ROWS * GROUP_UNITS
LEAD_COLUMNS = 64  # a cache line, and a vector of AVX-512
_HUGE_PAGE_BYTES = 1 << 21

Alive = npt.NDArray[np.bool_]
Int32s = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.intp]


class Part:
    """The entries of one segment.

    Args:
        table: the entries, at least one; its templates are copied, the table's may be let go.

    Attributes:
        enrolled: who.
        lead: (groups · GROUP_ROWS, columns) int8, the rows' first columns.
        rest: (groups · GROUP_ROWS, other columns) int8, perhaps none.
        count: how many rows there are without the repeated ones.
        largest: (groups, GROUP_UNITS) the largest ``1 / length`` of each unit.
        smallest: (groups, GROUP_UNITS) the smallest.

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
        self.lead, self.rest = _planes(table.templates, order)
        for plane in (self.lead, self.rest):
            weakref.finalize(self, plane.fill, 0).atexit = False
        units = (1.0 / sizes[order]).reshape(-1, UNIT_ROWS, GROUP_UNITS)
        self.largest: Floats = units.max(axis=1)
        self.smallest: Floats = units.min(axis=1)
        self._entry_of_row = _narrow(table.entry_of_row[order], len(self.enrolled))

    @property
    def groups(self) -> int:
        """How many groups of rows there are."""
        return len(self.lead) // GROUP_ROWS

    @property
    def dimensions(self) -> int:
        """How many columns a row has."""
        return int(self.lead.shape[1] + self.rest.shape[1])

    def once(self) -> Iterator[Numbers]:
        """Places of rows, at most a group together, in which each row stands once."""
        whole, left = divmod(self.count, GROUP_ROWS)
        for group in range(whole):
            yield np.arange(group * GROUP_ROWS, (group + 1) * GROUP_ROWS)
        for depth in range(min(left, UNIT_ROWS)):
            first = whole * GROUP_ROWS + depth * GROUP_UNITS
            yield np.arange(first, first + -(-(left - depth) // UNIT_ROWS))

    def rows(self, places: Numbers) -> Int8s:
        """A copy of some rows, (rows, dimensions)."""
        planes = [plane.take(places, axis=0) for plane in (self.lead, self.rest)]
        return np.concatenate(planes, axis=1)

    def entries(self, places: Numbers) -> Numbers:
        """(rows,) which entry each of some rows belongs to."""
        return self._entry_of_row[places].astype(np.intp)

    def people(self, entries: Numbers) -> Numbers:
        """Which person each of some entries belongs to."""
        return np.searchsorted(self.enrolled.first_entry, entries, side="right") - 1


def rows_of_units(units: Numbers) -> Numbers:
    """Places of the rows of some units of a part, UNIT_ROWS of each."""
    first = units // GROUP_UNITS * GROUP_ROWS + units % GROUP_UNITS
    return (first[:, None] + GROUP_UNITS * np.arange(UNIT_ROWS)).reshape(-1)


def _planes(templates: Int8s, order: Numbers) -> tuple[Int8s, Int8s]:
    """The rows in this order: their first columns, and the others."""
    dimensions = templates.shape[1]
    first = LEAD_COLUMNS if dimensions >= 2 * LEAD_COLUMNS else dimensions
    memory = _own_memory(len(order) * dimensions)
    lead = memory[: len(order) * first].reshape(len(order), first)
    rest = memory[len(order) * first :].reshape(len(order), dimensions - first)
    np.take(templates[:, :first], order, axis=0, out=lead, mode="clip")
    np.take(templates[:, first:], order, axis=0, out=rest, mode="clip")
    return lead, rest


def _laid_out(order: Numbers) -> Numbers:
    """Rows in sorted order, as places: unit by unit, each unit's rows GROUP_UNITS apart."""
    whole = -(-len(order) // GROUP_ROWS) * GROUP_ROWS
    filled = np.pad(order, (0, whole - len(order)), mode="edge")
    units = filled.reshape(-1, GROUP_UNITS, UNIT_ROWS)
    return units.transpose(0, 2, 1).reshape(-1)


def _own_memory(size: int) -> Int8s:
    """Memory that goes back to the system when it is let go, in huge pages if there are any.

    With small pages reading a part of 2 MiB takes a tenth longer.
    """
    mapped = mmap.mmap(-1, size + _HUGE_PAGE_BYTES)
    with suppress(AttributeError, OSError):  # a system, or a kernel, without them
        mapped.madvise(mmap.MADV_HUGEPAGE)
    whole = np.frombuffer(mapped, np.int8)
    start = -whole.ctypes.data % _HUGE_PAGE_BYTES
    return whole[start : start + size]


def _narrow(column: npt.NDArray[np.uint32], count: int) -> npt.NDArray[np.unsignedinteger]:
    return column.astype(np.uint16) if count <= 1 << 16 else column
