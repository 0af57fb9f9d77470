"""A pack is tried by running it: real models, and detectors and embedders that are broken."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from edge.capture.images import read_picture
from edge.demo.truth import people
from edge.errors import PackError
from edge.modelstore.trial import Portrait, Trial, describe, examine
from edge.recognise.detect import GridDetector
from edge.recognise.embed import TfliteEmbedder
from edge.recognise.pack import Pack, load_pack
from edge.recognise.ports import Detector, Embedder
from edge.values import Bytes, Detection, Floats, Frame

DEFAULT = Path(__file__).parents[3] / "models" / "default"
POINTS = np.array([[130, 140], [170, 140], [150, 160], [135, 180], [165, 180]], np.float32)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack(DEFAULT)


@pytest.fixture(scope="module")
def detector(pack: Pack) -> Detector:
    return GridDetector(pack, 1)


@pytest.fixture(scope="module")
def embedder(pack: Pack) -> Embedder:
    return TfliteEmbedder(pack, 1)


@pytest.fixture(scope="module")
def portraits() -> list[Portrait]:
    return [
        Portrait(one.key, read_picture(photo)) for one in people()[:2] for photo in one.photos()[:2]
    ]


class Says:
    """A detector that says the same of every frame."""

    def __init__(self, *faces: Detection) -> None:
        self._faces = faces

    def detect(self, frame: Frame) -> tuple[Detection, ...]:
        return self._faces


class Gives:
    """An embedder that gives rows of one kind."""

    def __init__(self, row: Floats) -> None:
        self._row = row

    def embed(self, chips: list[Bytes]) -> Floats:
        return np.tile(self._row, (len(chips), 1))


def altered(folder: Path, old: str, new: str) -> Pack:
    """The default pack with another line in its manifest."""
    shutil.copytree(DEFAULT, folder)
    text = (folder / "manifest.toml").read_text("utf-8")
    assert old in text
    (folder / "manifest.toml").write_text(text.replace(old, new, 1), "utf-8")
    return load_pack(folder)


def test_the_default_pack_passes_and_says_what_it_is(
    pack: Pack, detector: Detector, embedder: Embedder, portraits: list[Portrait]
) -> None:
    trial = examine(pack, detector, embedder, portraits)
    assert isinstance(trial, Trial)
    assert trial.same_person > 0.95 > trial.other_person
    assert (trial.levels, trial.template_numbers) == ((256, 256), 128)
    assert trial.detector[0] == "in int8 1x384x640x1, step 0.0078125, zero 0"
    assert describe(pack)["embedder"][1].startswith("out float32 1x128")


def test_a_manifest_whose_scale_does_not_fit_the_models_input_is_refused(
    tmp_path: Path, detector: Detector, embedder: Embedder, portraits: list[Portrait]
) -> None:
    pack = altered(tmp_path / "pack", "mean = 128.0\nstd = 128.0", "mean = 0.0\nstd = 1.0")
    with pytest.raises(PackError, match="tells only 2 apart"):
        examine(pack, detector, embedder, portraits)


def test_a_manifest_whose_shape_or_type_is_not_the_models_is_refused(tmp_path: Path) -> None:
    shape = altered(tmp_path / "shape", "width = 640", "width = 320")
    with pytest.raises(PackError, match=r"takes int8 \(1, 384, 640, 1\), its manifest states"):
        describe(shape)
    kind = altered(tmp_path / "kind", 'dtype = "int8"', 'dtype = "float32"')
    with pytest.raises(PackError, match="its manifest states float32"):
        describe(kind)


def test_a_manifest_with_another_template_length_is_refused(tmp_path: Path) -> None:
    pack = altered(tmp_path / "pack", "dimensions = 128", "dimensions = 512")
    with pytest.raises(PackError, match="the manifest states 512 dimensions"):
        TfliteEmbedder(pack, 1)


def test_a_detector_that_finds_no_face_is_refused(
    pack: Pack, embedder: Embedder, portraits: list[Portrait]
) -> None:
    with pytest.raises(PackError, match="finds no face in a clear picture"):
        examine(pack, Says(), embedder, portraits)


def test_a_detector_that_sees_crowds_in_the_dark_is_refused(
    pack: Pack, embedder: Embedder, portraits: list[Portrait]
) -> None:
    face = Detection((100, 100, 100, 100), POINTS, 0.9)
    with pytest.raises(PackError, match="sees 5 faces in a black picture"):
        examine(pack, Says(*[face] * 5), embedder, portraits)


def test_a_detector_that_points_far_outside_the_picture_is_refused(
    pack: Pack, embedder: Embedder, portraits: list[Portrait]
) -> None:
    face = Detection((1e9, 100, 100, 100), POINTS, 0.9)
    with pytest.raises(PackError, match="outside the world of a black picture"):
        examine(pack, Says(face), embedder, portraits)


@pytest.mark.parametrize(
    "row",
    [
        np.full(128, np.nan, np.float32),
        np.full(128, np.inf, np.float32),
        np.zeros(128, np.float32),
        np.ones(128, np.float32),
        np.ones(64, np.float32) / 8,
    ],
)
def test_an_embedder_whose_templates_are_none_is_refused(
    pack: Pack, detector: Detector, portraits: list[Portrait], row: Floats
) -> None:
    with pytest.raises(PackError, match="no 128 finite numbers of length 1"):
        examine(pack, detector, Gives(row), portraits)


def test_an_embedder_that_tells_nobody_apart_is_refused(
    pack: Pack, detector: Detector, portraits: list[Portrait]
) -> None:
    row = np.eye(128, dtype=np.float32)[0]
    with pytest.raises(PackError, match="two people are more alike"):
        examine(pack, detector, Gives(row), portraits)
