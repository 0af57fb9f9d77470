"""Records hits at a steady rate as the recognise process does, until told to stop.

    python -m benchmarks.delivery_recorder SPOOL SITE BOX HITS_PER_S TRUTH

Each id is written to the file TRUTH after ``append`` has returned: these hits are recorded.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from edge.report.spool import Bounds, SpoolWriter
from edge.runtime.identifiers import uuid7
from edge.values import EntryRef, Hit, Recognition


def make_hit(site: str, box: str, number: int) -> Hit:
    """A hit with an id of its own."""
    now = datetime.now(UTC)
    seen = Recognition(
        camera="camera-1",
        track=number,
        entry=EntryRef(entry_id=f"entry-{number % 7}", list_id="staff", label=None),
        probability=0.97,
        score=0.951,
        threshold=0.93,
        margin=0.04,
        frames=5,
        first_seen=now,
        last_seen=now,
        frame_index=number,
        box=(10.0, 20.0, 60.0, 70.0),
    )
    return Hit(uuid7(now, os.urandom(10)), site, box, seen, 3, "default@1", now)


def record(spool: Path, site: str, box: str, per_s: float, truth: Path) -> None:
    """Record until SIGTERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
    writer = SpoolWriter(spool, Bounds())
    began_s, number = time.monotonic(), 0
    with truth.open("a", buffering=1) as told:
        while not stop.wait(max(0.0, began_s + number / per_s - time.monotonic())):
            hit = make_hit(site, box, number)
            writer.append(hit)
            told.write(f"{hit.hit_id}\n")
            number += 1
    writer.close()


if __name__ == "__main__":
    spool, site, box, per_s, truth = sys.argv[1:]
    record(Path(spool), site, box, float(per_s), Path(truth))
