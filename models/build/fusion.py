"""Fits the matrix that joins the embedder's two networks, and reads the one that was fitted.

In:   a folder of people as `watchpost eval identify` takes it, and the file that
      `python -m models.build.embedder FACERES --features PATH` writes.
Out:  `data/fusion.npz`, float16 (1152, 128): the directions that hold most of the two networks'
      numbers, the second's weighed with 0.5 against the first's. Nobody's name is looked at.
Always: only the matrix is written: no picture, no template, no name.
Not here: the networks (`embedder`). `docs/accuracy.md` says how 0.5, the root and 128 were chosen.

Usage: python -m models.build.fusion FEATURES.tflite DIR
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MATRIX = Path(__file__).parent / "data" / "fusion.npz"
FIRST = 128  # numbers of the first network; the others are the second's
SECOND_WEIGHT = 0.5
DIMENSIONS = 128


def load() -> FloatArray:
    """The fitted matrix, float32 (1152, 128)."""
    with np.load(MATRIX) as stored:
        return np.asarray(stored["matrix"], np.float32)


def fit(features: FloatArray) -> FloatArray:
    """The matrix for some faces' features, float32 (faces, 1152)."""
    lengths = [np.linalg.norm(part, axis=1).mean() for part in _parts(features)]
    scales = np.repeat([1 / lengths[0], SECOND_WEIGHT / lengths[1]], _widths(features))
    scaled = features.astype(np.float64) * scales
    # Not about the mean: it is a part of every template, and cosines without it are worse.
    _, directions = np.linalg.eigh(scaled.T @ scaled)
    return np.asarray(scales[:, None] * directions[:, ::-1][:, :DIMENSIONS], np.float32)


def _parts(features: FloatArray) -> tuple[FloatArray, FloatArray]:
    return features[:, :FIRST], features[:, FIRST:]


def _widths(features: FloatArray) -> tuple[int, int]:
    return FIRST, features.shape[1] - FIRST


def _features(model: Path, pack: str, folder: Path) -> FloatArray:
    from ai_edge_litert.interpreter import Interpreter

    from edge.capture.images import ENDINGS, read_picture
    from edge.compose import box
    from edge.compose.recognise import make_detector
    from edge.eval.look import central_face
    from edge.eval.people import all_pictures
    from edge.recognise.align import Aligner

    used = box.load(pack)
    detector, aligner = make_detector(used, 1), Aligner(used.manifest.embedder)
    network = Interpreter(str(model), num_threads=1)
    network.allocate_tensors()
    entry, exit_ = network.get_input_details()[0], network.get_output_details()[0]
    rows = []
    for picture in all_pictures(folder, ENDINGS):
        frame = read_picture(picture)
        face = central_face(detector.detect(frame), frame)
        if face is not None:
            chip = aligner.chip(frame, face.landmarks)
            network.set_tensor(entry["index"], (chip ^ 0x80).view(np.int8)[None])
            network.invoke()
            rows.append(network.get_tensor(exit_["index"])[0])
    return np.stack(rows)


def main() -> None:
    """Fit and write the matrix."""
    parser = argparse.ArgumentParser(description="Fit the matrix that joins the two networks.")
    parser.add_argument("model", type=Path, metavar="FEATURES.tflite")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--pack", default="default", help="its detector and template cut the chips")
    arguments = parser.parse_args()
    matrix = fit(_features(arguments.model, arguments.pack, arguments.folder))
    np.savez_compressed(MATRIX, matrix=matrix.astype(np.float16))
    print(MATRIX)


if __name__ == "__main__":
    main()
