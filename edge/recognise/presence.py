"""Whether a face that is tracked is a person before the camera, or a picture held up to it.

In: a track's landmarks and the luma around the face, sighting by sighting. Out: a
:class:`Finding`: shown, or why not. Always: presence has to be shown; a track that showed nothing
either way counts as not shown. Numbers are kept and no picture: landmarks and the strength of
lines, of a bounded number of sightings.

Two things are asked. *Depth*: in the frame of eyes and mouth corners, the nose of a head that
turns wanders, that of a flat picture stays, however the picture is moved and tilted (an affine
camera maps a plane affinely; Tomasi and Kanade, IJCV 9(2), 1992). The wander is the nose's
standard deviation less what jumps from sighting to sighting (half the mean squared difference,
von Neumann 1941), which is the detector's unrest. *Edges*: straight lines on at least two of the
four sides of a face, sighting after sighting, are the edges of a paper or a screen.

What this misses: a film of a turning head on a screen whose edges the camera does not see. The
pixels of a screen and the dots of a print are too fine for a camera at the distance of a door.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from edge.recognise.align import similarity
from edge.recognise.pack import PresenceLimits
from edge.values import Bytes, Detection, Floats, Frame

MAX_SIGHTINGS = 64
_EVERY_S = 0.08  # a faster camera is sampled: neighbouring frames tell the same
_EYE_PX = 12  # pixels between the eyes in the aligned surround
_ACROSS, _DOWN = 96, 104
_MIDDLE = (48, 42)  # of the eyes in the surround
_FACE = np.array([[-0.5, 0], [0.5, 0], [0, 0.58], [-0.44, 1.05], [0.44, 1.05]], np.float32)
_TARGET = (_FACE * _EYE_PX + np.array(_MIDDLE)).astype(np.float32)
_X, _Y = _MIDDLE
_BESIDE = (_Y - 18, _Y + 30)  # rows of the surround in which lines beside a face are looked for
_LEVEL = (_X - 22, _X + 22)  # columns for those above and under it
_CORNERS = [0, 1, 3, 4]  # landmarks of the face that lie nearly in a plane
_NOSE = 2
_SHEARS = np.linspace(-0.2, 0.2, 13)
_FLATTEST = 5.0  # contrast of a surround, grey levels, under which edges are not made larger


class Reason(StrEnum):
    """Why presence was not shown."""

    NONE = ""
    UNABLE = "this pack cannot tell"
    FEW = "seen too briefly"
    FLAT = "no depth seen"
    EDGE = "a straight edge around the face"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a track shows.

    Attributes:
        reason: why presence is not shown; ``Reason.NONE`` when it is.
        depth: the nose's wander in eye distances.
        edge: strength of the straight lines around the face, in contrasts of what is around it.
        sightings: how many it rests on.
    """

    reason: Reason
    depth: float = 0.0
    edge: float = 0.0
    sightings: int = 0

    @property
    def present(self) -> bool:
        """Whether a person is there."""
        return self.reason is Reason.NONE


class Presence:
    """Gathers what one track shows; a bounded number of sightings.

    Args:
        limits: the pack's; None where its landmarks do not serve.
    """

    __slots__ = ("_edges", "_first_s", "_last_s", "_limits", "_shapes")

    def __init__(self, limits: PresenceLimits | None) -> None:
        self._limits = limits
        self._shapes: list[Floats] = []
        self._edges: list[float] = []
        self._first_s = self._last_s = -math.inf

    def observe(self, frame: Frame, detection: Detection) -> None:
        """Take note of a sighting."""
        full = self._limits is None or len(self._shapes) >= MAX_SIGHTINGS
        if full or 0 <= frame.t_s - self._last_s < _EVERY_S:
            return
        if not self._shapes:
            self._first_s = frame.t_s
        self._last_s = frame.t_s
        self._shapes.append(_shape(detection.landmarks))
        self._edges.append(edge_strength(surround(frame.y, detection.landmarks)))

    def find(self) -> Finding:
        """What was shown so far."""
        limits, count = self._limits, len(self._shapes)
        if limits is None:
            return Finding(Reason.UNABLE)
        if count < limits.min_sightings or self._last_s - self._first_s < limits.min_span_s:
            return Finding(Reason.FEW, sightings=count)
        depth = wander(np.stack(self._shapes))
        edge = float(np.median(self._edges))
        reason = Reason.NONE
        if edge > limits.max_edge:
            reason = Reason.EDGE
        elif depth < limits.min_depth:
            reason = Reason.FLAT
        return Finding(reason, depth, edge, count)


