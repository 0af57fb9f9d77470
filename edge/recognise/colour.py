"""YUV to RGB for small pictures, by the matrices of ITU-R BT.601-7 and BT.709-6.

Whole frames are never converted: only face chips and, for packs that want colour, the
detector's small picture.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import cv2
import numpy as np

from edge.values import Bytes, Floats

_KR_KB = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}


@cache
def rgb_matrix(matrix: Literal["bt601", "bt709"], *, full_range: bool) -> Floats:
    """The affine map from (Y, U, V) 0..255 to (R, G, B) 0..255, (3, 4) float32."""
    kr, kb = _KR_KB[matrix]
    kg = 1.0 - kr - kb
    luma, chroma, black = (1.0, 1.0, 0.0) if full_range else (255 / 219, 255 / 224, 16.0)
    rows = np.array(
        [
            [luma, 0.0, chroma * 2 * (1 - kr)],
            [luma, -chroma * 2 * (1 - kb) * kb / kg, -chroma * 2 * (1 - kr) * kr / kg],
            [luma, chroma * 2 * (1 - kb), 0.0],
        ]
    )
    shift = -rows @ np.array([black, 128.0, 128.0])
    return np.column_stack([rows, shift]).astype(np.float32)


def yuv_to_rgb(yuv: Bytes, *, full_range: bool, matrix: Literal["bt601", "bt709"]) -> Bytes:
    """Convert an (h, w, 3) uint8 YUV 4:4:4 picture to RGB, rounded and clipped to 0..255."""
    return np.asarray(cv2.transform(yuv, rgb_matrix(matrix, full_range=full_range)), dtype=np.uint8)
