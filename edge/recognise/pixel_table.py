"""Writes pixels 0..255 as the values that a model takes, into the model's own memory.

In: a table from :meth:`edge.recognise.interpreter.Model.lookup`. Always: what is written is what
the table says. Where a quantised value is its pixel with some bits turned over, as in a network
that takes ``pixel - 128``, turning them over does the same in a tenth of the time.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.values import Bytes

Array = npt.NDArray[Any]


class PixelTable:
    """A table from pixels to values.

    Args:
        table: (256,) for all channels, or (256, channels); int8 as its uint8 bits.
    """

    def __init__(self, table: Array) -> None:
        self._table = table if table.ndim == 1 else table[None]
        self._turned = _turned_bits(table)

    @property
    def in_place(self) -> bool:
        """Whether :meth:`write` may write over the pixels themselves."""
        return self._turned is not None

    def write(self, pixels: Bytes, into: Array) -> None:
        """Write pixels as values; ``into`` is of their shape and the table's type."""
        if self._turned is None:
            cv2.LUT(pixels, self._table, into)
        else:
            np.bitwise_xor(pixels, self._turned, out=into)


def _turned_bits(table: Array) -> np.uint8 | None:
    """The bits that a table turns over in every pixel; None when it does something else."""
    columns = table.reshape(256, -1)
    bits = columns[0, 0]
    pixels = np.arange(256, dtype=np.uint8)
    if table.dtype != np.uint8 or not (columns == (pixels ^ bits)[:, None]).all():
        return None
    return np.uint8(bits)
