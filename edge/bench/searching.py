"""One face against a list, exactly, and a read-only pass over the same bytes: what memory allows.

Keys: ``one_ms``, ``read_ms`` (medians of turns) and ``ratio_to_read_pass``. What other programs
take for it is in ``benchmarks/search.py``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from edge.bench import faces
from edge.bench.side_by_side import interleaved, median_ms, median_ratio
from edge.runtime.clock import SystemClock
from edge.watchlist.gallery import Gallery
from edge.watchlist.listing import Listing
from edge.watchlist.table import EntryTable, microseconds

_LIFE = timedelta(days=30)


def gallery_of(table: EntryTable) -> Gallery:
    """The list in force on a box, in segments as it is published."""
    gallery = Gallery("here", SystemClock(trust_system=True))
    parts = {str(number): part for number, part in enumerate(faces.segments(table))}
    expires = datetime.now(UTC) + _LIFE
    gallery.replace(Listing(1, faces.PACK, expires, faces.LISTS, tuple(parts)), parts.__getitem__)
    return gallery


def ends_us() -> int:
    """When the consents of such a list end."""
    return microseconds(datetime.now(UTC) + _LIFE)


def measure(people: int = 100_000, rounds: int = 30) -> dict[str, float]:
    """Medians in ms and their ratio, for one template a person."""
    chance = np.random.default_rng(1)
    templates = faces.face_like(people, chance)
    probe = faces.looks_of(templates[:1], chance)
    rows = faces.quantised(templates)
    gallery = gallery_of(faces.table(rows, ends_us(), chance))
    words = rows.view(np.int64)
    arms = {
        "read": lambda: np.bitwise_xor.reduce(words, axis=None),
        "one": lambda: gallery.search(probe),
    }
    taken = interleaved(arms, rounds)
    return {
        "people": float(people),
        **{f"{name}_ms": median_ms(times) for name, times in taken.items()},
        "ratio_to_read_pass": median_ratio(taken["one"], taken["read"]),
    }
