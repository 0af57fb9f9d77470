"""``make bench``: prints the benchmark table; ``--json`` for one JSON object.

The sheet of ``watchpost bench``, and beside it what compares watchpost with others.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import engines, search, sync
from edge.bench import stages
from edge.bench.sheet import sheet
from edge.compose.bench import measure
from edge.errors import BrokerError

HERE = Path(__file__).parent  # on the disk of this checkout


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    board = measure(HERE, lambda name: None, quick=False)
    others: dict[str, dict[str, float]] = {
        f"One inference ({engines.runtime()})": engines.measure(),
        **{f"The film, pack {name}; ms": one for name, one in stages.measure().items()},
        "Exact search beside others": search.measure(),
        "Watchlist sync": _sync(),
    }
    if args.json:
        print(json.dumps(board | {"others": others}, indent=2))
        return
    print(sheet(board))
    for title, figures in others.items():
        _table(title, figures)


def _sync() -> dict[str, float]:
    try:
        return sync.measure()
    except BrokerError as error:
        print(f"Watchlist sync is left out: {error} {error.remedy}", file=sys.stderr)
        return {}


def _table(title: str, figures: dict[str, Any]) -> None:
    print(f"\n### {title}\n\n| | |\n| --- | --- |")
    for name, value in figures.items():
        print(f"| {name} | {value:,.3f} |")


if __name__ == "__main__":
    main()
