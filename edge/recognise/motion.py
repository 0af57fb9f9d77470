"""Whether anything moves before one camera: blocks of the luma plane against a slow background.

In: frames, in order. Out: whether a block has changed. A block is the mean of a few hundred
pixels' worth of picture, of which every few rows are read. Always: what is uncertain counts as
movement. The first frame does, and any after a gap; the limit follows the camera's own noise (the
median change of all blocks, which is noise as long as most of the picture is still) but never
beyond :data:`MOST`, so that a noisy picture is one that moves. What brightens or darkens everywhere
alike is subtracted as the median change; slower changes go into the background, which takes in
everything that stays for a few times :data:`MEMORY_S`, a person standing still too: somebody who
looks at the picture now and then has to see that one. Nothing is allocated per frame, and the plane
is read where it lies.
"""

from __future__ import annotations

import cv2
import numpy as np

from edge.values import Bytes, Floats, Frame

COLUMNS = 80  # blocks across; 16 pixels each of a picture 1280 wide
MEMORY_S = 1.0
LEAST, MOST = 3.0, 12.0  # of 255; the change of a block that is movement
_TIMES_NOISE = 7.0  # median absolute change to five standard deviations
_NOISE_MEMORY = 0.9
_ROWS_READ = 4  # of a block
_LONGEST_GAP_S = 5.0


class Motion:
    """Remembers one camera's background."""

    def __init__(self) -> None:
        self._shape: tuple[int, int] | None = None
        self._t_s = 0.0
        self._noise = 0.0
        self._lay_out((COLUMNS, 1))

    def moved(self, frame: Frame) -> bool:
        """Whether something moved since the frames before; takes the frame into the background."""
        plane = frame.y if frame.small_y is None else frame.small_y
        gap_s, self._t_s = frame.t_s - self._t_s, frame.t_s
        if plane.shape != self._shape or not 0 <= gap_s <= _LONGEST_GAP_S:
            self._begin(plane)
            return True
        self._reduce(plane)
        np.subtract(self._blocks, self._background, out=self._change)
        cv2.accumulateWeighted(self._blocks, self._background, min(1.0, gap_s / MEMORY_S))
        np.subtract(self._change, self._median(), out=self._change)
        np.abs(self._change, out=self._change)
        limit = min(MOST, max(LEAST, _TIMES_NOISE * self._noise))
        self._noise = _NOISE_MEMORY * self._noise + (1 - _NOISE_MEMORY) * self._median()
        return float(self._change.max()) >= limit

    def _begin(self, plane: Bytes) -> None:
        self._shape = rows, columns = plane.shape
        across = min(COLUMNS, columns)
        self._lay_out((across, max(1, round(across * rows / columns))))
        self._step = max(1, rows // (self._blocks.shape[0] * _ROWS_READ))
        self._noise = 0.0
        self._reduce(plane)
        self._background[:] = self._blocks

    def _lay_out(self, size: tuple[int, int]) -> None:
        self._size = size
        self._step = 1
        shape = (size[1], size[0])
        self._blocks: Bytes = np.empty(shape, np.uint8)
        self._background: Floats = np.empty(shape, np.float32)
        self._change: Floats = np.empty(shape, np.float32)
        self._sorted: Floats = np.empty(shape[0] * shape[1], np.float32)

    def _reduce(self, plane: Bytes) -> None:
        cv2.resize(plane[:: self._step], self._size, self._blocks, interpolation=cv2.INTER_AREA)

    def _median(self) -> float:
        """The median of the changes."""
        middle = self._sorted.size // 2
        self._sorted[:] = self._change.ravel()
        self._sorted.partition(middle)
        return float(self._sorted[middle])
