"""Looks are measured in units, and an unusable one says why with number and limit."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from edge.recognise.pack import QualityLimits
from edge.recognise.quality import measure
from edge.values import Detection
from tests.fakes.packs import LIMITS

POINTS = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)
GENERATOR = np.random.default_rng(1)
NOSE_ASIDE = np.array([[0, 0], [0, 0], [30, 0], [0, 0], [0, 0]])
TEXTURE = cv2.GaussianBlur(GENERATOR.integers(0, 255, (150, 150, 3), dtype=np.uint8), (0, 0), 1.0)

GRADIENT = np.repeat(
    np.tile(np.linspace(20, 220, 150).astype(np.uint8), (150, 1))[:, :, None], 3, axis=2
)


def face(points: np.ndarray = POINTS) -> Detection:
    return Detection((0, 0, 100, 100), points.astype(np.float32), 0.9)


def test_a_large_frontal_sharp_face_has_full_weight() -> None:
    quality = measure(face(), TEXTURE, LIMITS)
    assert quality.reason == ""
    assert quality.weight == pytest.approx(1.0)
    assert quality.inter_eye_px == pytest.approx(40)
    assert quality.yaw == pytest.approx(0)
    assert quality.roll_deg == pytest.approx(0)


def test_weight_falls_with_size_and_yaw() -> None:
    small = measure(face(POINTS * 0.6), TEXTURE, LIMITS)
    turned = POINTS.copy()
    turned[2, 0] += 10
    sideways = measure(face(turned), TEXTURE, LIMITS)
    assert small.weight == pytest.approx(0.6, abs=0.01)
    assert sideways.yaw == pytest.approx(0.25)
    assert 0.7 < sideways.weight < 0.9


@pytest.mark.parametrize(
    ("points", "chip", "words"),
    [
        (POINTS * 0.4, TEXTURE, "too small: 16 px between the eyes, at least 18"),
        (POINTS + NOSE_ASIDE, TEXTURE, "turned away: nose 0.75"),
        (POINTS @ np.array([[0.64, 0.77], [-0.77, 0.64]]), TEXTURE, "tilted by 50 degrees"),
        (POINTS, TEXTURE // 12, "too dark: mean luma 10"),
        (POINTS, 255 - TEXTURE // 12, "too bright: mean luma 245"),
        (POINTS, np.full_like(TEXTURE, 120), "too little contrast: 0"),
        (POINTS, GRADIENT, "blurred: sharpness 0."),
    ],
)
def test_an_unusable_look_says_why(points: np.ndarray, chip: np.ndarray, words: str) -> None:
    quality = measure(face(points), chip, LIMITS)
    assert words in quality.reason
    assert "is needed" in quality.reason
    assert quality.weight == 0


def test_pixels_are_measured_in_the_packs_region_only() -> None:
    chip = np.full((200, 200, 3), 30, np.uint8)
    chip[55:152, 55:145] = TEXTURE[30:127, 30:120]
    wide = LIMITS.model_copy(update={"region": (0.275, 0.275, 0.725, 0.76)})
    near, far = measure(face(), TEXTURE, LIMITS), measure(face(), chip, wide)
    assert far == near


@pytest.mark.parametrize("region", [(0.6, 0.2, 0.4, 0.8), (0.2, 0.5, 0.8, 0.55), (0, 0, 1.2, 1)])
def test_a_region_without_an_inside_is_refused(region: tuple[float, ...]) -> None:
    with pytest.raises(ValidationError, match="region"):
        QualityLimits.model_validate({**LIMITS.model_dump(), "region": region})
