"""Looks again, closer, at what may be a face: a frame's doubtful finds, enlarged, in one picture.

In: faces of the first look, in falling score, and their frame. Out: the same faces without those
that a closer look does not bear out; a doubtful face's score becomes the mean of its two logits.
Always: at most one more inference a frame, whatever the frame shows. A face scored ``sure`` is
taken as it is; of more doubtful ones than there are tiles, the rest is left out. Places stay
those of the first look.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.recognise.interpreter import Model
from edge.recognise.pack import DetectorInput, SecondLookLimits
from edge.recognise.picture import Fit
from edge.values import Floats, Frame

TILES_ACROSS, TILES_DOWN = 2, 2
_LARGEST = 110 / 320  # a face is shown no larger than this part of a tile's width
_SAME_PLACE = 0.35  # eye distances between the middles of the eyes
_SAME_SIZE = 1.6

Find = Callable[[], Floats]


@dataclass(frozen=True, slots=True)
class _View:
    """Where a tile shows a frame: mosaic pixel = input pixel * scale + shift, across and down."""

    scale: Floats
    shift: Floats


class SecondLook:
    """Judges doubtful faces of one detector.

    Args:
        limits: the manifest's description.
        size: the detector's input; luma.
        model: the loaded model; the enlarged faces are written into its input.
    """

    def __init__(self, limits: SecondLookLimits, size: DetectorInput, model: Model) -> None:
        self._limits = limits
        self._tile = (size.width // TILES_ACROSS, size.height // TILES_DOWN)
        self._tables = {
            full: model.lookup(size.mean, size.std, full_range=full) for full in (True, False)
        }
        self._empty = self._tables[True][round(size.mean)]
        self._model = model

    def judge(self, rows: Floats, frame: Frame, fit: Fit, find: Find) -> Floats:
        """Faces that stand, in falling score.

        Args:
            rows: (n, 15) in input pixels: left, top, width, height, ten landmark numbers, score.
            frame: where they were found.
            fit: how the frame lay in the input.
            find: runs the model; the faces of its input as such rows.
        """
        sure = rows[:, 14] >= self._limits.sure
        doubtful = rows[~sure][: TILES_ACROSS * TILES_DOWN]
        if len(doubtful) == 0:
            return rows[sure]
        views = self._fill(doubtful, frame, fit)
        seen = find()
        again = np.array([_seen_again(r, v, seen) for r, v in zip(doubtful, views, strict=True)])
        doubtful[:, 14] = _mean_logit(doubtful[:, 14], again)
        return np.concatenate([rows[sure], doubtful[doubtful[:, 14] >= self._limits.needed]])

    def _fill(self, rows: Floats, frame: Frame, fit: Fit) -> list[_View]:
        mosaic = self._model.input()[0, :, :, 0]
        mosaic[:] = self._empty
        views = []
        for index, row in enumerate(rows):
            down, across = divmod(index, TILES_ACROSS)
            corner = (across * self._tile[0], down * self._tile[1])
            views.append(self._show(mosaic, row, corner, frame, fit))
        return views

    def _show(
        self,
        mosaic: npt.NDArray[Any],
        row: Floats,
        corner: tuple[int, int],
        frame: Frame,
        fit: Fit,
    ) -> _View:
        """Show a face and what is around it in a tile, as far as the frame reaches."""
        tile, to_input = np.array(self._tile), np.array([fit.scale_x, fit.scale_y])
        size = math.sqrt(float(row[2]) * float(row[3]))
        enlarge = min(self._limits.enlarge, _LARGEST * self._tile[0] / size)
        grown = enlarge * to_input  # tile pixels for a frame pixel
        middle = (row[0:2] + row[2:4] / 2) / to_input
        first = np.round(middle - tile / grown / 2)
        shown = np.array([frame.width, frame.height])
        low = np.clip(first, 0, shown - 1).astype(int)
        high = np.clip(first + np.floor(tile / grown), low + 1, shown).astype(int)
        at = np.round((low - first) * grown).astype(int)
        part = np.clip(np.round((high - low) * grown).astype(int), 1, np.maximum(tile - at, 1))
        at = np.minimum(at, tile - part)
        cut = frame.y[low[1] : high[1], low[0] : high[0]]
        smaller = part[0] < cut.shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        picture = cv2.resize(cut, (int(part[0]), int(part[1])), interpolation=how)
        left, top = corner[0] + at[0], corner[1] + at[1]
        values = cv2.LUT(picture, self._tables[frame.full_range])
        mosaic[top : top + part[1], left : left + part[0]] = values
        ratio = part / (high - low)
        shift = np.array([left, top]) - low * ratio
        return _View((ratio / to_input).astype(np.float32), shift.astype(np.float32))


def _seen_again(row: Floats, view: _View, seen: Floats) -> float:
    """Score of the same face in the mosaic; 0 when it is not there."""
    eyes = row[4:8].reshape(2, 2) * view.scale + view.shift
    size = math.sqrt(float(row[2] * row[3] * view.scale.prod()))
    apart = float(np.hypot(*(eyes[1] - eyes[0])))
    away = np.hypot(*(seen[:, 4:8].reshape(-1, 2, 2).mean(axis=1) - eyes.mean(axis=0)).T)
    ratio = np.sqrt(seen[:, 2] * seen[:, 3]) / size
    same = (away < _SAME_PLACE * apart) & (ratio > 1 / _SAME_SIZE) & (ratio < _SAME_SIZE)
    return float(seen[same, 14].max(initial=0.0))


def _mean_logit(first: Floats, again: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logits = [np.log(s / (1 - s)) for s in np.clip([first, again], 1e-6, 1 - 1e-6)]
    return np.asarray(1 / (1 + np.exp(-(logits[0] + logits[1]) / 2)))
