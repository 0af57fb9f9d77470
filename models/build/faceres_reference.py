"""What the trunk of "faceres" computes, in NumPy alone: slow, and plain to read.

In:   the convolutions that `faceres` reads, and an RGB picture of 224 x 224.
Out:  the 1024 pooled features.
Always: follows MobileNet v1 layer by layer, padded as TensorFlow pads "SAME": what is missing, the
        odd pixel at the end. It proves the folding; the build is held to it.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.build.faceres import CHANNEL_MEANS, TrunkConvolution

FloatArray = NDArray[np.float32]


def features(trunk: tuple[TrunkConvolution, ...], picture: FloatArray) -> FloatArray:
    """The features, float32 (1024,), of an RGB picture 0..255, float32 (224, 224, 3)."""
    data = picture - np.array(CHANNEL_MEANS, np.float32)
    for convolution in trunk:
        data = np.clip(_convolve(data, convolution), 0.0, 6.0)
    return cast(FloatArray, data.mean(axis=(0, 1)))


def _convolve(data: FloatArray, convolution: TrunkConvolution) -> FloatArray:
    """Same-padded; data is (rows, columns, channels)."""
    size, step = convolution.filters.shape[0], convolution.stride
    borders = [_border(length, size, step) for length in data.shape[:2]]
    padded = np.pad(data, (*borders, (0, 0)))
    windows = sliding_window_view(padded, (size, size), axis=(0, 1))[::step, ::step]
    if convolution.depthwise:
        result = np.einsum("yxcij,ijc->yxc", windows, convolution.filters[..., 0])
    else:
        result = np.tensordot(windows, convolution.filters, axes=((3, 4, 2), (0, 1, 2)))
    return cast(FloatArray, result + convolution.bias)


def _border(length: int, size: int, step: int) -> tuple[int, int]:
    missing = max((-(-length // step) - 1) * step + size - length, 0)
    return missing // 2, missing - missing // 2
