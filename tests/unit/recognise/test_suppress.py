"""Many cells of one face become one face."""

from __future__ import annotations

import numpy as np
import pytest

from edge.recognise.suppress import MAX_CELLS, merge_overlapping


def row(x: float, y: float, size: float, score: float) -> np.ndarray:
    return np.array([x, y, size, size, *[x + 1, y + 1] * 5, score], np.float32)


def test_overlapping_cells_are_averaged_by_score_and_keep_the_best_score() -> None:
    merged = merge_overlapping(np.stack([row(0, 0, 40, 0.8), row(3, 0, 40, 0.7)]), 0.4, 10)
    assert len(merged) == 1
    assert merged[0, 14] == np.float32(0.8)
    assert merged[0, 0] == pytest.approx(1.4)


def test_a_cell_that_is_much_less_sure_moves_the_box_and_no_landmark() -> None:
    merged = merge_overlapping(np.stack([row(0, 0, 40, 0.8), row(4, 0, 40, 0.4)]), 0.4, 10)
    assert merged[0, 0] == pytest.approx(4 / 3)
    assert merged[0, 4] == 1.0


def test_faces_side_by_side_stay_two_best_first() -> None:
    merged = merge_overlapping(np.stack([row(0, 0, 40, 0.8), row(60, 0, 40, 0.9)]), 0.4, 10)
    assert merged[:, 14].tolist() == [np.float32(0.9), np.float32(0.8)]


def test_a_small_box_inside_a_face_is_dropped() -> None:
    merged = merge_overlapping(np.stack([row(0, 0, 80, 0.9), row(30, 30, 20, 0.8)]), 0.4, 10)
    assert len(merged) == 1


def test_rows_that_are_not_finite_are_dropped() -> None:
    bad = row(0, 0, 40, 0.9)
    bad[5] = np.nan
    assert len(merge_overlapping(np.stack([bad, row(0, 0, 40, 0.8)]), 0.4, 10)) == 1


def test_the_number_of_faces_is_bounded() -> None:
    crowd = np.stack([row(50 * i, 0, 40, 0.9) for i in range(MAX_CELLS + 100)])
    assert len(merge_overlapping(crowd, 0.4, 7)) == 7


def test_no_rows_give_no_faces() -> None:
    assert merge_overlapping(np.empty((0, 15), np.float32), 0.4, 10).shape == (0, 15)
