"""Bending the base mesh: head, arms and legs, with MakeHuman's bone weights.

Angles in degrees, positions in decimetres. Arrays of base-mesh vertices in, moved copies out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.build.people import assets

Floats = NDArray[np.float64]

FACE_BONES = re.compile(r"(head|jaw|levator|oculi|orbicularis|oris|risorius|special|tongue|eye).*")
FOREARM = ("lowerarm", "wrist", "finger", "metacarpal")
SHIN = ("lowerleg", "foot", "toe")
SIDES = {"L": "l", "R": "r"}
RELAXED_ARM = 38  # from MakeHuman's spread arms to hanging ones
RELAXED_ELBOW = 8


@dataclass(frozen=True, slots=True)
class Pose:
    """How a person stands. Pairs are (left, right); swing and legs are positive forwards."""

    expression: str = "neutral"
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)  # yaw (to the left), pitch (down), roll
    gaze: tuple[float, float] = (0.0, 0.0)  # yaw (to the left), pitch
    body_yaw: float = 0.0
    arms: tuple[float, float] = (0.0, 0.0)
    legs: tuple[float, float] = (0.0, 0.0)
    knees: tuple[float, float] = (0.0, 0.0)


def rotation(pitch: ArrayLike, yaw: ArrayLike, roll: ArrayLike) -> Floats:
    """Rotation matrices (..., 3, 3) that roll, then pitch, then yaw."""
    x, y, z = (np.radians(np.asarray(a, float)) for a in (pitch, yaw, roll))
    one, nil = np.ones_like(x), np.zeros_like(x)

    def matrix(rows: list[list[Floats]]) -> Floats:
        return np.stack([np.stack(row, -1) for row in rows], -2)

    about_x = matrix([[one, nil, nil], [nil, np.cos(x), -np.sin(x)], [nil, np.sin(x), np.cos(x)]])
    about_y = matrix([[np.cos(y), nil, np.sin(y)], [nil, one, nil], [-np.sin(y), nil, np.cos(y)]])
    about_z = matrix([[np.cos(z), -np.sin(z), nil], [np.sin(z), np.cos(z), nil], [nil, nil, one]])
    return about_y @ about_x @ about_z


def bend(
    points: Floats, weight: Floats, pivot: Floats, pitch: float, yaw: float, roll: float
) -> Floats:
    """Turn points (N, 3) about `pivot`, each by its own share `weight` (N,) of the angles."""
    turns = rotation(weight * pitch, weight * yaw, weight * roll)
    return np.einsum("nij,nj->ni", turns, points - pivot) + pivot


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares (N,) of each base-mesh vertex in the moves of a part; limbs by side "L" and "R"."""

    head: Floats
    arm: dict[str, Floats]
    forearm: dict[str, Floats]
    leg: dict[str, Floats]
    shin: dict[str, Floats]


@cache
def weights() -> Weights:
    """The shares, from MakeHuman's default rig."""
    data = assets.load()

    def limb(bones: tuple[str, ...], side: str) -> Floats:
        chosen = [b for b in data.weights if b.startswith(bones) and b.endswith("." + side)]
        return np.clip(data.bone_sum(chosen), 0, 1)

    head = data.bone_sum([b for b in data.weights if FACE_BONES.fullmatch(b)])
    for bone, share in (("neck03", 0.75), ("neck02", 0.5), ("neck01", 0.22)):
        if bone in data.weights:
            head = head + share * data.bone_sum([bone])
    return Weights(
        head=np.clip(head, 0, 1),
        arm={s: limb(("upperarm", *FOREARM), s) + 0.35 * limb(("shoulder01",), s) for s in SIDES},
        forearm={s: limb(FOREARM, s) for s in SIDES},
        leg={s: limb(("upperleg", *SHIN), s) for s in SIDES},
        shin={s: limb(SHIN, s) for s in SIDES},
    )


def hang_arms(vertices: Floats, swing: tuple[float, float]) -> Floats:
    """Arms from the spread rest pose to hanging and swinging ones."""
    data, share = assets.load(), weights()
    for (side, letter), outwards, forwards in zip(SIDES.items(), (1, -1), swing, strict=True):
        shoulder = data.joint(vertices, letter + "-shoulder")
        vertices = bend(vertices, share.arm[side], shoulder, 0, 0, -outwards * RELAXED_ARM)
        vertices = bend(vertices, share.arm[side], shoulder, -forwards, 0, 0)
        elbow = data.joint(vertices, letter + "-elbow")
        fold = -RELAXED_ELBOW - max(0, forwards) * 0.6
        vertices = bend(vertices, share.forearm[side], elbow, fold, 0, 0)
    return vertices


def stride(vertices: Floats, swing: tuple[float, float], knees: tuple[float, float]) -> Floats:
    """Legs of a walker."""
    data, share = assets.load(), weights()
    for (side, letter), forwards, fold in zip(SIDES.items(), swing, knees, strict=True):
        hip = data.joint(vertices, letter + "-upper-leg")
        vertices = bend(vertices, share.leg[side], hip, -forwards, 0, 0)
        knee = data.joint(vertices, letter + "-knee")
        vertices = bend(vertices, share.shin[side], knee, fold, 0, 0)
    return vertices


def turn_head(
    points: Floats, share: Floats, neck: Floats, head: tuple[float, float, float]
) -> Floats:
    """Turn points (..., 3) with the head, each by its `share` (...)."""
    yaw, pitch, roll = head
    return bend(points.reshape(-1, 3), share.reshape(-1), neck, pitch, yaw, roll).reshape(
        points.shape
    )
