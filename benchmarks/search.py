"""Exact search over int8 templates against NumPy and against only reading the bytes.

Arms, interleaved: the gallery's search of one probe and of sixteen; NumPy float32 matrix
product; usearch with ``exact=True``; a pass that only reads the template bytes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from usearch.index import search as usearch_search

from benchmarks.side_by_side import interleaved, median_ms, median_ratio
from edge.runtime.clock import SystemClock
from edge.values import Entry, ListInfo, Watchlist
from edge.watchlist.gallery import Gallery
from edge.watchlist.quantise import quantise

DIMENSIONS = 128


def measure(people: int = 100_000, rounds: int = 30) -> dict[str, float]:
    """Medians in ms and ratios for a gallery of one template a person."""
    chance = np.random.default_rng(1)
    templates = chance.standard_normal((people, DIMENSIONS)).astype(np.float32)
    templates /= np.linalg.norm(templates, axis=1, keepdims=True)
    gallery = Gallery("here", SystemClock(trust_system=True))
    gallery.activate(_watchlist(templates))
    rows = quantise(templates)
    words = rows.view(np.int64)
    probes = templates[chance.integers(0, people, 16)] + chance.normal(0, 0.02, (16, DIMENSIONS))
    probes = (probes / np.linalg.norm(probes, axis=1, keepdims=True)).astype(np.float32)
    quantised = quantise(probes)
    taken = interleaved(
        {
            "read": lambda: np.bitwise_xor.reduce(words, axis=None),
            "one": lambda: gallery.search(probes[:1]),
            "sixteen": lambda: gallery.search(probes),
            "numpy": lambda: np.argmax(templates @ probes[0]),
            "usearch": lambda: usearch_search(rows, quantised[:1], 2, exact=True),
        },
        rounds,
    )
    return {
        "people": float(people),
        **{f"{name}_ms": median_ms(times) for name, times in taken.items()},
        "ratio_to_read_pass": median_ratio(taken["one"], taken["read"]),
        "batch16_cost_each": median_ratio(taken["sixteen"], taken["one"]) / 16,
        "times_faster_than_numpy": median_ratio(taken["numpy"], taken["one"]),
        "times_faster_than_usearch_exact": median_ratio(taken["usearch"], taken["one"]),
    }


def _watchlist(templates: np.ndarray) -> Watchlist:
    now = datetime.now(UTC)
    later = now + timedelta(days=30)
    entries = tuple(
        Entry(f"e{i}", f"p{i}", "all", None, ("*",), later, row[None])
        for i, row in enumerate(templates)
    )
    return Watchlist(1, now, later, "bench@1.0.0", (ListInfo("all", "A benchmark."),), entries)
