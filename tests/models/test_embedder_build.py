"""The shipped embedder computes what dlib computes, from weights this project parses itself."""

from __future__ import annotations

import os
from pathlib import Path

import dlib
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from PIL import Image

from models.build import chips, dlib_reference, dlib_weights

ROOT = Path(__file__).parents[2]
EMBEDDER = ROOT / "models" / "default" / "embedder.tflite"
# Photographs of real faces may not be shipped; whoever has LFW's 250 x 250 pictures can name them.
PHOTOS = Path(os.environ.get("WATCHPOST_TEST_FACES", ROOT.parent / "shared" / "faces-dev"))

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
        scale, zero_point = self.output["quantization"]
        raw = self.interpreter.get_tensor(self.output["index"])[0]
        return np.asarray((raw.astype(np.float32) - zero_point) * scale, np.float32)


class Dlib:
    """The original."""

    def __init__(self) -> None:
        self.model = dlib.face_recognition_model_v1(str(dlib_weights.locate()))

    def embed(self, chip: Pixels) -> Floats:
        descriptor = self.model.compute_face_descriptor(np.ascontiguousarray(chip))
        return np.array(descriptor, np.float32)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


@pytest.fixture(scope="module")
def original() -> Dlib:
    return Dlib()


@pytest.fixture(scope="module")
def network() -> dlib_weights.Network:
    return dlib_weights.load()


def cosine(one: Floats, other: Floats) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def photo_chips(count: int) -> list[Pixels]:
    paths = sorted(PHOTOS.glob("*/*.jpg"))
    if not paths:
        pytest.skip(f"no photographs of real faces at {PHOTOS} (set WATCHPOST_TEST_FACES)")
    size = (chips.CHIP_SIZE_PX, chips.CHIP_SIZE_PX)
    face = (55, 60, 195, 200)
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
    assert tuple(embedder.input["shape"]) == (1, chips.CHIP_SIZE_PX, chips.CHIP_SIZE_PX, 3)
    assert tuple(embedder.output["shape"]) == (1, 128)


def test_the_int8_file_agrees_with_dlib_on_rendered_chips(
    embedder: Embedder, original: Dlib
) -> None:
    agreement = [cosine(embedder.embed(c), original.embed(c)) for c in chips.load()[::4]]
    assert min(agreement) >= 0.997


def test_the_int8_file_agrees_with_dlib_on_real_faces(embedder: Embedder, original: Dlib) -> None:
    agreement = [cosine(embedder.embed(c), original.embed(c)) for c in photo_chips(40)]
    assert min(agreement) >= 0.997


def test_the_same_rendered_person_is_nearer_than_another(embedder: Embedder) -> None:
    views = chips.load()[:48]  # eight people, six views each
    vectors = np.stack([embedder.embed(chip) for chip in views])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = vectors @ vectors.T
    person = np.arange(48) // 6
    same = person[:, None] == person
    np.fill_diagonal(likeness, np.nan)
    assert np.nanmean(likeness[same]) - np.nanmean(likeness[~same]) > 0.05


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
