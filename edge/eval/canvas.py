"""Puts a scaled picture somewhere on a larger one.

In and out: (height, width, 3) uint8 pictures, blue first. Coordinates as everywhere: the centre
of the first pixel is at (0.5, 0.5), so a point scales by a plain factor.
"""

from __future__ import annotations

import cv2
import numpy as np

from edge.values import Bytes

Size = tuple[int, int]
MIN_CANVAS_PX, MAX_CANVAS_PX = 192, 4096
_SOFT = 0.15  # the part of a pasted picture's side over which it fades in
_BLUR_DIVISOR = 8


def scaled(picture: Bytes, scale: float) -> Bytes:
    """A picture resized by a factor: by area when it shrinks, linearly when it grows."""
    height, width = picture.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def cover(picture: Bytes, size: Size) -> Bytes:
    """The middle of a picture, scaled so that it just covers (width, height)."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    grown = np.asarray(
        cv2.resize(
            picture,
            (max(size[0], round(width * scale)), max(size[1], round(height * scale))),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
        ),
        np.uint8,
    )
    top, left = (grown.shape[0] - size[1]) // 2, (grown.shape[1] - size[0]) // 2
    return grown[top : top + size[1], left : left + size[0]].copy()


def own_background(picture: Bytes, size: Size) -> Bytes:
    """A picture blurred beyond recognition and spread over (width, height)."""
    small = cover(picture, (max(8, size[0] // _BLUR_DIVISOR), max(8, size[1] // _BLUR_DIVISOR)))
    sigma = max(small.shape) / 24
    return cover(np.asarray(cv2.GaussianBlur(small, (0, 0), sigma), np.uint8), size)


def paste(canvas: Bytes, picture: Bytes, left: int, top: int) -> None:
    """Lay a picture on a canvas in place, its edges faded in; what sticks out is cut off.

    Soft edges keep a detector from finding the rectangle instead of the face.
    """
    height, width = picture.shape[:2]
    mask = np.outer(_ramp(height), _ramp(width))[:, :, None]
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(canvas.shape[1], left + width), min(canvas.shape[0], top + height)
    if x1 <= x0 or y1 <= y0:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    below = canvas[y0:y1, x0:x1].astype(np.float32)
    mixed = below + (picture[part].astype(np.float32) - below) * mask[part]
    canvas[y0:y1, x0:x1] = np.rint(mixed).astype(np.uint8)


def _ramp(length: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    inward = np.minimum(np.arange(length), np.arange(length)[::-1])
    return np.clip((inward + 1) / (_SOFT * length + 1), 0, 1).astype(np.float32)
