"""The models alone: int8, one thread and two; detector and embedder."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from edge.bench.side_by_side import interleaved, median_ms
from edge.recognise.interpreter import Model, interpreter_class
from edge.recognise.pack import Pack


def runtime() -> str:
    """The package whose interpreter runs the models."""
    return interpreter_class().__module__.partition(".")[0]


def measure(pack: Pack, rounds: int = 60) -> dict[str, float]:
    """Median ms of one inference by model and number of threads."""
    chance = np.random.default_rng(1)
    arms = {}
    for threads in (1, 2):
        for name, model, shape in models(pack, threads):
            data = chance.integers(0, 255, shape, dtype=np.uint8)
            arms[f"{name}_{threads}_threads_ms"] = partial(_once, model, data)
    return {name: median_ms(times) for name, times in interleaved(arms, rounds).items()}


def _once(model: Model, data: npt.NDArray[np.uint8]) -> None:
    model.input()[:] = data
    model.run()


def models(pack: Pack, threads: int) -> list[tuple[str, Model, tuple[int, int, int, int]]]:
    """Detector and embedder by name, and the shapes of their inputs."""
    size = pack.manifest.detector.input
    detector = (1, size.height, size.width, size.channels)
    chip = pack.manifest.embedder.input
    embedder = (1, chip.height, chip.width, 3)
    return [
        ("detector", Model(pack.detector_file, threads, detector, size.dtype), detector),
        ("embedder", Model(pack.embedder_file, threads, embedder, chip.dtype), embedder),
    ]
