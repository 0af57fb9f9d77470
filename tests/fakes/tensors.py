"""A model that says what a test wants, in place of :class:`edge.recognise.interpreter.Model`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.recognise.pack import Pack, load_pack

MODELS = Path(__file__).parents[2] / "models"
Array = npt.NDArray[Any]


class FloatModel:
    """Float outputs of given shapes, filled anew by a function at each run."""

    def __init__(self, shapes: tuple[tuple[int, ...], ...], fill: Callable[[Array], Array]) -> None:
        self.output_shapes = shapes
        self._fill = fill
        self._input: Array = np.empty(0, np.uint8)

    def loaded(self, path: Path, threads: int, shape: tuple[int, ...], dtype: str) -> FloatModel:
        """Stands where the real model is loaded."""
        self._input = np.empty(shape, np.uint8)
        return self

    def input(self) -> Array:
        return self._input

    def output_scale(self, which: int) -> tuple[float, int]:
        return 1.0, 0

    def lookup(self, mean: float, std: float, *, full_range: bool) -> Array:
        return np.arange(256, dtype=np.uint8)

    def run(self) -> None: ...

    def raw(self, which: int) -> Array:
        return self._fill(np.empty(self.output_shapes[which], np.float32)).astype(np.float32)

    def real(self, which: int) -> Array:
        return self.raw(which)


def bundled(name: str) -> Pack:
    """A pack that the release brings."""
    return load_pack(MODELS / name)


def grid_shapes(pack: Pack) -> tuple[tuple[int, ...], ...]:
    """The output shapes that a stride-grid manifest asks for."""
    size, strides = pack.manifest.detector.input, pack.manifest.detector.decode.strides
    cells = [(1, size.height // k, size.width // k) for k in strides]
    return tuple((*one, last) for one in cells for last in (1, 14))
