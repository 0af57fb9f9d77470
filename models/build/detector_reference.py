"""What the default pack's detector computes, in NumPy alone: slow, and plain to read.

In:   the folded weights of `data/detector_weights.npz` and a luma frame.
Out:  for each stride, score logits and box-and-landmark values, as float32.
Always: exact float arithmetic of the trained network; the int8 file is held to it.
Not here: decoding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

_BACKBONE = {
    8: ("d8", "b1", "b2", "b3"),
    16: ("d16", "c1", "c2"),
    32: ("d32", "e1", "e2"),
}


def run(
    weights: Mapping[str, FloatArray], luma: NDArray[np.uint8]
) -> dict[int, tuple[FloatArray, FloatArray]]:
    """Outputs by stride: logits (rows, columns, 1) and values (rows, columns, 14)."""
    normal = np.asarray((luma.astype(np.float32) - 128) / 128, np.float32)
    data = _convolve(weights, "d4", _space_to_depth(normal))
    stages = {}
    for stride, (strided, *others) in _BACKBONE.items():
        data = _convolve(weights, strided, data, stride=2)
        for name in others:
            data = _convolve(weights, name, data)
        stages[stride] = data
    outputs: dict[int, tuple[FloatArray, FloatArray]] = {}
    neck: FloatArray | None = None
    for stride in sorted(stages, reverse=True):
        lateral = _convolve(weights, f"l{stride}", stages[stride])
        neck = lateral if neck is None else lateral + _double(neck)
        head = _convolve(weights, f"h{stride}", neck)
        logits, values = (
            _convolve(weights, f"{kind}{stride}", head, rectify=False) for kind in ("sc", "rg")
        )
        outputs[stride] = (logits, values)
    return outputs


def _space_to_depth(luma: FloatArray) -> FloatArray:
    """(rows, columns) to (rows / 4, columns / 4, 16), each cell's pixels row by row."""
    rows, columns = luma.shape
    cells = luma.reshape(rows // 4, 4, columns // 4, 4).swapaxes(1, 2)
    return cells.reshape(rows // 4, columns // 4, 16)


def _convolve(
    weights: Mapping[str, FloatArray],
    name: str,
    data: FloatArray,
    stride: int = 1,
    rectify: bool = True,
) -> FloatArray:
    """Same-padded as TensorFlow pads: an even size with stride 2 gets its border at the end."""
    filters = weights[f"{name}.w"]
    size = filters.shape[-1]
    before = (size - stride) // 2
    border = (before, size - stride - before)
    if size > 1:
        data = np.pad(data, (border, border, (0, 0)))
    windows = sliding_window_view(data, (size, size), axis=(0, 1))[::stride, ::stride]
    result = np.tensordot(windows, filters, axes=((2, 3, 4), (1, 2, 3))) + weights[f"{name}.b"]
    return np.asarray(np.maximum(result, 0) if rectify else result, np.float32)


def _double(data: FloatArray) -> FloatArray:
    """Twice the rows and columns, bilinear, half-pixel centres, edges repeated."""
    for axis in (0, 1):
        moved = np.moveaxis(data, axis, 0)
        padded = np.concatenate([moved[:1], moved, moved[-1:]])
        pairs = np.stack([padded[:-2] * 0.25 + moved * 0.75, padded[2:] * 0.25 + moved * 0.75], 1)
        data = np.moveaxis(pairs.reshape(-1, *moved.shape[1:]), 0, axis)
    return data
