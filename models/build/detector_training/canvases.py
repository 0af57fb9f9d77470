"""The pictures that detectors are measured on: 640×384 luma canvases with their truth.

In:   labelled photographs that `photographs` keeps from training, and by eye which of the scenes
      hold people (`held_out.toml`); the demo clip with its truth; rendered people.
Out:  canvases, each with the table and the column it counts in, and the landmarks of its faces.
Always: the same files give the same canvases.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training import labels
from models.build.detector_training.detectors import COLUMNS, ROWS
from models.build.detector_training.photographs import person_may_train, scene_may_train

PixelArray = NDArray[np.uint8]
Floats = NDArray[np.float64]

EYES_PX = (60, 40, 28, 20, 14, 10)
TRUTH_SCORE = 0.85
FACES_A_CELL = 150
_HELD_OUT = Path(__file__).parent / "held_out.toml"


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture and what is asked of it.

    Attributes:
        table: the table it counts in; "free" for a picture without any face.
        eyes_px: the column.
        luma: uint8 (384, 640).
        truth: landmarks (5, 2), or the two eyes (2, 2), of the face asked for; None if free.
        name: of the photograph.
    """

    table: str
    eyes_px: int
    luma: PixelArray
    truth: Floats | None
    name: str


def free_of_faces(scenes: Sequence[labels.Labelled]) -> Iterator[Canvas]:
    """Each held-out scene without people twice: whole, and a part of it 1.6 times as large."""
    held = tomllib.loads(_HELD_OUT.read_text("utf-8"))
    peopled = {*held["people"], *held["doubtful"]}
    for index, scene in enumerate(scenes):
        if scene.name not in peopled:
            random = np.random.default_rng(index)
            yield Canvas("free", 0, covering(scene.luma, 1.0, None), None, scene.name)
            yield Canvas("free", 0, covering(scene.luma, 1.6, random), None, scene.name)


def natural(scenes: Sequence[labels.Labelled]) -> Iterator[Canvas]:
    """Faces in held-out scenes where they are, the scene shrunk so that they have each size."""
    people = set(tomllib.loads(_HELD_OUT.read_text("utf-8"))["people"])
    for index, scene in enumerate(scenes):
        if scene.name not in people:
            continue
        for row in scene.faces:
            truth = row[4:14].reshape(5, 2).astype(np.float64)
            apart = float(np.linalg.norm(truth[0] - truth[1]))
            if row[14] < TRUTH_SCORE or apart < 14:
                continue
            for eyes_px in EYES_PX[1:]:
                if eyes_px / apart <= 1.1:
                    where = np.random.default_rng(index).uniform(0.25, 0.75, 2) * (COLUMNS, ROWS)
                    luma, moved = _shown_at(scene.luma, truth, eyes_px / apart, where)
                    yield Canvas("natural", eyes_px, luma, moved, scene.name)


def _shown_at(
    luma: PixelArray, truth: Floats, scale: float, where: Floats
) -> tuple[PixelArray, Floats]:
    """A scaled photograph laid on grey so that its face comes to lie at a place."""
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(luma, None, fx=scale, fy=scale, interpolation=method)
    moved = truth * (small.shape[1] / luma.shape[1], small.shape[0] / luma.shape[0])
    shift = np.round(where - moved.mean(0))
    matrix = np.column_stack([np.eye(2), shift])
    canvas = cv2.warpAffine(small, matrix, (COLUMNS, ROWS), borderValue=90)
    return np.asarray(canvas, np.uint8), moved + shift


