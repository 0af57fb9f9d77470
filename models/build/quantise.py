"""Turns a Keras model into TFLite files, float and int8.

In:   a Keras model with one input, and representative inputs as uint8 pixels.
Out:  the bytes of a `.tflite`.
Always: the int8 input's quantisation is pinned, so that a pixel becomes a model input by
        `pixel ^ 0x80` and nothing else; weights are int8, with a scale for each output channel.
Not here: what the models compute, and where the pictures come from.

Calibration and quantisation are two steps, with `headroom` between them: rendered faces do not
drive the deep layers of the embedder as far as some real faces do (up to 1.8 times further, on
photographs that may not be shipped), and what goes beyond its calibrated range is clipped.
TensorFlow has these two steps under private names only; requirements.txt pins its version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.lite.python.convert import mlir_quantize
from tensorflow.lite.tools import flatbuffer_utils

PixelArray = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PixelScale:
    """How the model's real-valued input comes from a pixel: `(pixel - mean) / std`."""

    mean: float
    std: float

    def real(self, pixels: PixelArray) -> NDArray[np.float32]:
        """The real values for uint8 pixels, same shape, float32."""
        return (pixels.astype(np.float32) - np.float32(self.mean)) / np.float32(self.std)


def to_float(model: tf.keras.Model) -> bytes:
    """The model as float32 TFLite."""
    converted: bytes = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    return converted


def to_int8(
    model: tf.keras.Model,
    pictures: PixelArray,
    scale: PixelScale,
    headroom: Mapping[int, float],
    spared: str = "",
    float_operations: Sequence[str] = (),
) -> bytes:
    """The model as int8 TFLite, int8 in and out.

    Args:
        model: takes float32 (batch, rows, columns, channels).
        pictures: representative inputs, uint8 (count, rows, columns, channels).
        scale: from a pixel to the model's real-valued input.
        headroom: number of channels -> factor on the ranges of all activations that wide; where a
            width is not named, the pictures' own ranges hold.
        spared: tensors with this in their names get no headroom.
        float_operations: TFLite's names of operations that stay float32, as then does the output.
    """
    calibrated = _widen(_calibrate(model, pictures, scale), headroom, spared)
    quantised: bytes = mlir_quantize(
        calibrated,
        fully_quantize=not float_operations,
        input_data_type=tf.int8,
        output_data_type=tf.float32 if float_operations else tf.int8,
        denylisted_ops=set(float_operations),
    )
    return quantised


def _calibrate(model: tf.keras.Model, pictures: PixelArray, scale: PixelScale) -> bytes:
    """The float model, with the range of every activation noted in it."""

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        yield [scale.real(_every_pixel_value(pictures.shape[1:]))[None]]
        for picture in pictures:
            yield [scale.real(picture)[None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter._experimental_calibrate_only = True
    calibrated: bytes = converter.convert()
    return calibrated


def _every_pixel_value(shape: tuple[int, ...]) -> PixelArray:
    """A picture that holds 0 and 255: it pins the input's scale to 1 / std."""
    return np.linspace(0, 255, int(np.prod(shape))).round().astype(np.uint8).reshape(shape)


def _widen(calibrated: bytes, headroom: Mapping[int, float], spared: str) -> bytes:
    content = flatbuffer_utils.convert_bytearray_to_object(bytearray(calibrated))
    graph = content.subgraphs[0]
    for index, tensor in enumerate(graph.tensors):
        noted = tensor.quantization
        if index in graph.inputs or noted is None or noted.min is None or len(noted.min) == 0:
            continue
        if spared and spared in tensor.name.decode():
            continue
        factor = headroom.get(int(tensor.shape[-1]), 1.0)
        noted.min = [float(noted.min[0]) * factor]
        noted.max = [float(noted.max[0]) * factor]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(content))
