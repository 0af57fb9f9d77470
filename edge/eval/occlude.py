"""Draws a face mask or glasses onto a face, from its five landmarks.

In: a picture and landmarks. Out: the same picture, painted over, in place. Shapes are given in
the face's own axes: the origin midway between the eyes, x along the line of the eyes, y down the
face, one unit the distance between the eyes. They hide what a mask or glasses hide; they do not
look like real ones.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge.values import Bytes, Floats

_MASK_COLOUR = (214, 202, 190)
_LENS_COLOUR = (30, 28, 26)
_CLEAR = 0.25  # how much of a lens's colour clear glasses show
_MASK = ((-1.0, 0.38), (-0.35, 0.22), (0.0, 0.14), (0.35, 0.22), (1.0, 0.38))
_CHIN = ((0.92, 1.25), (0.5, 1.85), (0.0, 2.0), (-0.5, 1.85), (-0.92, 1.25))
_LENS = (0.4, 0.3)  # half width and half height
_RIM = 0.07


def mask(picture: Bytes, landmarks: Floats) -> None:
    """Cover the face from the bridge of the nose to the chin."""
    outline = np.array(_MASK + _CHIN)
    # The mouth says how long the face is: a face looking down is shorter than it is wide.
    mouth = _to_face(landmarks, landmarks[3:].mean(axis=0))[1]
    outline[:, 1] *= np.clip(mouth / 1.1, 0.6, 1.4)
    points = _to_picture(landmarks, outline)
    cv2.fillPoly(picture, [points], _MASK_COLOUR, lineType=cv2.LINE_AA)


def glasses(picture: Bytes, landmarks: Floats, *, dark: bool) -> None:
    """Draw rims and lenses over the eyes; dark lenses hide the eyes altogether."""
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    oval = np.column_stack([np.cos(angle) * _LENS[0], np.sin(angle) * _LENS[1]])
    eyes = np.array([[-0.5, 0.05], [0.5, 0.05]])
    lenses = [_to_picture(landmarks, oval + eye) for eye in eyes]
    tinted = picture.copy()
    cv2.fillPoly(tinted, lenses, _LENS_COLOUR, lineType=cv2.LINE_AA)
    share = 1.0 if dark else _CLEAR
    cv2.addWeighted(tinted, share, picture, 1 - share, 0, dst=picture)
    width = max(1, round(_RIM * _eye_distance(landmarks)))
    cv2.polylines(picture, lenses, True, _LENS_COLOUR, width, cv2.LINE_AA)
    for ends in (((-0.1, 0.0), (0.1, 0.0)), ((-1.2, -0.1), (-0.9, 0.0)), ((0.9, 0.0), (1.2, -0.1))):
        bar = _to_picture(landmarks, np.array(ends))
        cv2.polylines(picture, [bar], False, _LENS_COLOUR, width, cv2.LINE_AA)


def _eye_distance(landmarks: Floats) -> float:
    return max(1e-3, float(np.hypot(*(landmarks[1] - landmarks[0]))))


def _axes(landmarks: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The origin, and the axes as rows, both in pixels."""
    left, right = landmarks[:2].astype(np.float64)
    across = right - left
    return (left + right) / 2, np.stack([across, (-across[1], across[0])])


def _to_picture(landmarks: Floats, points: npt.NDArray[np.float64]) -> npt.NDArray[np.int32]:
    origin, axes = _axes(landmarks)
    found: npt.NDArray[np.int32] = np.rint(points @ axes + origin - 0.5).astype(np.int32)
    return found


def _to_face(landmarks: Floats, point: Floats) -> npt.NDArray[np.float64]:
    origin, axes = _axes(landmarks)
    found: npt.NDArray[np.float64] = (point - origin) @ np.linalg.inv(axes)
    return found
