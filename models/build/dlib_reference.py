"""What dlib's face recognition network computes, in NumPy alone: slow, and plain to read.

In:   the `Network` that `dlib_weights` reads, and RGB chips.
Out:  the embeddings that dlib gives for these chips.
Always: follows dlib's definition layer by layer (`dnn_face_recognition_ex.cpp`), with none of the
        rewriting that the TFLite build does. So it proves the parse; the build is held to it.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.build.dlib_weights import CHANNEL_DIVISOR, CHANNEL_MEANS, Convolution, Network

FloatArray = NDArray[np.float32]


def embed(network: Network, chip: NDArray[np.uint8]) -> FloatArray:
    """The embedding, float32 (128,), of one uint8 RGB chip (150, 150, 3)."""
    convolutions = iter(network.convolutions)
    normal = (chip.astype(np.float32) - CHANNEL_MEANS) / np.float32(CHANNEL_DIVISOR)
    data = normal.transpose(2, 0, 1)
    data = np.maximum(_convolve(data, next(convolutions)), 0)
    data = _windows(data, size=3, stride=2).max(axis=(-2, -1))
    for first in convolutions:
        data = _residual_block(data, first, next(convolutions))
    return cast(FloatArray, data.mean(axis=(1, 2)) @ network.projection)


def _residual_block(data: FloatArray, first: Convolution, second: Convolution) -> FloatArray:
    changed = _convolve(np.maximum(_convolve(data, first), 0), second)
    halved = first.stride == 2
    kept = _windows(data, size=2, stride=2).mean(axis=(-2, -1)) if halved else data
    total = np.zeros(np.maximum(changed.shape, kept.shape), np.float32)
    for part in (changed, kept):
        channels, rows, columns = part.shape
        total[:channels, :rows, :columns] += part
    return np.maximum(total, 0)


def _convolve(data: FloatArray, convolution: Convolution) -> FloatArray:
    """Valid-padded when strided, same-padded when not; data is (channels, rows, columns)."""
    size = convolution.filters.shape[-1]
    if convolution.stride == 1:
        border = size // 2
        data = np.pad(data, ((0, 0), (border, border), (border, border)))
    windows = _windows(data, size, convolution.stride)
    result = np.tensordot(convolution.filters, windows, axes=((1, 2, 3), (0, 3, 4)))
    return cast(FloatArray, result + convolution.bias[:, None, None])


def _windows(data: FloatArray, size: int, stride: int) -> FloatArray:
    """All whole windows: (channels, rows, columns, size, size)."""
    windows = sliding_window_view(data, (size, size), axis=(1, 2))
    return windows[:, ::stride, ::stride]
