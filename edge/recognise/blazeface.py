"""Faces of a frame from a BlazeFace model: anchors over square grids, six key points.

In: a frame. Out: detections in frame pixels, best first. The second detector behind the port.
Decoding as in MediaPipe's ``tensors_to_detections`` (Apache-2.0): boxes and key points are
offsets from the anchor's centre in input pixels; anchor layers follow each other row by row.
BlazeFace has no mouth corners but the mouth's centre: the corners are set half an eye
distance apart along the line of the eyes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.errors import PackError
from edge.recognise.detect import to_detections
from edge.recognise.interpreter import Model, checked_scores
from edge.recognise.pack import AnchorLayer, Pack
from edge.recognise.picture import InputPicture
from edge.recognise.suppress import merge_overlapping
from edge.values import Detection, Floats, Frame

_VALUES = 16
_FAR = 1e6
_MOUTH_WIDTH = 0.9  # mouth width over eye distance on a frontal face


class BlazeFaceDetector:
    """A :class:`edge.recognise.ports.Detector` over a BlazeFace model.

    Args:
        pack: the verified pack.
        threads: threads for one inference.
        make_model: loads the model.

    Raises:
        PackError: the model's outputs do not fit the manifest's anchors.
    """

    def __init__(self, pack: Pack, threads: int, make_model: Callable[..., Model] = Model) -> None:
        spec = pack.manifest.detector
        size = spec.input
        self._spec = spec
        self._model = make_model(
            pack.detector_file, threads, (1, size.height, size.width, size.channels), size.dtype
        )
        self._picture = InputPicture(size, self._model)
        self._anchors = anchor_centres(spec.decode.anchors) * (size.width, size.height)
        shapes = self._model.output_shapes
        try:
            self._scores = shapes.index((1, len(self._anchors), 1))
            self._boxes = shapes.index((1, len(self._anchors), _VALUES))
        except ValueError as error:
            raise PackError(
                f"The detector's outputs {shapes} do not fit {len(self._anchors)} anchors.",
                "Correct detector.decode.anchors in the manifest.",
            ) from error

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """See the port.

        Raises:
            PackError: the model gives scores that are not finite.
        """
        fit = self._picture.fill(frame)
        self._model.run()
        rows = self._decode()
        return to_detections(merge_overlapping(rows, self._spec.nms_iou, self._spec.max_faces), fit)

    def _decode(self) -> Floats:
        logits = np.clip(checked_scores(self._model.real(self._scores))[0, :, 0], -80, 80)
        scores = 1.0 / (1.0 + np.exp(-logits))
        passing = scores >= self._spec.score_threshold
        # Clipped so that nothing below overflows; suppression leaves such rows out.
        told = np.clip(self._model.real(self._boxes)[0][passing], -_FAR, _FAR)
        anchors = self._anchors[passing]
        out = np.empty((len(told), 15), np.float32)
        out[:, 2:4] = told[:, 2:4]
        out[:, 0:2] = told[:, 0:2] + anchors - told[:, 2:4] / 2
        points = told[:, 4:16].reshape(-1, 6, 2) + anchors[:, None]
        out[:, 4:14] = _five_points(points).reshape(-1, 10)
        out[:, 14] = scores[passing]
        return out


def anchor_centres(layers: tuple[AnchorLayer, ...]) -> Floats:
    """Centres of all anchors, (n, 2) in 0..1 of the input, in the model's order."""
    parts = []
    for layer in layers:
        axis = (np.arange(layer.grid, dtype=np.float32) + 0.5) / layer.grid
        grid = np.column_stack([np.tile(axis, layer.grid), np.repeat(axis, layer.grid)])
        parts.append(np.repeat(grid, layer.per_cell, axis=0))
    return np.concatenate(parts)


def _five_points(points: Floats) -> Floats:
    """(n, 6, 2) eyes, nose, mouth, ears as (n, 5, 2) eyes, nose, mouth corners."""
    half = (points[:, 1] - points[:, 0]) * (_MOUTH_WIDTH / 2)
    mouth = points[:, 3]
    return np.stack([points[:, 0], points[:, 1], points[:, 2], mouth - half, mouth + half], axis=1)
