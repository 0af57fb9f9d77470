"""``make bench``: prints the benchmark table; ``--json`` for one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from benchmarks import engines, search, sync
from edge.bench import stages
from edge.bench.board import words
from edge.errors import BrokerError


def main() -> None:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {
        "machine": words(),
        "runtime": engines.runtime(),
        "engines": engines.measure(),
        "stages": stages.measure(),
        "search": search.measure(),
        "sync": _sync(),
    }
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        print(f"{found['machine']}; runtime {found['runtime']}")
        _table("One inference", found["engines"])
        for pack, figures in found["stages"].items():
            _table(f"The bundled clip, pack {pack}; ms a frame", figures)
        _table("Exact search", found["search"])
        _table("Watchlist sync", found["sync"])


def _sync() -> dict[str, float]:
    try:
        return sync.measure()
    except BrokerError as error:
        print(f"Watchlist sync is left out: {error} {error.remedy}", file=sys.stderr)
        return {}


def _table(title: str, figures: dict[str, float]) -> None:
    print(f"\n{title}")
    for name, value in figures.items():
        print(f"  {name:34} {value:16.3f}")


if __name__ == "__main__":
    main()
