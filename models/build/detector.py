"""Makes the face detector of the default pack: this project's own network, as int8 TFLite.

In:   `data/detector_weights.npz`: convolutions with batch normalisation folded in, `<layer>.w` as
      (outputs, inputs, rows, columns) and `<layer>.b`, and the computed frames of `scenes`.
Out:  `models/default/detector.tflite` (int8), on request a float file, and the pack's manifest.
Always: the input is luma (Y - 128) / 128, so int8 in is `Y ^ 0x80`. For each stride of 8, 16 and
        32 there are two outputs, (1, 384/stride, 640/stride, 1) and (…, 14); the converter orders
        the six as it likes, so they are told apart by shape.
Not here: training (the pack's CARD.md tells how it went), decoding (`edge/recognise/detect.py`).

Usage: python -m models.build.detector [--float PATH]
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models.build import manifest, quantise, scenes

FloatArray = NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "data" / "detector_weights.npz"
PIXELS = quantise.PixelScale(mean=128.0, std=128.0)
HEADROOM: Mapping[int, float] = {}
FRAME_COUNT, FRAME_SEED = 120, 640384
PACK = Path(__file__).parents[1] / "default"

_layers = tf.keras.layers


def build(weights: Mapping[str, FloatArray]) -> tf.keras.Model:
    """The network in Keras: stem, three stages, a neck that goes back up, a head a stride."""
    luma = _layers.Input((scenes.ROWS, scenes.COLUMNS, 1), batch_size=1, name="luma")

    def convolve(data: tf.Tensor, name: str, stride: int = 1, rectify: bool = True) -> tf.Tensor:
        return _convolve(weights, data, name, stride, rectify)

    def chain(data: tf.Tensor, strided: str, *others: str) -> tf.Tensor:
        data = convolve(data, strided, stride=2)
        for name in others:
            data = convolve(data, name)
        return data

    stem = convolve(_layers.Lambda(lambda data: tf.nn.space_to_depth(data, 4))(luma), "d4")
    stage_8 = chain(stem, "d8", "b1", "b2", "b3")
    stage_16 = chain(stage_8, "d16", "c1", "c2")
    stage_32 = chain(stage_16, "d32", "e1", "e2")
    neck_32 = convolve(stage_32, "l32")
    neck_16 = _layers.Add()([convolve(stage_16, "l16"), _double(neck_32)])
    neck_8 = _layers.Add()([convolve(stage_8, "l8"), _double(neck_16)])
    outputs = []
    for stride, neck in ((8, neck_8), (16, neck_16), (32, neck_32)):
        head = convolve(neck, f"h{stride}")
        outputs += [convolve(head, f"{kind}{stride}", rectify=False) for kind in ("sc", "rg")]
    return tf.keras.Model(luma, outputs)


def _convolve(
    weights: Mapping[str, FloatArray], data: tf.Tensor, name: str, stride: int, rectify: bool
) -> tf.Tensor:
    filters = weights[f"{name}.w"].transpose(2, 3, 1, 0)
    layer = _layers.Conv2D(
        filters.shape[3],
        filters.shape[0],
        stride,
        padding="same",
        activation="relu" if rectify else None,
        name=name,
    )
    result = layer(data)
    layer.set_weights([filters, weights[f"{name}.b"]])
    return result


def _double(data: tf.Tensor) -> tf.Tensor:
    return _layers.UpSampling2D(2, interpolation="bilinear")(data)


def load_weights() -> dict[str, FloatArray]:
    """The committed weights by layer."""
    with np.load(WEIGHTS) as archive:
        return {name: archive[name] for name in archive.files}


def quantise_model(model: tf.keras.Model) -> bytes:
    """The int8 file; luma ^ 0x80 is its input."""
    frames = scenes.frames(FRAME_COUNT, FRAME_SEED)[..., None]
    return quantise.to_int8(model, frames, PIXELS, HEADROOM)


def main() -> None:
    """Write the pack's detector and bring its manifest up to date."""
    parser = argparse.ArgumentParser(description="Build the default pack's detector.")
    parser.add_argument("--float", type=Path, metavar="PATH", help="also write the float model")
    arguments = parser.parse_args()
    model = build(load_weights())
    if arguments.float:
        arguments.float.write_bytes(quantise.to_float(model))
    (PACK / "detector.tflite").write_bytes(quantise_model(model))
    print(manifest.refresh(PACK.name))


if __name__ == "__main__":
    main()
