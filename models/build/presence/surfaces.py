"""What is held up to a camera, and how: flat or curled pictures on paper and screens.

In: a luma picture and its width in millimetres. Out: the camera's view of it: luma and coverage.
Always: the finest structure (screen pixels, halftone dots) is never drawn as pixels of a texture
but added as its harmonics, each as far as lens and sensor would let it through, at the place on
the surface that a camera pixel sees: aliasing (moiré) then comes out by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOCAL_PX = 42.0 / 36.0 * 1280
SIZE_PX = (1280, 720)
LENS_SIGMA_PX = 0.55
STRIPS = 16


@dataclass(frozen=True, slots=True)
class Grid:
    """A periodic structure: pitch in mm, its angle, strength 0..1, whether it follows the tone."""

    pitch_mm: float
    angle_deg: float
    strength: float
    by_tone: bool


@dataclass(frozen=True, slots=True)
class Medium:
    """What carries the picture.

    Attributes:
        width_mm: of the shown picture.
        rim_mm: left/right and top/bottom rim around it.
        rim_level: luma of the rim.
        grids: fine structure.
        black: luma of black, as shown.
        white: luma of white.
        gamma: of the reproduction.
        glare: highest luma a reflection adds.
    """

    width_mm: float
    rim_mm: tuple[float, float]
    rim_level: float
    grids: tuple[Grid, ...]
    black: float
    white: float
    gamma: float
    glare: float = 0.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Where the middle of the surface is, in metres before the camera, and how it is turned."""

    x_m: float
    y_m: float
    z_m: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    curl_per_m: float = 0.0


def paper(generator: np.random.Generator, width_mm: float = 200.0) -> Medium:
    """A laser or inkjet print."""
    pitch, angle = float(generator.uniform(0.12, 0.3)), float(generator.uniform(15, 75))
    dots = Grid(pitch, angle, float(generator.uniform(0.15, 0.5)), by_tone=True)
    rim = float(generator.choice([0.0, 6.0]))
    low, high = generator.uniform(25, 50), generator.uniform(150, 215)
    return Medium(width_mm, (rim, rim), float(high), (dots,), float(low), float(high), 1.1)


def screen(generator: np.random.Generator, kind: str) -> Medium:
    """A phone, a tablet or a monitor."""
    width, pitch, rim = {
        "phone": (66.0, generator.uniform(0.055, 0.075), (3.0, 6.0)),
        "tablet": (150.0, generator.uniform(0.09, 0.13), (9.0, 9.0)),
        "monitor": (520.0, generator.uniform(0.20, 0.29), (12.0, 15.0)),
    }[kind]
    turn = float(generator.choice([0.0, 45.0]))  # pixels in stripes, or in a diamond
    grids = (
        Grid(float(pitch), turn, 0.35, by_tone=False),
        Grid(float(pitch), turn + 90, 0.25, by_tone=False),
    )
    white, gamma = generator.uniform(160, 235), generator.uniform(0.9, 1.2)
    glare = float(generator.choice([0.0, 30.0]) * generator.uniform(0.4, 1))
    black = float(generator.uniform(14, 34))
    return Medium(width, rim, float(generator.uniform(12, 40)), grids, black, white, gamma, glare)


def view(picture: NDArray[np.uint8], medium: Medium, hold: Hold) -> tuple[Floats, Floats]:
    """The camera's luma (720, 1280) of a surface alone, and its coverage 0..1."""
    shown, per_mm, rim = _with_rim(picture, medium)
    height, width = shown.shape
    luma, cover = np.zeros(SIZE_PX[::-1]), np.zeros(SIZE_PX[::-1])
    edges = np.linspace(0, width, STRIPS + 1 if hold.curl_per_m else 2)
    for left, right in pairwise(edges):
        corners = np.array([[left, 0], [right, 0], [right, height], [left, height]])
        mm = (corners - (width / 2, height / 2)) / per_mm
        matrix = cv2.getPerspectiveTransform(
            corners.astype(np.float32), _project(mm, hold).astype(np.float32)
        )
        _lay(shown, (left, right), matrix, (per_mm, rim), medium, (luma, cover))
    return _glare(luma, cover, medium, hold), np.minimum(cover, 1.0)


def _with_rim(picture: NDArray[np.uint8], medium: Medium) -> tuple[Floats, float, tuple[int, int]]:
    per_mm = picture.shape[1] / medium.width_mm
    tone = (picture / 255.0) ** medium.gamma
    shown = medium.black + (medium.white - medium.black) * tone
    rim = (round(medium.rim_mm[0] * per_mm), round(medium.rim_mm[1] * per_mm))
    pads = ((rim[1], rim[1]), (rim[0], rim[0]))
    return np.pad(shown, pads, constant_values=medium.rim_level), per_mm, rim


