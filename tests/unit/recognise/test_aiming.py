"""Focus, exposure and coverage are measured as they are named, and keep no picture."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from edge.recognise.aiming import Coverage, exposure_of, focus_of, reduced, rgb_of
from edge.values import Bytes, Detection, Frame, Verdict
from edge.values.preview import COVERAGE_COLUMNS, COVERAGE_ROWS, SeenFace

NOISE = np.random.default_rng(3).integers(30, 220, (360, 640), dtype=np.uint8)
POINTS = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def frame(luma: Bytes = NOISE, *, full_range: bool = True) -> Frame:
    half = np.full(((luma.shape[0] + 1) // 2, (luma.shape[1] + 1) // 2), 128, np.uint8)
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return Frame("door", 1, 0.1, at, luma, half, half, full_range=full_range)


def face(left: float, top: float, size: float = 40.0) -> SeenFace:
    return SeenFace(1, Detection((left, top, size, size), POINTS, 0.9), Verdict.EVIDENCE, "")


def test_a_sharp_picture_has_more_focus_than_a_blurred_one() -> None:
    blurred = np.asarray(cv2.GaussianBlur(NOISE, (9, 9), 3), dtype=np.uint8)
    assert focus_of(frame()) > 5 * focus_of(frame(blurred))


def test_only_the_middle_counts_for_focus() -> None:
    bordered = np.full_like(NOISE, 120)
    bordered[:60] = NOISE[:60]
    assert focus_of(frame(bordered)) == 0.0


def test_exposure_counts_black_and_burnt_out_shares() -> None:
    luma = np.zeros((100, 100), np.uint8)
    luma[:25] = 255
    luma[25:50] = 128
    found = exposure_of(luma, full_range=True)
    assert (found.dark_share, found.bright_share) == (0.5, 0.25)
    assert found.mean == pytest.approx(95.75)
    assert sum(found.histogram) == pytest.approx(1.0)


def test_a_narrow_range_is_stretched_before_it_is_judged() -> None:
    luma = np.full((16, 16), 235, np.uint8)
    assert exposure_of(luma, full_range=False).bright_share == 1.0
    assert exposure_of(luma, full_range=True).bright_share == 0.0


def test_a_face_counts_in_the_cell_of_its_middle() -> None:
    seen = Coverage()
    seen.add(frame(), (face(300, 160), face(300, 160), face(0, 0)))
    grid = np.array(seen.counts).reshape(COVERAGE_ROWS, COVERAGE_COLUMNS)
    assert grid[COVERAGE_ROWS // 2, COVERAGE_COLUMNS // 2] == 2
    assert grid[0, 0] == 1
    assert grid.sum() == 3


def test_a_face_outside_the_picture_counts_at_its_edge() -> None:
    seen = Coverage()
    seen.add(frame(), (face(-500, -500), face(5000, 5000)))
    grid = np.array(seen.counts).reshape(COVERAGE_ROWS, COVERAGE_COLUMNS)
    assert grid[0, 0] == grid[-1, -1] == 1


def test_a_picture_is_made_smaller_and_never_larger() -> None:
    small = reduced(frame(), 320, 1000)
    assert (small.width, small.height, small.u.shape) == (320, 180, (90, 160))
    same = reduced(frame(), 4000, 4000)
    assert (same.width, same.height) == (640, 360)
    assert not np.shares_memory(same.y, NOISE)


def test_grey_stays_grey_in_colour() -> None:
    grey = rgb_of(frame(np.full((32, 32), 90, np.uint8)))
    assert grey.shape == (32, 32, 3)
    assert int(np.ptp(grey)) <= 1
