"""The rendered face chips that calibrate the quantised embedder, and serve as test pictures.

In:   `data/chips.webp`, a sheet of 12 x 9 chips: computed people (no photograph is an input), cut
      and aligned by the default pack's own detector and template. WebP decodes to the same bits
      everywhere. The sheet is this project's own work and is given away under CC0-1.0.
Out:  uint8 RGB chips.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PixelArray = NDArray[np.uint8]

CHIP_SIZE_PX = 150
WIDE_PX = 200  # a chip of the default pack: the same face with more around it
SHEET = Path(__file__).parent / "data" / "chips.webp"

_LUMA = np.array([0.299, 0.587, 0.114])


def load() -> PixelArray:
    """All chips of the sheet, uint8 RGB (108, 150, 150, 3)."""
    with Image.open(SHEET) as picture:
        sheet = np.asarray(picture.convert("RGB"))
    columns = sheet.shape[1] // CHIP_SIZE_PX
    tiles = sheet.reshape(-1, CHIP_SIZE_PX, columns, CHIP_SIZE_PX, 3)
    return np.ascontiguousarray(tiles.swapaxes(1, 2)).reshape(-1, CHIP_SIZE_PX, CHIP_SIZE_PX, 3)


def representative() -> PixelArray:
    """The chips, and the pictures other cameras would take of them: grey, harsh, dark, mirrored."""
    chips = load()
    mirrored = chips[::2, :, ::-1]
    return np.concatenate(
        [
            chips,
            luma(mirrored)[..., None].repeat(3, axis=-1),
            with_contrast(chips[1::2], gain=1.6),
            with_contrast(chips[::4], gain=0.4, shift=-60.0),
        ]
    )


def wide(chips: PixelArray) -> PixelArray:
    """The chips in the middle of larger ones, uint8 (count, 200, 200, 3): their edges repeated.

    What lies around the faces was not kept. For the ranges of activations that does.
    """
    edge = (WIDE_PX - CHIP_SIZE_PX) // 2
    return np.pad(chips, ((0, 0), (edge, edge), (edge, edge), (0, 0)), mode="edge")


def luma(chips: PixelArray) -> PixelArray:
    """The full-range BT.601 luma of RGB pictures: the last axis falls away."""
    return np.asarray(np.rint(chips @ _LUMA), np.uint8)


def with_contrast(pictures: PixelArray, gain: float, shift: float = 0.0) -> PixelArray:
    """`(pixel - 128) * gain + 128 + shift`, clipped to 0..255."""
    return np.asarray(np.clip((pictures - 128.0) * gain + 128.0 + shift, 0, 255), np.uint8)
