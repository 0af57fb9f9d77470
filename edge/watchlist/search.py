"""Finds the best two people for probes among int8 rows; exactly, and without a built index.

In: (n, dimensions) int8 probes and which entries are live. Out: for each probe at most two
matches, best first. The rules:

1. A dot product is an int32 sum, exact on every machine. A score is that integer, which float32
   holds exactly, times the row's float32 ``1 / length``: one rounding, the same everywhere.
2. A person's score is that of the best live row. Equal scores go to the lower person number.
3. Rows lie in groups, sorted by length. No score in a group exceeds the group's largest dot
   product times its largest ``1 / length``, in float32 as in the reals, because rounding keeps
   order. So the pass over all rows takes maxima of integers only, and groups are then looked
   into from the highest bound down, until a bound is below the second person found.

The rows are the packed operand's *other* side: NumKong packs the probes (a few microseconds)
and reads the rows as they lie, so that one copy of the gallery is enough. Reading the rows of
a person whose entry has ended costs time but never changes an answer.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numkong
import numpy as np
import numpy.typing as npt

from edge.values import Floats
from edge.watchlist.quantise import Int8s, lengths
from edge.watchlist.table import EntryTable, Places

BEST_PEOPLE = 2
GROUP_ROWS = 1024
BLOCK_ROWS = 16 * GROUP_ROWS  # its dot products with 16 probes fill 1 MiB: they stay in the cache
MAX_TOGETHER = 16
_TILE = 4  # NumKong multiplies four by four; a lone probe is faster as two over rows in pairs
_COLUMNS = 64
_NOTHING = np.float32(-np.inf)

Alive = npt.NDArray[np.bool_]
Int32s = npt.NDArray[np.int32]


class Match(NamedTuple):
    """A person and the score of the best row, not yet divided by the probe's length."""

    score: np.float32
    person: int


class Search(Protocol):
    """Finds people by their rows."""

    def two_best(self, probes: Int8s, alive: Alive | None) -> list[tuple[Match, ...]]:
        """For each probe the best two people, best first.

        Args:
            probes: (n, dimensions) int8, none of them zero.
            alive: (entries,) whose rows count; None: all.
        """
        ...

    def improve(self, seconds: float) -> bool:
        """Go on preparing for about so long; True while there is more to do."""
        ...


