"""Recall by size and false alarms, with detectors whose answers are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from edge.eval.detect import SIZES_PX, FalseAlarms, against_truth, false_alarms, match, pasted
from edge.eval.detect_report import DetectReport
from edge.eval.truth import Truth
from edge.values import Detection, Frame
from tests.fakes.measuring import POINTS, SIDE, instruments, nothing, picture

CANVAS = (640, 384)


def face(dx: float = 0.0) -> Detection:
    return Detection((40, 40, 80, 80), POINTS + np.array([dx, 0], np.float32), 0.9)


class LargeOnly:
    """Finds the bright photo on a dark canvas if it is large enough, and then exactly."""

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        rows, columns = np.nonzero(frame.y > frame.y.max() * 0.95)
        side = columns.max() - columns.min() + 1
        if frame.width == SIDE:
            return (face(),)
        if side < 0.4 * SIDE:
            return ()
        corner = np.array([columns.min(), rows.min()], np.float32)
        points = (POINTS - 13) * np.float32(side / (SIDE - 26)) + corner
        return (Detection((0, 0, 10, 10), points, 0.9),)


def test_a_face_is_found_within_a_third_of_its_eye_distance() -> None:
    eyes = POINTS[None, :2]
    assert match([face(13.9)], eyes) == ([True], 0)
    assert match([face(14.1)], eyes) == ([False], 1)
    assert match([], eyes) == ([False], 0)
    assert match([face()], np.empty((0, 2, 2), np.float32)) == ([], 1)


def test_each_face_and_each_detection_count_once() -> None:
    two_faces = np.stack([POINTS[:2], POINTS[:2] + 8])
    assert match([face()], two_faces) == ([True, False], 0)
    assert match([face(), face(1)], POINTS[None, :2]) == ([True], 1)


def test_pasted_photos_are_counted_by_size_in_the_light_and_in_the_dark(tmp_path: Path) -> None:
    photos = [picture(tmp_path, f"{n}.jpg", 250) for n in range(3)]
    ground = picture(tmp_path, "ground/0.jpg", 10)
    tools = dataclasses.replace(instruments(), detector=LargeOnly())
    found = pasted(tools, photos, [ground], CANVAS, 1, nothing)
    assert {size: one.of for size, one in found.light.items()} == dict.fromkeys(SIZES_PX, 3)
    assert found.light[40].found == 3
    assert found.light[10].found == found.dark[10].found == 0
    assert found.light[60].upsampled == 3
    assert found.light[28].upsampled == 0


def test_photos_without_a_face_and_unreadable_ones_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    photos = [picture(tmp_path, "0.jpg", 0), picture(tmp_path, "1.jpg", "?")]
    found = pasted(instruments(), photos, [], CANVAS, 1, nothing)
    assert (found.pictures, found.no_reference, found.unreadable) == (2, 1, 1)
    assert all(one.of == 0 for one in found.light.values())


def test_marked_faces_are_counted_by_their_size_at_the_detectors_input(tmp_path: Path) -> None:
    eyes = np.stack([POINTS[:2], POINTS[:2] + 60, np.float32([[0, 0], [2, 0]])])
    truth = Truth({picture(tmp_path, "a.jpg", 99): eyes, tmp_path / "no.jpg": eyes}, None, {})
    picture(tmp_path, "no.jpg", "?")
    found = against_truth(instruments(), truth, nothing)
    # 160 pixels are fitted to 384: 40 px between the eyes are 96 at the input.
    assert (found.light[60].of, found.light[60].found) == (2, 1)
    assert (found.too_small, found.unmatched, found.unreadable) == (1, 0, 1)


def test_a_video_is_matched_by_the_index_of_its_frames(tmp_path: Path) -> None:
    video = picture(tmp_path, "clip.mp4", 99)
    found = against_truth(instruments(), Truth({}, video, {0: POINTS[None, :2]}), nothing)
    assert found.light[60].found == 1
    other = against_truth(instruments(), Truth({}, video, {7: POINTS[None, :2]}), nothing)
    assert (other.light[60].of, other.unmatched) == (0, 1)


def test_false_alarms_are_told_by_number_and_never_by_name(tmp_path: Path) -> None:
    names = [("kitchen.jpg", 0), ("lounge.jpg", 99), ("porch.jpg", "?"), ("roof.jpg", 0)]
    paths = [picture(tmp_path, name, content) for name, content in names]
    alarms = false_alarms(instruments(), paths, nothing)
    assert alarms.by_picture == {2: 1}
    assert alarms.histogram() == {0: 2, 1: 1}
    found = pasted(instruments(), [], [], CANVAS, 1, nothing)
    report = DetectReport("fake@1.0.0", 1, CANVAS, found, alarms, listed=True)
    assert report.as_json()["false_positives"]["per_picture"] == 1 / 3
    said = "\n".join(report.lines())
    assert "picture 2: 1" in said
    assert not any(Path(name).stem in said for name, _ in names)


def test_without_backgrounds_the_report_says_that_false_positives_were_not_measured() -> None:
    found = pasted(instruments(), [], [], CANVAS, 1, nothing)
    report = DetectReport("fake@1.0.0", 1, CANVAS, found, None, listed=False)
    assert report.as_json()["false_positives"] is None
    assert any("--backgrounds" in line for line in report.lines())
    assert FalseAlarms().histogram() == {0: 0}
