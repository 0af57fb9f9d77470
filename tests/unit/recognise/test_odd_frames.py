"""Real models on odd frames: any size, blank, noisy, turned; time and memory stay bounded."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from edge.capture.images import full_range_planes, read_picture
from edge.demo.truth import people
from edge.errors import PhotoError
from edge.recognise.align import Aligner
from edge.recognise.blazeface import BlazeFaceDetector
from edge.recognise.decide import Rules
from edge.recognise.detect import GridDetector
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.enrol import Enroller
from edge.recognise.pipeline import Pipeline
from edge.recognise.quality import measure
from edge.values import Bytes, Candidate, Detection, Floats, Frame, Recognition
from tests.fakes.packs import EMBEDDER, LIMITS
from tests.fakes.tensors import bundled

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Rules(threshold=0.95, margin=0.02, min_frames=3, max_looks=10, re_alert_s=60)
SIDES = [(16, 16), (17, 31), (16, 8192), (8192, 16), (2160, 3840), (8192, 8192)]
DETECTORS = {"default": GridDetector, "blazeface": BlazeFaceDetector}
MIB = 1024  # of ru_maxrss, which counts KiB


class Nobody:
    version = 1

    def search(self, probes: Floats) -> list[tuple[Candidate, ...]]:
        return [()] * len(probes)


def frame_of(luma: Bytes, index: int = 0, chroma: int = 128, *, full_range: bool = True) -> Frame:
    rows, columns = luma.shape
    plane = np.full(((rows + 1) // 2, (columns + 1) // 2), chroma, np.uint8)
    return Frame("door", index, index / 10, MOMENT, luma, plane, plane, full_range=full_range)


def noise(rows: int, columns: int) -> Bytes:
    tile = np.random.default_rng(rows + columns).integers(0, 256, (512, 512), dtype=np.uint8)
    return np.tile(tile, (rows // 512 + 1, columns // 512 + 1))[:rows, :columns]


def patterns(rows: int, columns: int) -> Iterator[Bytes]:
    for value in (0, 16, 128, 235, 255):
        yield np.full((rows, columns), value, np.uint8)
    yield noise(rows, columns)
    checks = (np.indices((rows, columns)).sum(axis=0) % 2 * 255).astype(np.uint8)
    yield checks
    yield np.tile(np.linspace(0, 255, columns).astype(np.uint8), (rows, 1))


@pytest.fixture(scope="module", params=list(DETECTORS))
def pipeline(request: pytest.FixtureRequest) -> Pipeline:
    pack = bundled(request.param)
    return Pipeline(
        DETECTORS[request.param](pack, 1),
        TfliteEmbedder(pack, 1),
        Nobody(),
        pack.manifest,
        RULES,
        track_timeout_s=1.0,
        now_s=time.perf_counter,
    )


def faces_of(pipeline: Pipeline, frame: Frame) -> tuple[int, list[Recognition]]:
    before = pipeline.counts["faces"]
    found = pipeline.process(frame)
    return pipeline.counts["faces"] - before, found


def test_blank_saturated_and_noisy_frames_show_next_to_no_faces(pipeline: Pipeline) -> None:
    for index, luma in enumerate(patterns(480, 640)):
        for chroma in (0, 128, 255):
            frame = frame_of(luma, index, chroma, full_range=index % 2 == 0)
            faces, found = faces_of(pipeline, frame)
            assert faces <= 2
            assert found == []


@pytest.mark.parametrize("sides", SIDES, ids=lambda sides: f"{sides[1]}x{sides[0]}")
def test_a_frame_of_any_allowed_size_goes_all_the_way_in_bounded_memory(
    pipeline: Pipeline, sides: tuple[int, int]
) -> None:
    luma = noise(*sides)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    faces, found = faces_of(pipeline, frame_of(luma))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert (faces <= 50, found) == (True, [])
    # The two chroma planes of the largest frame are 32 MiB; the stages' own share is small.
    assert grown < 96 * MIB


@pytest.mark.parametrize("turn", [cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_180])
def test_a_turned_face_is_never_more_than_a_few_faces(pipeline: Pipeline, turn: int) -> None:
    photo = cv2.imread(str(people()[0].photos()[0]))
    planes = full_range_planes(np.ascontiguousarray(cv2.rotate(photo, turn)))
    faces, found = faces_of(pipeline, Frame("door", 0, 0.0, MOMENT, *planes, full_range=True))
    assert faces <= 3
    assert found == []


@pytest.mark.parametrize("side", [4000, 8192])
def test_a_face_that_fills_a_very_large_photo_is_enrolled_in_bounded_memory(side: int) -> None:
    pack = bundled("default")
    enroller = Enroller(GridDetector(pack, 1), TfliteEmbedder(pack, 1), pack.manifest)
    small = read_picture(people()[0].photos()[0])
    template = enroller.enrol(small).template
    y, u, v = planes_of(small)
    planes = [cv2.resize(y, (side, side)), *(cv2.resize(c, (side // 2,) * 2) for c in (u, v))]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = Frame("photo", 0, 0.0, MOMENT, *planes, full_range=True)
    assert float(enroller.enrol(large).template @ template) > 0.98
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 96 * MIB


@pytest.mark.parametrize("sides", SIDES, ids=lambda sides: f"{sides[1]}x{sides[0]}")
def test_a_photo_without_a_face_says_so_whatever_its_size(sides: tuple[int, int]) -> None:
    pack = bundled("default")
    enroller = Enroller(GridDetector(pack, 1), TfliteEmbedder(pack, 1), pack.manifest)
    with pytest.raises(PhotoError, match="No face was found"):
        enroller.enrol(frame_of(np.full(sides, 90, np.uint8)))


def planes_of(frame: Frame) -> tuple[Bytes, Bytes, Bytes]:
    square = min(frame.width, frame.height) // 2 * 2
    half = square // 2
    return frame.y[:square, :square], frame.u[:half, :half], frame.v[:half, :half]


DEGENERATE = {
    "one point": np.full((5, 2), 300.0),
    "one point far away": np.full((5, 2), 1e7),
    "nearly one point": np.full((5, 2), 300.0) + np.arange(10).reshape(5, 2) * 1e-5,
    "a line across": np.column_stack([np.arange(5) * 20.0 + 200, np.full(5, 200.0)]),
    "a line down": np.column_stack([np.full(5, 200.0), np.arange(5) * 20.0 + 100]),
    "upside down": np.array([[340, 240], [300, 240], [320, 220], [335, 200], [305, 200]], float),
    "far outside": np.array([[130, 140], [170, 140], [150, 160], [135, 180], [165, 180]]) + 1e6,
    "vast": np.array([[130, 140], [170, 140], [150, 160], [135, 180], [165, 180]]) * 1e6,
    "beyond all": np.array([[-1, -1], [1, -1], [0, 0], [-1, 1], [1, 1]]) * 1e30,
}


@pytest.mark.parametrize("points", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_landmarks_give_a_chip_and_a_finite_judgement(points: Floats) -> None:
    frame = frame_of(noise(480, 640))
    landmarks = points.astype(np.float32)
    chip = Aligner(EMBEDDER).chip(frame, landmarks)
    assert chip.shape == (150, 150, 3)
    quality = measure(Detection((10, 10, 50, 50), landmarks, 0.9), chip, LIMITS)
    measured = (quality.sharpness, quality.brightness, quality.contrast, quality.weight)
    assert np.isfinite(measured).all()


def test_landmarks_in_one_point_are_never_embedded() -> None:
    frame = frame_of(noise(480, 640))
    landmarks = np.full((5, 2), 300, np.float32)
    chip = Aligner(EMBEDDER).chip(frame, landmarks)
    quality = measure(Detection((10, 10, 50, 50), landmarks, 0.9), chip, LIMITS)
    assert quality.weight == 0.0
    assert "too small" in quality.reason
