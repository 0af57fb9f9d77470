"""Three faces at 1280 x 720, every one embedded.

Measured by ``edge/bench/pipeline.py``, as ``watchpost bench`` does.

python -m benchmarks.pipeline [--json] [--frames N]
"""

from __future__ import annotations

import argparse

from benchmarks.telling import tell
from edge.bench.pipeline import measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pipeline")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--frames", type=int, default=100)
    args = parser.parse_args()
    tell(measure(args.frames), as_json=args.json)


if __name__ == "__main__":
    main()
