"""Turns face chips into templates with the pack's embedder.

In: RGB chips. Out: unit vectors. Where the pack says ``mirror``, the template is the mean of
those of the chip and of its mirror image: with dlib's network alone, that takes a fifth of the
misses away. The default pack's file does so itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.errors import PackError
from edge.recognise.interpreter import Model
from edge.recognise.pack import Pack
from edge.recognise.pixel_table import PixelTable
from edge.values import Bytes, Floats


class TfliteEmbedder:
    """A :class:`edge.recognise.ports.Embedder` over a TFLite model.

    Args:
        pack: the verified pack.
        threads: threads for one inference.
        make_model: loads the model.

    Raises:
        PackError: the model's output is not the manifest's template.
    """

    def __init__(self, pack: Pack, threads: int, make_model: Callable[..., Model] = Model) -> None:
        spec = pack.manifest.embedder
        chip = spec.input
        self._spec = spec
        self._model = make_model(
            pack.embedder_file, threads, (1, chip.height, chip.width, 3), chip.dtype
        )
        if self._model.output_shapes != ((1, spec.dimensions),):
            raise PackError(
                f"The embedder gives {self._model.output_shapes}, "
                f"the manifest states {spec.dimensions} dimensions.",
                "Correct embedder.dimensions in the manifest.",
            )
        self._table = _channel_table(self._model, chip.mean, chip.std)

    def embed(self, chips: list[Bytes]) -> Floats:
        """See the port. A chip that gives no finite vector raises :class:`PackError`."""
        out = np.empty((len(chips), self._spec.dimensions), np.float32)
        for row, chip in enumerate(chips):
            vector = self._one(chip)
            if self._spec.mirror:
                vector = vector + self._one(np.ascontiguousarray(chip[:, ::-1]))
            out[row] = unit(vector)
        return out

    def _one(self, chip: Bytes) -> Floats:
        self._table.write(chip, self._model.input()[0])
        self._model.run()
        return unit(self._model.real(0)[0])


def unit(vector: Floats) -> Floats:
    """A vector scaled to length 1.

    Raises:
        PackError: it is zero or not finite: the model is broken for this input.
    """
    length = float(np.linalg.norm(vector))
    if not np.isfinite(length) or length == 0.0:
        raise PackError(
            "The embedder gave a vector that is not finite.",
            "Install the pack again; if that does not help, report the pack and the runtime.",
        )
    return vector / np.float32(length)


def _channel_table(
    model: Model, mean: tuple[float, float, float], std: tuple[float, float, float]
) -> PixelTable:
    tables = [model.lookup(m, s, full_range=True) for m, s in zip(mean, std, strict=True)]
    return PixelTable(np.stack(tables, axis=-1))
