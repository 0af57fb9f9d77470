"""What the network should say of a crop, cell by cell.

In:   the faces of a square crop.
Out:  (cells, 16) float32, stride by stride, row by row, as `network` orders them: 1 for a face,
      0 for none, -1 where nothing is asked; fourteen values; cells in a face's size.
Always: a face belongs to the stride of its size (two where the ranges overlap); cells near its
      centre are asked, the ring around them is not; nor are cells of unsure faces.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.build.detector_training.photographs import Face

FloatArray = NDArray[np.float32]

STRIDES = (8, 16, 32)
FACE_PX = {8: (14.0, 40.0), 16: (32.0, 88.0), 32: (70.0, 400.0)}
MARGIN = 1.25
SMALLEST_UNASKED = 0.3  # of the smallest face: what is smaller still is scenery
ASKED_RADIUS, RING_RADIUS, RING_OF_FACE = 0.95, 1.8, 0.28


def targets(faces: Sequence[Face], side_px: int) -> FloatArray:
    """Targets of a crop of `side_px` squared, (cells, 16)."""
    return np.concatenate([_of_stride(faces, stride, side_px // stride) for stride in STRIDES])


def _of_stride(faces: Sequence[Face], stride: int, cells: int) -> FloatArray:
    table = np.zeros((cells, cells, 16), np.float32)
    nearest = np.full((cells, cells), np.inf)
    smallest, largest = FACE_PX[stride]
    floor = smallest * (SMALLEST_UNASKED if stride == STRIDES[0] else 1.0) / MARGIN
    for face in faces:
        size_px = float(np.sqrt(face.size.prod()))
        if floor <= size_px <= largest * MARGIN:
            asked = face.sure and smallest <= size_px <= largest
            _enter(table, nearest, face, stride, asked)
    return table.reshape(-1, 16)


def _enter(
    table: FloatArray, nearest: NDArray[np.float64], face: Face, stride: int, asked: bool
) -> None:
    """Write one face into the cells around its centre; the nearer of two faces has a cell."""
    cells = len(table)
    column, row = face.centre / stride - 0.5
    size_px = float(np.sqrt(face.size.prod()))
    reach = max(RING_RADIUS, RING_OF_FACE * size_px / stride)
    columns = np.arange(max(0, int(column - reach)), min(cells, int(column + reach) + 2))
    rows = np.arange(max(0, int(row - reach)), min(cells, int(row + reach) + 2))
    if len(columns) == 0 or len(rows) == 0:
        return
    grid_rows, grid_columns = np.meshgrid(rows, columns, indexing="ij")
    away = np.hypot(grid_columns - column, grid_rows - row)
    ring = (away <= reach) & np.isinf(nearest[grid_rows, grid_columns])
    table[grid_rows[ring], grid_columns[ring], 0] = -1
    if not asked:
        return
    own = (away <= ASKED_RADIUS) & (away < nearest[grid_rows, grid_columns])
    at_rows, at_columns = grid_rows[own], grid_columns[own]
    nearest[at_rows, at_columns] = away[own]
    cell = np.column_stack([at_columns, at_rows])
    landmarks = face.landmarks[None] / stride - (cell + 0.5)[:, None]
    table[at_rows, at_columns, 0] = 1
    table[at_rows, at_columns, 1:3] = face.centre / stride - 0.5 - cell
    table[at_rows, at_columns, 3:5] = np.log(face.size / stride)
    table[at_rows, at_columns, 5:15] = landmarks.reshape(len(cell), 10)
    table[at_rows, at_columns, 15] = stride / size_px
