"""The detector in PyTorch, to be trained on from its folded weights.

In:   `<layer>.w` as (outputs, inputs, rows, columns) and `<layer>.b`, as `models.build.detector`
      reads them; luma (Y - 128) / 128.
Out:  score logits and the fourteen values of every cell of the strides 8, 16 and 32, in a row.
Always: the same sums as `detector_reference`; no normalisation layers, so what is trained is
      what is exported.
Not here: targets and loss (`targets`, `train`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from models.build.detector_training.targets import STRIDES

FloatArray = NDArray[np.float32]

_BACKBONE = {
    8: ("d8", "b1", "b2", "b3"),
    16: ("d16", "c1", "c2"),
    32: ("d32", "e1", "e2"),
}


class Network(nn.Module):
    """Stem, three stages, a neck that goes back up, a head a stride.

    Args:
        weights: the folded layers to begin with.
    """

    def __init__(self, weights: Mapping[str, FloatArray]) -> None:
        super().__init__()
        names = sorted(name.removesuffix(".w") for name in weights if name.endswith(".w"))
        self.layers = nn.ModuleDict()
        for name in names:
            filters = torch.from_numpy(weights[f"{name}.w"])
            outputs, inputs, size, _ = filters.shape
            strided = _is_strided(name)
            layer = nn.Conv2d(
                inputs, outputs, size, 2 if strided else 1, 0 if strided else size // 2
            )
            layer.load_state_dict(
                {"weight": filters, "bias": torch.from_numpy(weights[f"{name}.b"])}
            )
            self.layers[name] = layer

    def forward(self, luma: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, cells) and values (batch, cells, 14) for luma (batch, 1, rows, columns).

        Cells come stride by stride, row by row.
        """
        data = self._convolve("d4", functional.pixel_unshuffle(luma, 4))
        stages = {}
        for stride, names in _BACKBONE.items():
            for name in names:
                data = self._convolve(name, data)
            stages[stride] = data
        necks, neck = {}, None
        for stride in reversed(STRIDES):
            lateral = self._convolve(f"l{stride}", stages[stride])
            neck = lateral if neck is None else lateral + _double(neck)
            necks[stride] = neck
        logits, values = zip(
            *(self._head(stride, necks[stride]) for stride in STRIDES), strict=True
        )
        return torch.cat(logits, 1), torch.cat(values, 1)

    def _head(self, stride: int, neck: Tensor) -> tuple[Tensor, Tensor]:
        head = self._convolve(f"h{stride}", neck)
        logits = self.layers[f"sc{stride}"](head).flatten(1)
        values = self.layers[f"rg{stride}"](head).permute(0, 2, 3, 1).flatten(1, 2)
        return logits.float(), values.float()

    def _convolve(self, name: str, data: Tensor) -> Tensor:
        if _is_strided(name):  # as TensorFlow's "same": the border goes to the end
            data = functional.pad(data, (0, 1, 0, 1))
        return functional.relu(self.layers[name](data))


def _is_strided(name: str) -> bool:
    return name in {"d8", "d16", "d32"}


def _double(data: Tensor) -> Tensor:
    return functional.interpolate(data, scale_factor=2, mode="bilinear")


def folded(state: Mapping[str, Tensor]) -> dict[str, FloatArray]:
    """A network's state as `<layer>.w` and `<layer>.b`, float32."""
    short = {"weight": "w", "bias": "b"}
    result = {}
    for name, tensor in state.items():
        _, layer, kind = name.split(".")
        result[f"{layer}.{short[kind]}"] = tensor.detach().float().contiguous().numpy()
    return result
