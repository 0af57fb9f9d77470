"""Pictures made worse: by how much, where, and never the one that was given."""

from __future__ import annotations

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.eval.canvas import cover, own_background, paste, scaled
from edge.eval.degrade import FRAME_PX, Degradation
from tests.fakes.measuring import POINTS

GENERATOR = np.random.default_rng(5)
PICTURE = GENERATOR.integers(60, 200, (160, 160, 3), dtype=np.uint8)


def made(text: str, picture: np.ndarray = PICTURE) -> np.ndarray:
    return Degradation.parse(text).apply(picture, POINTS, np.random.default_rng(1))[0]


@pytest.mark.parametrize(
    "text",
    ["", "blur", "blur=", "blur=x", "blur=-1", "blur=nan", "jpeg=96", "occlude=hat", "fog=1"],
)
def test_what_is_not_a_degradation_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(ConfigError, match="no degradation") as caught:
        Degradation.parse(text)
    assert "inter-eye=6..200" in caught.value.remedy


@pytest.mark.parametrize("text", ["blur=1.5", "noise=8", "jpeg=30", "occlude=mask", "inter-eye=28"])
def test_a_degradation_says_itself_as_it_was_given(text: str) -> None:
    assert str(Degradation.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["blur=2", "noise=8", "gain=0.5", "gamma=2", "jpeg=30", "occlude=mask", "inter-eye=20"],
)
def test_the_picture_that_was_given_is_left_alone_and_another_comes(text: str) -> None:
    before = PICTURE.copy()
    worse = made(text)
    assert (before == PICTURE).all()
    assert worse.shape != PICTURE.shape or (worse != PICTURE).any()
    assert worse.dtype == np.uint8


def test_eyes_are_set_apart_as_asked_and_to_the_middle_of_a_camera_frame() -> None:
    marked = np.full((160, 160, 3), 30, np.uint8)
    for x, y in POINTS[:2]:
        marked[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3] = 255
    frame, points = Degradation.parse("inter-eye=20").apply(marked, POINTS, GENERATOR)
    assert frame.shape[:2] == (FRAME_PX[1], FRAME_PX[0])
    assert points[1, 0] - points[0, 0] == pytest.approx(20, abs=0.1)
    assert points[:2].mean(axis=0) == pytest.approx((640, 360), abs=1)
    rows, columns = np.nonzero(frame[:, :, 0] > 150)
    assert columns.min() == pytest.approx(points[0, 0], abs=2)
    assert columns.max() == pytest.approx(points[1, 0], abs=2)
    assert rows.mean() + 0.5 == pytest.approx(360, abs=1)


def test_noise_has_the_deviation_asked_for() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    assert made("noise=8", grey).std() == pytest.approx(8, rel=0.03)


def test_gain_and_gamma_darken_as_their_formulas_say() -> None:
    grey = np.full((8, 8, 3), 100, np.uint8)
    assert made("gain=0.25", grey).max() == 25
    assert made("gamma=2", grey).max() == round(255 * (100 / 255) ** 2)


def test_a_mask_hides_the_mouth_and_leaves_the_eyes() -> None:
    covered = (made("occlude=mask") != PICTURE).any(axis=2)
    for x, y in POINTS[2:].astype(int):
        assert covered[y - 3 : y + 4, x - 3 : x + 4].all()
    for x, y in POINTS[:2].astype(int):
        assert not covered[y - 6 : y + 6, x - 6 : x + 6].any()


def test_sunglasses_hide_the_eyes_and_clear_glasses_show_them() -> None:
    x, y = POINTS[0].astype(int)
    around = np.s_[y - 4 : y + 5, x - 8 : x + 9]
    assert made("occlude=sunglasses")[around].max() < 40
    assert made("occlude=glasses")[around].max() > 100


def test_a_pasted_picture_fades_in_and_what_sticks_out_is_cut() -> None:
    canvas = np.zeros((60, 80, 3), np.uint8)
    paste(canvas, np.full((20, 20, 3), 200, np.uint8), 70, 50)
    assert canvas[59, 79, 0] == 200
    assert 0 < canvas[50, 75, 0] < 120
    assert canvas[:50, :].max() == 0
    paste(canvas, np.full((20, 20, 3), 200, np.uint8), 500, 500)


@pytest.mark.parametrize("size", [(640, 384), (100, 300), (37, 21)])
def test_a_background_covers_the_size_asked_for(size: tuple[int, int]) -> None:
    for made_of in (cover(PICTURE, size), own_background(PICTURE, size)):
        assert made_of.shape == (size[1], size[0], 3)
    assert scaled(PICTURE, 0.001).shape == (1, 1, 3)
