"""Faces of a frame from a grid detector: one score, box and landmarks a cell and stride.

In: a frame. Out: detections in frame pixels, best first. The default pack's decoder; the
formulas are those the network was trained with (models/build/detector.py):
cell (row, column) of stride k gives centre = (column + 0.5 + dx, row + 0.5 + dy) * k,
size = exp(dw, dh) * k, landmarks = (column + 0.5 + lx, row + 0.5 + ly) * k,
score = sigmoid(logit). Only cells whose raw int8 score passes are ever dequantised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge.errors import PackError
from edge.recognise.interpreter import Model, checked_scores
from edge.recognise.pack import Pack
from edge.recognise.picture import Fit, InputPicture
from edge.recognise.second_look import SecondLook
from edge.recognise.suppress import merge_overlapping
from edge.values import Detection, Floats, Frame

_BOX_AND_LANDMARKS = 14
_FAR = 1e6
_LARGEST = 4.0
_LANDMARK_REACH = 2.0  # box sizes from the box's middle; those of a real face lie within 0.7


@dataclass(frozen=True, slots=True)
class _Level:
    stride: int
    scores: int
    shapes: int
    raw_threshold: float


class GridDetector:
    """A :class:`edge.recognise.ports.Detector` over a stride-grid model.

    Args:
        pack: the verified pack.
        threads: threads for one inference.
        make_model: loads the model.

    Raises:
        PackError: the model's outputs are not those of a stride-grid detector.
    """

    def __init__(self, pack: Pack, threads: int, make_model: Callable[..., Model] = Model) -> None:
        spec = pack.manifest.detector
        size = spec.input
        self._spec = spec
        self._model = make_model(
            pack.detector_file, threads, (1, size.height, size.width, size.channels), size.dtype
        )
        self._picture = InputPicture(size, self._model)
        self._levels = [self._level(stride) for stride in spec.decode.strides]
        again = spec.second_look
        self._second = SecondLook(again, size, self._model) if again else None

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """See the port.

        Raises:
            PackError: the model gives scores that are not finite.
        """
        fit = self._picture.fill(frame)
        rows = self._find()
        if self._second:
            rows = self._second.judge(rows, frame, fit, self._find)
        return to_detections(rows, fit)

    def _find(self) -> Floats:
        """The faces of what the model's input was given."""
        self._model.run()
        rows = np.concatenate([self._decode(level) for level in self._levels])
        return merge_overlapping(rows, self._spec.nms_iou, self._spec.max_faces)

    def _level(self, stride: int) -> _Level:
        size = self._spec.input
        grid = (1, size.height // stride, size.width // stride)
        shapes = self._model.output_shapes
        try:
            scores = shapes.index((*grid, 1))
            boxes = shapes.index((*grid, _BOX_AND_LANDMARKS))
        except ValueError as error:
            raise PackError(
                f"The detector has no outputs of shape {(*grid, 1)} and "
                f"{(*grid, _BOX_AND_LANDMARKS)} for stride {stride}; it has {shapes}.",
                "Correct detector.decode.strides in the manifest.",
            ) from error
        scale, zero = self._model.output_scale(scores)
        limit = self._spec.score_threshold
        return _Level(stride, scores, boxes, math.log(limit / (1 - limit)) / scale + zero)

    def _decode(self, level: _Level) -> Floats:
        """Passing cells as (n, 15): left, top, width, height, ten landmark numbers, score."""
        raw = checked_scores(self._model.raw(level.scores))[0, :, :, 0]
        rows, columns = np.nonzero(raw >= level.raw_threshold)
        out = np.empty((len(rows), 15), np.float32)
        if len(rows) == 0:
            return out
        cells = np.column_stack([columns, rows]).astype(np.float32) + 0.5
        scale, zero = self._model.output_scale(level.shapes)
        told = self._model.raw(level.shapes)[0][rows, columns].astype(np.float32)
        # Clipped so that nothing below overflows; suppression leaves such rows out.
        told = np.clip((told - zero) * scale, -_FAR, _FAR)
        size = np.exp(np.clip(told[:, 2:4], -8.0, 8.0)) * level.stride
        out[:, 0:2] = (cells + told[:, 0:2]) * level.stride - size / 2
        out[:, 2:4] = size
        out[:, 4:14] = (told[:, 4:] + np.tile(cells, 5)) * level.stride
        score_scale, score_zero = self._model.output_scale(level.scores)
        logits = (raw[rows, columns].astype(np.float32) - score_zero) * score_scale
        out[:, 14] = 1.0 / (1.0 + np.exp(-logits))
        return out


def to_detections(rows: npt.NDArray[np.float32], fit: Fit) -> tuple[Detection, ...]:
    """Rows in input pixels as detections in frame pixels; what can be no face is left out.

    A face is finite, has its middle in the picture, is at most :data:`_LARGEST` times as large
    as the picture, and has its landmarks near its box.
    """
    scale = np.array([1 / fit.scale_x, 1 / fit.scale_y], np.float32)
    found = []
    for row in rows:
        if not _plausible(row, fit):
            continue
        left, top = row[0:2] * scale
        width, height = row[2:4] * scale
        found.append(
            Detection(
                box=(float(left), float(top), float(width), float(height)),
                landmarks=row[4:14].reshape(5, 2) * scale,
                score=float(row[14]),
            )
        )
    return tuple(found)


def _plausible(row: npt.NDArray[np.float32], fit: Fit) -> bool:
    if not np.isfinite(row).all() or row[2] <= 0 or row[3] <= 0:
        return False
    middle, size = row[0:2] + row[2:4] / 2, float(max(row[2], row[3]))
    inside = 0 <= middle[0] <= fit.width and 0 <= middle[1] <= fit.height
    near = np.abs(row[4:14].reshape(5, 2) - middle).max() <= _LANDMARK_REACH * size
    return bool(inside and near and size <= _LARGEST * max(fit.width, fit.height))
