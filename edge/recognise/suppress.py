"""Non-maximum suppression that merges: many cells see one face, one face comes out.

Greedy by score. A cell is of the same face when it overlaps by more than ``iou``, or lies
inside by more than 70 %. The face's box is the score-weighted mean of those of its cells that
overlap by more than half; its landmarks are that of those which also score nearly as well as
the best: that steadies them, which alignment needs, and cells that see the face from its edge
do not pull at them.
Rows that are not finite, have no area or reach absurdly far are left out first, so that no
arithmetic here can overflow.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge.values import Floats

MAX_CELLS = 400
MAX_REACH_PX = 1e5
_INSIDE = 0.7
_AVERAGED = 0.5
_NEARLY = 0.8  # of the best cell's score


def merge_overlapping(rows: Floats, iou: float, limit: int) -> Floats:
    """Merge rows of one face.

    Args:
        rows: (n, 15): left, top, width, height, ten landmark numbers, score.
        iou: overlap (intersection over union) that makes two rows one face.
        limit: most faces to return.

    Returns:
        (m, 15) in falling score, m <= limit.
    """
    rows = rows[_sound(rows)]
    rows = rows[np.argsort(-rows[:, 14], kind="stable")[:MAX_CELLS]]
    area = rows[:, 2] * rows[:, 3]
    far = rows[:, 0:2] + rows[:, 2:4]
    alive = np.ones(len(rows), bool)
    faces: list[Floats] = []
    for index in range(len(rows)):
        if not alive[index] or len(faces) == limit:
            continue
        reach = np.minimum(far[index], far) - np.maximum(rows[index, 0:2], rows[:, 0:2])
        shared = np.maximum(reach[:, 0], 0) * np.maximum(reach[:, 1], 0)
        overlap = shared / (area[index] + area - shared)
        same = alive & ((overlap > iou) | (shared > _INSIDE * np.minimum(area, area[index])))
        alive &= ~same
        alive[index] = False
        same &= overlap > _AVERAGED
        same[index] = True
        face = _mean(rows[same])
        face[4:14] = _mean(rows[same & (rows[:, 14] >= _NEARLY * rows[index, 14])])[4:14]
        face[14] = rows[index, 14]
        faces.append(face)
    return np.stack(faces) if faces else np.empty((0, 15), np.float32)


def _mean(rows: Floats) -> Floats:
    weight = rows[:, 14:15]
    mean: Floats = (rows * weight).sum(axis=0) / weight.sum()
    return mean


def _sound(rows: Floats) -> npt.NDArray[np.bool_]:
    # A comparison with NaN is false, so that NaN and infinity go too.
    near = (np.abs(rows) <= MAX_REACH_PX).all(axis=1)
    return np.asarray(near & (rows[:, 2] > 0) & (rows[:, 3] > 0), np.bool_)
