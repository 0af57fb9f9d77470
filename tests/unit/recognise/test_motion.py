"""Movement is seen in blocks; noise, slow light and what has come to rest are not movement."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.recognise.motion import Motion
from edge.values import Bytes, Frame

WIDE, HIGH = 640, 360
HALF = np.full((HIGH // 2, WIDE // 2), 128, np.uint8)
WALL = np.random.default_rng(1).integers(60, 180, (HIGH // 40, WIDE // 40)).repeat(40, 0)
WALL = WALL.repeat(40, 1).astype(np.uint8)


def frame(luma: Bytes, index: int, rate: float = 10.0) -> Frame:
    return Frame("door", index, index / rate, datetime(2026, 1, 1, tzinfo=UTC), luma, HALF, HALF)


def noisy(sigma: float, seed: int) -> Bytes:
    noise = np.random.default_rng(seed).normal(0, sigma, WALL.shape)
    return np.clip(WALL + noise, 0, 255).astype(np.uint8)


def settled(sigma: float = 0.0) -> Motion:
    motion = Motion()
    for index in range(20):
        motion.moved(frame(noisy(sigma, index % 5), index))
    return motion


def with_person(luma: Bytes, x: int, contrast: int = 40) -> Bytes:
    seen = luma.astype(np.int16)
    seen[150:230, x : x + 30] += contrast
    return np.clip(seen, 0, 255).astype(np.uint8)


def test_the_first_frame_and_a_frame_after_a_gap_count_as_movement() -> None:
    motion = Motion()
    assert motion.moved(frame(WALL, 0))
    assert not motion.moved(frame(WALL, 1))
    assert motion.moved(frame(WALL, 1000))
    assert motion.moved(frame(WALL, 5))


@pytest.mark.parametrize("sigma", [0.0, 3.0, 10.0])
def test_a_still_scene_with_a_cameras_noise_is_still(sigma: float) -> None:
    motion = settled(sigma)
    moved = [motion.moved(frame(noisy(sigma, 100 + i % 7), 20 + i)) for i in range(60)]
    assert sum(moved) <= 3


@pytest.mark.parametrize("sigma", [0.0, 3.0, 10.0, 25.0])
def test_somebody_who_walks_is_movement_whatever_the_noise(sigma: float) -> None:
    motion = settled(sigma)
    for step in range(10):
        luma = with_person(noisy(sigma, 50 + step), 100 + 12 * step)
        assert motion.moved(frame(luma, 20 + step))


def test_light_that_changes_slowly_is_no_movement() -> None:
    motion = settled()
    ramp = np.linspace(0.5, 1.0, WIDE)  # more on one side than on the other
    for index in range(200):
        luma = np.clip(WALL + ramp * index * 0.15, 0, 255).astype(np.uint8)
        assert not motion.moved(frame(luma, 20 + index))


def test_a_lamp_that_is_switched_on_is_movement_and_then_still_again() -> None:
    motion = settled()
    lit = WALL.astype(np.int16)
    lit[:, : WIDE // 3] += 60
    lit = np.clip(lit, 0, 255).astype(np.uint8)
    moved = [motion.moved(frame(lit, 20 + index)) for index in range(60)]
    assert moved[0]
    assert not any(moved[45:])


def test_somebody_who_stands_still_becomes_part_of_the_background() -> None:
    motion = settled()
    moved = [motion.moved(frame(with_person(WALL, 300), 20 + index)) for index in range(60)]
    assert moved[0]
    assert not any(moved[45:])
    assert motion.moved(frame(WALL, 80))


def test_rows_that_are_strided_and_a_tiny_picture_are_read_too() -> None:
    wide = np.full((HIGH, WIDE + 64), 9, np.uint8)
    wide[:, :WIDE] = WALL
    motion = Motion()
    motion.moved(frame(wide[:, :WIDE], 0))
    assert not motion.moved(frame(wide[:, :WIDE], 1))
    tiny, half = np.full((16, 16), 90, np.uint8), np.full((8, 8), 128, np.uint8)
    small = replace(frame(WALL, 2), y=tiny, u=half, v=half)
    assert motion.moved(small)
    assert not motion.moved(replace(small, t_s=0.3))


def test_the_small_stream_is_read_where_there_is_one() -> None:
    motion = Motion()
    small = np.ascontiguousarray(WALL[::2, ::2])
    for index in range(3):
        motion.moved(replace(frame(WALL, index), small_y=small))
    assert motion.moved(replace(frame(WALL, 3), small_y=with_person(small, 100)))
