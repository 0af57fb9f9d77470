"""One pass over the rows of parts: what no score of each unit of rows exceeds.

In: parts, and (n, dimensions) int8 probes asked of whole rows or of their first columns. Out:
(n, units) float32. Always: maxima are taken of int32 sums, while these are in the cache; scaling
and rounding keep order, so that no score of a unit lies above its bound.

The rows are the packed operand's *other* side: NumKong packs the probes (a few microseconds)
and reads the rows as they lie, so that one copy of the gallery is enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

import numkong
import numpy as np

from edge.values import Floats
from edge.watchlist.part import (
    GROUP_ROWS,
    GROUP_UNITS,
    LEAD_COLUMNS,
    UNIT_ROWS,
    Int32s,
    Numbers,
    Part,
)
from edge.watchlist.quantise import Int8s
from edge.watchlist.sketch import Question

BLOCK_ROWS = 16 * GROUP_ROWS  # their dot products with 16 probes fill 1 MiB: they stay in the cache
UNEVEN = 1.01
_RUN_BLOCKS = 128  # of one column; bounds are made at once: few calls, and little memory
_TILE = 4  # NumKong multiplies four by four
_TILE_BYTES = 256


class Block(NamedTuple):
    """Some rows of one part, in their planes, and their units among those of all parts."""

    lead: Int8s
    rest: Int8s
    units: slice


class Asked(Protocol):
    """Probes, as a pass asks them.

    Attributes:
        count: how many probes.
        width: how many columns their dot products have; the first ``count`` mean something.
    """

    count: int
    width: int

    def dots(self, block: Block) -> Int32s:
        """(rows, width) int32, until the next call."""
        ...

    def bounds(self, peaks: Int32s, units: slice) -> Floats:
        """(units, count) what no dot product of whole rows exceeds.

        Args:
            peaks: (units, width) the largest of :meth:`dots` of each unit.
            units: which.
        """
        ...


class Passes:
    """All units of some parts, to be passed over.

    Args:
        parts: the parts.

    Attributes:
        starts: (parts + 1,) where each part's units begin; the last is how many there are.
        uneven: units whose rows differ in length, at the two ends of each part. Bounds of theirs
            would lie far above their scores, so they get none: look into them in any case.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        self.starts = np.cumsum([0, *(part.groups * GROUP_UNITS for part in parts)])
        nothing = [np.empty((0, GROUP_UNITS), np.float32)]
        self._largest = np.concatenate(nothing + [part.largest for part in parts]).reshape(-1, 1)
        self._smallest = np.concatenate(nothing + [part.smallest for part in parts]).reshape(-1, 1)
        uneven = self._largest > UNEVEN * self._smallest
        self._largest[uneven] = self._smallest[uneven] = 0
        self.uneven: Numbers = np.flatnonzero(uneven)
        self._blocks = tuple(_blocks(parts))

    def bounds(self, asked: Asked) -> Floats:
        """(n, units): what no score of the unit exceeds, but for uneven ones."""
        found = np.empty((asked.count, self.starts[-1]), np.float32)
        together = _RUN_BLOCKS // asked.width
        for start in range(0, len(self._blocks), together):
            run = self._blocks[start : start + together]
            units = slice(run[0].units.start, run[-1].units.stop)
            peaks = np.empty((units.stop - units.start, asked.width), np.int32)
            for block in run:
                own = slice(block.units.start - units.start, block.units.stop - units.start)
                dots = asked.dots(block).reshape(-1, UNIT_ROWS, GROUP_UNITS * asked.width)
                dots.max(axis=1, out=peaks[own].reshape(-1, GROUP_UNITS * asked.width))
            found[:, units] = self._scores(asked.bounds(peaks, units), units).T
        return found

    def _scores(self, dots: Floats, units: slice) -> Floats:
        scores = dots * self._largest[units]
        if dots.min() < 0:
            np.maximum(scores, dots * self._smallest[units], out=scores)
        return cast(Floats, scores)


class AskedWhole:
    """Asks whole rows, exactly. Implements :class:`Asked`."""

    def __init__(self, probes: Int8s) -> None:
        lead = LEAD_COLUMNS if probes.shape[1] >= 2 * LEAD_COLUMNS else probes.shape[1]
        self._lead = _Product(probes[:, :lead])
        self._rest = _Product(probes[:, lead:]) if probes.shape[1] > lead else None
        self.count, self.width = len(probes), self._lead.width

    def dots(self, block: Block) -> Int32s:
        """See :class:`Asked`."""
        dots = self._lead.of(block.lead)
        return dots if self._rest is None else np.add(dots, self._rest.of(block.rest), out=dots)

    def bounds(self, peaks: Int32s, units: slice) -> Floats:
        """See :class:`Asked`."""
        del units
        return cast(Floats, peaks[:, : self.count].astype(np.float32))


class AskedHalf:
    """Asks the first columns, and bounds what the others add. Implements :class:`Asked`.

    Args:
        question: what a sketch asks for the probes.
        radii: (units, 2) by that sketch.
    """

    def __init__(self, question: Question, radii: Floats) -> None:
        self._question, self._radii = question, radii
        self._lead = _Product(question.lead)
        self.count, self.width = len(question.lead), self._lead.width

    def dots(self, block: Block) -> Int32s:
        """See :class:`Asked`."""
        return self._lead.of(block.lead)

    def bounds(self, peaks: Int32s, units: slice) -> Floats:
        """See :class:`Asked`."""
        return self._question.bounds(peaks, self._radii[units])


def _blocks(parts: Sequence[Part]) -> Iterator[Block]:
    first = 0
    for part in parts:
        for start in range(0, len(part.lead), BLOCK_ROWS):
            lead, rest = part.lead[start : start + BLOCK_ROWS], part.rest[start:][:BLOCK_ROWS]
            units = slice(first, first + len(lead) // UNIT_ROWS)
            yield Block(lead, rest, units)
            first = units.stop


class _Product:
    """Dot products of blocks of rows with the same probes, into the same memory each time.

    Against a lone probe several rows are read as one long row, and the probe is laid out as
    often, with zeros before it and after it: the same sums in fewer vector reductions.
    """

    def __init__(self, probes: Int8s) -> None:
        count, columns = probes.shape
        self.width = 1 if count == 1 else -(-count // _TILE) * _TILE
        self._together = 1 if count > 1 else 4 if columns * _TILE <= _TILE_BYTES else 2
        laid = np.zeros((max(self.width, self._together), self._together * columns), np.int8)
        laid[:count, :columns] = probes
        for place in range(1, self._together):
            laid[place, place * columns : (place + 1) * columns] = probes[0]
        self._packed = numkong.dots_pack(laid)
        self._out = numkong.zeros((BLOCK_ROWS // self._together, len(laid)), dtype="int32")

    def of(self, rows: Int8s) -> Int32s:
        """(rows, width) int32 of at most BLOCK_ROWS rows, whole groups; until the next call."""
        wide = rows.reshape(len(rows) // self._together, -1)
        out = cast(numkong.Tensor, self._out[: len(wide)])
        numkong.dots_packed(wide, self._packed, out=out)
        return np.asarray(out).reshape(-1, self.width)
