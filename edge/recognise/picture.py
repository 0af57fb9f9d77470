"""Fits a frame's planes to a detector's input.

In: a frame and an input description. Out: the filled input tensor and the map back to frame
pixels. The luma plane is read where it lies; only the small picture is written. A 16..235
plane is stretched by the same look-up table that quantises (DESIGN: full-range luma).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.recognise.colour import yuv_to_rgb
from edge.recognise.interpreter import Model
from edge.recognise.pack import DetectorInput
from edge.values import Bytes, Frame


@dataclass(frozen=True, slots=True)
class Fit:
    """How a frame lies in a model's input: input = frame * (scale_x, scale_y), from (0, 0).

    Attributes:
        scale_x: input pixels for a frame pixel, across.
        scale_y: the same, down.
        width: input pixels that the frame takes across.
        height: the same, down.
    """

    scale_x: float
    scale_y: float
    width: int
    height: int


class InputPicture:
    """Prepares inputs for one detector; owns the buffers it writes into.

    Args:
        spec: the manifest's description.
        model: the loaded model, for its quantisation.
    """

    def __init__(self, spec: DetectorInput, model: Model) -> None:
        self._spec = spec
        self._tables = {
            full: model.lookup(spec.mean, spec.std, full_range=full) for full in (True, False)
        }
        dtype = self._tables[True].dtype
        empty = self._tables[True][0]
        self._tensor: npt.NDArray[Any] = np.full(
            (1, spec.height, spec.width, spec.channels), empty, dtype=dtype
        )
        self._last_shape: tuple[int, int] | None = None

    def fill(self, frame: Frame) -> tuple[npt.NDArray[Any], Fit]:
        """The input tensor for a frame, valid until the next call, and the map back."""
        width, height, fit = self._placement(frame)
        if (height, width) != self._last_shape:
            self._tensor[:] = self._tables[True][0]
            self._last_shape = (height, width)
        target = self._tensor[0, :height, :width]
        if self._spec.colour == "luma":
            small = _shrink(frame.y if frame.small_y is None else frame.small_y, width, height)
            values = cv2.LUT(small, self._tables[frame.full_range])
            target[:] = values[:, :, None]
        else:
            target[:] = cv2.LUT(_small_rgb(frame, width, height), self._tables[True])
        return self._tensor, fit

    def _placement(self, frame: Frame) -> tuple[int, int, Fit]:
        spec = self._spec
        if spec.fit == "stretch":
            width, height = spec.width, spec.height
        else:
            scale = min(spec.width / frame.width, spec.height / frame.height)
            width = max(1, min(spec.width, round(frame.width * scale)))
            height = max(1, min(spec.height, round(frame.height * scale)))
        return width, height, Fit(width / frame.width, height / frame.height, width, height)


def _shrink(plane: Bytes, width: int, height: int) -> Bytes:
    if plane.shape == (height, width):
        return plane
    smaller = plane.shape[1] >= width
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=how), dtype=np.uint8)


def _small_rgb(frame: Frame, width: int, height: int) -> Bytes:
    planes = [_shrink(plane, width, height) for plane in (frame.y, frame.u, frame.v)]
    return yuv_to_rgb(
        np.asarray(cv2.merge(planes)), full_range=frame.full_range, matrix=frame.matrix
    )
