"""Finds the faces of photographs with the teacher, YuNet, and writes them down.

In:   a folder of photographs and YuNet's ONNX file.
Out:  an `.npz`: `names` relative to the folder, sorted; `counts` of rows for each name; `rows`,
      (n, 15) float32: left, top, width, height, eye, eye, nose, mouth corner, mouth corner (the
      image's left first), the teacher's score; in pixels of the photograph.
Always: a face is kept once, however many of the sizes showed it; weak ones (from 0.25) are kept
      too, so that nobody trains on them as if nothing were there.
Not here: which photographs may be trained on (`photographs`).

Usage: python -m models.build.detector_training.labels FOLDER LABELS.npz --teacher YUNET.onnx
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

PixelArray = NDArray[np.uint8]
Rows = NDArray[np.float32]

WEAKEST_SCORE = 0.25
SIZES = (1.0, 2.0, 0.5)
SAME_FACE = 0.5
_SUFFIXES = {".jpg", ".jpeg", ".png"}


class Teacher:
    """YuNet on luma pictures of any size.

    Args:
        model: YuNet's ONNX file.
        weakest_score: faces under it are not told.
    """

    def __init__(self, model: Path, weakest_score: float = WEAKEST_SCORE) -> None:
        self._net = cv2.FaceDetectorYN.create(str(model), "", (320, 320), weakest_score, 0.4, 500)

    def at_one_size(self, luma: PixelArray) -> Rows:
        """Faces of a uint8 luma picture as it is, (n, 15)."""
        rows, columns = luma.shape
        padded = cv2.copyMakeBorder(luma, 0, -rows % 32, 0, -columns % 32, cv2.BORDER_REPLICATE)
        self._net.setInputSize((padded.shape[1], padded.shape[0]))
        _, found = self._net.detect(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR))
        return np.asarray(np.zeros((0, 15)) if found is None else found, np.float32)

    def at_all_sizes(self, luma: PixelArray) -> Rows:
        """Faces of a picture seen at its own, twice and half its size, each face once."""
        found = []
        for size in SIZES:
            seen = cv2.resize(luma, None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
            rows = self.at_one_size(np.asarray(seen, np.uint8))
            rows[:, :14] /= size
            found.append(rows)
        return each_face_once(np.concatenate(found))


def each_face_once(rows: Rows) -> Rows:
    """Best first; a row that covers, or is covered by, half of a better one is left out."""
    kept: list[NDArray[np.float32]] = []
    for row in rows[np.argsort(-rows[:, 14])]:
        if all(_shared(row, better) <= SAME_FACE for better in kept):
            kept.append(row)
    return np.array(kept, np.float32).reshape(-1, 15)


def _shared(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Common area as a part of the smaller box."""
    corner = np.minimum(one[:2] + one[2:4], other[:2] + other[2:4])
    overlap = np.clip(corner - np.maximum(one[:2], other[:2]), 0, None).prod()
    return float(overlap / (min(one[2] * one[3], other[2] * other[3]) + 1e-6))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled photograph: its path relative to the folder, luma, and faces as (n, 15)."""

    name: str
    luma: PixelArray
    faces: Rows


def photographs_in(folder: Path) -> list[Path]:
    """Every picture file under a folder, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def read(folder: Path, labels: Path) -> Iterator[Labelled]:
    """The photographs that a file of labels speaks of, with their labels."""
    with np.load(labels) as archive:
        names, counts, rows = archive["names"], archive["counts"], archive["rows"]
    starts = np.concatenate([[0], np.cumsum(counts)])
    for index, name in enumerate(names):
        luma = _luma(folder / str(name))
        if luma is None:
            raise FileNotFoundError(folder / str(name))
        yield Labelled(str(name), luma, rows[starts[index] : starts[index + 1]])


def _luma(path: Path) -> PixelArray | None:
    luma = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    return None if luma is None else np.asarray(luma, np.uint8)


def main() -> None:
    """Label a folder."""
    parser = argparse.ArgumentParser(description="Label photographs with YuNet.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--teacher", type=Path, required=True, help="YuNet's ONNX file")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    teacher = Teacher(arguments.teacher)
    names, found = [], []
    for path in photographs_in(arguments.folder):
        luma = _luma(path)
        if luma is None:
            continue
        names.append(str(path.relative_to(arguments.folder)))
        found.append(teacher.at_all_sizes(luma))
    rows = np.concatenate(found)
    counts = np.array([len(each) for each in found])
    np.savez_compressed(arguments.labels, names=np.array(names), counts=counts, rows=rows)
    print(f"{len(names)} photographs, {int((rows[:, 14] >= 0.8).sum())} sure faces of {len(rows)}")


if __name__ == "__main__":
    main()
