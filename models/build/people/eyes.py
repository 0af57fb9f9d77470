"""Eyeballs with a procedural iris."""

from __future__ import annotations

import numpy as np

from models.build.people import assets, pose
from models.build.people.identity import Identity
from models.build.people.surface import Floats, Ints, linear_rgb, smoothstep

RINGS, SPOKES = 70, 96
IRIS_EDGE_DEG = 24.0
WHITE_RGB = (0.72, 0.68, 0.64)


def _globe() -> tuple[Floats, Floats, Ints]:
    """Angles from the pupil (degrees) and around it (radians), both (RINGS, SPOKES); quads."""
    fine = np.linspace(0, 32, 44)
    from_pupil = np.concatenate([fine, np.linspace(33.5, 115, RINGS - 44)])
    theta, around = np.meshgrid(
        np.radians(from_pupil), np.linspace(0, 2 * np.pi, SPOKES, endpoint=False), indexing="ij"
    )
    i, j = np.meshgrid(np.arange(RINGS - 1), np.arange(SPOKES), indexing="ij")
    after = (j + 1) % SPOKES
    corners = [i * SPOKES + j, (i + 1) * SPOKES + j, (i + 1) * SPOKES + after, i * SPOKES + after]
    return theta, around, np.stack(corners, -1).reshape(-1, 4)


def _colours(who: Identity, degrees: Floats, around: Floats, r: np.random.Generator) -> Floats:
    pupil_edge = 9.5 + r.uniform(-1, 1.5)
    iris = linear_rgb(np.array(who.iris_srgb) / 255.0) * 1.15
    waves = r.integers(18, 75, 9)
    fibres = sum(np.sin(around * k + r.uniform(0, 6.28)) * r.uniform(0.3, 1) for k in waves) / 3
    out = np.clip((degrees - pupil_edge) / (IRIS_EDGE_DEG - pupil_edge), 0, 1)
    shade = 0.75 + 0.35 * np.exp(-(((out - 0.25) / 0.25) ** 2)) + 0.16 * fibres
    iris = iris * shade[..., None] * (1 - 0.75 * smoothstep(0.72, 1.0, out))[..., None]
    rim = smoothstep(30, 70, degrees)
    white = np.array(WHITE_RGB) * (1 - 0.25 * smoothstep(45, 95, degrees))[..., None]
    white = white * np.stack([1 + 0 * degrees, 1 - 0.08 * rim, 1 - 0.12 * rim], -1)
    a = smoothstep(IRIS_EDGE_DEG - 1.2, IRIS_EDGE_DEG + 1.5, degrees)[..., None]
    b = smoothstep(pupil_edge + 0.6, pupil_edge - 0.6, degrees)[..., None]
    return (iris * (1 - a) + white * a) * (1 - b) + 0.004 * b


def eyeballs(
    who: Identity, vertices: Floats, gaze: tuple[float, float]
) -> tuple[Floats, Ints, Floats]:
    """Vertices, quads and linear colours of both eyes, left first, for the unposed head."""
    r, data = np.random.default_rng(7900 + who.seed), assets.load()
    theta, around, quads = _globe()
    degrees = np.degrees(theta)
    cornea = 1 + 0.045 * np.cos(np.clip(degrees / 27, 0, 1) * np.pi / 2) ** 2 * 0.6
    ball = [np.sin(theta) * np.cos(around), np.sin(theta) * np.sin(around), np.cos(theta)]
    ball_points = (np.stack(ball, -1) * cornea[..., None]).reshape(-1, 3)
    colours = _colours(who, degrees, around, r)
    turn = pose.rotation(-gaze[1], gaze[0], 0)
    points, faces = [], []
    for k, side in enumerate("lr"):
        socket = vertices[np.unique(data.groups[f"helper-{side}-eye"])]
        low, high = socket.min(0), socket.max(0)
        points.append((low + high) / 2 + (high[1] - low[1]) / 2 * (ball_points @ turn.T))
        faces.append(quads + k * RINGS * SPOKES)
    return np.concatenate(points), np.concatenate(faces), np.tile(colours.reshape(-1, 3), (2, 1))
