"""How fast hits are stored for good, against what the disk allows.

Arms, in turn: a loop that appends one message to a file and calls fdatasync; ``append`` of one
hit at a time; ``append_drafts`` of many that wait; the same with the encoding of the hits, which
the box does before they wait. Each arm flushes the disk before it says that anything is stored.

``commit_ratio_to_fdatasync``: hits a second one at a time, by flushes a second.
``group_commit_ratio``: hits a second in groups, by flushes a second.
``group_append_ratio``: the latter, encoding included.

``python -m benchmarks.spool [--json] [--rounds N] [--folder DIR]``; use a folder on the disk that
matters: a file system in memory has no flush to compare with.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks.side_by_side import interleaved, tell
from edge.report.messages import hit_event
from edge.report.spool import Bounds, SpoolWriter
from edge.report.spool_rows import hit_draft
from edge.runtime.identifiers import uuid7
from edge.values import EntryRef, Hit, Recognition

SINGLE, GROUPS, GROUP = 300, 5, 1000  # as many as the recorder lets wait


def hits() -> Callable[[], Hit]:
    """Makes one new hit after another."""
    numbers = count()
    return lambda: make_hit(next(numbers))


def make_hit(number: int) -> Hit:
    """A hit as a box would record it now."""
    now = datetime.now(UTC)
    face = (412.5, 180.0, 96.2, 121.8)
    entry = EntryRef(f"entry-{number % 500:04d}", "staff", "Room 12")
    seen = Recognition(
        "entrance", number, entry, 0.9877, 0.9712, 0.967, 0.0412, 5, now, now, number, face
    )
    return Hit(uuid7(now, os.urandom(10)), "site-1", "box-1", seen, 17, "default@1", now)


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """Rates and their ratios."""
    make = hits()
    message = hit_event(make(), 1, "00000000-0000-4000-8000-000000000000")
    plain = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    single, group = (
        SpoolWriter(folder / f"{name}.db", Bounds(max_rows=10**8)) for name in ("single", "group")
    )
    drafts = iter([[hit_draft(make()) for _ in range(GROUP)] for _ in range(GROUPS * (rounds + 1))])

    def flush() -> None:
        for _ in range(SINGLE):
            os.write(plain, message)
            os.fdatasync(plain)

    def one_at_a_time() -> None:
        for _ in range(SINGLE):
            single.append(make())

    def in_groups() -> None:
        for _ in range(GROUPS):
            group.append_drafts(next(drafts))

    def in_groups_encoded() -> None:
        for _ in range(GROUPS):
            group.append_drafts([hit_draft(make()) for _ in range(GROUP)])

    arms = {
        "flush": flush,
        "single": one_at_a_time,
        "group": in_groups,
        "encoded": in_groups_encoded,
    }
    taken = interleaved(arms, rounds, warmup=1)
    single.close()
    group.close()
    os.close(plain)
    many = GROUPS * GROUP
    done = {"flush": SINGLE, "single": SINGLE, "group": many, "encoded": many}
    rates = {name: [done[name] / one for one in times] for name, times in taken.items()}

    def ratio(name: str) -> float:
        pairs = zip(rates[name], rates["flush"], strict=True)
        return statistics.median(one / flushes for one, flushes in pairs)

    return {
        "commit_ratio_to_fdatasync": ratio("single"),
        "group_commit_ratio": ratio("group"),
        "group_append_ratio": ratio("encoded"),
        "fdatasync_per_s": statistics.median(rates["flush"]),
        "single_hits_per_s": statistics.median(rates["single"]),
        "group_hits_per_s": statistics.median(rates["group"]),
        "message_bytes": float(len(message)),
    }


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
