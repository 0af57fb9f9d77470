"""A head that turns shows depth; a picture, however it is moved, and a straight edge do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from edge.recognise.pack import PresenceLimits
from edge.recognise.presence import (
    MAX_SIGHTINGS,
    Finding,
    Presence,
    Reason,
    edge_strength,
    surround,
    wander,
)
from edge.values import Bytes, Detection, Floats, Frame

START = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = PresenceLimits(min_sightings=8, min_span_s=0.7, min_depth=0.018, max_edge=1.6)
# Eyes, nose, mouth corners of a head in eye distances; the nose stands out by 0.45.
HEAD = np.array(
    [[-0.5, 0, 0], [0.5, 0, 0], [0, 0.58, -0.45], [-0.42, 1.05, 0], [0.42, 1.05, 0]], np.float64
)
PICTURE = HEAD * (1, 1, 0)
GREY = np.random.default_rng(4).integers(110, 130, (720, 1280)).astype(np.uint8)
HALF = np.full((360, 640), 128, np.uint8)


def turned(points: Floats, yaw_deg: float, pitch_deg: float = 0.0, eyes_px: float = 50.0) -> Floats:
    """Landmarks of a head or picture 1.5 m before a camera."""
    a, b = np.radians([yaw_deg, pitch_deg])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    moved = points @ (about_y @ about_x).T * 0.063 + (0, 0, 1.5)
    focal = eyes_px * 1.5 / 0.063
    return np.asarray(moved[:, :2] / moved[:, 2:] * focal + (640, 320), np.float32)


def frame(index: int, luma: Bytes = GREY, fps: float = 10.0) -> Frame:
    t_s = index / fps
    return Frame("door", index, t_s, START + timedelta(seconds=t_s), luma, HALF, HALF)


def seen(points: Floats) -> Detection:
    low, high = points.min(axis=0), points.max(axis=0)
    box = (float(low[0]), float(low[1]), *(float(v) for v in high - low))
    return Detection(box, points, 0.9)


def looked_at(
    points: Floats,
    sway_deg: float,
    luma: Bytes = GREY,
    limits: PresenceLimits | None = LIMITS,
    unrest_px: float = 0.4,
) -> Finding:
    generator, presence = np.random.default_rng(2), Presence(limits)
    for index in range(20):
        yaw = sway_deg * np.sin(index / 4)
        landmarks = turned(points, yaw, 0.5 * sway_deg * np.cos(index / 5))
        landmarks += generator.normal(0, unrest_px, (5, 2)).astype(np.float32)
        presence.observe(frame(index, luma), seen(landmarks))
    return presence.find()


def framed() -> Bytes:
    luma = GREY.copy()
    cv2.rectangle(luma, (540, 240), (740, 460), 20, 8)
    return luma


def test_a_head_that_turns_is_present() -> None:
    finding = looked_at(HEAD, 8)
    assert finding.present
    assert finding.depth > 2 * LIMITS.min_depth


@pytest.mark.parametrize("sway_deg", [0, 5, 15, 25])
def test_a_flat_picture_is_not_however_it_is_tilted(sway_deg: float) -> None:
    assert looked_at(PICTURE, sway_deg).reason is Reason.FLAT


def test_a_head_that_never_moves_is_not_shown_to_be_one() -> None:
    assert looked_at(HEAD, 0).reason is Reason.FLAT


def test_the_unrest_of_landmarks_is_not_taken_for_depth() -> None:
    assert looked_at(PICTURE, 0, unrest_px=1.2).reason is Reason.FLAT


def test_a_turning_head_with_straight_edges_around_it_is_on_a_screen() -> None:
    assert looked_at(HEAD, 8, framed()).reason is Reason.EDGE


def test_a_track_seen_briefly_shows_nothing() -> None:
    presence = Presence(LIMITS)
    for index in range(7):
        presence.observe(frame(index), seen(turned(HEAD, 4.0 * index)))
    assert presence.find().reason is Reason.FEW


def test_many_frames_within_a_moment_are_still_brief() -> None:
    presence = Presence(LIMITS)
    for index in range(60):
        presence.observe(frame(index, fps=120), seen(turned(HEAD, index / 3)))
    finding = presence.find()
    assert finding.reason is Reason.FEW
    assert finding.sightings <= 7


def test_a_pack_whose_landmarks_do_not_serve_shows_nobody() -> None:
    assert looked_at(HEAD, 8, limits=None).reason is Reason.UNABLE


def test_a_track_takes_a_bounded_number_of_sightings() -> None:
    presence = Presence(LIMITS)
    for index in range(3 * MAX_SIGHTINGS):
        presence.observe(frame(index), seen(turned(HEAD, 5 * np.sin(index / 4))))
    assert presence.find().sightings == MAX_SIGHTINGS


def test_wander_does_not_change_with_place_size_or_roll() -> None:
    shapes = np.stack([turned(HEAD, 8 * np.sin(i / 4)) for i in range(20)])
    roll = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    assert wander(shapes @ roll.T * 3 + 100) == pytest.approx(wander(shapes), rel=1e-3)


@pytest.mark.parametrize("place", [(-300.0, -300.0), (0.0, 0.0), (1279.0, 719.0), (4000.0, 9000.0)])
@pytest.mark.parametrize("eyes_px", [0.001, 4.0, 900.0])
def test_a_surround_has_its_size_wherever_the_face_is(
    place: tuple[float, float], eyes_px: float
) -> None:
    points = turned(HEAD, 0, eyes_px=eyes_px) - (640, 320) + np.array(place)
    assert surround(GREY, points.astype(np.float32)).shape == (104, 96)


def test_an_even_wall_has_no_edges() -> None:
    assert edge_strength(np.full((104, 96), 120, np.uint8)) == 0.0
