"""The shipped detector computes what the committed weights say, within int8's reach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.build import detector_reference, scenes

ROOT = Path(__file__).parents[2]
DETECTOR = ROOT / "models" / "default" / "detector.tflite"
WEIGHTS = ROOT / "models" / "build" / "data" / "detector_weights.npz"
STRIDES = (8, 16, 32)
THRESHOLD_LOGIT = np.log(0.76 / 0.24)

Outputs = dict[int, tuple[NDArray[np.float32], NDArray[np.float32]]]


class Detector:
    """The shipped file, as plainly as it can be run."""

    def __init__(self) -> None:
        self.interpreter = Interpreter(str(DETECTOR), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]
        self.outputs = {tuple(o["shape"]): o for o in self.interpreter.get_output_details()}

    def run(self, luma: NDArray[np.uint8]) -> Outputs:
        tensor = (luma ^ 0x80).view(np.int8)[None, :, :, None]
        self.interpreter.set_tensor(self.input["index"], tensor)
        self.interpreter.invoke()
        grids = {k: (1, scenes.ROWS // k, scenes.COLUMNS // k) for k in STRIDES}
        return {
            k: (self._real(self.outputs[(*grid, 1)]), self._real(self.outputs[(*grid, 14)]))
            for k, grid in grids.items()
        }

    def _real(self, output: dict[str, Any]) -> NDArray[np.float32]:
        scale, zero_point = output["quantization"]
        raw = self.interpreter.get_tensor(output["index"])[0]
        return np.asarray((raw.astype(np.float32) - zero_point) * scale, np.float32)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector()


@pytest.fixture(scope="module")
def pairs(detector: Detector) -> list[tuple[Outputs, Outputs]]:
    """What the file and the float reference say of frames that did not calibrate the file."""
    with np.load(WEIGHTS) as archive:
        weights = dict(archive)
    frames = scenes.frames(4, seed=1)
    return [(detector.run(luma), detector_reference.run(weights, luma)) for luma in frames]


def test_luma_becomes_an_input_by_flipping_its_top_bit(detector: Detector) -> None:
    assert detector.input["dtype"] is np.int8
    assert detector.input["quantization"] == (1 / 128, 0)
    assert tuple(detector.input["shape"]) == (1, scenes.ROWS, scenes.COLUMNS, 1)


def test_each_stride_has_a_score_and_fourteen_values(detector: Detector) -> None:
    expected = {(1, 384 // k, 640 // k, n) for k in STRIDES for n in (1, 14)}
    assert set(detector.outputs) == expected


def test_scores_agree_with_the_float_network(pairs: list[tuple[Outputs, Outputs]]) -> None:
    for found, expected in pairs:
        for stride in STRIDES:
            difference = found[stride][0] - expected[stride][0]
            assert np.sqrt(np.mean(difference**2)) < 0.25


def test_the_same_cells_see_a_face(pairs: list[tuple[Outputs, Outputs]]) -> None:
    seen = 0
    for found, expected in pairs:
        for stride in STRIDES:
            sure = expected[stride][0] > THRESHOLD_LOGIT + 0.5
            seen += int(sure.sum())
            assert (found[stride][0][sure] > THRESHOLD_LOGIT - 0.5).all()
    assert seen >= 10


def test_boxes_and_landmarks_agree_where_there_is_a_face(
    pairs: list[tuple[Outputs, Outputs]],
) -> None:
    for found, expected in pairs:
        for stride in STRIDES:
            face = expected[stride][0][:, :, 0] > THRESHOLD_LOGIT
            difference = np.abs(found[stride][1] - expected[stride][1])[face]
            assert difference.size == 0 or difference.mean() < 0.05  # in strides


def test_the_same_seed_gives_the_same_frames() -> None:
    first, again = scenes.frames(2, seed=7), scenes.frames(2, seed=7)
    np.testing.assert_array_equal(first, again)
    assert (first != scenes.frames(2, seed=8)).any()
