"""A closer look at a part of each large frame finds small faces, and changes nothing else."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.recognise.regions import Regions, part_of
from edge.values import Bytes, Detection, Frame

INPUT = (640, 384)


def frame(width: int, height: int, index: int = 0, camera: str = "door") -> Frame:
    """Each pixel of luma tells its column, in steps of 16."""
    columns = (np.arange(width) // 16).astype(np.uint8)
    y = np.broadcast_to(columns, (height, width))
    half = np.zeros(((height + 1) // 2, (width + 1) // 2), np.uint8)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Frame(camera, index, index / 10, moment, y, half, half, full_range=True)


def face(x: float, y: float, size: float = 44.0) -> Detection:
    points = np.array([[0.25, 0.4], [0.75, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Detection((x, y, size, size), points * np.float32(size) + (x, y), 0.9)


def shifted(one: Detection, left: int) -> Detection:
    return replace(one, box=(one.box[0] - left, *one.box[1:]), landmarks=one.landmarks - (left, 0))


class Sighted:
    """Finds faces that are at given places of the whole frame, the small ones only from near."""

    def __init__(self, *faces: Detection, whole: tuple[int, int]) -> None:
        self._faces = faces
        self._whole = whole
        self.parts: list[tuple[int, int]] = []

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        near = (frame.width, frame.height) != self._whole
        left = 16 * int(frame.y[0, 0])
        if near:
            self.parts.append((frame.width, frame.height))
        return tuple(
            one if not near else shifted(one, left)
            for one in self._faces
            if (near or one.box[2] > 60) and left <= one.box[0] < left + frame.width
        )


def test_a_small_face_is_found_where_it_is_within_a_round_and_then_in_every_second_frame() -> None:
    # One row of parts, so that a part's place can be told by its columns.
    size = (3200, 600)
    looks = Regions(Sighted(face(2000, 100), whole=size), INPUT, 22.0)
    seen = [looks.detect(frame(*size, index)) for index in range(30)]
    at = [index for index, found in enumerate(seen) if found]
    assert at[0] <= 6
    assert all(later - earlier <= 2 for earlier, later in itertools.pairwise(at))
    assert seen[at[0]][0].box[0] == pytest.approx(2000, abs=16)


def test_a_face_that_is_found_anyway_stays_as_it_was_found() -> None:
    size = (3200, 600)
    large = face(2000, 100, 80)
    looks = Regions(Sighted(large, whole=size), INPUT, 22.0)
    for index in range(12):
        (found,) = looks.detect(frame(*size, index))
        assert found is large


def test_a_frame_no_larger_than_a_part_costs_no_further_look() -> None:
    size = (1024, 576)
    detector = Sighted(whole=size)
    Regions(detector, INPUT, 22.0).detect(frame(*size))
    assert detector.parts == []


def test_each_part_is_as_large_as_the_smallest_useful_face_allows() -> None:
    size = (1920, 1080)
    detector = Sighted(whole=size)
    Regions(detector, INPUT, 22.0).detect(frame(*size))
    assert detector.parts == [(1004, 602)]


class Marks:
    """Finds nothing; marks by camera what it was shown of a plane."""

    def __init__(self, plane: Bytes) -> None:
        self._plane = plane
        self.shown = {name: np.zeros(plane.shape, bool) for name in ("door", "yard")}

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        if frame.y.shape != self._plane.shape:
            first, here = (p.__array_interface__["data"][0] for p in (self._plane, frame.y))
            top, left = divmod(here - first, self._plane.strides[0])
            self.shown[frame.camera][top : top + frame.height, left : left + frame.width] = True
        return ()


def test_all_of_a_frame_is_looked_at_in_a_round_and_each_camera_has_its_own() -> None:
    plain = frame(1919, 1079)
    plane = np.ascontiguousarray(plain.y)
    marks = Marks(plane)
    looks = Regions(marks, INPUT, 22.0)
    for index in range(2 * 9):
        looks.detect(replace(plain, y=plane, index=index, camera=("door", "yard")[index % 2]))
    # Parts begin at even columns, so the last column of an odd frame may be left out.
    assert all(shown[:1078, :1918].all() for shown in marks.shown.values())


def test_a_part_is_views_into_the_planes_with_colours_that_lie_over_it() -> None:
    whole = frame(1919, 1079)
    part = part_of(whole, 1200, 600, 1004, 602)
    assert (part.width, part.height) == (719, 479)
    assert part.u.shape == (240, 360)
    assert np.shares_memory(part.y, whole.y)
