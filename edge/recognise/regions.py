"""Looks at a part of a large frame more closely, one part a frame, for faces that are small in all.

In: frames. Out: what the detector finds in the whole frame, and small faces that it finds in this
frame's part besides. Always: at most one more detection a frame, and none in a frame whose
smallest useful faces are large enough for the detector as it is. A part is shown so that the
smallest useful face is :data:`CLEAR_PX` between the eyes. Parts take turns; every second turn goes
to the part where a small face was found last, so that its track does not end. Faces that are found
in the whole frame stay as they were found there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge.recognise.ports import Detector
from edge.values import Detection, Frame

CLEAR_PX = 14.0  # between the eyes in the detector's input; it finds 98 of 100 of those (CARD.md)
_WORTH_IT = 1.25  # how much closer a part must be
_REMEMBERED_S = 1.0
_SAME_PLACE = 0.5  # of the larger face's size


@dataclass(slots=True)
class _Rounds:
    """Where one camera's turns stand: the next part, and the small face found last."""

    turn: int = 0
    place: tuple[float, float] | None = None
    found_s: float = 0.0


class Regions:
    """A :class:`edge.recognise.ports.Detector` over another one; for one thread.

    Args:
        detector: looks at the whole frame and at parts.
        input_px: width and height of its input.
        smallest_px: the smallest useful face, pixels of a frame between the eyes.
    """

    def __init__(self, detector: Detector, input_px: tuple[int, int], smallest_px: float) -> None:
        self._detector = detector
        closer = smallest_px / CLEAR_PX
        self._part = (int(input_px[0] * closer) & ~1, int(input_px[1] * closer) & ~1)
        self._rounds: dict[str, _Rounds] = {}

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        """See the port."""
        found = self._detector.detect(frame)
        width, height = self._part
        if max(frame.width / width, frame.height / height) < _WORTH_IT:
            return found
        rounds = self._rounds.setdefault(frame.camera, _Rounds())
        left, top = self._corner(frame, rounds)
        closer = self._detector.detect(part_of(frame, left, top, width, height))
        fresh = tuple(
            one
            for one in (_moved(face, left, top) for face in closer)
            if not any(_same(one, other) for other in found)
        )
        if fresh:
            rounds.place, rounds.found_s = _middle(fresh[0]), frame.t_s
        return found + fresh

    def _corner(self, frame: Frame, rounds: _Rounds) -> tuple[int, int]:
        rounds.turn += 1
        known = rounds.place is not None and abs(frame.t_s - rounds.found_s) <= _REMEMBERED_S
        if known and rounds.place is not None and rounds.turn % 2:
            x, y = rounds.place
            return (
                _within(x - self._part[0] / 2, frame.width - self._part[0]),
                _within(y - self._part[1] / 2, frame.height - self._part[1]),
            )
        across = _starts(frame.width, self._part[0])
        down = _starts(frame.height, self._part[1])
        turn = rounds.turn // 2 if known else rounds.turn
        row, column = divmod(turn % (len(across) * len(down)), len(across))
        return across[column], down[row]


def part_of(frame: Frame, left: int, top: int, width: int, height: int) -> Frame:
    """A part of a frame as views into its planes; left and top are even."""
    rows, columns = slice(top, top + height), slice(left, left + width)
    half_rows = slice(top // 2, (min(top + height, frame.height) + 1) // 2)
    half_columns = slice(left // 2, (min(left + width, frame.width) + 1) // 2)
    return replace(
        frame,
        y=frame.y[rows, columns],
        u=frame.u[half_rows, half_columns],
        v=frame.v[half_rows, half_columns],
        small_y=None,
    )


def _starts(whole: int, part: int) -> list[int]:
    """Where parts begin so that they overlap by half or more and cover the whole."""
    if whole <= part:
        return [0]
    count = -(-2 * (whole - part) // part) + 1
    return [_within(index * (whole - part) / (count - 1), whole - part) for index in range(count)]


def _within(start: float, most: int) -> int:
    return int(min(max(start, 0), max(most, 0))) & ~1


def _moved(face: Detection, left: int, top: int) -> Detection:
    x, y, width, height = face.box
    shift = np.array([left, top], np.float32)
    return Detection((x + left, y + top, width, height), face.landmarks + shift, face.score)


def _middle(face: Detection) -> tuple[float, float]:
    left, top, width, height = face.box
    return left + width / 2, top + height / 2


def _same(one: Detection, other: Detection) -> bool:
    (x, y), (u, v) = _middle(one), _middle(other)
    size = max(*one.box[2:], *other.box[2:])
    return max(abs(x - u), abs(y - v)) < _SAME_PLACE * size
