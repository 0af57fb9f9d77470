"""Resident memory: of the recogniser's pipeline, and of each 100,000 people on its list.

    python -m benchmarks.memory [--json] [--people N]

Every arm is a process of its own, so that nothing is counted twice. Keys: ``base_rss_bytes``
(Python with what the pipeline imports), ``pipeline_rss_bytes`` (models loaded, three frames
taken), ``list_rss_bytes`` (the base and a list of ``people``), ``rss_bytes_per_100000_people``
(what the list adds, scaled). The three processes of a whole box, with shared pages counted once,
are in ``benchmarks.upkeep`` (``recognise_pss_bytes``, ``report_pss_bytes``, ``status_pss_bytes``).
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge.bench import faces
from edge.bench.pipeline import moved, picture
from edge.bench.stages import demo_pipeline
from edge.watchlist.table import microseconds

ARM_S = 300.0


def measure(people: int = 100_000) -> dict[str, float]:
    """All figures; see the module."""
    base, pipeline, listed = (_arm(name, people) for name in ("base", "pipeline", "list"))
    return {
        "people": float(people),
        "base_rss_bytes": base,
        "pipeline_rss_bytes": pipeline,
        "list_rss_bytes": listed,
        "rss_bytes_per_100000_people": (listed - base) * 100_000 / people,
    }


def _arm(name: str, people: int) -> float:
    command = [sys.executable, "-m", "edge.bench.memory", name, str(people)]
    done = subprocess.run(  # noqa: S603 - this very program
        command, check=True, capture_output=True, timeout=ARM_S
    )
    return float(done.stdout)


def _run(name: str, people: int) -> int:
    """Do what an arm does in this process; resident bytes at its end."""
    kept: object = None
    if name == "pipeline":
        kept = pipeline = demo_pipeline("default")[0]
        for index in range(3):
            pipeline.process(moved(picture(), index))
    if name == "list":
        # Drawn int8 rows, without float templates that would raise the allocator's mark.
        chance = np.random.default_rng(1)
        rows = chance.integers(-127, 128, (people, faces.DIMENSIONS), dtype=np.int8)
        ends_us = microseconds(datetime.now(UTC) + timedelta(days=365))
        kept = faces.segments(faces.table(rows, ends_us, chance))
        del rows
    status = Path("/proc/self/status").read_text().splitlines()
    rss = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
    del kept
    return rss


if __name__ == "__main__":
    sys.stdout.write(f"{_run(sys.argv[1], int(sys.argv[2]))}\n")
