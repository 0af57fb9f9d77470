"""Reads labelled photographs, keeps training apart from measuring, and serves them at any size.

In:   folders with their labels (`labels`).
Out:  pictures with halved copies and faces as training wants them.
Always: who is in training and who is not depends on the file's name alone: for scenes on the
      photograph (three quarters train), for people on the person (half, as for the first
      detector, or three quarters of the rendered ones).
Not here: what is done with the pictures (`crops`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training import labels

PixelArray = NDArray[np.uint8]
Floats = NDArray[np.float64]

SURE_SCORE = 0.75
SMALLEST_COPY_PX = 48


@dataclass(frozen=True, slots=True)
class Face:
    """A face in pixels: centre, size, five landmarks (5, 2), and whether the teacher was sure."""

    centre: Floats
    size: Floats
    landmarks: Floats
    sure: bool

    @property
    def inter_eye_px(self) -> float:
        """Distance of the eyes, never under a fifth of the box, as it shrinks in profile."""
        apart = float(np.linalg.norm(self.landmarks[0] - self.landmarks[1]))
        return max(apart, 0.2 * float(np.sqrt(self.size.prod())))


@dataclass(frozen=True, slots=True)
class Picture:
    """A photograph with copies of half the size each, and all its faces."""

    name: str
    copies: tuple[PixelArray, ...]
    faces: tuple[Face, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        rows, columns = self.copies[0].shape
        return columns, rows

    @property
    def sure_faces(self) -> list[Face]:
        """The faces that can be learnt from."""
        return [face for face in self.faces if face.sure]


def _hash(name: str) -> int:
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[0], 16)


def scene_may_train(name: str) -> bool:
    """Whether a scene belongs to the three quarters that are trained on.

    The name is that which the photograph has in its own collection: `urban_a.jpg` is `a.png` there.
    """
    collection, _, rest = PurePosixPath(name).name.partition("_")
    suffix = ".png" if collection == "urban" else ".jpg"
    return _hash(PurePosixPath(rest).stem + suffix) < 12


def person_may_train(name: str) -> bool:
    """Whether `Person/…` or `person_….png` belongs to the people who are trained on."""
    path = PurePosixPath(name)
    if len(path.parts) > 1:
        return _hash(path.parts[0]) < 8
    return _hash(path.name.partition("_")[0]) < 12


def to_picture(labelled: labels.Labelled) -> Picture:
    """A labelled photograph with its smaller copies."""
    copies = [labelled.luma]
    while min(copies[-1].shape) >= 2 * SMALLEST_COPY_PX:
        rows, columns = copies[-1].shape
        half = cv2.resize(copies[-1], (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        copies.append(half)
    return Picture(labelled.name, tuple(copies), tuple(to_face(row) for row in labelled.faces))


def to_face(row: NDArray[np.float32]) -> Face:
    """A row of labels as a face."""
    wide = row.astype(np.float64)
    return Face(
        centre=wide[:2] + wide[2:4] / 2,
        size=np.maximum(wide[2:4], 1.0),
        landmarks=wide[4:14].reshape(5, 2),
        sure=bool(wide[14] >= SURE_SCORE),
    )


def scenes_for_training(folder: Path, label_file: Path) -> list[Picture]:
    """The scenes that may be trained on."""
    read = labels.read(folder, label_file)
    return [to_picture(each) for each in read if scene_may_train(each.name)]


def people_for_training(folder: Path, label_file: Path) -> list[Picture]:
    """The photographs of people who may be trained on; at least one sure face in each."""
    read = (each for each in labels.read(folder, label_file) if person_may_train(each.name))
    return [picture for picture in map(to_picture, read) if picture.sure_faces]
