"""What the detector is taught is what its decoder reads; training and measuring stay apart."""

from __future__ import annotations

import numpy as np
import pytest

from models.build.detector_training.canvases import Canvas as Asked
from models.build.detector_training.measure import Tally, best_match
from models.build.detector_training.photographs import (
    Face,
    Picture,
    person_may_train,
    scene_may_train,
)
from models.build.detector_training.placing import Canvas, Turn, moved, paste, seen_within, view
from models.build.detector_training.targets import FACE_PX, STRIDES, targets

SIDE_PX = 320


def face(centre: tuple[float, float], size_px: float, sure: bool = True) -> Face:
    middle = np.array(centre)
    offsets = np.array([(-0.2, -0.15), (0.2, -0.15), (0.0, 0.05), (-0.15, 0.25), (0.15, 0.25)])
    return Face(middle, np.array([size_px, size_px * 1.2]), middle + offsets * size_px, sure)


def decoded(row: np.ndarray, stride: int, index: int) -> Face:
    """A face as `edge.recognise.detect` reads it from a cell."""
    line, column = divmod(index, SIDE_PX // stride)
    cell = np.array([column, line]) + 0.5
    landmarks = (row[5:15].reshape(5, 2) + cell) * stride
    return Face((row[1:3] + cell) * stride, np.exp(row[3:5]) * stride, landmarks, True)


def by_stride(faces: list[Face]) -> dict[int, np.ndarray]:
    counts = [(SIDE_PX // stride) ** 2 for stride in STRIDES]
    parts = np.split(targets(faces, SIDE_PX), np.cumsum(counts)[:-1])
    return dict(zip(STRIDES, parts, strict=True))


@pytest.mark.parametrize("size_px", [16.0, 36.0, 60.0, 80.0, 200.0])
def test_every_asked_cell_decodes_to_the_face_it_was_made_from(size_px: float) -> None:
    wanted = face((141.3, 167.8), size_px)
    asked = 0
    for stride, table in by_stride([wanted]).items():
        for index in np.flatnonzero(table[:, 0] == 1):
            found = decoded(table[index], stride, int(index))
            np.testing.assert_allclose(found.centre, wanted.centre, atol=1e-3)
            np.testing.assert_allclose(found.size, wanted.size, rtol=1e-4)
            np.testing.assert_allclose(found.landmarks, wanted.landmarks, atol=1e-3)
            asked += 1
    assert asked >= 1


def test_a_face_is_asked_for_at_the_strides_of_its_size_only() -> None:
    for size_px in (16.0, 36.0, 100.0):
        wanted = face((160.0, 160.0), size_px)
        across = float(np.sqrt(wanted.size.prod()))
        for stride, table in by_stride([wanted]).items():
            smallest, largest = FACE_PX[stride]
            assert (table[:, 0] == 1).any() == (smallest <= across <= largest)


def test_an_unsure_face_is_neither_asked_for_nor_taught_as_scenery() -> None:
    table = by_stride([face((100.0, 100.0), 24.0, sure=False)])[8]
    assert not (table[:, 0] == 1).any()
    assert (table[:, 0] == -1).any()


def test_mirroring_keeps_the_left_eye_on_the_left() -> None:
    matrix = Turn(scale=1.0, mirrored=True).matrix(np.array([50.0, 50.0]), np.array([50.0, 50.0]))
    mirrored = moved(face((30.0, 50.0), 20.0), matrix)
    assert mirrored.centre[0] == pytest.approx(70.0)
    assert mirrored.landmarks[0, 0] < mirrored.landmarks[1, 0]
    assert mirrored.landmarks[3, 0] < mirrored.landmarks[4, 0]


def test_a_face_that_is_cut_is_unsure_and_one_that_is_outside_is_gone() -> None:
    low, high = np.zeros(2), np.full(2, 100.0)
    whole, cut, outside = (face((x, 50.0), 40.0) for x in (50.0, 95.0, 130.0))
    assert seen_within(whole, low, high) == whole
    seen = seen_within(cut, low, high)
    assert seen is not None
    assert not seen.sure
    assert seen_within(outside, low, high) is None


def test_a_view_shows_the_pixels_where_its_faces_say_they_are() -> None:
    luma = np.zeros((200, 200), np.uint8)
    luma[90:110, 140:160] = 255
    picture = Picture("scene", (luma,), (face((150.0, 100.0), 20.0),))
    matrix = Turn(scale=1.0, angle_deg=25.0).matrix(
        np.array([150.0, 100.0]), np.array([60.0, 70.0])
    )
    canvas = view(picture, matrix, 128)
    column, row = canvas.faces[0].centre.astype(int)
    assert canvas.luma[row, column] == 255


def test_what_is_pasted_over_a_face_removes_it() -> None:
    under = Canvas(np.zeros((100, 100), np.uint8), [face((50.0, 50.0), 20.0)])
    patch = Picture("patch", (np.full((60, 60), 200, np.uint8),), ())
    matrix = Turn(scale=1.0).matrix(np.array([30.0, 30.0]), np.array([50.0, 50.0]))
    paste(under, patch, [], matrix, np.ones((60, 60), np.float32))
    assert under.faces == []
    assert under.luma[50, 50] == 200


def test_who_is_measured_on_depends_on_the_name_alone() -> None:
    scenes = [f"bsds_{number}.jpg" for number in range(2000)]
    share = np.mean([scene_may_train(name) for name in scenes])
    assert 0.7 < share < 0.8
    assert person_may_train("117_00.png") == person_may_train("117_03.png")


def test_the_budget_allows_one_false_alarm_in_two_hundred_canvases() -> None:
    tally = Tally()
    free = np.zeros((1, 1), np.uint8)
    for number in range(400):
        rows = np.zeros((1 if number < 10 else 0, 15), np.float32)
        rows[:, 14] = 0.5 + number / 100
        tally.add(Asked("free", 0, free, None, str(number)), rows)
    assert tally.false_alarms(tally.budget_threshold()) == 2
    assert tally.false_alarms(0.5) == 10


def test_a_face_beside_the_truth_is_not_a_match() -> None:
    truth = face((50.0, 50.0), 30.0).landmarks
    rows = np.zeros((2, 15), np.float32)
    rows[0, 4:14], rows[0, 14] = (truth + 0.5).ravel(), 0.8
    rows[1, 4:14], rows[1, 14] = (truth + 20).ravel(), 0.9
    score, error = best_match(rows, truth)
    assert score == pytest.approx(0.8)
    assert error == pytest.approx(np.sqrt(0.5) / 12, rel=1e-3)
