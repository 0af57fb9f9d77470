"""Templates as int8 rows and back.

In and out: (n, dimensions) rows. Always: every int8 row's largest absolute value is 127, so a
row that was quantised, restored and quantised again is the same bytes, and the cosine of two
rows moves by less than 0.004. Lengths are not kept: only a row's direction means anything.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt

from edge.values import Floats

Int8s = npt.NDArray[np.int8]

PEAK = 127
_BLOCK_ROWS = 8192


def quantise(rows: Floats) -> Int8s:
    """Scale each row so that its largest absolute value is 127, and round.

    Args:
        rows: (n, dimensions) float32, any length but 0.

    Returns:
        (n, dimensions) int8, -127..127.

    Raises:
        ValueError: a row is all zeros or holds a number that is not finite.
    """
    peaks = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    if not (np.isfinite(peaks).all() and (peaks > 0).all()):
        raise ValueError("a template row is zero or not finite")
    return cast(Int8s, np.rint(rows / peaks * PEAK).astype(np.int8))


def lengths(rows: Int8s) -> Floats:
    """Euclidean length of each int8 row, (n,) float32.

    The sums of squares are exact: 127² · 1024 dimensions is below 2²⁴.
    """
    squares = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), _BLOCK_ROWS):  # never all of them as float32
        wide = rows[start : start + _BLOCK_ROWS].astype(np.float32)
        np.einsum("ij,ij->i", wide, wide, out=squares[start : start + _BLOCK_ROWS])
    return cast(Floats, np.sqrt(squares))


def restore(rows: Int8s) -> Floats:
    """Turn (n, dimensions) int8 rows into float32 rows of length 1."""
    return cast(Floats, rows.astype(np.float32) / lengths(rows)[:, None])
