"""Exact search over int8 templates against other exact searches and against only reading.

Arms, interleaved, one thread each: the gallery's search of one probe and of sixteen; a pass
that only reads the template bytes; NumPy float32; usearch with ``exact=True``; faiss's flat
8-bit scalar quantiser, when ``faiss-cpu`` is installed (``uv sync --group bench``). Then recall
against an independent oracle, and, in a process of its own, memory, the time from sealed files
to the first answer, and how soon additions and a revocation are searched.
``python -m benchmarks.search --json [--people N] [--vectors scattered]`` is the full one. Vectors
are like faces (``faces.py``), or scattered in all directions alike.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from usearch.index import search as usearch_search

from benchmarks import search_process
from benchmarks.telling import tell
from edge.bench import faces
from edge.bench.searching import ends_us, gallery_of
from edge.bench.side_by_side import interleaved, median_ms, median_ratio
from edge.values import Floats
from edge.watchlist.gallery import Gallery
from edge.watchlist.quantise import Int8s, lengths, quantise
from edge.watchlist.table import EntryTable

PEOPLE = 1_000_000
PROBES = 10_000
VECTORS = {"face-like": faces.face_like, "scattered": faces.scattered}
_OTHERS = {"numpy", "usearch_exact", "faiss_sq8"}
_ROWS_AT_ONCE = 8192
_PROBES_AT_ONCE = 2000


def measure(
    people: int = 100_000, rounds: int = 30, probes: int = 1000, vectors: str = "face-like"
) -> dict[str, float]:
    """Medians in ms, ratios, recall, memory and start for one template a person."""
    chance = np.random.default_rng(1)
    templates = VECTORS[vectors](people, chance)
    asked = faces.looks_of(templates[chance.integers(0, people, max(probes, 16))], chance)
    rows = faces.quantised(templates)
    table = faces.table(rows, ends_us(), chance)
    gallery = gallery_of(table)
    arms = _arms(gallery, rows, templates, asked[:16])
    found = {"people": float(people)} | _speeds(arms, rounds)
    found |= _recall(gallery, table, asked[:probes])
    del gallery, arms, templates
    return found | search_process.measure(table, asked[:1])


def _arms(
    gallery: Gallery, rows: Int8s, templates: Floats, probes: Floats
) -> dict[str, Callable[[], object]]:
    words = rows.view(np.int64)
    one = quantise(probes[:1])
    arms: dict[str, Callable[[], object]] = {
        "read": lambda: np.bitwise_xor.reduce(words, axis=None),
        "one": lambda: gallery.search(probes[:1]),
        "sixteen": lambda: gallery.search(probes),
        "numpy": lambda: np.argmax(templates @ probes[0]),
        "usearch_exact": lambda: usearch_search(rows, one, 2, exact=True, threads=1),
    }
    faiss_sq8 = _faiss_sq8(templates)
    return arms | ({"faiss_sq8": lambda: faiss_sq8(probes[:1])} if faiss_sq8 else {})


def _faiss_sq8(templates: Floats) -> Callable[[Floats], object] | None:
    try:
        import faiss
    except ImportError:
        return None
    faiss.omp_set_num_threads(1)
    flat = faiss.IndexScalarQuantizer(
        faces.DIMENSIONS, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    flat.train(templates[:100_000])
    flat.add(templates)
    return lambda probes: flat.search(probes, 2)


def _speeds(arms: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """By the clock, and (``…_cpu``) by processor time: on a busy machine the latter counts."""
    found: dict[str, float] = {}
    for said, cpu in (("", False), ("_cpu", True)):
        taken = interleaved(arms, rounds, cpu=cpu)
        one = taken["one"]
        found |= {f"{name}{said}_ms": median_ms(times) for name, times in taken.items()}
        found[f"ratio_to_read_pass{said}"] = median_ratio(one, taken["read"])
        found[f"batch16_cost_each{said}"] = median_ratio(taken["sixteen"], one) / 16
        found[f"batch16_each_to_read_pass{said}"] = (
            median_ratio(taken["sixteen"], taken["read"]) / 16
        )
        for name in sorted(_OTHERS & taken.keys()):
            found[f"times_faster_than_{name}{said}"] = median_ratio(taken[name], one)
    return found


def _recall(gallery: Gallery, table: EntryTable, probes: Floats) -> dict[str, float]:
    """Share of probes whose best, and whose best two, are the oracle's."""
    answers: list[list[str]] = []
    for start in range(0, len(probes), 16):
        found = gallery.search(probes[start : start + 16])
        answers += [[candidate.person_id for candidate in each] for each in found]
    queries = quantise(probes).astype(np.float32)
    parts = range(0, len(probes), _PROBES_AT_ONCE)
    best = np.concatenate(
        [oracle(table.templates, queries[i : i + _PROBES_AT_ONCE]) for i in parts]
    )
    names = table.enrolled.person_ids
    true = [[names[int(place)] for place in pair] for pair in best]
    return {
        "probes": float(len(probes)),
        "recall_at_1": float(np.mean([a[:1] == b[:1] for a, b in zip(answers, true, strict=True)])),
        "best_two_as_oracle": float(np.mean([a == b for a, b in zip(answers, true, strict=True)])),
    }


def oracle(rows: Int8s, queries: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(n, 2) places of the best two rows, by NumPy: whole numbers in float32, so sums are exact."""
    top = np.full((len(queries), 2), -np.inf, np.float32)
    place = np.zeros((len(queries), 2), np.int64)
    each = np.arange(len(queries))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        scores = queries @ some.T.astype(np.float32)
        scores *= 1.0 / lengths(some)
        for _ in range(2):
            at = scores.argmax(axis=1)
            score = scores[each, at]
            scores[each, at] = -np.inf
            better = score[:, None] > top
            first, second = better[:, 0], better[:, 1] & ~better[:, 0]
            top[first, 1], place[first, 1] = top[first, 0], place[first, 0]
            top[first, 0], place[first, 0] = score[first], start + at[first]
            top[second, 1], place[second, 1] = score[second], start + at[second]
    return place


def main() -> None:
    """Measure a million people and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--probes", type=int, default=PROBES)
    parser.add_argument("--vectors", choices=VECTORS, default="face-like")
    args = parser.parse_args()
    begin_s = time.monotonic()
    found: dict[str, Any] = {"vectors": args.vectors}
    found |= measure(args.people, probes=args.probes, vectors=args.vectors)
    found["took_s"] = time.monotonic() - begin_s
    if "faiss_sq8_ms" not in found:
        found["note"] = "faiss-cpu is not installed (uv sync --group bench); its arm is left out"
    tell(found, as_json=args.json)


if __name__ == "__main__":
    main()
