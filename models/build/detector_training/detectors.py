"""The detectors that `measure` compares, behind one call.

In:   a luma canvas, uint8 (384, 640).
Out:  faces (n, 15) as `labels` has them, the score last.
Always: everything from `LEAST_SCORE` is told, so that a threshold can be chosen afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from edge.recognise.suppress import merge_overlapping
from models.build.detector_training.labels import Teacher
from models.build.detector_training.targets import STRIDES

PixelArray = NDArray[np.uint8]
Rows = NDArray[np.float32]
Detect = Callable[[PixelArray], Rows]

ROWS, COLUMNS = 384, 640
LEAST_SCORE = 0.3
NMS_IOU, MAX_FACES = 0.4, 50


class GridFile:
    """A stride-grid `.tflite`, int8 or float, on one thread.

    Args:
        path: the file.
        least_score: cells under it are not decoded.
    """

    def __init__(self, path: Path, least_score: float = LEAST_SCORE) -> None:
        self._interpreter = Interpreter(str(path), num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = {tuple(each["shape"]): each for each in _outputs(self._interpreter)}
        self._least_logit = float(np.log(least_score / (1 - least_score)))

    def __call__(self, luma: PixelArray) -> Rows:
        """Decode and merge the faces of a canvas."""
        self.infer(luma)
        rows = np.concatenate([self._decode(stride) for stride in STRIDES])
        return np.asarray(merge_overlapping(rows, NMS_IOU, MAX_FACES), np.float32)

    def infer(self, luma: PixelArray) -> None:
        """Run the network alone."""
        if self._input["dtype"] is np.int8:
            tensor: NDArray[Any] = (luma ^ np.uint8(0x80)).view(np.int8)
        else:
            tensor = (luma.astype(np.float32) - 128) / 128
        self._interpreter.set_tensor(self._input["index"], tensor[None, :, :, None])
        self._interpreter.invoke()

    def _decode(self, stride: int) -> Rows:
        grid = (1, ROWS // stride, COLUMNS // stride)
        logits = self._real((*grid, 1))[:, :, 0]
        rows, columns = np.nonzero(logits >= self._least_logit)
        values = self._real((*grid, 14))[rows, columns]
        cells = np.column_stack([columns, rows]).astype(np.float32) + 0.5
        size = np.exp(values[:, 2:4]) * stride
        out = np.empty((len(rows), 15), np.float32)
        out[:, :2] = (cells + values[:, :2]) * stride - size / 2
        out[:, 2:4] = size
        out[:, 4:14] = (values[:, 4:] + np.tile(cells, 5)) * stride
        out[:, 14] = 1 / (1 + np.exp(-logits[rows, columns]))
        return out

    def _real(self, shape: tuple[int, ...]) -> Rows:
        detail = self._outputs[shape]
        scale, zero = detail["quantization"]
        raw = self._interpreter.get_tensor(detail["index"])[0].astype(np.float32)
        return np.asarray((raw - zero) * scale if scale else raw, np.float32)


def _outputs(interpreter: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = interpreter.get_output_details()
    return found


def teacher(path: Path) -> Detect:
    """YuNet at the canvas's own size."""
    return Teacher(path, LEAST_SCORE).at_one_size


def milliseconds(call: Callable[[PixelArray], object], luma: PixelArray) -> tuple[float, float]:
    """Least and median of 150 calls."""
    for _ in range(10):
        call(luma)
    taken = []
    for _ in range(150):
        began = time.perf_counter()
        call(luma)
        taken.append((time.perf_counter() - began) * 1e3)
    return min(taken), float(np.median(taken))
