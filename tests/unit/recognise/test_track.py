"""Faces keep their numbers from frame to frame."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from edge.recognise.track import Tracker
from edge.values import Detection, Frame

GREY = np.full((720, 1280), 128, np.uint8)
HALF = np.full((360, 640), 128, np.uint8)


def frame(t_s: float) -> Frame:
    return Frame("door", int(t_s * 10), t_s, datetime(2026, 1, 1, tzinfo=UTC), GREY, HALF, HALF)


def face(x: float, y: float = 300, size: float = 80) -> Detection:
    points = np.array([[30, 40], [70, 40], [50, 55], [35, 75], [65, 75]], np.float32)
    return Detection((x, y, size, size), points * np.float32(size / 100) + (x, y), 0.9)


def numbers(tracker: Tracker, t_s: float, *faces: Detection) -> list[int]:
    sightings, _ = tracker.update(frame(t_s), faces)
    return [sighting.track.number for sighting in sightings]


def test_a_walking_face_keeps_its_number() -> None:
    tracker = Tracker(1.0)
    seen = {numbers(tracker, i / 10, face(100 + 35 * i, size=60 + 4 * i))[0] for i in range(20)}
    assert seen == {1}


def test_two_faces_that_pass_each_other_keep_their_numbers() -> None:
    tracker = Tracker(1.0)
    for i in range(21):
        left, right = face(100 + 40 * i, y=280), face(900 - 40 * i, y=350)
        assert numbers(tracker, i / 10, left, right) == [1, 2]


def test_a_face_that_was_hidden_for_a_moment_is_the_same_track() -> None:
    tracker = Tracker(1.0)
    for i in range(5):
        numbers(tracker, i / 10, face(100 + 20 * i))
    assert numbers(tracker, 0.8, face(100 + 20 * 8)) == [1]


def test_a_track_is_lost_after_the_time_out_and_a_new_face_is_a_new_track() -> None:
    tracker = Tracker(1.0)
    numbers(tracker, 0.0, face(100))
    sightings, lost = tracker.update(frame(1.1), (face(100),))
    assert [track.number for track in lost] == [1]
    assert sightings[0].track.number == 2


def test_a_face_far_away_or_of_another_size_is_another_track() -> None:
    tracker = Tracker(1.0)
    numbers(tracker, 0.0, face(100))
    assert numbers(tracker, 0.1, face(400)) == [2]
    assert numbers(tracker, 0.2, face(100, size=160)) == [3]


def test_a_split_gives_the_sighting_a_new_number_and_ends_the_old_track() -> None:
    tracker = Tracker(1.0)
    sightings, _ = tracker.update(frame(0.0), (face(100),))
    fresh, old = tracker.split(sightings[0], frame(0.0))
    assert (old.number, fresh.track.number) == (1, 2)
    assert numbers(tracker, 0.1, face(102)) == [2]
