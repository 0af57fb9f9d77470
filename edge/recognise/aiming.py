"""What helps to aim a camera: focus, exposure, and where faces were found.

In: frames and the faces followed in them. Out: numbers. Always: of the faces only counts for
each cell of a coarse grid are kept, in memory.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from edge.recognise.colour import yuv_to_rgb
from edge.values import Bytes, Frame
from edge.values.preview import (
    COVERAGE_COLUMNS,
    COVERAGE_ROWS,
    HISTOGRAM_BINS,
    Exposure,
    SeenFace,
)

_BLACK, _BURNT_OUT = 5, 250
TV_BLACK, _TV_RANGE = 16, 219
_TO_FULL = np.clip(np.rint((np.arange(256) - TV_BLACK) * (255 / _TV_RANGE)), 0, 255).astype(
    np.uint8
)


class Coverage:
    """Counts where faces were found."""

    def __init__(self) -> None:
        self._counts = [0] * (COVERAGE_COLUMNS * COVERAGE_ROWS)

    @property
    def counts(self) -> tuple[int, ...]:
        """How often a face was found in each cell, row by row."""
        return tuple(self._counts)

    def add(self, frame: Frame, faces: Iterable[SeenFace]) -> None:
        """Count the faces of a frame."""
        for face in faces:
            left, top, width, height = face.detection.box
            column = _cell((left + width / 2) / frame.width, COVERAGE_COLUMNS)
            row = _cell((top + height / 2) / frame.height, COVERAGE_ROWS)
            self._counts[row * COVERAGE_COLUMNS + column] += 1


def focus_of(frame: Frame) -> float:
    """Variance of the Laplacian over the middle of a frame: larger is sharper."""
    rows, columns = frame.y.shape
    middle = frame.y[rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    _, deviation = cv2.meanStdDev(cv2.Laplacian(middle, cv2.CV_16S, ksize=3))
    return float(deviation[0][0]) ** 2


def exposure_of(luma: Bytes, *, full_range: bool) -> Exposure:
    """How a luma plane, (height, width) uint8, uses its range."""
    plane = luma if full_range else np.asarray(cv2.LUT(luma, _TO_FULL), dtype=np.uint8)
    counts = np.bincount(plane.ravel(), minlength=256)
    shares = counts / plane.size
    return Exposure(
        mean=float(shares @ np.arange(256)),
        dark_share=min(1.0, float(shares[: _BLACK + 1].sum())),
        bright_share=min(1.0, float(shares[_BURNT_OUT:].sum())),
        histogram=tuple(min(1.0, float(part.sum())) for part in np.split(shares, HISTOGRAM_BINS)),
    )


def reduced(frame: Frame, most_wide: int, most_high: int) -> Frame:
    """A frame as a smaller one with planes of its own; never a larger one."""
    scale = min(1.0, most_wide / frame.width, most_high / frame.height)
    width, height = max(16, round(frame.width * scale)), max(16, round(frame.height * scale))
    half = ((width + 1) // 2, (height + 1) // 2)
    return Frame(
        camera=frame.camera,
        index=frame.index,
        t_s=frame.t_s,
        taken_at=frame.taken_at,
        y=_resized(frame.y, (width, height)),
        u=_resized(frame.u, half),
        v=_resized(frame.v, half),
        full_range=frame.full_range,
        matrix=frame.matrix,
    )


def rgb_of(frame: Frame) -> Bytes:
    """A whole small frame as (height, width, 3) uint8 RGB."""
    size = (frame.width, frame.height)
    chroma = [
        cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (frame.u, frame.v)
    ]
    yuv = np.asarray(cv2.merge([frame.y, *chroma]), dtype=np.uint8)
    return yuv_to_rgb(yuv, full_range=frame.full_range, matrix=frame.matrix)


def _resized(plane: Bytes, size: tuple[int, int]) -> Bytes:
    return np.array(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _cell(share: float, cells: int) -> int:
    return min(cells - 1, max(0, int(share * cells)))
