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
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training import labels

PixelArray = NDArray[np.uint8]
Floats = NDArray[np.float64]

SURE_SCORE = 0.8
REVIEWED_SURE_SCORE = 0.6
SMALLEST_COPY_PX = 48
SAME_PLACE_PX = 2.0
_REVIEWED = Path(__file__).parent / "reviewed.toml"


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


def to_picture(labelled: labels.Labelled, sure_score: float = SURE_SCORE) -> Picture:
    """A labelled photograph with its smaller copies."""
    copies = [labelled.luma]
    while min(copies[-1].shape) >= 2 * SMALLEST_COPY_PX:
        rows, columns = copies[-1].shape
        half = cv2.resize(copies[-1], (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        copies.append(np.asarray(half, np.uint8))
    faces = tuple(to_face(row, sure_score) for row in labelled.faces)
    return Picture(labelled.name, tuple(copies), faces)


def to_face(row: NDArray[np.float32], sure_score: float = SURE_SCORE) -> Face:
    """A row of labels as a face, sure from a score."""
    wide = row.astype(np.float64)
    return Face(
        centre=wide[:2] + wide[2:4] / 2,
        size=np.maximum(wide[2:4], 1.0),
        landmarks=wide[4:14].reshape(5, 2),
        sure=bool(wide[14] >= sure_score),
    )


def scenes_for_training(folder: Path, label_file: Path) -> list[Picture]:
    """The scenes that may be trained on, with what `reviewed.toml` says of their faces."""
    verdicts = _verdicts()
    read = labels.read(folder, label_file)
    pictures = (
        to_picture(each, REVIEWED_SURE_SCORE) for each in read if scene_may_train(each.name)
    )
    return [_reviewed(picture, verdicts) for picture in pictures]


def _verdicts() -> dict[str, list[tuple[Floats, str]]]:
    """Scene -> places that are no faces, or doubtful ones."""
    told = tomllib.loads(_REVIEWED.read_text("utf-8"))
    result: dict[str, list[tuple[Floats, str]]] = {}
    for verdict in ("wrong", "doubtful"):
        for name, column, row in told[verdict]:
            result.setdefault(name, []).append((np.array([column, row], np.float64), verdict))
    return result


def _reviewed(picture: Picture, verdicts: Mapping[str, list[tuple[Floats, str]]]) -> Picture:
    """The picture without its wrong faces, and with the doubtful ones unsure."""
    faces = []
    for face in picture.faces:
        said = {
            verdict
            for place, verdict in verdicts.get(picture.name, [])
            if np.abs(face.centre - place).max() <= SAME_PLACE_PX
        }
        if "wrong" not in said:
            faces.append(replace(face, sure=False) if said else face)
    return replace(picture, faces=tuple(faces))


def people_for_training(folder: Path, label_file: Path) -> list[Picture]:
    """The photographs of people who may be trained on; at least one sure face in each."""
    read = (each for each in labels.read(folder, label_file) if person_may_train(each.name))
    return [picture for picture in map(to_picture, read) if picture.sure_faces]
