"""Doubtful finds are looked at again, enlarged; sure ones are not, and the cost is bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from edge.recognise.pack import DetectorInput, SecondLookLimits
from edge.recognise.picture import Fit
from edge.recognise.second_look import TILES_ACROSS, TILES_DOWN, SecondLook
from edge.values import Floats, Frame

SIZE = DetectorInput(
    width=640, height=384, channels=1, colour="luma", fit="letterbox", dtype="int8", mean=0, std=1
)
LIMITS = SecondLookLimits(sure=0.9, needed=0.79, enlarge=2.0)
FIT = Fit(0.5, 0.5, 640, 360)
HALF = np.full((360, 640), 128, np.uint8)


class Pixels:
    """A model's input, and a look-up table that changes nothing."""

    def __init__(self) -> None:
        self.tensor = np.empty((1, SIZE.height, SIZE.width, 1), np.uint8)

    def input(self) -> npt.NDArray[np.uint8]:
        return self.tensor

    def lookup(self, mean: float, std: float, *, full_range: bool) -> npt.NDArray[np.uint8]:
        return np.arange(256, dtype=np.uint8)


class BrightSquares:
    """Finds the bright squares of a mosaic: a face of their size, with a given score."""

    def __init__(self, score: float) -> None:
        self._score = score
        self.calls = 0

    def __call__(self, tensor: npt.NDArray[Any]) -> Floats:
        self.calls += 1
        found = []
        for down in range(TILES_DOWN):
            for across in range(TILES_ACROSS):
                x, y = 320 * across, 192 * down
                rows, columns = np.nonzero(tensor[0, y : y + 192, x : x + 320, 0] > 200)
                if len(rows):
                    left, top = columns.min() + x, rows.min() + y
                    found.append(face(left, top, float(np.ptp(columns)) + 1, self._score))
        return np.array(found, np.float32).reshape(-1, 15)


def face(left: float, top: float, size: float, score: float) -> list[float]:
    points = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]]) * size
    return [left, top, size, size, *(points + np.array([left, top])).ravel(), score]


def scene(*faces: list[float]) -> Frame:
    """A 1280x720 frame with a bright square for each face, given in input pixels."""
    luma = np.full((720, 1280), 60, np.uint8)
    for left, top, size, *_ in faces:
        box = [round(2 * v) for v in (left, top, left + size, top + size)]
        luma[max(0, box[1]) : box[3], max(0, box[0]) : box[2]] = 255
    return Frame("door", 0, 0.0, datetime(2026, 1, 1, tzinfo=UTC), luma, HALF, HALF, True)


def judged(find: BrightSquares, *faces: list[float], shown: bool = True) -> Floats:
    rows = np.array(faces, np.float32).reshape(-1, 15)
    pixels = Pixels()
    look = SecondLook(LIMITS, SIZE, pixels)  # type: ignore[arg-type]
    return look.judge(rows, scene(*(faces if shown else ())), FIT, lambda: find(pixels.tensor))


def test_sure_faces_cost_no_second_look() -> None:
    find = BrightSquares(0.5)
    assert len(judged(find, face(100, 100, 40, 0.95), face(300, 100, 40, 0.9))) == 2
    assert find.calls == 0


def test_a_doubtful_face_that_is_clear_from_nearer_stands_where_it_was() -> None:
    kept = judged(BrightSquares(0.95), face(100, 100, 40, 0.6))
    assert kept.shape == (1, 15)
    assert kept[0, :14] == pytest.approx(face(100, 100, 40, 0.6)[:14])
    assert 0.79 <= kept[0, 14] < 0.95


@pytest.mark.parametrize("place", [(0, 0), (590, 300), (-15, 100), (300, -12)])
def test_a_face_at_the_edge_of_the_picture_is_shown_too(place: tuple[int, int]) -> None:
    visible = face(max(0, place[0]), max(0, place[1]), 40, 0.6)
    assert len(judged(BrightSquares(0.97), visible)) == 1


def test_a_doubtful_face_that_is_not_there_from_nearer_is_left_out() -> None:
    assert len(judged(BrightSquares(0.95), face(100, 100, 40, 0.85), shown=False)) == 0


def test_a_face_that_stays_doubtful_is_left_out() -> None:
    assert len(judged(BrightSquares(0.7), face(100, 100, 40, 0.7))) == 0


def test_a_large_face_is_not_enlarged_beyond_its_tile() -> None:
    assert len(judged(BrightSquares(0.97), face(200, 60, 180, 0.6))) == 1


def test_a_frame_costs_at_most_one_more_look_and_takes_its_best_doubtful_faces() -> None:
    places = [(20 + 210 * column, 20 + 130 * row) for row in range(3) for column in range(3)]
    many = [face(x, y, 30, 0.85 - 0.01 * i) for i, (x, y) in enumerate(places)]
    find = BrightSquares(0.97)
    assert len(judged(find, *many)) == TILES_ACROSS * TILES_DOWN
    assert find.calls == 1
