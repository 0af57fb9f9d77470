"""Processor time of an hour of video.

Measured by ``edge/bench/energy.py``, as ``watchpost bench`` does.

python -m benchmarks.energy [--json] [--frames N]
"""

from __future__ import annotations

import argparse

from benchmarks.telling import tell
from edge.bench.energy import measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.energy")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--frames", type=int, default=150)
    args = parser.parse_args()
    tell(measure(args.frames), as_json=args.json)


if __name__ == "__main__":
    main()
