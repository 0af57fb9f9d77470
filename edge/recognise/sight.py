"""Whether a camera sees anything: a covered lens, darkness and fog give a picture without detail.

In: frames, and steady time. Out: since when each camera has seen nothing, and what its picture is
like. Always: a plane is read at most once in :data:`EVERY_S` and reduced to a few hundred blocks,
whose means hardly feel the sensor's noise; a twentieth of them must differ from their neighbours,
so that a time stamp drawn into the picture is no sight. Nothing of the picture is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from edge.recognise.aiming import TV_BLACK
from edge.values import Bytes, Frame

EVERY_S = 1.0
STALE_S = 5.0  # a camera that gives no pictures is in other trouble
COLUMNS = 40  # blocks across; 32 pixels each of a picture 1280 wide
# Of 255: from block to block, in the twentieth with the largest steps. A covered lens with much
# noise or a time stamp has 4; of 1,500 photographs of places the plainest has 10.
LEAST_DETAIL = 5.0
BLACK = 24.0  # mean luma above the camera's own black
_ROWS_READ = 8  # of a block
_TWENTIETH = 0.95


@dataclass(slots=True)
class _Seen:
    """What was last seen of one camera: when, since when nothing, and whether that is black."""

    looked_s: float
    blind_since_s: float | None = None
    black: bool = False


class Sight:
    """Remembers for each camera."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def look(self, frame: Frame, now_s: float) -> None:
        """Take note of a frame; most calls only compare two numbers."""
        seen = self._seen.setdefault(frame.camera, _Seen(float("-inf")))
        if now_s - seen.looked_s < EVERY_S:
            return
        seen.looked_s = now_s
        plane = frame.y if frame.small_y is None else frame.small_y
        detail, mean = detail_of(plane)
        if detail >= LEAST_DETAIL:
            seen.blind_since_s = None
        elif seen.blind_since_s is None:
            seen.blind_since_s = now_s
        seen.black = mean - (0 if frame.full_range else TV_BLACK) < BLACK

    def blind(self, now_s: float, at_least_s: float) -> dict[str, str]:
        """The cameras that have seen nothing for so long: "black" or "without detail"."""
        return {
            name: "black" if seen.black else "without detail"
            for name, seen in self._seen.items()
            if now_s - seen.looked_s < STALE_S
            and seen.blind_since_s is not None
            and now_s - seen.blind_since_s >= at_least_s
        }


def detail_of(plane: Bytes) -> tuple[float, float]:
    """How much neighbouring blocks of a luma plane differ, and its mean, both 0..255."""
    rows, columns = plane.shape
    across = min(COLUMNS, columns)
    down = max(1, round(across * rows / columns))
    read = plane[:: max(1, rows // (down * _ROWS_READ))]
    blocks = cv2.resize(read, (across, down), interpolation=cv2.INTER_AREA).astype(np.int16)
    steps = np.concatenate([np.abs(np.diff(blocks, axis=axis)).ravel() for axis in (0, 1)])
    steps.sort()
    return float(steps[int(_TWENTIETH * len(steps))]) if len(steps) else 0.0, float(blocks.mean())
