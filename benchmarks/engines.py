"""The models alone: int8 on each installed runtime, one thread and two; detector and embedder.

LiteRT is measured here; tflite-runtime 2.14 needs another environment, which ``make runtimes``
makes: there this file runs as ``python -m benchmarks.engines`` and prints its figures as JSON.
The two take turns, whole runs at a time, and the better run of each counts.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.side_by_side import interleaved, median_ms
from edge.recognise.interpreter import Model, interpreter_class
from edge.recognise.pack import Pack, load_pack

ROOT = Path(__file__).parents[1]
OLDER = ROOT / ".venv-tflite" / "bin" / "python"
_TURNS = 2
_OLDER_S = 300.0


def measure(rounds: int = 60) -> dict[str, float]:
    """Median ms of one inference by runtime, model and number of threads."""
    found: dict[str, float] = {}
    for _ in range(_TURNS):
        for name, value in (_here(rounds) | _older()).items():
            found[name] = min(value, found.get(name, value))
    return found


def runtime() -> str:
    """Which runtimes are measured."""
    here = interpreter_class().__module__.partition(".")[0]
    return f"{here} and tflite_runtime" if OLDER.exists() else f"{here}, {OLDER.parts[-3]} absent"


def _here(rounds: int) -> dict[str, float]:
    pack = load_pack(ROOT / "models" / "default")
    chance = np.random.default_rng(1)
    name_of_runtime = interpreter_class().__module__.partition(".")[0]
    arms = {}
    for threads in (1, 2):
        for name, model, shape in _models(pack, threads):
            data = chance.integers(0, 255, shape, dtype=np.uint8)
            arm = f"{name_of_runtime}_{name}_{threads}_threads_ms"
            arms[arm] = lambda m=model, d=data: _once(m, d)
    return {name: median_ms(times) for name, times in interleaved(arms, rounds).items()}


def _once(model: Model, data: npt.NDArray[np.uint8]) -> None:
    model.input()[:] = data
    model.run()


def _older() -> dict[str, float]:
    """The same by the other environment's runtime; nothing where there is no such environment."""
    if not OLDER.exists():
        return {}
    command = [str(OLDER), "-m", "benchmarks.engines"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=_OLDER_S)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _models(pack: Pack, threads: int) -> list[tuple[str, Model, tuple[int, int, int, int]]]:
    size = pack.manifest.detector.input
    detector = (1, size.height, size.width, size.channels)
    chip = pack.manifest.embedder.input
    embedder = (1, chip.height, chip.width, 3)
    return [
        ("detector", Model(pack.detector_file, threads, detector, size.dtype), detector),
        ("embedder", Model(pack.embedder_file, threads, embedder, chip.dtype), embedder),
    ]


if __name__ == "__main__":
    print(json.dumps(_here(20)))
