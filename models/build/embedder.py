"""Makes the face embedder of the default pack: two networks and a matrix in one TFLite file.

In:   the weights that `dlib_weights` and `faceres` read, the rendered chips that `chips` reads, and
      `data/fusion.npz`, the matrix that `fusion` fits.
Out:  `models/default/embedder.tflite`, on request files for fitting and comparing, and the pack's
      manifest.
Always: the input is a chip of raw RGB pixels, so int8 in is `pixel ^ 0x80`; means and divisors
      are part of the file. Convolutions are int8; the last pooling, the square root and the
      matrices are float, as many of their numbers are small against an int8 step.
Not here: alignment (the runtime's), the thresholds.

The chip is 200 x 200. dlib's ResNet sees two windows of 150 x 150 of it: the middle one, and the
mirror image of the one 6 px further down; its two embeddings are averaged. The MobileNet of
"faceres" sees the whole chip, enlarged to 224 x 224, once; the square root evens out the few of its
pooled features that dominate. One matrix takes both, 128 and 1024 numbers, to a template of 128.

Usage: python -m models.build.embedder FACERES [--float PATH] [--features PATH]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import tensorflow as tf

from models.build import chips, dlib_weights, faceres, fusion, manifest, quantise
from models.build.dlib_weights import Convolution, Network
from models.build.faceres import TrunkConvolution

PIXELS = quantise.PixelScale(mean=0.0, std=1.0)
HEADROOM = {128: 1.3, 256: 1.9}  # by width of an activation; see `quantise`
TRUNK = "faceres"  # begins its layers' names; they end in ReLU6 and need no headroom
FLOAT_OPERATIONS = ["MEAN", "SQRT", "FULLY_CONNECTED"]
DLIB_SIDE_PX = 150
LOWER_PX = 6
PACK = Path(__file__).parents[1] / "default"

_layers = tf.keras.layers
_ops = tf.keras.ops

Trunk = tuple[TrunkConvolution, ...]


def build(network: Network, trunk: Trunk, matrix: fusion.FloatArray | None) -> tf.keras.Model:
    """Both networks in Keras: float32 RGB 0..255 (1, 200, 200, 3) to (1, 128).

    Args:
        network: dlib's.
        trunk: that of "faceres".
        matrix: float32 (1152, 128); None leaves the 1152 numbers as they are.
    """
    pixels = _layers.Input(batch_shape=(1, chips.WIDE_PX, chips.WIDE_PX, 3), name="chip")
    both = _layers.Concatenate(name="both")([_resnet(pixels, network), _mobilenet(pixels, trunk)])
    if matrix is None:
        return tf.keras.Model(pixels, both)
    join = _layers.Dense(matrix.shape[1], use_bias=False, name="template")
    template = join(both)
    join.set_weights([matrix])
    return tf.keras.Model(pixels, template)


def _resnet(pixels: tf.Tensor, network: Network) -> tf.Tensor:
    convolutions = iter(dlib_weights.for_raw_pixels(network).convolutions)
    edge = (chips.WIDE_PX - DLIB_SIDE_PX) // 2
    rows, lower = slice(edge, edge + DLIB_SIDE_PX), edge + LOWER_PX
    middle = pixels[:, rows, rows]
    mirrored = _ops.flip(pixels[:, lower : lower + DLIB_SIDE_PX, rows], axis=2)
    data = _ops.concatenate([middle, mirrored], axis=0)
    data = _convolve(data, next(convolutions), rectify=True)
    data = _layers.MaxPooling2D(3, 2)(data)
    for first in convolutions:
        data = _residual_block(data, first, next(convolutions))
    pooled = _ops.expand_dims(_ops.mean(data, axis=(0, 1, 2)), 0)
    project = _layers.Dense(network.projection.shape[1], use_bias=False, name="embedding")
    embedding = project(pooled)
    project.set_weights([network.projection])
    return embedding


def _mobilenet(pixels: tf.Tensor, trunk: Trunk) -> tf.Tensor:
    data = _layers.Resizing(faceres.SIDE_PX, faceres.SIDE_PX, name=f"{TRUNK}_resize")(pixels)
    offsets = [-mean for mean in faceres.CHANNEL_MEANS]
    data = _layers.Rescaling(1.0, offset=offsets, name=f"{TRUNK}_centre")(data)
    for number, convolution in enumerate(trunk):
        data = _trunk_layer(data, convolution, f"{TRUNK}_{number}")
    return _ops.sqrt(_layers.GlobalAveragePooling2D()(data))


def _trunk_layer(data: tf.Tensor, convolution: TrunkConvolution, name: str) -> tf.Tensor:
    size = convolution.filters.shape[:2]
    settings = {"padding": "same", "activation": "relu6", "name": name}
    if convolution.depthwise:
        layer = _layers.DepthwiseConv2D(size, convolution.stride, **settings)
    else:
        layer = _layers.Conv2D(convolution.filters.shape[3], size, convolution.stride, **settings)
    result = layer(data)
    layer.set_weights([convolution.filters, convolution.bias])
    return result


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
    """The int8 file; pixel ^ 0x80 is its input, float32 its output."""
    return quantise.to_int8(
        model, chips.wide(chips.representative()), PIXELS, HEADROOM, TRUNK, FLOAT_OPERATIONS
    )


def main() -> None:
    """Write the pack's embedder and bring its manifest up to date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("faceres", type=Path, metavar="FACERES", help="folder of the two files")
    parser.add_argument("--float", type=Path, metavar="PATH", help="also write the float model")
    parser.add_argument(
        "--features", type=Path, metavar="PATH", help="write what `fusion` is fitted on, no more"
    )
    arguments = parser.parse_args()
    network, trunk = dlib_weights.load(), faceres.load(arguments.faceres)
    if arguments.features:
        arguments.features.write_bytes(quantise_model(build(network, trunk, matrix=None)))
        return
    model = build(network, trunk, fusion.load())
    if arguments.float:
        arguments.float.write_bytes(quantise.to_float(model))
    (PACK / "embedder.tflite").write_bytes(quantise_model(model))
    print(manifest.refresh(PACK.name))


if __name__ == "__main__":
    main()