def surround(luma: Bytes, landmarks: Floats) -> Bytes:
    """The luma around a face, (104, 96), upright, 12 px between the eyes."""
    to_small = similarity(landmarks - np.float32(0.5), _TARGET)
    shrink = int(1 / max(math.hypot(to_small[0, 0], to_small[1, 0]), 1e-3))
    back = cv2.invertAffineTransform(to_small)
    corners = np.array([[0, 0, 1], [_ACROSS, 0, 1], [0, _DOWN, 1], [_ACROSS, _DOWN, 1]]) @ back.T
    size = (luma.shape[1], luma.shape[0])
    low = np.clip(np.floor(corners.min(axis=0)), 0, np.array(size) - 1).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), low + 1, size).astype(int)
    part = luma[low[1] : high[1], low[0] : high[0]]
    if shrink > 1:
        # A warp reads single pixels: a larger face is first averaged down.
        small = (max(1, part.shape[1] // shrink), max(1, part.shape[0] // shrink))
        ratio = (part.shape[1] / small[0], part.shape[0] / small[1])
        part = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), np.uint8)
    else:
        ratio = (1.0, 1.0)
    to_luma = np.array([[ratio[0], 0, low[0]], [0, ratio[1], low[1]], [0, 0, 1]])
    warped = cv2.warpAffine(
        part,
        to_small @ to_luma,
        (_ACROSS, _DOWN),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(warped, np.uint8)


def edge_strength(around: Bytes) -> float:
    """The second strongest of the lines left of, right of, above and under a face.

    Args:
        around: a :func:`surround`.

    Returns:
        Mean brightness difference along the line, in standard deviations of the surround.
    """
    across = np.asarray(cv2.Sobel(around, cv2.CV_32F, 1, 0, ksize=3, scale=0.25), np.float32)
    down = np.asarray(cv2.Sobel(around, cv2.CV_32F, 0, 1, ksize=3, scale=0.25), np.float32)
    sides = (
        _line(across, (3, _X - 18), _BESIDE),
        _line(across, (_X + 18, _ACROSS - 3), _BESIDE),
        _line(down.T, (2, _Y - 18), _LEVEL),
        _line(down.T, (_Y + 26, _DOWN - 3), _LEVEL),
    )
    contrast = float(cv2.meanStdDev(around)[1][0][0])
    return sorted(sides)[-2] / max(contrast, _FLATTEST)


def wander(shapes: Floats) -> float:
    """How far a nose wanders in the frame of eyes and mouth corners, in eye distances.

    Along the eyes or across them, whichever is more.

    Args:
        shapes: (n, 5, 2) landmarks, n >= 2.
    """
    mean = shapes.mean(axis=0)
    along = mean[1] - mean[0]
    apart = max(float(np.hypot(*along)), 1e-6)
    axes = np.array([[along[0], -along[1]], [along[1], along[0]]]) / apart**2
    whole = np.concatenate([shapes, np.ones((*shapes.shape[:2], 1), shapes.dtype)], axis=2)
    affine = np.linalg.pinv(whole[:, _CORNERS].astype(np.float64)) @ mean[_CORNERS]
    nose = np.einsum("ni,nij->nj", whole[:, _NOSE], affine) @ axes
    unrest = (np.diff(nose, axis=0) ** 2).mean(axis=0) / 2
    return float(np.sqrt(np.clip(nose.var(axis=0) - unrest, 0, None).max()))


def _shape(landmarks: Floats) -> Floats:
    """Landmarks about their middle, at a size of 1."""
    centred = landmarks - landmarks.mean(axis=0)
    shape: Floats = (centred / max(float(np.sqrt((centred**2).sum())), 1e-6)).astype(np.float32)
    return shape


def _line(
    gradient: npt.NDArray[np.float32], across: tuple[int, int], along: tuple[int, int]
) -> float:
    """The strongest nearly straight line down a gradient's rows, as the mean along it."""
    rows = np.arange(*along)
    lean = np.rint(_SHEARS[:, None] * (rows - rows.mean())).astype(int)
    columns = np.clip(np.arange(*across)[:, None, None] + lean, 0, gradient.shape[1] - 1)
    return float(np.abs(gradient[rows, columns].mean(axis=2)).max())
