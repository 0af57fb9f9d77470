"""Who walks where and when, and how a walker appears to the camera.

In: a schedule (`walks.toml`). Out: for a walker and a time, a place on the floor and a pose of the
body. World coordinates are Blender's: metres, x to the image's right, y away from the camera, z up,
z = 0 at an eye height of 1.6 m above the floor. Nothing here draws anything.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.float64]

EYE_LEVEL_M = 1.6
CAMERA_M = (0.0, -2.3, 0.12)
CAMERA_TARGET_M = (0.0, 1.0, -0.12)
LENS_MM = 42.0
SENSOR_MM = 36.0
GAIT_PERIOD_S = 1.05
START_Y_M = 1.8  # behind the wall beside the doorway


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's walk through the doorway, towards the camera and past it.

    `enters_x_m` is the side of the doorway (negative: the image's left), `lane_x_m` the place in
    the doorway, `leaves_x_m` the place when level with the camera.
    """

    key: str
    start_s: float
    enters_x_m: float
    lane_x_m: float
    leaves_x_m: float
    speed_m_s: float = 1.3
    smiles: bool = False

    def path(self) -> tuple[CubicSpline, float]:
        """The way on the floor as (x, y) over the distance walked, and its length in metres."""
        lane, leave = self.lane_x_m, self.leaves_x_m
        points = np.array(
            [
                (self.enters_x_m, START_Y_M + 0.05),
                (0.55 * self.enters_x_m + 0.45 * lane, START_Y_M - 0.03),
                (lane, 1.25),
                (lane + 0.3 * (leave - lane), 0.3),
                (leave, -1.2),
                (leave, -2.0),
            ]
        )
        steps = np.hypot(*np.diff(points, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        return CubicSpline(along, points), float(along[-1])


@dataclass(frozen=True, slots=True)
class Step:
    """A walker at one moment: degrees and metres; positive yaw turns to the image's right."""

    x_m: float
    y_m: float
    bob_m: float
    body_yaw: float
    head: tuple[float, float, float]  # yaw, pitch (positive: down), roll, relative to the body
    gaze: tuple[float, float]  # yaw, pitch of the eyes, relative to the head
    arms: tuple[float, float]
    legs: tuple[float, float]
    knees: tuple[float, float]
    expression: str


def load(path: Path) -> tuple[float, float, list[Walk]]:
    """Read a schedule: frames per second, length in seconds, walks."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return float(data["fps"]), float(data["length_s"]), [Walk(**w) for w in data["walk"]]


def step(walk: Walk, seed: int, clip_s: float) -> Step | None:
    """The walker at `clip_s`, or None before the start and after the end of the path."""
    t = clip_s - walk.start_s
    spline, length = walk.path()
    gone = t * walk.speed_m_s
    if not 0.0 <= gone <= length:
        return None
    x, y = (float(a) for a in spline(gone))
    dx, dy = spline(gone, 1)
    phase = 2 * np.pi * t / GAIT_PERIOD_S
    left, right = np.sin(phase), np.sin(phase + np.pi)
    body = float(np.degrees(np.arctan2(dx, -dy))) + 2.5 * left
    head, gaze = _look(x, y, body, t, seed, phase)
    return Step(
        x_m=x + 0.012 * np.sin(phase),
        y_m=y,
        bob_m=0.018 * np.cos(2 * phase),
        body_yaw=body,
        head=head,
        gaze=gaze,
        arms=(-16 * left, -16 * right),
        legs=(21 * left, 21 * right),
        knees=tuple(max(0.0, 30 * np.cos(phase + k)) + 4 for k in (0.0, np.pi)),
        expression="slight" if walk.smiles and int(t * 0.7 + seed) % 2 else "neutral",
    )


def _look(
    x: float, y: float, body: float, t: float, seed: int, phase: float
) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Turn the head most of the way to the camera and the eyes the rest, with a little sway."""
    wanted = float(np.degrees(np.arctan2(CAMERA_M[0] - x, y - CAMERA_M[1]))) - body
    yaw = float(np.clip(0.8 * wanted, -45, 45)) + 6 * np.sin(2 * np.pi * t / 2.7 + seed)
    pitch = 2 * np.sin(2 * phase) + 2 * np.sin(t * 1.3 + seed)
    gaze = float(np.clip(wanted - yaw, -14, 14))
    return (yaw, pitch, 1.5 * np.sin(phase)), (gaze, 0.0)


class Camera:
    """The pinhole camera of the clip: world metres to image pixels."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.width_px, self.height_px = width_px, height_px
        self.focal_px = LENS_MM / SENSOR_MM * width_px
        forward = np.subtract(CAMERA_TARGET_M, CAMERA_M)
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 0.0, 1.0))
        right = right / np.linalg.norm(right)
        self._axes = np.stack([right, np.cross(forward, right), forward])  # x right, y down, depth

    def project(self, points_m: Floats) -> tuple[Floats, Floats]:
        """Points (N, 3) to pixels (N, 2) from the top-left corner, and depths (N,) in metres."""
        local = (points_m - np.array(CAMERA_M)) @ self._axes.T
        depth = np.maximum(local[:, 2], 1e-6)
        centre = (self.width_px / 2, self.height_px / 2)
        return local[:, :2] / depth[:, None] * self.focal_px + centre, local[:, 2]
