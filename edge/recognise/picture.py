"""Fits a frame's planes to a detector's input.

In: a frame and an input description. Out: the model's own input memory, filled, and the map back
to frame pixels. The luma plane is read where it lies; only the small picture is written, straight
into that input where its pixels can be quantised in place, else by way of memory that stays: what
the system has to hand out afresh for each frame costs more than the resizing. A 16..235 plane is
stretched by the same look-up table that quantises (DESIGN: full-range luma).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge.recognise.colour import yuv_to_rgb
from edge.recognise.interpreter import Model
from edge.recognise.pack import DetectorInput
from edge.recognise.pixel_table import PixelTable
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
    """Prepares inputs for one detector.

    Args:
        spec: the manifest's description.
        model: the loaded model.
    """

    def __init__(self, spec: DetectorInput, model: Model) -> None:
        self._spec = spec
        self._model = model
        tables = {
            full: model.lookup(spec.mean, spec.std, full_range=full) for full in (True, False)
        }
        self._tables = {full: PixelTable(table) for full, table in tables.items()}
        self._empty = tables[True][0]
        self._small: Bytes = np.empty((0, 0), np.uint8)

    def fill(self, frame: Frame) -> Fit:
        """Write a frame into the model's input; returns the map back."""
        fit = self._placement(frame)
        width, height = fit.width, fit.height
        picture = self._model.input()[0]
        picture[height:] = self._empty
        picture[:height, width:] = self._empty
        if self._spec.colour == "luma":
            luma, table = picture[:height, :width, 0], self._tables[frame.full_range]
            plane = frame.y if frame.small_y is None else frame.small_y
            into = luma if table.in_place else self._between(fit)
            table.write(_shrink(plane, width, height, into), luma)
        else:
            small = _small_rgb(frame, width, height)
            self._tables[True].write(small, picture[:height, :width])
        return fit

    def _between(self, fit: Fit) -> Bytes:
        """Memory for a plane at its size in the input."""
        if self._small.shape != (fit.height, fit.width):
            self._small = np.empty((fit.height, fit.width), np.uint8)
        return self._small

    def _placement(self, frame: Frame) -> Fit:
        spec = self._spec
        if spec.fit == "stretch":
            width, height = spec.width, spec.height
        else:
            scale = min(spec.width / frame.width, spec.height / frame.height)
            width = max(1, min(spec.width, round(frame.width * scale)))
            height = max(1, min(spec.height, round(frame.height * scale)))
        return Fit(width / frame.width, height / frame.height, width, height)


def _shrink(plane: Bytes, width: int, height: int, into: Bytes | None = None) -> Bytes:
    if plane.shape == (height, width):
        return plane
    smaller = plane.shape[1] >= width
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), into, interpolation=how), dtype=np.uint8)


def _small_rgb(frame: Frame, width: int, height: int) -> Bytes:
    planes = [_shrink(plane, width, height) for plane in (frame.y, frame.u, frame.v)]
    return yuv_to_rgb(
        np.asarray(cv2.merge(planes)), full_range=frame.full_range, matrix=frame.matrix
    )