def _project(mm: Floats, hold: Hold) -> Floats:
    """Points (n, 2) of the surface to camera pixels."""
    x, y = mm[:, 0] / 1000, mm[:, 1] / 1000
    z = np.zeros_like(x)
    if hold.curl_per_m:
        bend = x * hold.curl_per_m
        z, x = (1 - np.cos(bend)) / hold.curl_per_m, np.sin(bend) / hold.curl_per_m
    a, b, c = np.radians([hold.yaw_deg, hold.pitch_deg, hold.roll_deg])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    points = np.stack([x, y, z], -1) @ (about_y @ about_x @ about_z).T
    points += np.array([hold.x_m, hold.y_m, hold.z_m])
    return points[:, :2] / points[:, 2:] * FOCAL_PX + (SIZE_PX[0] / 2, SIZE_PX[1] / 2)


def _lay(
    shown: Floats,
    strip: tuple[float, float],
    matrix: Floats,
    scale: tuple[float, tuple[int, int]],
    medium: Medium,
    onto: tuple[Floats, Floats],
) -> None:
    """Add one plane strip of a surface to the camera's picture."""
    left, right = int(np.floor(strip[0])), int(np.ceil(strip[1]))
    piece = np.zeros_like(shown)
    piece[:, left:right] = 1.0
    shrink = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))  # camera pixels for a picture pixel
    blurred = cv2.GaussianBlur(shown, (0, 0), max(0.3, 0.45 / max(shrink, 1e-3)))
    seen = cv2.warpPerspective(blurred, matrix, SIZE_PX, borderMode=cv2.BORDER_REPLICATE)
    where = np.clip(cv2.warpPerspective(piece, matrix, SIZE_PX), 0, 1)
    where = np.minimum(where, np.clip(1 - onto[1], 0, 1))
    rows, columns = np.nonzero(where > 0)
    if len(rows) == 0:
        return
    seen[rows, columns] *= 1 + _structure(seen, (rows, columns), matrix, scale, medium, shown.shape)
    onto[0][...] += seen * where
    onto[1][...] += where


def _structure(
    seen: Floats,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    matrix: Floats,
    scale: tuple[float, tuple[int, int]],
    medium: Medium,
    shape: tuple[int, int],
) -> Floats:
    """What the fine structure does to each pixel, as a part of its luma."""
    rows, columns = at
    per_mm, rim = scale
    back = np.linalg.inv(matrix)
    points = np.stack([columns, rows, np.ones(len(rows))]).astype(np.float64)
    bent = back @ points
    place = bent[:2] / bent[2] / per_mm  # mm on the surface
    camera_px_mm = np.sqrt(abs(np.linalg.det(back[:2, :2]))) / per_mm  # mm for a camera pixel
    tone = np.clip(seen[rows, columns] / 255, 0, 1)
    u, v = bent[:2] / bent[2]
    inside = (u > rim[0]) & (u < shape[1] - rim[0]) & (v > rim[1]) & (v < shape[0] - rim[1])
    total = np.zeros(len(rows))
    for grid in medium.grids:
        angle = np.radians(grid.angle_deg)
        along = place[0] * np.cos(angle) + place[1] * np.sin(angle)
        strength = grid.strength * (4 * tone * (1 - tone) if grid.by_tone else 1.0)
        for harmonic in (1, 2, 3):
            cycles = harmonic / grid.pitch_mm * camera_px_mm  # a camera pixel
            passed = np.exp(-2 * (np.pi * LENS_SIGMA_PX * cycles) ** 2) * abs(np.sinc(cycles))
            if passed > 1e-4:
                phase = 2 * np.pi * harmonic * along / grid.pitch_mm
                total += strength / harmonic * passed * np.cos(phase)
    return total * inside


def _glare(luma: Floats, cover: Floats, medium: Medium, hold: Hold) -> Floats:
    if not medium.glare:
        return luma
    rows, columns = np.mgrid[0 : SIZE_PX[1], 0 : SIZE_PX[0]]
    middle = (640 + 40 * hold.yaw_deg, 300 + 40 * hold.pitch_deg)
    lamp = np.exp(-(((columns - middle[0]) / 60) ** 2 + ((rows - middle[1]) / 30) ** 2))
    return np.asarray(luma + medium.glare * (0.25 + lamp) * cover)
