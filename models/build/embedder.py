"""Makes the face embedder of the default pack: dlib's ResNet, re-expressed as int8 TFLite.

In:   the weights that `dlib_weights` reads, and the rendered chips that `chips` reads.
Out:  `models/default/embedder.tflite` (int8), on request a float file, and the pack's manifest.
Always: the input is a chip of raw RGB pixels, so int8 in is `pixel ^ 0x80`; the mean and divisor of
        the network are folded into its first convolution, exactly, as that one sees no padding.
Not here: alignment (the runtime's), the thresholds.

Usage: python -m models.build.embedder [--float PATH]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import tensorflow as tf

from models.build import chips, dlib_weights, manifest, quantise
from models.build.dlib_weights import Convolution, Network

PIXELS = quantise.PixelScale(mean=0.0, std=1.0)
HEADROOM = {128: 1.3, 256: 1.9}  # by width of an activation; see `quantise`
PACK = Path(__file__).parents[1] / "default"

_layers = tf.keras.layers


def build(network: Network) -> tf.keras.Model:
    """The network in Keras: float32 RGB 0..255 (batch, 150, 150, 3) to (batch, 128)."""
    convolutions = iter(dlib_weights.for_raw_pixels(network).convolutions)
    pixels = _layers.Input((chips.CHIP_SIZE_PX, chips.CHIP_SIZE_PX, 3), name="chip")
    data = _convolve(pixels, next(convolutions), rectify=True)
    data = _layers.MaxPooling2D(3, 2)(data)
    for first in convolutions:
        data = _residual_block(data, first, next(convolutions))
    pooled = _layers.GlobalAveragePooling2D()(data)
    project = _layers.Dense(network.projection.shape[1], use_bias=False, name="embedding")
    embedding = project(pooled)
    project.set_weights([network.projection])
    return tf.keras.Model(pixels, embedding)


def _convolve(data: tf.Tensor, convolution: Convolution, rectify: bool) -> tf.Tensor:
    outputs, _, rows, columns = convolution.filters.shape
    layer = _layers.Conv2D(
        outputs,
        (rows, columns),
        convolution.stride,
        padding="same" if convolution.stride == 1 else "valid",
        activation="relu" if rectify else None,
    )
    result = layer(data)
    layer.set_weights([convolution.filters.transpose(2, 3, 1, 0), convolution.bias])
    return result


def _residual_block(data: tf.Tensor, first: Convolution, second: Convolution) -> tf.Tensor:
    changed = _convolve(_convolve(data, first, rectify=True), second, rectify=False)
    kept = data if first.stride == 1 else _halve(data, changed.shape[-1])
    shape = tuple(max(sizes) for sizes in zip(changed.shape[1:], kept.shape[1:], strict=True))
    return _layers.ReLU()(_layers.Add()([_pad_to(changed, shape), _pad_to(kept, shape)]))


def _halve(data: tf.Tensor, channels: int) -> tf.Tensor:
    """A 2 x 2 average pool that adds empty channels, written as a convolution.

    XNNPACK runs no quantised average pool: one would cut the graph into pieces.
    """
    layer = _layers.Conv2D(channels, 2, 2, padding="valid", use_bias=False)
    halved = layer(data)
    layer.set_weights([np.broadcast_to(np.eye(data.shape[-1], channels) / 4, layer.kernel.shape)])
    return halved


def _pad_to(data: tf.Tensor, shape: tuple[int, ...]) -> tf.Tensor:
    """Zeros at the end of each axis, as dlib's `add_prev` does."""
    missing = [wanted - size for wanted, size in zip(shape, data.shape[1:], strict=True)]
    if not any(missing):
        return data
    return tf.keras.ops.pad(data, [(0, 0), *((0, count) for count in missing)])


def quantise_model(model: tf.keras.Model) -> bytes:
    """The int8 file; pixel ^ 0x80 is its input."""
    return quantise.to_int8(model, chips.representative(), PIXELS, HEADROOM)


def main() -> None:
    """Write the pack's embedder and bring its manifest up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--float", type=Path, metavar="PATH", help="also write the float model")
    arguments = parser.parse_args()
    model = build(dlib_weights.load())
    if arguments.float:
        arguments.float.write_bytes(quantise.to_float(model))
    (PACK / "embedder.tflite").write_bytes(quantise_model(model))
    print(manifest.refresh(PACK.name))


if __name__ == "__main__":
    main()
