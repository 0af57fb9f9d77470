"""A box's gallery in a process of its own: memory, start, and how soon a change is searched.

The list lies sealed in a folder as on a box: ``active.sealed`` and a file for each segment. The
child's clock starts before they are opened; Python and its libraries are loaded by then. Memory
is what the process holds more than before. Then a segment with 1,000 new people, and a segment
without one withdrawn person, are put into force as the report process does it; the time counts
from there to the first search that knows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from edge.bench import faces
from edge.runtime.clock import NeverBefore, SystemClock
from edge.values import Floats
from edge.watchlist import segment as segments
from edge.watchlist.active import Active, Held
from edge.watchlist.box_key import BoxKey
from edge.watchlist.gallery import Gallery
from edge.watchlist.manifest import ListRow, Manifest, SegmentRow
from edge.watchlist.quantise import restore
from edge.watchlist.store import SealedStore
from edge.watchlist.table import EntryTable, microseconds
from edge.watchlist.watched import WatchedGallery

ADDED = 1000
CHANGES = 5
_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment's name and size."""

    id: str
    entries: int
    size: int


def measure(table: EntryTable, probe: Floats) -> dict[str, float]:
    """Seconds and bytes of a process that loads this list and answers this probe."""
    with tempfile.TemporaryDirectory() as folder:
        store = _store(Path(folder))
        _put_into_force(store, 1, [_put(store, part) for part in faces.segments(table)])
        np.save(Path(folder) / "probe.npy", probe)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.search_process", folder],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _store(folder: Path) -> SealedStore:
    return SealedStore(folder / "watchlist", BoxKey(folder / "key"), lambda: _DIGEST)


def _put(store: SealedStore, table: EntryTable) -> Segment:
    data = segments.encode(table)
    name = segments.segment_id(data)
    store.put(name, data)
    return Segment(name, len(table.enrolled), len(data))


def _put_into_force(store: SealedStore, version: int, listed: Sequence[Segment]) -> None:
    now = datetime.now(UTC)
    manifest = Manifest(
        version=version,
        issued_at=now,
        expires_at=now + timedelta(days=30),
        pack=faces.PACK,
        dimensions=faces.DIMENSIONS,
        lists=tuple(
            ListRow(list_id=one.list_id, purpose=one.purpose, show_label=False)
            for one in faces.LISTS
        ),
        segments=tuple(
            SegmentRow(id=one.id, entries=one.entries, bytes=one.size)
            for one in sorted(listed, key=lambda one: one.id)
        ),
        revoked=(),
    )
    held = tuple(Held(id=one.id, segment=one.id) for one in manifest.segments)
    store.activate(Active(trust=_DIGEST, digest=_DIGEST, manifest=manifest, held=held))


def _status_bytes(name: str) -> int:
    """A figure of this process's memory: what it holds now (VmRSS) or held at most (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"the kernel tells no {name}")


def _run(folder: Path) -> dict[str, float]:
    probe, store = np.load(folder / "probe.npy"), _store(folder)
    clock = NeverBefore(SystemClock(trust_system=True))
    watched = WatchedGallery(store, Gallery("here", clock), faces.PACK, clock)
    before = _status_bytes("VmRSS")
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    watched.refresh()
    answered = bool(watched.search(probe)[0])
    taken_s, taken_cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    if not answered:
        raise RuntimeError("the gallery gave no answer")
    for _ in range(3):
        watched.search(np.repeat(probe, 16, axis=0))
    raw = watched.people * faces.DIMENSIONS
    return {
        "sealed_file_to_answer_s": taken_s,
        "sealed_file_to_answer_cpu_s": taken_cpu_s,
        "memory_to_raw": (_status_bytes("VmRSS") - before) / raw,
        "peak_memory_to_raw": (_status_bytes("VmHWM") - before) / raw,
        **_changes(store, watched),
    }


def _changes(store: SealedStore, watched: WatchedGallery) -> dict[str, float]:
    """Median ms until a search knows of 1,000 more people, and of one less."""
    chance = np.random.default_rng(3)
    added: list[dict[str, float]] = []
    revoked: list[dict[str, float]] = []
    for _ in range(CHANGES):
        active = store.active()
        assert active is not None  # noqa: S101 (the parent has put it there)
        listed = [Segment(one.id, one.entries, one.bytes) for one in active.manifest.segments]
        rows = faces.quantised(faces.scattered(ADDED, chance))
        ends_us = microseconds(datetime.now(UTC) + timedelta(days=30))
        fresh = faces.table(rows, ends_us, chance)
        listed.append(_put(store, fresh))
        _put_into_force(store, watched.version + 1, listed)
        added.append(_until(watched, restore(rows[:1]), fresh.enrolled.person_ids[0], True))
        largest = max(listed, key=lambda one: one.entries)
        table = store.segment(largest.id)
        gone = segments.without(table, {table.enrolled.entry_ids[0]})
        listed[listed.index(largest)] = _put(store, gone)
        _put_into_force(store, watched.version + 1, listed)
        probe, who = restore(table.templates[:1]), table.enrolled.person_ids[0]
        revoked.append(_until(watched, probe, who, False))
    return {
        f"{what}_{kind}": float(np.median([one[kind] for one in taken]))
        for what, taken in (("addition", added), ("revocation", revoked))
        for kind in ("ms", "cpu_ms")
    }


def _until(watched: WatchedGallery, probe: Floats, person_id: str, known: bool) -> dict[str, float]:
    begin_s, begin_cpu_s = time.perf_counter(), time.process_time()
    watched.refresh()
    found = [one.person_id for one in watched.search(probe)[0]]
    taken_s, taken_cpu_s = time.perf_counter() - begin_s, time.process_time() - begin_cpu_s
    if (person_id in found) != known:
        raise RuntimeError("the gallery does not know of a change")
    return {"ms": 1000 * taken_s, "cpu_ms": 1000 * taken_cpu_s}


if __name__ == "__main__":
    print(json.dumps(_run(Path(sys.argv[1]))))
