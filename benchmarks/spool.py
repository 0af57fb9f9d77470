"""How fast hits are stored: see ``edge/bench/spool.py``, which ``watchpost bench`` runs too.

python -m benchmarks.spool [--json] [--rounds N] [--folder DIR]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.telling import tell
from edge.bench.spool import measure


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spool")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; default: temporary")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        found = measure(Path(folder), args.rounds)
    tell(found, as_json=args.json)


if __name__ == "__main__":
    main()
