"""Makes training crops: natural scenes, crowds of them, pasted faces, look-alikes.

In:   labelled scenes and people (`photographs`), mined false alarms (`mine`), a seed.
Out:  endless uint8 luma crops of 320×320 with their faces.
Always: the same sources and seed give the same crops; natural faces appear 6 to 70 px between the
      eyes, pasted ones 6.5 to 120.
Not here: what the network should say of them (`targets`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training.camera import through_a_camera
from models.build.detector_training.photographs import Face, Picture
from models.build.detector_training.placing import Canvas, Turn, paste, put_tile, view

PixelArray = NDArray[np.uint8]
Floats = NDArray[np.float64]
Each = TypeVar("Each")

SIDE_PX = 320
NATURAL_EYES_PX = (6.0, 70.0)
PEOPLE_AS_SCENES = 0.3  # their photographs are natural too, but people in scenes turn more


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A place in a scene, in its pixels, that an earlier network took for a face."""

    scene: int
    centre: Floats
    size_px: float


class CropMaker:
    """An endless source of crops.

    Args:
        scenes: photographs of scenes, with and without faces.
        people: photographs with a face near the centre.
        alarms: mined places in the scenes.
        seed: of all chance in it.
    """

    def __init__(
        self,
        scenes: Sequence[Picture],
        people: Sequence[Picture],
        alarms: Sequence[FalseAlarm],
        seed: int,
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._scenes, self._people, self._alarms = scenes, people, alarms
        self._free = [scene for scene in scenes if not scene.faces]
        self._peopled = [(scene, face) for scene in scenes for face in scene.sure_faces]
        recipes: list[tuple[float, Callable[[], Canvas]]] = [
            (0.20, self._one_natural),
            (0.22, self._natural_crowd),
            (0.24, self._pasted_on_scene),
            (0.09, self._wall_of_people),
            (0.06, self._one_large),
            (0.12 if alarms else 0.0, self._look_alike),
            (0.07, self._any_scene),
        ]
        self._recipes = [make for _, make in recipes]
        shares = np.array([share for share, _ in recipes])
        self._shares = shares / shares.sum()

    def crop(self) -> tuple[PixelArray, list[Face]]:
        """The next crop and its faces."""
        canvas = self._recipes[self._random.choice(len(self._recipes), p=self._shares)]()
        for face in list(canvas.faces):
            if face.sure and self._random.random() < 0.1:
                self._cover(canvas, face)
        return through_a_camera(canvas.luma, self._random), canvas.faces

    def _one_of(self, those: Sequence[Each]) -> Each:
        return those[int(self._random.integers(len(those)))]

    def _between(self, smallest: float, largest: float) -> float:
        return float(np.exp(self._random.uniform(np.log(smallest), np.log(largest))))

    def _natural_turn(self, scale: float) -> Turn:
        random = self._random
        angle = random.normal(0, 14) if random.random() < 0.6 else 0.0
        return Turn(
            scale=scale,
            angle_deg=float(np.clip(angle, -45, 45)),
            mirrored=random.random() < 0.5,
            aspect=float(np.exp(random.normal(0, 0.06))),
            shear=random.normal(0, 0.05),
        )

    def _around_a_face(self, side_px: int, eyes_px: float) -> Canvas:
        """A natural view with a face somewhere in it, at the wanted size."""
        scene, face = self._one_of(self._peopled)
        if self._random.random() < PEOPLE_AS_SCENES:
            scene = self._one_of(self._people)
            face = self._one_of(scene.sure_faces)
        turn = self._natural_turn(eyes_px / face.inter_eye_px)
        target = self._random.uniform(0.2, 0.8, 2) * side_px
        return view(scene, turn.matrix(face.centre, target), side_px)

    def _one_natural(self) -> Canvas:
        return self._around_a_face(SIDE_PX, self._between(*NATURAL_EYES_PX))

    def _natural_crowd(self) -> Canvas:
        """A mosaic of natural views, in each a face small enough for it."""
        canvas = Canvas(np.zeros((SIDE_PX, SIDE_PX), np.uint8))
        tiles = int(self._random.integers(2, 6))
        side = SIDE_PX // tiles
        for row in range(tiles):
            for column in range(tiles):
                tile = self._around_a_face(side, self._between(6, max(8.0, side / 3.5)))
                put_tile(canvas, tile, column * side, row * side)
        return canvas

    def _any_scene(self, scene: Picture | None = None) -> Canvas:
        chosen = scene or self._one_of(self._scenes)
        size = np.array(chosen.size, np.float64)
        scale = SIDE_PX / size.min() * self._between(0.7, 3.0)
        margin = np.minimum(SIDE_PX / 2 / scale, size / 2)
        source = self._random.uniform(margin, size - margin)
        turn = Turn(scale, self._random.uniform(-8, 8), bool(self._random.random() < 0.5))
        return view(chosen, turn.matrix(source, np.full(2, SIDE_PX / 2)), SIDE_PX)

    def _look_alike(self) -> Canvas:
        """A mined false alarm at about the size it was, or at any size."""
        alarm = self._one_of(self._alarms)
        scene = self._scenes[alarm.scene]
        wanted = self._between(14, 150) if self._random.random() < 0.5 else 30.0
        scale = max(wanted / max(alarm.size_px, 3), SIDE_PX / min(scene.size) * 0.5)
        turn = Turn(scale, self._random.uniform(-10, 10), bool(self._random.random() < 0.5))
        target = self._random.uniform(0.2, 0.8, 2) * SIDE_PX
        return view(scene, turn.matrix(alarm.centre, target), SIDE_PX)

    def _pasted_on_scene(self) -> Canvas:
        """One to five people, and pieces of scenery with the same edges, on a scene."""
        random = self._random
        canvas = self._any_scene()
        if random.random() < 0.2:
            blurred = cv2.GaussianBlur(canvas.luma, (0, 0), random.uniform(2, 15))
            canvas = Canvas(np.asarray(blurred, np.uint8))
        for _ in range(random.integers(0, 3)):
            piece = self._one_of(self._free)
            scale = random.uniform(0.08, 0.5) * SIDE_PX / min(piece.size)
            turn = Turn(scale, random.uniform(-30, 30))
            matrix = turn.matrix(np.array(piece.size) / 2, random.uniform(0, SIDE_PX, 2))
            paste(canvas, piece, [], matrix, self._mask(piece))
        for _ in range(random.integers(1, 6)):
            self._paste_person(canvas, self._between(6.5, 60), random.uniform(0, SIDE_PX, 2))
        return canvas

    def _wall_of_people(self) -> Canvas:
        """Photographs of people side by side, 2×2 to 7×7."""
        canvas = Canvas(np.zeros((SIDE_PX, SIDE_PX), np.uint8))
        tiles = int(self._random.integers(2, 8))
        side = SIDE_PX / tiles
        for place in np.ndindex(tiles, tiles):
            eyes_px = side * 0.176 * self._random.uniform(0.95, 1.6)
            target = (np.array(place) + 0.5 + self._random.uniform(-0.1, 0.1, 2)) * side
            self._paste_person(canvas, eyes_px, target, whole=True)
        return canvas

    def _one_large(self) -> Canvas:
        canvas = self._any_scene()
        place = self._random.uniform(0.2, 0.8, 2) * SIDE_PX
        self._paste_person(canvas, self._between(35, 120), place, whole=True)
        return canvas

    def _paste_person(
        self, canvas: Canvas, eyes_px: float, target: Floats, whole: bool = False
    ) -> None:
        person = self._one_of(self._people)
        middle = np.array(person.size) / 2
        face = min(person.sure_faces, key=lambda each: float(np.linalg.norm(each.centre - middle)))
        angle = float(np.clip(self._random.normal(0, 14), -35, 35))
        turn = Turn(eyes_px / face.inter_eye_px, angle, bool(self._random.random() < 0.5))
        mask = np.ones(person.size[::-1], np.float32) if whole else self._mask(person)
        paste(canvas, person, person.faces, turn.matrix(face.centre, target), mask)

    def _mask(self, picture: Picture) -> NDArray[np.float32]:
        """The whole photograph, its inner part, or an ellipse about the head; soft or hard."""
        random = self._random
        columns, rows = picture.size
        kind = random.integers(0, 4)
        if kind < 2:
            return np.ones((rows, columns), np.float32)
        mask = np.zeros((rows, columns), np.float32)
        if kind == 2:
            mask[int(rows * 0.12) : int(rows * 0.88), int(columns * 0.12) : int(columns * 0.88)] = 1
        else:
            centre = (int(columns * 0.5), int(rows * random.uniform(0.5, 0.6)))
            across, along = random.uniform((0.24, 0.34), (0.42, 0.48))
            axes = (int(columns * across), int(rows * along))
            cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
        if random.random() < 0.7:
            soft = cv2.blur(mask, (columns // 12 | 1, rows // 12 | 1))
            return np.asarray(soft, np.float32)
        return mask

    def _cover(self, canvas: Canvas, face: Face) -> None:
        """Hide a part of a face: its lower half, its forehead, or a patch."""
        random = self._random
        kind = random.random()
        corner = face.centre - face.size / 2
        if kind < 0.4:
            start, extent = np.array([-0.05, random.uniform(0.55, 0.75)]), np.array([1.1, 0.5])
        elif kind < 0.6:
            start, extent = np.array([-0.1, -0.1]), np.array([1.2, random.uniform(0.2, 0.38)])
        else:
            start, extent = random.uniform(-0.2, 0.8, 2), random.uniform(0.15, 0.4, 2)
        low = np.maximum(corner + start * face.size, 0).astype(int)
        high = np.minimum(corner + (start + extent) * face.size, SIDE_PX).astype(int)
        if (high - low < 1).any():
            return
        patch = canvas.luma[low[1] : high[1], low[0] : high[0]]
        other = self._one_of(self._free).copies[-1]
        filled = cv2.resize(other, (patch.shape[1], patch.shape[0]))
        patch[:] = random.integers(0, 256) if random.random() < 0.5 else filled