def covering(luma: PixelArray, times: float, random: np.random.Generator | None) -> PixelArray:
    """The photograph over the whole canvas, its middle or a part by chance."""
    rows, columns = luma.shape
    scale = max(COLUMNS / columns, ROWS / rows) * times
    size = (int(np.ceil(columns * scale)), int(np.ceil(rows * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    large = cv2.resize(luma, size, interpolation=method)
    spare = np.array([large.shape[0] - ROWS, large.shape[1] - COLUMNS])
    top, left = spare // 2 if random is None else random.integers(0, spare + 1)
    return np.ascontiguousarray(large[top : top + ROWS, left : left + COLUMNS])


def pasted(
    table: str, people: Sequence[labels.Labelled], backgrounds: Sequence[PixelArray], dark: bool
) -> Iterator[Canvas]:
    """A person's photograph with feathered edges on a scene; in the light, or in hardly any."""
    for eyes_px in EYES_PX:
        random = np.random.default_rng(1000 + eyes_px)
        for index, person in enumerate(people):
            under = backgrounds[(index * 5 + 3) % len(backgrounds)].copy()
            truth = _paste(under, person, eyes_px, random)
            luma = _in_the_dark(under, random) if dark else under
            yield Canvas(table, eyes_px, luma, truth, person.name)


def _paste(
    under: PixelArray, person: labels.Labelled, eyes_px: int, random: np.random.Generator
) -> Floats:
    truth = middle_face(person)
    scale = eyes_px / np.linalg.norm(truth[0] - truth[1])
    side = max(8, round(person.luma.shape[0] * scale))
    shown = cv2.resize(person.luma, (side, side), interpolation=cv2.INTER_AREA)
    ramp = np.clip(np.minimum(np.arange(side), np.arange(side)[::-1]) / (0.15 * side), 0, 1)
    weight = np.outer(ramp, ramp)
    left = int(random.integers(0, COLUMNS - side + 1))
    spare = ROWS - side  # negative when the photograph is taller than the canvas
    top = int(random.integers(0, spare + 1)) if spare >= 0 else -int(random.integers(0, 1 - spare))
    first, last = max(0, top), min(ROWS, top + side)
    area = under[first:last, left : left + side]
    part = slice(first - top, last - top)
    blended = area + (shown[part].astype(np.float64) - area) * weight[part]
    area[:] = np.round(blended).astype(np.uint8)
    return np.asarray(truth * (side / person.luma.shape[0]) + (left, top))


def _in_the_dark(luma: PixelArray, random: np.random.Generator) -> PixelArray:
    """22 % of the light, noise of 3 grey levels, JPEG at 60."""
    dim = luma * 0.22 + random.normal(0, 3, luma.shape)
    _, data = cv2.imencode(".jpg", np.clip(dim, 0, 255).astype(np.uint8), [1, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def middle_face(person: labels.Labelled) -> Floats:
    """Landmarks (5, 2) of the face nearest the photograph's middle."""
    middle = np.array(person.luma.shape[::-1]) / 2
    centres = person.faces[:, :2] + person.faces[:, 2:4] / 2
    nearest = person.faces[np.linalg.norm(centres - middle, axis=1).argmin()]
    return np.asarray(nearest[4:14].reshape(5, 2), np.float64)


def some_people(people: Iterator[labels.Labelled]) -> list[labels.Labelled]:
    """150 photographs by chance, a well-sized sure face near the middle of each."""
    fit = []
    for person in people:
        sure = person.faces[person.faces[:, 14] >= 0.8]
        if len(sure) == 0:
            continue
        truth = middle_face(person)
        if 36 < np.linalg.norm(truth[0] - truth[1]) < 60:
            fit.append(person)
    chosen = np.random.default_rng(77).choice(len(fit), min(FACES_A_CELL, len(fit)), replace=False)
    return [fit[index] for index in chosen]


def clip(folder: Path) -> Iterator[Canvas]:
    """The demo clip's frames at half their size, one canvas for each face that is in one."""
    told = json.loads((folder / "clip.json").read_text("utf-8"))
    shown = [entry for one in told["appearances"] for entry in one["frames"]]
    video = cv2.VideoCapture(str(folder / told["file"]))
    scale = COLUMNS / told["width"]
    for number in range(told["frames"]):
        alive, picture = video.read()
        if not alive:
            return
        grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        luma = np.zeros((ROWS, COLUMNS), np.uint8)
        luma[: small.shape[0]] = small
        for entry in (each for each in shown if each["frame"] == number):
            eyes_px = entry["inter_eye_px"] * scale
            column = max((size for size in EYES_PX if size <= eyes_px), default=0)
            truth = np.array(entry["eyes"]) * scale
            yield Canvas("clip", column, luma, truth, f"frame {number}")


def held_out_scenes(folder: Path, label_file: Path) -> list[labels.Labelled]:
    """The scenes that nobody trains on."""
    return [each for each in labels.read(folder, label_file) if not scene_may_train(each.name)]


def held_out_people(folder: Path, label_file: Path) -> list[labels.Labelled]:
    """The rendered people that this training does not see, with a face in the picture."""
    read = labels.read(folder, label_file)
    return [each for each in read if len(each.faces) and not person_may_train(each.name)]
