"""Whatever a model says, faces are finite, near the picture and few; a broken one is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.errors import PackError
from edge.recognise.blazeface import BlazeFaceDetector
from edge.recognise.detect import GridDetector, to_detections
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.picture import Fit
from edge.recognise.suppress import merge_overlapping
from edge.values import Detection, Frame
from tests.fakes.tensors import Array, FloatModel, bundled, grid_shapes

Fill = Callable[[Array], Array]
GREY = np.full((360, 640), 128, np.uint8)
HALF = np.full((180, 320), 128, np.uint8)
FRAME = Frame("door", 0, 0.0, datetime(2026, 1, 1, tzinfo=UTC), GREY, HALF, HALF, full_range=True)
CHIP = np.full((200, 200, 3), 90, np.uint8)

WILD: dict[str, Fill] = {
    "zero": np.zeros_like,
    "ones": np.ones_like,
    "huge": lambda a: np.full_like(a, 3e38),
    "very negative": lambda a: np.full_like(a, -3e38),
    "tiny": lambda a: np.full_like(a, 1e-40),
    "noise": lambda a: np.random.default_rng(5).normal(0, 1e3, a.shape),
    "both ends": lambda a: np.where(np.indices(a.shape).sum(axis=0) % 2, 3e38, -3e38),
}
BROKEN: dict[str, Fill] = {
    "NaN": lambda a: np.full_like(a, np.nan),
    "infinite": lambda a: np.full_like(a, np.inf),
    "one NaN": lambda a: np.where(np.arange(a.size).reshape(a.shape) == 7, np.nan, 0.0),
}


def grid(fill: Fill) -> tuple[Detection, ...]:
    pack = bundled("default")
    model = FloatModel(grid_shapes(pack), fill)
    return GridDetector(pack, 1, make_model=model.loaded).detect(FRAME)


def blaze(fill: Fill) -> tuple[Detection, ...]:
    model = FloatModel(((1, 896, 16), (1, 896, 1)), fill)
    return BlazeFaceDetector(bundled("blazeface"), 1, make_model=model.loaded).detect(FRAME)


def sound(faces: tuple[Detection, ...]) -> bool:
    """Finite, few, with their middles in the frame and their landmarks near."""
    for face in faces:
        left, top, width, height = face.box
        inside = 0 <= left + width / 2 <= 640 and 0 <= top + height / 2 <= 360
        near = np.abs(face.landmarks - (left + width / 2, top + height / 2)).max() < 10_000
        if not (inside and near and np.isfinite(face.box).all() and 0 <= face.score <= 1):
            return False
    return len(faces) <= 50


@pytest.mark.parametrize("detect", [grid, blaze])
@pytest.mark.parametrize("kind", WILD)
def test_wild_outputs_give_few_finite_faces_within_the_picture(
    detect: Callable[[Fill], tuple[Detection, ...]], kind: str
) -> None:
    with np.errstate(all="raise", under="ignore"):
        assert sound(detect(WILD[kind]))


@pytest.mark.parametrize("detect", [grid, blaze])
@pytest.mark.parametrize("kind", BROKEN)
def test_scores_that_are_no_numbers_are_a_broken_model_and_not_an_empty_room(
    detect: Callable[[Fill], tuple[Detection, ...]], kind: str
) -> None:
    with pytest.raises(PackError, match="not finite"):
        detect(BROKEN[kind])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("detect", [grid, blaze])
def test_a_box_that_is_no_number_is_left_out_and_the_frame_goes_on(
    detect: Callable[[Fill], tuple[Detection, ...]], bad: float
) -> None:
    def fill(a: Array) -> Array:
        return np.full_like(a, 5.0) if a.shape[-1] == 1 else np.full_like(a, bad)

    assert detect(fill) == ()


def test_every_cell_alight_gives_no_more_faces_than_the_manifest_allows() -> None:
    def fill(a: Array) -> Array:
        return np.full_like(a, 9.0) if a.shape[-1] == 1 else np.zeros_like(a)

    assert 0 < len(grid(fill)) <= 50
    assert sound(grid(fill))


@pytest.mark.parametrize(
    "change",
    [
        {0: -500.0},
        {1: 900.0},
        {2: 5000.0, 0: -2400.0},
        {4: 4000.0},
        {2: -1.0},
        {3: 0.0},
        {7: np.nan},
        {14: np.inf},
    ],
)
def test_what_can_be_no_face_is_left_out(change: dict[int, float]) -> None:
    points = [130, 140, 170, 140, 150, 160, 135, 180, 165, 180]
    row = np.array([100, 100, 100, 100, *points, 0.9], np.float32)
    fit = Fit(0.5, 0.5, 640, 384)
    assert len(to_detections(row[None], fit)) == 1
    for index, value in change.items():
        row[index] = value
    assert to_detections(row[None], fit) == ()


def test_suppression_of_absurd_rows_neither_overflows_nor_takes_others_along() -> None:
    good = np.array([100, 100, 50, 50, *[120] * 10, 0.5], np.float32)
    rows = np.stack([good, *(np.full(15, bad, np.float32) for bad in (3e38, -3e38, np.nan))])
    with np.errstate(all="raise"):
        assert len(merge_overlapping(rows, 0.4, 10)) == 1


@pytest.mark.parametrize("fill", [*BROKEN.values(), np.zeros_like])
def test_an_embedder_that_gives_no_direction_is_a_broken_model(fill: Fill) -> None:
    model = FloatModel(((1, 128),), fill)
    embedder = TfliteEmbedder(bundled("default"), 1, make_model=model.loaded)
    with pytest.raises(PackError, match="not finite"):
        embedder.embed([CHIP])


def test_templates_of_wildly_large_outputs_have_length_one() -> None:
    model = FloatModel(((1, 128),), lambda a: np.full_like(a, 1e15))
    embedder = TfliteEmbedder(bundled("default"), 1, make_model=model.loaded)
    rows = embedder.embed([CHIP, CHIP])
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)


@pytest.mark.parametrize(
    "box", [(np.nan, 0, 1, 1), (0, np.inf, 1, 1), (0, 0, np.inf, 1), (0, 0, 1, np.nan)]
)
def test_a_detection_that_is_not_finite_cannot_be_made(box: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="box must be finite"):
        Detection(box, np.zeros((5, 2), np.float32), 0.9)