class ExactSearch:
    """Compares every row. Implements :class:`Search`.

    Args:
        table: the entries; its templates are copied, the table's may be let go.

    Raises:
        ValueError: a row is zero.
    """

    def __init__(self, table: EntryTable) -> None:
        count, self.dimensions = table.templates.shape
        sizes = lengths(table.templates)
        if not sizes.all():
            raise ValueError("a template row is zero")
        order = np.argsort(-sizes)
        padded = -(-count // GROUP_ROWS) * GROUP_ROWS
        self._rows = np.zeros((padded, self.dimensions), dtype=np.int8)
        np.take(table.templates, order, axis=0, out=self._rows[:count], mode="clip")
        self._scale: Floats = 1.0 / sizes[order]
        self._entry_of_row = table.entry_of_row[order]
        self._person_of_entry = table.enrolled.person_of_entry
        starts = np.arange(0, count, GROUP_ROWS)
        self._largest = np.maximum.reduceat(self._scale, starts)
        self._smallest = np.minimum.reduceat(self._scale, starts)

    @property
    def rows(self) -> Int8s:
        """(rows, dimensions) int8, by length."""
        return self._rows[: len(self._scale)]

    def improve(self, seconds: float) -> bool:
        """Nothing is left to prepare."""
        del seconds
        return False

    def people_of(self, rows: npt.NDArray[np.int64] | slice) -> Places:
        """The person of each of some rows."""
        return self._person_of_entry[self._entry_of_row[rows]]

    def scores(
        self, packed: numkong.PackedMatrix, rows: npt.NDArray[np.int64] | slice, alive: Alive | None
    ) -> Floats:
        """Scores of some rows against one packed probe; minus infinity where not live."""
        dots = np.asarray(numkong.dots_packed(self._rows[rows], packed))[:, 0]
        found = dots.astype(np.float32) * self._scale[rows]
        if alive is not None:
            found[~alive[self._entry_of_row[rows]]] = _NOTHING
        return found

    def two_best(self, probes: Int8s, alive: Alive | None) -> list[tuple[Match, ...]]:
        """See :class:`Search`."""
        found: list[tuple[Match, ...]] = []
        for start in range(0, len(probes), MAX_TOGETHER):
            some = probes[start : start + MAX_TOGETHER]
            bounds = self._bounds(some)
            found += [self._climb(some[i : i + 1], bounds[:, i], alive) for i in range(len(some))]
        return found

    def _bounds(self, probes: Int8s) -> Floats:
        """(groups, n): what no score of the group exceeds."""
        peaks = _lone_peaks(self._rows, probes) if len(probes) == 1 else _peaks(self._rows, probes)
        scale = np.where(peaks > 0, self._largest[:, None], self._smallest[:, None])
        return peaks.astype(np.float32) * scale

    def _climb(self, probe: Int8s, bounds: Floats, alive: Alive | None) -> tuple[Match, ...]:
        packed = numkong.dots_pack(probe)
        best: tuple[Match, ...] = ()
        for group in np.argsort(-bounds):
            if len(best) == BEST_PEOPLE and bounds[group] < best[-1].score:
                break
            rows = slice(group * GROUP_ROWS, min((group + 1) * GROUP_ROWS, len(self._scale)))
            scores = self.scores(packed, rows, alive)
            best = best_of((*best, *two_of(scores, self.people_of(rows))))
        return best


def two_of(scores: Floats, people: Places) -> tuple[Match, ...]:
    """The best two people among rows; ``scores`` is used up. Minus infinity never matches."""
    found: list[Match] = []
    for _ in range(BEST_PEOPLE):
        score = scores.max(initial=_NOTHING)
        if score == _NOTHING:
            break
        person = int(people[scores == score].min())
        found.append(Match(score, person))
        scores[people == person] = _NOTHING
    return tuple(found)


def best_of(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """The best two people of some matches, each person once, equal scores by person number."""
    best: dict[int, Match] = {}
    for match in sorted(matches, key=lambda match: (-match.score, match.person)):
        best.setdefault(match.person, match)
    return tuple(best.values())[:BEST_PEOPLE]


def _lone_peaks(rows: Int8s, probe: Int8s) -> Int32s:
    """(groups, 1) largest dot product of each group with one probe.

    Rows are read in pairs, as rows of twice the length, against the probe with zeros after it
    and before it: the same sums in half as many vector reductions.
    """
    dimensions = rows.shape[1]
    twice = np.zeros((2, 2 * dimensions), dtype=np.int8)
    twice[0, :dimensions] = twice[1, dimensions:] = probe[0]
    dots = _Dots(twice)
    pairs = rows.reshape(-1, 2 * dimensions)
    peaks = np.empty(len(rows) // GROUP_ROWS, dtype=np.int32)
    for start in range(0, len(rows), BLOCK_ROWS):
        end = min(start + BLOCK_ROWS, len(rows))
        found = dots.of(pairs[start // 2 : end // 2]).reshape(-1, GROUP_ROWS)
        found.max(axis=1, out=peaks[start // GROUP_ROWS : end // GROUP_ROWS])
    return peaks[:, None]


def _peaks(rows: Int8s, probes: Int8s) -> Int32s:
    """(groups, n) largest dot product of each group with each probe."""
    count, dimensions = probes.shape
    width = -(-count // _TILE) * _TILE
    wide = np.zeros((width, dimensions), dtype=np.int8)
    wide[:count] = probes
    dots = _Dots(wide)
    peaks = np.empty((len(rows) // GROUP_ROWS, width), dtype=np.int32)
    for start in range(0, len(rows), BLOCK_ROWS):
        end = min(start + BLOCK_ROWS, len(rows))
        # Two steps, because a maximum down a tall narrow array goes number by number.
        found = dots.of(rows[start:end]).reshape(-1, GROUP_ROWS // _COLUMNS, _COLUMNS * width)
        columns = found.max(axis=1).reshape(-1, _COLUMNS, width)
        columns.max(axis=1, out=peaks[start // GROUP_ROWS : end // GROUP_ROWS])
    return peaks[:, :count]


class _Dots:
    """Dot products of blocks of rows with the same probes, into the same memory each time."""

    def __init__(self, probes: Int8s) -> None:
        self._packed = numkong.dots_pack(probes)
        self._out: numkong.Tensor | None = None
        self._width = len(probes)

    def of(self, rows: Int8s) -> Int32s:
        """(rows, probes) int32; good until the next call."""
        if self._out is None or self._out.shape[0] != len(rows):
            self._out = numkong.zeros((len(rows), self._width), dtype="int32")
        numkong.dots_packed(rows, self._packed, out=self._out)
        return np.asarray(self._out)
