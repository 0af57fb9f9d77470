"""A picture of a matched person's face, for lists whose people consented to its being kept.

In: a chip, which holds one upright face and little else. Out: JPEG. Nothing is written here.
"""

from __future__ import annotations

import cv2

from edge.values import Bytes

QUALITY = 88


def face_jpeg(chip: Bytes) -> bytes:
    """A chip as JPEG.

    Args:
        chip: (height, width, 3) uint8 RGB, full range.
    """
    # The encoder fails only where memory does: the chip's shape is the manifest's.
    _, data = cv2.imencode(
        ".jpg", cv2.cvtColor(chip, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    return data.tobytes()
