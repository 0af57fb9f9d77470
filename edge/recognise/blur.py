"""Hides every face of a picture that is about to leave the process, for good.

In: small pictures of one camera, in order, each with all that may be a face. Out: the picture
before it, with each of those places replaced. Always: of a hidden place no more is left than
``CELLS_ACROSS`` by ``CELLS_DOWN`` greys of ``LEVELS`` steps, so that nothing can
compute the face back; a face that is not found for a moment stays hidden where it was and where
it was going; one that is found late is hidden in the picture before too, because each picture
is kept back until the next one was looked at. What may be a face is for others to find: with a
detector that is asked to rather take too much than too little, and that looks at this very
picture, so that no face is shown finer than it was looked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from edge.recognise.track import Track, Tracker
from edge.values import Bytes, Detection, Frame

CELLS_ACROSS, CELLS_DOWN = 3, 4
LEVELS = 4
KEPT_S = 1.5  # a face stays hidden for so long after it was seen last
_WIDER, _HIGHER = 1.8, 1.9  # hair, ears and chin lie outside a detector's box
_GROWTH_PER_S = 0.3  # of a place whose face was not seen again, in its own sizes
_STEP = 256 // LEVELS

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """Pixels to hide: from (left, top) up to, without, (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int


class Veil:
    """Hides the faces in one camera's pictures; keeps one picture back.

    Args:
        kept_s: how long a face stays hidden after it was seen last.
    """

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._kept_s = kept_s
        self._tracker = Tracker(kept_s)
        self._held: tuple[Bytes, list[Place]] | None = None

    def add(self, frame: Frame, picture: Bytes, faces: tuple[Detection, ...]) -> Bytes | None:
        """Take the next picture; returns the one before it with its faces hidden, or None.

        Args:
            frame: the picture as a frame, for its time and size.
            picture: (height, width, 3) uint8 of the same size; kept until the next one.
            faces: all that may be a face in it.
        """
        size = (frame.width, frame.height)
        self._tracker.update(frame, faces)
        now = [place(one.box, size) for one in faces]
        unseen = [one for one in self._tracker.tracks if one.last_t_s != frame.t_s]
        before, self._held = self._held, (picture, now + self._remembered(unseen, frame))
        if before is None or before[0].shape != picture.shape:
            return None
        return hidden(before[0], before[1] + now)

    def _remembered(self, tracks: Iterable[Track], frame: Frame) -> list[Place]:
        """Where faces may be that were seen a moment ago: from there to where they went."""
        places = []
        for track in tracks:
            gap_s = min(abs(frame.t_s - track.last_t_s), self._kept_s)
            left, top, width, height = track.detection.box
            # No further than a face moves between two frames: a wild speed hides the whole picture.
            ahead_x = min(width, max(-width, track.speed[0] * gap_s))
            ahead_y = min(height, max(-height, track.speed[1] * gap_s))
            both = (
                left + min(0.0, ahead_x),
                top + min(0.0, ahead_y),
                width + abs(ahead_x),
                height + abs(ahead_y),
            )
            grown = 1.0 + _GROWTH_PER_S * gap_s
            places.append(place(both, (frame.width, frame.height), grown))
        return places


def place(box: Box, size: tuple[int, int], grown: float = 1.0) -> Place:
    """What to hide of a face.

    Args:
        box: (left, top, width, height) of the face in pixels.
        size: width and height of the picture.
        grown: how much larger than usual.
    """
    left, top, width, height = box
    middle = (left + width / 2, top + height / 2)
    half = (width * _WIDER * grown / 2, height * _HIGHER * grown / 2)
    # Clipped before they become integers: a wild box may lie further off than those reach.
    low = [min(max(m - h, 0.0), s) for m, h, s in zip(middle, half, size, strict=True)]
    high = [min(max(m + h, 0.0), s) for m, h, s in zip(middle, half, size, strict=True)]
    return Place(int(low[0]), int(low[1]), int(np.ceil(high[0])), int(np.ceil(high[1])))


def hidden(picture: Bytes, places: Iterable[Place]) -> Bytes:
    """A copy of a picture, (height, width, 3) uint8, with these places replaced."""
    shown = picture.copy()
    for one in places:
        part = shown[one.top : one.bottom, one.left : one.right]
        if part.size:
            part[:] = _cells(part)
    return shown


def _cells(part: Bytes) -> Bytes:
    rows, columns = part.shape[:2]
    size = (min(CELLS_ACROSS, columns), min(CELLS_DOWN, rows))
    few = cv2.cvtColor(cv2.resize(part, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    coarse = few // _STEP * _STEP + _STEP // 2
    filled = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.cvtColor(filled, cv2.COLOR_GRAY2RGB), dtype=np.uint8)
