"""Cuts an upright face chip out of a frame's planes.

In: a frame and five landmarks. Out: an RGB chip in which the landmarks lie as near as a
similarity (turn, scale, shift) can bring them to the pack's template (Umeyama, IEEE PAMI
13(4), 1991, in its closed 2-D form). Only the pixels under the chip are read and converted.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from edge.recognise.colour import yuv_to_rgb
from edge.recognise.pack import EmbedderManifest
from edge.values import Bytes, Floats, Frame

# A warp reads one pixel in four of a face twice the chip's size; such a face is halved first.
_MAX_SHRINK = 2.0
# A chroma sample lies in the middle of its four luma pixels.
_TO_LUMA = np.array([[2, 0, 0.5], [0, 2, 0.5], [0, 0, 1]])


def similarity(source: Floats, target: Floats) -> npt.NDArray[np.float64]:
    """The least-squares similarity from points to points.

    Args:
        source: (n, 2) points.
        target: (n, 2) points.

    Returns:
        (2, 3) matrix; it maps (x, y, 1) to target coordinates.
    """
    a, b = source.astype(np.float64), target.astype(np.float64)
    centre_a, centre_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - centre_a, b - centre_b
    spread = max(float((a * a).sum()), 1e-9)
    cosine = float((a * b).sum()) / spread
    sine = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, centre_b - turn @ centre_a])


class Aligner:
    """Makes chips for one embedder, for one thread: the planes on the way lie in memory that stays.

    Args:
        spec: the manifest's description of the chip.
    """

    def __init__(self, spec: EmbedderManifest) -> None:
        self._size = (spec.input.width, spec.input.height)
        self._template = np.array(spec.template, np.float32)
        lines = self._size[::-1]
        self._planes: tuple[Bytes, ...] = tuple(np.empty(lines, np.uint8) for _ in "yuv")
        self._yuv: Bytes = np.empty((*lines, 3), np.uint8)

    def chip(self, frame: Frame, landmarks: Floats) -> Bytes:
        """The chip of a face: (height, width, 3) uint8 RGB, full range.

        Pixels outside the frame repeat its edge.
        """
        to_chip = similarity(landmarks - np.float32(0.5), self._template)
        halves = to_chip @ _TO_LUMA
        luma, *chroma = self._planes
        _warp(frame.y, to_chip, luma)
        for plane, into in zip((frame.u, frame.v), chroma, strict=True):
            _warp(plane, halves, into)
        cv2.merge(self._planes, self._yuv)
        return yuv_to_rgb(self._yuv, full_range=frame.full_range, matrix=frame.matrix)


def _warp(plane: Bytes, matrix: npt.NDArray[np.float64], into: Bytes) -> None:
    size = (into.shape[1], into.shape[0])
    shrink = 1.0 / max(float(np.hypot(matrix[0, 0], matrix[1, 0])), 1e-6)
    if shrink > _MAX_SHRINK:
        plane, matrix = _shrunk(plane, matrix, size, shrink)
    linear, edge = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
    cv2.warpAffine(plane, matrix, size, into, flags=linear, borderMode=edge)


def _shrunk(
    plane: Bytes, matrix: npt.NDArray[np.float64], size: tuple[int, int], shrink: float
) -> tuple[Bytes, npt.NDArray[np.float64]]:
    """The part of a plane under the chip, area-averaged to about the chip's scale."""
    back = cv2.invertAffineTransform(matrix)
    width, height = size
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]]) @ back.T
    rows, columns = plane.shape
    # Clipped before they become integers: a wild landmark may lie further off than those reach.
    first = np.clip(np.floor(corners.min(axis=0)) - 2, 0, (columns - 1, rows - 1))
    last = np.clip(np.ceil(corners.max(axis=0)) + 2, 1, (columns, rows))
    (left, top), (right, bottom) = first.astype(int), last.astype(int)
    part = plane[top : max(bottom, top + 1), left : max(right, left + 1)]
    small = (max(1, round(part.shape[1] / shrink)), max(1, round(part.shape[0] / shrink)))
    scale_x, scale_y = part.shape[1] / small[0], part.shape[0] / small[1]
    reduced = np.asarray(cv2.resize(part, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    to_plane = np.array(
        [
            [scale_x, 0, left + scale_x / 2 - 0.5],
            [0, scale_y, top + scale_y / 2 - 0.5],
            [0, 0, 1],
        ]
    )
    return reduced, matrix @ to_plane
