"""Turns a Keras model into TFLite files, float and full int8.

In:   a Keras model with one input, and representative inputs as uint8 pixels.
Out:  the bytes of a `.tflite`.
Always: the int8 input's quantisation is pinned, so that a pixel becomes a model input by `pixel ^ 0x80`
        and nothing else; weights are int8 with a scale for each output channel.
Not here: what the models compute, and where the pictures come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

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
    model: tf.keras.Model, pictures: PixelArray, scale: PixelScale, output: tf.DType = tf.int8
) -> bytes:
    """The model as full-int8 TFLite, calibrated on representative pictures.

    Args:
        model: takes one picture (rows, columns, channels) in a batch of any size.
        pictures: uint8 (count, rows, columns, channels).
        scale: from pixel to the model's real-valued input.
        output: `tf.int8`, or `tf.float32` to end in a DEQUANTIZE.
    """

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        yield [scale.real(_every_pixel_value(pictures.shape[1:]))[None]]
        for picture in pictures:
            yield [scale.real(picture)[None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = output
    converted: bytes = converter.convert()
    return converted


def _every_pixel_value(shape: tuple[int, ...]) -> PixelArray:
    """A picture that holds 0 and 255: this pins the input's scale to 1 / std and its zero point."""
    return np.linspace(0, 255, int(np.prod(shape))).round().astype(np.uint8).reshape(shape)
