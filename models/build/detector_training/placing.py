"""Places photographs on a canvas by an affine map, and carries their faces along.

In:   pictures, 2×3 matrices from photograph to canvas pixels, masks.
Out:  canvases: uint8 luma and the faces that can be seen on it.
Always: a face that is half hidden stays as one nobody asks for; one that is hidden is dropped.
Not here: what is placed where (`crops`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.build.detector_training.photographs import Face, Picture

PixelArray = NDArray[np.uint8]
Floats = NDArray[np.float64]

MOSTLY_SEEN, HARDLY_SEEN = 0.75, 0.3
SHARPEST_SHRINK = 1.3
_MIRRORED_ORDER = [1, 0, 2, 4, 3]


@dataclass(slots=True)
class Canvas:
    """A luma picture being made, and the faces on it."""

    luma: PixelArray
    faces: list[Face] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a photograph is turned and stretched: scale by axis, degrees, mirrored or not."""

    scale: float
    angle_deg: float = 0.0
    mirrored: bool = False
    aspect: float = 1.0
    shear: float = 0.0

    def matrix(self, source: Floats, target: Floats) -> Floats:
        """The 2×3 matrix that brings a point of the photograph to a point of the canvas."""
        angle = np.deg2rad(self.angle_deg)
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        stretched = np.array([[self.aspect, self.shear], [0.0, 1 / self.aspect]])
        linear = self.scale * turned @ stretched
        if self.mirrored:
            linear = linear @ np.diag([-1.0, 1.0])
        return np.column_stack([linear, target - linear @ source])


def moved(face: Face, matrix: Floats) -> Face:
    """A face under an affine map; the box keeps upright, its sides follow the map's scale."""
    linear, shift = matrix[:, :2], matrix[:, 2]
    landmarks = face.landmarks @ linear.T + shift
    if np.linalg.det(linear) < 0:
        landmarks = landmarks[_MIRRORED_ORDER]
    scales = np.linalg.norm(linear, axis=0)
    return Face(linear @ face.centre + shift, face.size * scales, landmarks, face.sure)


def view(picture: Picture, matrix: Floats, side_px: int) -> Canvas:
    """A square filled by a photograph, its edges drawn outwards where it ends."""
    luma = _warp(picture, matrix, (side_px, side_px), cv2.BORDER_REPLICATE)
    columns, rows = picture.size
    corners = np.array([[0, columns, columns, 0], [0, 0, rows, rows]], np.float64)
    placed = matrix[:, :2] @ corners + matrix[:, 2:]
    low = np.maximum(placed.min(1), 0)
    high = np.minimum(placed.max(1), side_px)
    faces = [seen_within(moved(face, matrix), low, high) for face in picture.faces]
    return Canvas(luma, [face for face in faces if face is not None])


def seen_within(face: Face, low: Floats, high: Floats) -> Face | None:
    """The face as far as a rectangle shows it: whole, unsure, or not at all."""
    first = np.maximum(face.centre - face.size / 2, low)
    last = np.minimum(face.centre + face.size / 2, high)
    seen = np.clip(last - first, 0, None).prod() / face.size.prod()
    if seen < HARDLY_SEEN or (face.centre < low).any() or (face.centre >= high).any():
        return None
    return face if seen >= MOSTLY_SEEN else replace(face, sure=False)


def put_tile(canvas: Canvas, tile: Canvas, left: int, top: int) -> None:
    """Lay a square on the canvas where nothing lies yet."""
    side = len(tile.luma)
    shift = np.array([[1.0, 0.0, left], [0.0, 1.0, top]])
    canvas.luma[top : top + side, left : left + side] = tile.luma
    canvas.faces += [moved(face, shift) for face in tile.faces]


def paste(
    canvas: Canvas,
    picture: Picture,
    faces: Sequence[Face],
    matrix: Floats,
    mask: NDArray[np.float32],
) -> None:
    """Blend a photograph in where its mask (same shape as its first copy) is above zero."""
    columns, rows = picture.size
    corners = np.array([[0, columns, columns, 0], [0, 0, rows, rows]], np.float64)
    placed = matrix[:, :2] @ corners + matrix[:, 2:]
    height, width = canvas.luma.shape
    left, top = np.maximum(np.floor(placed.min(1)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(placed.max(1)).astype(int), (width, height))
    if right - left < 4 or bottom - top < 4:
        return
    local = matrix.copy()
    local[:, 2] -= (left, top)
    size = (int(right - left), int(bottom - top))
    shown = _warp(picture, local, size, cv2.BORDER_REPLICATE)
    weight = np.asarray(cv2.warpAffine(mask, local, size, flags=cv2.INTER_LINEAR), np.float32)
    area = canvas.luma[top:bottom, left:right]
    under = area.astype(np.float32)
    area[:] = (under + (shown - under) * weight).astype(np.uint8)
    _hide(canvas, weight, int(left), int(top))
    for face in faces:
        placed_face = moved(face, matrix)
        share = _weight_at(weight, placed_face.centre - (left, top))
        if share >= 0.2:
            sure = placed_face.sure and share > 0.95
            canvas.faces.append(replace(placed_face, sure=sure))


def _hide(canvas: Canvas, weight: NDArray[np.float32], left: int, top: int) -> None:
    """Faces under what was just pasted are gone, or no longer asked for."""
    kept = []
    for face in canvas.faces:
        share = _weight_at(weight, face.centre - (left, top))
        if share <= 0.9:
            kept.append(face if share <= 0.3 else replace(face, sure=False))
    canvas.faces = kept


def _weight_at(weight: NDArray[np.float32], point: Floats) -> float:
    column, row = np.round(point).astype(int)
    rows, columns = weight.shape
    inside = 0 <= row < rows and 0 <= column < columns
    return float(weight[row, column]) if inside else 0.0


def _warp(picture: Picture, matrix: Floats, size: tuple[int, int], border: int) -> PixelArray:
    """The photograph under the map, from the copy that avoids aliasing."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    level = 0
    while level + 1 < len(picture.copies) and scale * 2 ** (level + 1) <= SHARPEST_SHRINK:
        level += 1
    copy = picture.copies[level]
    local = matrix.copy()
    local[:, 0] *= picture.size[0] / copy.shape[1]
    local[:, 1] *= picture.size[1] / copy.shape[0]
    warped = cv2.warpAffine(copy, local, size, flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(warped, np.uint8)
