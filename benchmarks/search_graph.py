"""The graph search against comparing every row: recall, speed by size, and what building costs.

Two kinds of vectors: in all directions alike, and distributed as face templates are. Truth is
the exact search, which ``benchmarks/search.py`` checks against an oracle. The crossover is the
gallery, between the sizes measured, from which one probe costs less through the graph; times
are processor time. ``python -m benchmarks.search_graph --json [--people N …]``.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from edge.bench import faces
from edge.bench.board import words
from edge.bench.side_by_side import interleaved, median_ms
from edge.watchlist.graph import HnswSearch
from edge.watchlist.part import Match, Part
from edge.watchlist.quantise import quantise
from edge.watchlist.search import ExactSearch

SIZES = (10_000, 30_000, 100_000)
PROBES = 1000
_KINDS = {"face_like": faces.face_like, "scattered": faces.scattered}


def measure(people: int, kind: str, probes: int = PROBES) -> dict[str, float]:
    """Figures of one size and kind."""
    chance = np.random.default_rng(2)
    templates = _KINDS[kind](people, chance)
    asked = quantise(faces.looks_of(templates[chance.integers(0, people, probes)], chance))
    table = faces.table(faces.quantised(templates), 2**60, chance)
    parts = [Part(one) for one in faces.segments(table)]
    exact, graph = ExactSearch(parts), HnswSearch(least_rows=1).over(parts)
    begin_s = time.process_time()
    while graph.improve(1.0):
        pass
    build_s = time.process_time() - begin_s
    one, every = asked[:1], [None] * len(parts)
    truth, found = exact.two_best(asked, every), graph.two_best(asked, every)
    arms = {"exact": lambda: exact.two_best(one, every), "hnsw": lambda: graph.two_best(one, every)}
    taken = interleaved(arms, 50, cpu=True)
    return {
        "people": float(people),
        "build_cpu_s": build_s,
        "exact_cpu_ms": median_ms(taken["exact"]),
        "hnsw_cpu_ms": median_ms(taken["hnsw"]),
        "recall_at_1": _share(truth, found, 1),
        "recall_best_two": _share(truth, found, 2),
    }


def _share(truth: list[tuple[Match, ...]], found: list[tuple[Match, ...]], depth: int) -> float:
    same = [_who(a[:depth]) == _who(b[:depth]) for a, b in zip(truth, found, strict=True)]
    return float(np.mean(same))


def _who(matches: tuple[Match, ...]) -> list[str]:
    return [match.person_id for match in matches]


def _crossover(rows: list[dict[str, float]]) -> float | None:
    """People at which the two cost the same, on a straight line between two sizes."""
    lead = [row["exact_cpu_ms"] - row["hnsw_cpu_ms"] for row in rows]
    for before, after, one, other in zip(lead, lead[1:], rows, rows[1:], strict=False):
        if before < 0 <= after:
            share = -before / (after - before)
            return one["people"] + share * (other["people"] - one["people"])
    return None


def main() -> None:
    """Measure each size and kind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search_graph")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, nargs="+", default=SIZES)
    args = parser.parse_args()
    found: dict[str, Any] = {"machine": words()}
    for kind in _KINDS:
        rows = [measure(people, kind) for people in args.people]
        found[kind] = {"sizes": rows, "crossover_people": _crossover(rows)}
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        _print(found)


def _print(found: dict[str, Any]) -> None:
    print(found["machine"])
    for kind in _KINDS:
        print(f"\n{kind}, crossover at {found[kind]['crossover_people']} people")
        for row in found[kind]["sizes"]:
            print("  " + "  ".join(f"{name} {value:.3f}" for name, value in row.items()))


if __name__ == "__main__":
    main()
