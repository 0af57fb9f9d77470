"""Chips lie where the template says, in the right colours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import cv2
import numpy as np
import pytest

from edge.recognise.align import Aligner, similarity
from edge.recognise.colour import yuv_to_rgb
from edge.values import Frame
from tests.fakes.packs import EMBEDDER

TEMPLATE = np.array(EMBEDDER.template, np.float32)


def picture_with_dots(points: np.ndarray, size: int = 400) -> Frame:
    """A dark picture with a bright dot at each point (pixel centres at .5)."""
    y = np.zeros((size, size), np.uint8)
    for x, row in points:
        cv2.circle(y, (round(float(x - 0.5) * 16), round(float(row - 0.5) * 16)), 48, 255, -1, 0, 4)
    half = np.full((size // 2, size // 2), 128, np.uint8)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Frame("c", 0, 0.0, moment, y, half, half, full_range=True)


@pytest.mark.parametrize("angle_deg", [-40, 0, 25])
@pytest.mark.parametrize("scale", [0.5, 1.0, 2.3])
def test_similarity_recovers_turn_scale_and_shift(angle_deg: float, scale: float) -> None:
    angle = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    source = TEMPLATE.astype(np.float64)
    target = source @ turn.T + (17.0, -5.0)
    matrix = similarity(source.astype(np.float32), target.astype(np.float32))
    np.testing.assert_allclose(matrix, np.column_stack([turn, (17.0, -5.0)]), atol=1e-3)


@pytest.mark.parametrize("scale", [0.6, 1.0, 2.2])
@pytest.mark.parametrize("angle_deg", [0, 20])
def test_landmarks_land_on_the_template(scale: float, angle_deg: float) -> None:
    angle = np.radians(angle_deg)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = (((TEMPLATE - 75) @ turn.T) + 200).astype(np.float32)
    chip = Aligner(EMBEDDER).chip(picture_with_dots(points), points)
    luma = chip[:, :, 0].astype(float)
    for x, y in TEMPLATE:
        near = luma[int(y) - 6 : int(y) + 8, int(x) - 6 : int(x) + 8]
        rows, columns = np.mgrid[int(y) - 6 : int(y) + 8, int(x) - 6 : int(x) + 8]
        centre = ((columns * near).sum() / near.sum(), (rows * near).sum() / near.sum())
        assert centre == pytest.approx((x, y), abs=0.7)


def test_a_chip_of_a_face_at_the_frames_edge_repeats_the_edge() -> None:
    frame = picture_with_dots(np.empty((0, 2)))
    chip = Aligner(EMBEDDER).chip(frame, TEMPLATE - 120)
    assert chip.shape == (150, 150, 3)


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (200, 150, 120)])
def test_yuv_becomes_the_rgb_it_was_made_of(
    matrix: Literal["bt601", "bt709"], full_range: bool, rgb: tuple[int, int, int]
) -> None:
    kr, kb = {"bt601": (0.299, 0.114), "bt709": (0.2126, 0.0722)}[matrix]
    r, g, b = (value / 255 for value in rgb)
    luma = kr * r + (1 - kr - kb) * g + kb * b
    pb, pr = (b - luma) / (2 * (1 - kb)), (r - luma) / (2 * (1 - kr))
    if full_range:
        yuv = np.array([255 * luma, 128 + 255 * pb, 128 + 255 * pr])
    else:
        yuv = np.array([16 + 219 * luma, 128 + 224 * pb, 128 + 224 * pr])
    picture = np.clip(np.rint(yuv), 0, 255).astype(np.uint8)[None, None]
    out = yuv_to_rgb(picture, full_range=full_range, matrix=matrix)[0, 0]
    np.testing.assert_allclose(out, rgb, atol=3)
