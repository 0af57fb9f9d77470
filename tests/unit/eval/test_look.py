"""One look at one picture: which face, what it gave, or why it gave nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.eval.degrade import Degradation
from edge.eval.look import Failure, Look, LookTaker, central_face, opened, to_bgr, to_frame
from edge.recognise.quality import measure
from edge.values import Detection
from tests.fakes.measuring import POINTS, grey, instruments, nothing, picture
from tests.fakes.packs import LIMITS


def face(scale: float, dx: float) -> Detection:
    points = (POINTS - 80) * scale + np.array([80 + dx, 80], np.float32)
    return Detection((0, 0, 10, 10), points.astype(np.float32), 0.9)


def test_the_largest_face_is_taken() -> None:
    small, large = face(0.5, 0), face(1.0, 10)
    assert central_face([small, large], grey(1)) is large


def test_of_faces_of_one_size_the_one_nearest_the_centre_is_taken() -> None:
    aside, middle = face(1.0, 40), face(0.95, 0)
    assert central_face([aside, middle], grey(1)) is middle
    assert central_face([], grey(1)) is None


@pytest.mark.parametrize(("content", "failure"), [("?", "unreadable"), (0, "no face")])
def test_a_picture_without_a_face_or_sense_is_a_failure(
    tmp_path: Path, content: int | str, failure: str
) -> None:
    assert LookTaker(instruments()).take(picture(tmp_path, "a.jpg", content)) == failure


def test_gates_are_off_unless_asked_for(tmp_path: Path) -> None:
    flat = picture(tmp_path, "a.jpg", 120)
    strict = instruments(LIMITS)
    look = LookTaker(strict).take(flat)
    assert isinstance(look, Look)
    assert "contrast" in look.refused
    assert look.quality.weight > 0
    assert LookTaker(strict, gates=True).take(flat) is Failure.REJECTED


def test_a_refused_look_weighs_what_its_size_and_yaw_say() -> None:
    turned = POINTS.copy()
    turned[2, 0] += 30
    one = Detection((0, 0, 10, 10), turned, 0.9)
    chip = np.full((150, 150, 3), 120, np.uint8)
    refused = measure(one, chip, LIMITS)
    again = measure(one, chip, opened(LIMITS, refused))
    assert refused.weight == 0
    assert again.reason == ""
    assert again.weight == pytest.approx(0.5)


def test_a_degraded_picture_degrades_the_same_way_each_time(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.jpg", 100)
    noise = [Degradation.parse("noise=30")]
    looks = [
        LookTaker(instruments(), degradations=noise, seed=seed).take(path, 5) for seed in (1, 1, 2)
    ]
    contrasts = [look.quality.contrast for look in looks if isinstance(look, Look)]
    assert contrasts[0] == contrasts[1] != contrasts[2]
    assert contrasts[0] > 5


def test_times_count_pictures_and_faces(tmp_path: Path) -> None:
    taker = LookTaker(instruments())
    paths = [picture(tmp_path, f"{n}.jpg", n) for n in (0, 30, 40)]
    taker.all(paths, "looking", nothing)
    assert (taker.times.pictures, taker.times.faces) == (3, 2)
    assert taker.times.embed_s == pytest.approx(0.002)


def test_a_picture_survives_the_way_to_colour_and_back() -> None:
    frame = grey(77)
    again = to_frame(instruments(), to_bgr(frame))
    assert np.abs(again.y.astype(int) - frame.y).max() <= 1
