"""Resident memory of the recogniser and of a list.

Measured by ``edge/bench/memory.py``, as ``watchpost bench`` does.

python -m benchmarks.memory [--json] [--people N]
"""

from __future__ import annotations

import argparse

from benchmarks.telling import tell
from edge.bench.memory import measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=100_000)
    args = parser.parse_args()
    tell(measure(args.people), as_json=args.json)


if __name__ == "__main__":
    main()
