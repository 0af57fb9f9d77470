"""Reads the weights of dlib's face recognition network out of dlib's own file format.

In:   the bytes of `dlib_face_recognition_resnet_model_v1.dat` (CC0, by Davis King), as the PyPI
      package `face_recognition_models` carries them.
Out:  a `Network`: 29 convolutions with their affine layers folded in, and one 128 x 256 matrix.
Always: the layers come in the order in which data flows, from the picture to the embedding.
Not here: what the network computes (`dlib_reference`, `embedder`).

The file is a run of named layers. A name is a length-prefixed string; numbers are dlib varints
(`dlib/serialize.h`, `pack_int`); a tensor is `version = 2, samples, k, rows, columns` as varints,
then raw little-endian float32 (`dlib/cuda/tensor.h`). Only three layers hold weights:

    con_4    tensor of filters then biases, then varints: filters, rows, columns, stride y, stride x
             (more follows; the number of input channels comes out of the tensor's size)
    affine_  tensor of gamma then beta, one of each per channel
    fc_2     two varints (outputs, inputs), then the tensor as (inputs, outputs), no bias
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

SOURCE_PACKAGE = "face_recognition_models"
SOURCE_FILE = "dlib_face_recognition_resnet_model_v1.dat"
SOURCE_SHA256 = "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30"
CHANNEL_MEANS = np.array([122.782, 117.001, 104.298], np.float32)
CHANNEL_DIVISOR = 256.0

_TENSOR_VERSION = 2
_LAYER_NAMES = (b"con_4", b"affine_", b"fc_2")


class WeightsError(Exception):
    """The weights file is missing, is another file, or is not laid out as described above."""


@dataclass(frozen=True, slots=True)
class Convolution:
    """One convolution with its affine layer folded in.

    Attributes:
        filters: float32 (outputs, inputs, rows, columns).
        bias: float32 (outputs,).
        stride: 2 is valid-padded, 1 is same-padded.
    """

    filters: FloatArray
    bias: FloatArray
    stride: int


@dataclass(frozen=True, slots=True)
class Network:
    """All weights; the first convolution takes (RGB - CHANNEL_MEANS) / CHANNEL_DIVISOR.

    Attributes:
        convolutions: 29, in the order of the data.
        projection: float32 (256, 128); the embedding is `pooled @ projection`.
    """

    convolutions: tuple[Convolution, ...]
    projection: FloatArray


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._position = 0

    def seek_next_layer(self) -> bytes | None:
        """Move behind the next name of a layer with weights; None when there is none left."""
        found = [
            (position, name)
            for name in _LAYER_NAMES
            if (position := self._content.find(_prefixed(name), self._position)) >= 0
        ]
        if not found:
            return None
        position, name = min(found)
        self._position = position + len(_prefixed(name))
        return name

    def integer(self) -> int:
        """A dlib varint: low nibble = how many little-endian bytes follow, bit 7 = negative."""
        head = self._content[self._position]
        count = head & 0x0F
        start = self._position + 1
        self._position = start + count
        value = int.from_bytes(self._content[start : self._position], "little")
        return -value if head & 0x80 else value

    def tensor(self) -> FloatArray:
        """A tensor as float32 (samples, k, rows, columns)."""
        if self.integer() != _TENSOR_VERSION:
            raise WeightsError(f"no tensor at byte {self._position}")
        shape = tuple(self.integer() for _ in range(4))
        values = np.frombuffer(self._content, "<f4", int(np.prod(shape)), self._position)
        self._position += values.nbytes
        return values.reshape(shape).astype(np.float32)


def _prefixed(name: bytes) -> bytes:
    return bytes([1, len(name)]) + name


def locate() -> Path:
    """Where the installed `face_recognition_models` keeps the file (the package is not imported).

    Raises:
        WeightsError: the package is not installed, or has no such file.
    """
    spec = importlib.util.find_spec(SOURCE_PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(f"the package {SOURCE_PACKAGE} is not installed")
    path = Path(spec.origin).parent / "models" / SOURCE_FILE
    if not path.is_file():
        raise WeightsError(f"{path} does not exist")
    return path


def load(path: Path | None = None) -> Network:
    """Read, verify and parse the weights (by default the installed package's).

    Raises:
        WeightsError: the file is absent, or not the one this project was built from.
    """
    content = (path or locate()).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != SOURCE_SHA256:
        raise WeightsError(f"{SOURCE_FILE} has SHA-256 {digest}, expected {SOURCE_SHA256}")
    return parse(content)


def parse(content: bytes) -> Network:
    """Parse the file's bytes.

    Raises:
        WeightsError: the layers are not those of the network.
    """
    reader = _Reader(content)
    convolutions: list[Convolution] = []
    projection: FloatArray | None = None
    while (name := reader.seek_next_layer()) is not None:
        if name == b"con_4":
            convolutions.append(_read_convolution(reader))
        elif name == b"affine_":
            convolutions[-1] = _fold_affine(convolutions[-1], reader.tensor())
        else:
            outputs, inputs = reader.integer(), reader.integer()
            projection = reader.tensor().reshape(inputs, outputs)
    if len(convolutions) != 29 or projection is None:
        raise WeightsError(f"found {len(convolutions)} convolutions, expected 29 and a projection")
    return Network(tuple(convolutions), projection)


def for_raw_pixels(network: Network) -> Network:
    """The same function of raw RGB 0..255: mean and divisor move into the first convolution.

    This is exact because that convolution never sees padding.
    """
    first = network.convolutions[0]
    filters = first.filters.astype(np.float64) / CHANNEL_DIVISOR
    bias = first.bias - np.einsum("oirc,i->o", filters, CHANNEL_MEANS)
    folded = Convolution(filters.astype(np.float32), bias.astype(np.float32), first.stride)
    return Network((folded, *network.convolutions[1:]), network.projection)


def _read_convolution(reader: _Reader) -> Convolution:
    values = reader.tensor().ravel()
    outputs, rows, columns, stride = (reader.integer() for _ in range(4))
    weights = values[:-outputs].reshape(outputs, -1, rows, columns)
    return Convolution(weights, values[-outputs:], stride)


def _fold_affine(convolution: Convolution, affine: FloatArray) -> Convolution:
    gamma, beta = np.split(affine.ravel(), 2)
    return Convolution(
        convolution.filters * gamma[:, None, None, None],
        convolution.bias * gamma + beta,
        convolution.stride,
    )
