"""A covered lens is told from a dull place, whatever noise and time stamp are in the picture."""

from __future__ import annotations

from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from edge.recognise.sight import EVERY_S, Sight
from edge.values import Bytes, Frame

START = datetime(2026, 6, 1, tzinfo=UTC)
CHANCE = np.random.default_rng(6)
SIZE = (360, 640)
HALF = np.full((180, 320), 128, np.uint8)


def noisy(level: float, deviation: float) -> Bytes:
    return np.clip(CHANCE.normal(level, deviation, SIZE), 0, 255).astype(np.uint8)


def stamped(plane: Bytes) -> Bytes:
    cv2.putText(plane, "2026-11-24 10:51 CAM 1", (10, 25), 0, 0.75, 255, 2)
    return plane


def dull_place() -> Bytes:
    """Grey on grey: a wall, a door and a floor, in little light."""
    plane = np.full(SIZE, 60, np.uint8)
    plane[240:] = 45
    plane[60:240, 200:420] = 75
    return plane


def looked_at(plane: Bytes, *, full_range: bool = False, seconds: int = 12) -> dict[str, str]:
    sight = Sight()
    for t_s in range(seconds):
        frame = Frame("door", t_s, float(t_s), START, plane, HALF, HALF, full_range=full_range)
        sight.look(frame, float(t_s))
    return sight.blind(float(seconds), 10.0)


@pytest.mark.parametrize(
    ("plane", "how"),
    [
        (noisy(16, 0), "black"),
        (noisy(18, 12), "black"),
        (stamped(noisy(18, 3)), "black"),
        (noisy(120, 8), "without detail"),
        (np.tile(np.linspace(20, 80, 640).astype(np.uint8), (360, 1)), "without detail"),
    ],
    ids=["capped", "capped, with noise", "capped, with a time stamp", "fogged", "a finger"],
)
def test_a_covered_lens_is_found(plane: Bytes, how: str) -> None:
    assert looked_at(plane) == {"door": how}


def test_a_dull_place_in_little_light_is_seen() -> None:
    assert looked_at(dull_place()) == {}


def test_black_is_told_by_the_cameras_own_range() -> None:
    assert looked_at(noisy(30, 0)) == {"door": "black"}
    assert looked_at(noisy(30, 0), full_range=True) == {"door": "without detail"}


def test_somebody_who_stands_before_the_lens_for_a_moment_is_no_trouble() -> None:
    assert looked_at(noisy(16, 0), seconds=9) == {}
    sight = Sight()
    for t_s, plane in enumerate([noisy(16, 0)] * 8 + [dull_place()] + [noisy(16, 0)] * 8):
        frame = Frame("door", t_s, float(t_s), START, plane, HALF, HALF)
        sight.look(frame, float(t_s))
    assert sight.blind(17.0, 10.0) == {}


def test_a_camera_that_gives_no_pictures_is_not_called_blind() -> None:
    sight = Sight()
    frame = Frame("door", 0, 0.0, START, noisy(16, 0), HALF, HALF)
    for t_s in (0.0, 12.0):
        sight.look(frame, t_s)
    assert sight.blind(12.0, 10.0) == {"door": "black"}
    assert sight.blind(60.0, 10.0) == {}


def test_a_picture_is_looked_at_once_a_second_only() -> None:
    sight = Sight()
    covered, open_ = (
        Frame("door", n, 0.0, START, plane, HALF, HALF)
        for n, plane in enumerate((noisy(16, 0), dull_place()))
    )
    sight.look(covered, 0.0)
    sight.look(open_, EVERY_S / 2)
    assert sight.blind(1.0, 0.0) == {"door": "black"}
    sight.look(open_, EVERY_S)
    assert sight.blind(1.0, 0.0) == {}
