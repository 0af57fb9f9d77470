"""The models alone, on each installed runtime: see ``edge/bench/engines.py``.

LiteRT is measured here; tflite-runtime 2.14 needs another environment, which ``make runtimes``
makes: there this file runs as ``python -m benchmarks.engines`` and prints its figures as JSON.
The two take turns, whole runs at a time, and the better run of each counts.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from edge.bench.engines import measure as measure_here
from edge.bench.engines import runtime as runtime_here
from edge.recognise.pack import load_pack

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
    here = runtime_here()
    return f"{here} and tflite_runtime" if OLDER.exists() else f"{here}, {OLDER.parts[-3]} absent"


def _here(rounds: int) -> dict[str, float]:
    found = measure_here(load_pack(ROOT / "models" / "default"), rounds)
    return {f"{runtime_here()}_{name}": value for name, value in found.items()}


def _older() -> dict[str, float]:
    """The same by the other environment's runtime; nothing where there is no such environment."""
    if not OLDER.exists():
        return {}
    command = [str(OLDER), "-m", "benchmarks.engines"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=_OLDER_S)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    print(json.dumps(_here(20)))
