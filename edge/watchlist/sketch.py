"""Tells from the first columns of a row what its dot product with a probe cannot exceed.

In: rows in two planes (``part.py``), probes. Out: for units of rows, bounds of their dot
products, from half the bytes. Always: a bound is never below a dot product of its unit, whatever
the rows are; how far above depends on them.

Templates of faces fill fewer directions than they have columns, so the later columns follow
nearly from the first. With ``a`` a row's first columns, ``b`` the others, and ``w``, ``W``
fitted to a sample by least squares, ``b = w + W a + e``, where ``e`` is what is left. For a
probe with the same columns ``u`` and ``v``, and ``t = u + Wᵀ v``, the dot product is, without
any approximation,

    u·a + v·b  =  t·a + v·w + v·e

``t`` is rounded to ``s·q`` with whole numbers ``q``; ``r = t - s·q``. With ``m`` the sample's
mean of ``a``, and by Cauchy and Schwarz in the last line,

    =  s (q·a) + (v·w + r·m) + r·(a - m) + v·e
    ≤  s (q·a) + (v·w + r·m) + |r| |a - m| + |v| |e|

``q·a`` is an int32 sum; of ``|a - m|`` and ``|e|`` the largest of each unit are kept. ``W`` is
rounded to whole numbers times a factor for each of its rows, so that ``W a`` is an int32 sum too.
All else is computed in float64, or in float32 with room for its rounding: a sum of n float32
terms is off by less than n · 2⁻²³ of the sum of their absolute values, and n is at most 1,024.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import numkong
import numpy as np

from edge.values import Floats
from edge.watchlist.part import GROUP_ROWS, GROUP_UNITS, LEAD_COLUMNS, UNIT_ROWS, Int32s, Part
from edge.watchlist.quantise import PEAK, Int8s, lengths

SKETCHED_ROWS = 1 << 16  # below it a pass over whole rows takes less than a millisecond
SAMPLE_ROWS = 4096
_TRIALS = 32
_RIDGE = 1e-3  # of the mean variance of a column: keeps W small where columns say the same
_LONGEST = PEAK * LEAD_COLUMNS**0.5
_ROUNDING = 1.3e-4  # 1,024 · 2⁻²³, and a little more


class Question(NamedTuple):
    """Probes as the first columns are asked for them; names as in the module's text.

    Attributes:
        lead: (n, LEAD_COLUMNS) int8, ``q``.
        step: (n,) ``s``.
        offset: (n,) ``v·w + r·m``, and room for the rounding of the bound itself.
        slack: (2, n) ``|r|`` and ``|v|``.
    """

    lead: Int8s
    step: Floats
    offset: Floats
    slack: Floats

    def bounds(self, peaks: Int32s, radii: Floats) -> Floats:
        """What no dot product of a unit exceeds.

        Args:
            peaks: (units, n or more) the largest ``q·a`` of each unit.
            radii: (units, 2) as :meth:`Sketch.radii` gives them.

        Returns:
            (units, n)
        """
        found = peaks[:, : len(self.step)].astype(np.float32)
        found *= self.step
        found += self.offset
        for column, slack in zip(radii.T, self.slack, strict=True):
            found += column[:, None] * slack
        return found


class Sketch:
    """How later columns follow from the first, for rows like those of a sample.

    Args:
        sample: (rows, dimensions) int8, of at least twice LEAD_COLUMNS dimensions.
    """

    def __init__(self, sample: Int8s) -> None:
        rows = sample.astype(np.float64)
        mean = rows.mean(axis=0)
        apart = (rows - mean).T @ (rows - mean)
        first, both = apart[:LEAD_COLUMNS, :LEAD_COLUMNS], apart[:LEAD_COLUMNS, LEAD_COLUMNS:]
        ridge = _RIDGE * np.trace(apart) / len(apart) + 1.0
        weights = np.linalg.solve(first + ridge * np.eye(LEAD_COLUMNS), both).T
        self._finest = (np.abs(weights).max(axis=1) / PEAK).astype(np.float32) + np.float32(1e-6)
        whole = np.rint(weights / self._finest[:, None]).astype(np.int8)
        self._packed = numkong.dots_pack(np.ascontiguousarray(whole))
        self._weights = whole * self._finest[:, None].astype(np.float64)
        self._mean: Floats = mean[:LEAD_COLUMNS].astype(np.float32)
        base = mean[LEAD_COLUMNS:] - self._weights @ mean[:LEAD_COLUMNS]
        self._base: Floats = base.astype(np.float32)
        largest = _LONGEST * (1 + np.linalg.norm(self._weights)) + np.linalg.norm(base)
        self._doubt = np.float32(16 * 2.0**-23 * (largest + PEAK * rows.shape[1] ** 0.5))

    def ask(self, probes: Int8s) -> Question:
        """What to ask of the first columns for (n, dimensions) probes."""
        wide = probes.astype(np.float64)
        tail = wide[:, LEAD_COLUMNS:]
        aim = wide[:, :LEAD_COLUMNS] + tail @ self._weights
        step = (np.abs(aim).max(axis=1) / PEAK).astype(np.float32) + np.float32(1e-3)  # never 0
        lead = np.rint(aim / step[:, None])
        left = aim - lead * step[:, None].astype(np.float64)
        offset = tail @ self._base.astype(np.float64) + left @ self._mean.astype(np.float64)
        room = 16 * 2.0**-23 * (_LONGEST * np.linalg.norm(aim, axis=1) + np.abs(offset))
        slack = np.stack([np.linalg.norm(left, axis=1), np.linalg.norm(tail, axis=1)])
        return Question(
            lead.astype(np.int8),
            step,
            (offset + room).astype(np.float32),
            ((1 + _ROUNDING) * slack).astype(np.float32),
        )

    def radii(self, lead: Int8s, rest: Int8s) -> Floats:
        """(rows, 2) no less than ``|a - m|`` and ``|e|`` of each row."""
        left = np.asarray(numkong.dots_packed(lead, self._packed)).astype(np.float32)
        left *= self._finest
        left += self._base
        left -= rest
        squares = [np.einsum("ij,ij->i", some, some) for some in (lead - self._mean, left)]
        return cast(Floats, np.sqrt(np.stack(squares, axis=1)) * (1 + _ROUNDING) + self._doubt)

    def share_left(self, sample: Int8s) -> float:
        """The share of a sample's rows that bounds leave over, for some of them as probes."""
        asked, scale = sample[:: -(-len(sample) // _TRIALS)], (1.0 / lengths(sample))[:, None]
        question = self.ask(asked)
        lead, rest = sample[:, :LEAD_COLUMNS], sample[:, LEAD_COLUMNS:]
        products = lead.astype(np.float32) @ question.lead.T.astype(np.float32)
        bounds = question.bounds(products.astype(np.int32), self.radii(lead, rest)) * scale
        scores = (sample.astype(np.float32) @ asked.T.astype(np.float32)) * scale
        second = np.sort(scores, axis=0)[-2:][0]
        return float((bounds >= second).mean())


class Fit:
    """A sketch of a gallery and its parts' radii; it never changes.

    A sketch is made anew when most rows are of other parts than it was made of, so that a change
    to a list costs only the parts that it touches.

    Args:
        least_rows: smaller galleries get no sketch.
        most_left: a sketch helps if its bounds leave no larger share of a sample's rows over.

    Attributes:
        sketch: None where it would not help.
        radii: (units of all parts, 2) for :meth:`Question.bounds`.
    """

    def __init__(self, least_rows: int = SKETCHED_ROWS, most_left: float = 1 / 32) -> None:
        self._least_rows, self._most_left = least_rows, most_left
        self._made_of: frozenset[Part] = frozenset()  # those that are left of them
        self._radii_of: dict[Part, Floats] = {}
        self.sketch: Sketch | None = None
        self.radii: Floats = np.empty((0, 2), np.float32)

    def to(self, parts: Sequence[Part]) -> Fit:
        """The fit of these parts."""
        fit, rows = Fit(self._least_rows, self._most_left), _rows(parts)
        if rows < max(1, self._least_rows) or not parts[0].rest.shape[1]:
            return fit
        left = self._made_of.intersection(parts)
        if 2 * _rows(left) > rows:
            fit._made_of, fit.sketch, held = left, self.sketch, self._radii_of
        else:
            fit._made_of, fit.sketch, held = frozenset(parts), self._helpful(parts), {}
        if fit.sketch is not None:
            for part in parts:
                kept = held.get(part)
                fit._radii_of[part] = unit_radii(fit.sketch, part) if kept is None else kept
            fit.radii = np.concatenate([fit._radii_of[part] for part in parts])
        return fit

    def _helpful(self, parts: Sequence[Part]) -> Sketch | None:
        sample = sample_of(parts)
        sketch = Sketch(sample)
        return sketch if sketch.share_left(sample) <= self._most_left else None


def _rows(parts: Iterable[Part]) -> int:
    return sum(len(part.lead) for part in parts)


def sample_of(parts: Sequence[Part]) -> Int8s:
    """Some rows, spread evenly over the parts."""
    stride = -(-_rows(parts) // SAMPLE_ROWS)
    return np.concatenate([part.rows(np.arange(0, len(part.lead), stride)) for part in parts])


def unit_radii(sketch: Sketch, part: Part) -> Floats:
    """(units, 2) the largest of :meth:`Sketch.radii` of each unit of a part."""
    found = np.empty((part.groups, GROUP_UNITS, 2), np.float32)
    for group in range(part.groups):
        rows = slice(group * GROUP_ROWS, (group + 1) * GROUP_ROWS)
        radii = sketch.radii(part.lead[rows], part.rest[rows])
        radii.reshape(UNIT_ROWS, GROUP_UNITS, 2).max(axis=0, out=found[group])
    return found.reshape(-1, 2)
