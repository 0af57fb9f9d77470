"""The models alone: int8 on the installed runtime, one thread and two; detector and embedder."""

from __future__ import annotations

import numpy as np

from benchmarks.side_by_side import interleaved, median_ms
from edge.compose import box
from edge.recognise.interpreter import Model, interpreter_class
from edge.recognise.pack import Pack


def measure(rounds: int = 60) -> dict[str, float]:
    """Median ms of one inference by model and number of threads."""
    pack = box.load("default")
    chance = np.random.default_rng(1)
    arms = {}
    for threads in (1, 2):
        for name, model, shape in _models(pack, threads):
            data = chance.integers(0, 255, shape, dtype=np.uint8)
            arms[f"{name}_{threads}_threads_ms"] = lambda m=model, d=data: m.run(d)
    return {name: median_ms(times) for name, times in interleaved(arms, rounds).items()}


def runtime() -> str:
    """Which runtime is measured."""
    return interpreter_class().__module__.partition(".")[0]


def _models(pack: Pack, threads: int) -> list[tuple[str, Model, tuple[int, int, int, int]]]:
    size = pack.manifest.detector.input
    detector = (1, size.height, size.width, size.channels)
    chip = pack.manifest.embedder.input
    embedder = (1, chip.height, chip.width, 3)
    return [
        ("detector", Model(pack.detector_file, threads, detector, size.dtype), detector),
        ("embedder", Model(pack.embedder_file, threads, embedder, chip.dtype), embedder),
    ]
